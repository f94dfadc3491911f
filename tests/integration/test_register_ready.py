"""成熟 counted by village: true after whatever changed, told as unjudged where it is not known, and proved by verify."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from lindang.cli import cli
from lindang.events import IS_WAITING, Delivery
from lindang.host import Host
from lindang.testing import actor, client, drain, make_app
from models.archive import ArchiveFile
from models.events import ArchiveFileSaved, FindingsChanged, ReferenceChanged
from models.finding import ERROR, Finding
from models.handover import BatchItem
from models.ready_counts import COUNTING_JOB, READY, VillageReadiness, fresh_counts
from models.register import Certificate
from plugins.catalogue.service.files import Renumbering, renumber_file
from plugins.handover.queries.ready import village_page
from plugins.register import PLUGIN
from plugins.register.checks import counts_are_true
from plugins.register.jobs import READY_JOBS
from plugins.register.queries import ready
from plugins.register.queries.ready import judged_now, village_counts
from plugins.register.service.readiness import READY_SUBSCRIPTIONS, judge_village, villages_to_judge
from tests.handover_kit import (
    COUNTY,
    NOW,
    VILLAGE,
    Village,
    add_household,
    answered,
    checked,
    drafted,
    received,
    sent,
    signed,
    village,
)
from tests.support.catalogue_world import COUNTY as OFFICE_COUNTY
from tests.support.catalogue_world import OTHER_VILLAGE as ELSEWHERE
from tests.support.catalogue_world import VILLAGE as THERE
from tests.support.catalogue_world import make_world
from tests.support.keying import keyed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    counting = dataclasses.replace(
        PLUGIN, subscriptions=READY_SUBSCRIPTIONS, jobs=READY_JOBS
    )  # without the rules' findings
    made = village(tmp_path / "data", households=4, others=(counting,))
    judge_village(made.host, VILLAGE)
    yield made
    made.host.close()


def counted(host: Host, code: str = VILLAGE) -> dict[str, int]:
    """Return the fresh count of a village; it is what judging gives now."""
    with host.view() as session:
        for needs in (True, False):
            now = judged_now(session, code, needs_paper_count=needs)
            assert fresh_counts(session, [code], needs_paper_count=needs)[code].reasons == now.reasons
        return dict(fresh_counts(session, [code], needs_paper_count=True)[code].reasons)


def with_file(world: Village, **values: object) -> None:
    """Change the first household's file as its page does."""
    with world.host.uow(world.people.archivist) as uow:
        file = uow.session.scalars(select(ArchiveFile).order_by(ArchiveFile.id).limit(1)).one()
        for name, value in values.items():
            setattr(file, name, value)
        uow.emit(ArchiveFileSaved(archive_file_id=file.id, division_code=file.division_code))


def with_finding(world: Village) -> None:
    with world.host.uow(world.host.system_actor()) as uow:
        uow.session.add(
            Finding(
                code="R10",
                severity=ERROR,
                division_code=VILLAGE,
                kind="certificate",
                object_id=world.certificates[0],
                certificate_id=world.certificates[0],
                facts={},
                first_seen_at=NOW,
                last_seen_at=NOW,
            )
        )
        uow.emit(FindingsChanged(certificate_ids=(world.certificates[0],)))


CHANGES: tuple[tuple[Callable[[Village], None], str], ...] = (
    (lambda world: with_file(world, paper_pages=None), "no_paper_count"),
    (lambda world: with_file(world, paper_pages=7), "page_count"),
    (lambda world: with_file(world, is_disputed=True), "disputed"),
    (with_finding, "errors"),
)


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_a_change_is_counted_once_its_event_is_delivered(
    world: Village, change: Callable[[Village], None], reason: str
) -> None:
    assert counted(world.host) == {READY: 4}
    change(world)
    drain(world.host)
    assert counted(world.host) == {READY: 3, reason: 1}


def test_a_batch_is_followed_from_its_draft_to_its_answer(world: Village) -> None:
    batch = drafted(world, world.certificates[:3])
    drain(world.host)
    assert counted(world.host) == {READY: 1, "in_batch": 3}
    received(world, sent(world, signed(world, checked(world, batch))))
    with world.host.view() as session:
        returned = session.scalars(select(BatchItem.id).order_by(BatchItem.id)).first()
    answered(world, batch, frozenset({returned or 0}))
    assert counted(world.host) == {READY: 1, "in_batch": 2, "returned": 1}


def test_new_reference_data_touches_every_village(world: Village) -> None:
    with world.host.uow(world.host.system_actor()) as uow:
        uow.session.execute(update(Certificate).values(holder_name=""))  # nobody told: the count is wrong now
    assert [violation.subject for violation in counts_are_true(world.host)] == [f"village:{VILLAGE}"]
    with world.host.uow(world.host.system_actor()) as uow:
        uow.emit(ReferenceChanged(table="checklist_rule"))
    drain(world.host)
    assert counted(world.host) == {"holder": 4}
    assert list(counts_are_true(world.host)) == []


