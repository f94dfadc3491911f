"""The day's quota under haste: as many answers as were agreed and not one more, on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from lindang.host import Host
from models.sharing import SharingAgency, SharingQuery, SharingUsage
from plugins.sharing.domain.refusals import OverQuota
from plugins.sharing.service.agencies import change_agency
from plugins.sharing.service.asking import ask
from tests.support.sharing_world import VILLAGE, draft, question, sharing_world

ASKERS, QUOTA = 12, 5


def test_twelve_at_once_share_five_queries(host: Host) -> None:
    world = sharing_world(host, books=1)
    with host.uow(host.system_actor()) as uow:
        version = uow.session.get_one(SharingAgency, world.agency_id).version
        change_agency(uow, world.agency_id, draft(quota=QUOTA), version=version, is_suspended=False)
    gate, who = Barrier(ASKERS), world.receiver

    def one(_n: int) -> str:
        gate.wait()
        try:
            return f"{ask(host, who, question('village', village=VILLAGE)).used}"
        except OverQuota:
            return "refused"

    with ThreadPoolExecutor(ASKERS) as pool:
        outcomes = sorted(pool.map(one, range(ASKERS)))
    assert outcomes == ["1", "2", "3", "4", "5", *["refused"] * (ASKERS - QUOTA)]
    with host.view() as session:
        assert session.scalars(select(SharingUsage.used)).all() == [QUOTA]
        counted = select(SharingQuery.outcome, func.count()).group_by(SharingQuery.outcome)
        assert dict(session.execute(counted).all()) == {"answered": QUOTA, "quota": ASKERS - QUOTA}
