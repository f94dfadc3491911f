"""What the register does is told to progress: rows keyed, a sheet closed by two people, a row changed after that, numbers declared."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from lindang.testing import drain, make_app
from models.progress import PlaceProgress
from models.register import RegisterSheet
from plugins.progress.checks import counts_are_true
from plugins.progress.service.counting import make_true
from plugins.register.service.baselines import BaselineDraft, declare_baseline
from plugins.register.service.sheets import close_sheet
from tests.support.catalogue_world import COUNTY, VILLAGE, World, make_world
from tests.support.keying import keyed, save


def counted(world: World) -> tuple[int, int, int, int]:
    """Return certificates, rows, checked certificates and checked rows of the village, once everything was told."""
    drain(world.host)
    assert list(counts_are_true(world.host)) == []
    with world.host.view() as session:
        row = session.get_one(PlaceProgress, VILLAGE)
    return row.certificates, row.parcels, row.checked_certificates, row.checked_parcels


def close(world: World) -> None:
    with world.host.view() as session:
        version = session.scalars(select(RegisterSheet.version).where(RegisterSheet.closed_at.is_(None))).one()
    with world.host.uow(world.second) as uow:
        close_sheet(uow, VILLAGE, version, "填表的人", dt.date(2020, 8, 20))


def test_the_register_keeps_the_counts_true(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    app = make_app(world.host)
    row = keyed(world, app)
    assert counted(world) == (1, 1, 0, 0)
    close(world)
    assert counted(world) == (1, 1, 1, 1)
    save(app, world.archivist, {"place_name": "前坡"}, row=row)
    assert counted(world) == (1, 1, 0, 0), "changed after it was closed"
    close(world)
    draft = BaselineDraft(
        division_code=COUNTY, certificates=2, parcels=3, area_mu=Decimal("9.5"), document="县发〔2020〕1号"
    )
    with world.host.uow(world.second) as uow:
        declare_baseline(uow, draft)
    make_true(world.host, COUNTY)  # nobody has delivered an event since the sheet was closed again
    with world.host.view() as session:
        assert session.get_one(PlaceProgress, VILLAGE).checked_parcels == 1
    assert counted(world) == (1, 1, 1, 1)
    world.host.close()