def test_a_change_while_a_village_is_judged_is_not_lost(world: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.register.service import readiness

    gather = readiness.gather

    def slow(*args: object, **more: object) -> object:
        evidence = gather(*args, **more)  # type: ignore[arg-type]
        with world.host.transaction() as session:
            session.execute(update(VillageReadiness).values(marks=VillageReadiness.marks + 1))
        return evidence

    monkeypatch.setattr(readiness, "gather", slow)
    judge_village(world.host, VILLAGE)
    assert villages_to_judge(world.host) == [VILLAGE]
    monkeypatch.undo()
    judge_village(world.host, VILLAGE)
    assert villages_to_judge(world.host) == []


def test_a_job_that_broke_off_goes_on_with_the_villages_that_are_left(world: Village) -> None:
    others = [f"{VILLAGE[:9]}{number}" for number in (301, 302, 303)]
    for number, code in enumerate(others, 10):
        add_household(world.host, number, division=code)
    judge_village(world.host, others[0])
    assert villages_to_judge(world.host) == others[1:]
    with world.host.uow(world.host.system_actor()) as uow:
        uow.enqueue(COUNTING_JOB, "")
    drain(world.host)
    assert villages_to_judge(world.host) == []
    assert counted(world.host, others[2]) == {READY: 1}


def test_many_unjudged_villages_are_told_as_such_and_never_as_ready(
    world: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_household(world.host, 9, division=f"{VILLAGE[:9]}301")
    who = world.people.archivist
    with world.host.view() as session:
        found = village_counts(session, who, COUNTY, needs_paper_count=True)
        assert [(one.ready, one.unjudged) for one in found] == [(4, 0), (1, 0)]
        monkeypatch.setattr(ready, "JUDGED_AT_ONCE", 0)
        found = village_counts(session, who, COUNTY, needs_paper_count=True)
        assert [(one.total, one.ready, one.unjudged) for one in found] == [(4, 4, 0), (1, 0, 1)]
        stranger = actor(world.host, {"archivist"}, prefixes=("141125",))
        assert village_counts(session, stranger, COUNTY, needs_paper_count=True) == []


def test_the_ready_list_reads_the_count_and_judges_what_is_not_counted(world: Village) -> None:
    add_household(world.host, 9, division=f"{VILLAGE[:9]}301")
    with world.host.transaction() as session:  # a wrong count, to see that it is read
        session.execute(update(VillageReadiness).values(strict={READY: 1, "disputed": 3}))
    with world.host.view() as session:
        for is_counted, ready_ in ((True, [1, 1]), (False, [4, 1])):
            rows, total = village_page(
                session,
                world.people.drafter,
                name="",
                page=1,
                per_page=10,
                needs_paper_count=True,
                is_counted=is_counted,
            )
            assert ([row.ready for row in rows], [row.total for row in rows], total) == (ready_, [4, 1], 2)


def test_command_and_api_give_the_same_counts(tmp_path: Path) -> None:
    office = make_world(tmp_path)
    app = make_app(office.host)
    keyed(office, app)
    drain(office.host)
    expected = {"total": 1, "ready": 0, "in_batch": 0, "handed_over": 0, "unjudged": 0, "waiting": {"no_item": 1}}
    expected |= {"village": THERE, "name": "王家沟村"}
    command = ["--data", str(office.host.data_dir), "register", "ready", "--county", OFFICE_COUNTY, "--json"]
    with office.host.transaction() as session:
        session.execute(update(VillageReadiness).values(strict={"disputed": 1}))
    told = [json.loads(CliRunner().invoke(cli, [*command, *more]).output) for more in ((), ("--again",))]
    assert all(one.pop("judged_at") for one in told)
    assert told == [{**expected, "waiting": {"disputed": 1}}, expected]
    answer = client(app, office.archivist).get(f"/api/v1/register/ready?division={OFFICE_COUNTY}").json
    assert [{name: one[name] for name in expected} for one in answer["villages"]] == [expected]
    assert answer["villages"][0]["judged_at"]
    office.host.close()


def test_a_file_that_moves_to_another_village_is_counted_there_and_no_longer_here(tmp_path: Path) -> None:
    office = make_world(tmp_path)
    app = make_app(office.host)
    keyed(office, app, area_mu="99999")  # a finding moves along
    drain(office.host)
    assert counted(office.host, THERE) == {"no_item": 1}
    with office.host.uow(office.archivist) as uow:
        file = uow.session.scalars(select(ArchiveFile)).one()
        wanted = Renumbering(
            class_code=file.class_code,
            division_code=ELSEWHERE,
            year=file.year,
            retention=file.retention,
            reason="放错了村",
            approved_by="科长",
        )
        renumber_file(uow, file.id, wanted, version=file.version)
    drain(office.host)
    assert counted(office.host, THERE) == {}
    assert counted(office.host, ELSEWHERE) == {"no_item": 1}
    with office.host.view() as session:
        assert session.scalar(select(func.count()).select_from(Delivery).where(IS_WAITING)) == 0
        assert set(session.scalars(select(Finding.division_code))) == {ELSEWHERE}
    assert list(counts_are_true(office.host)) == []
    office.host.close()
