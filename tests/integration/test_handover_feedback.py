"""Feedback: filed by its cover code or by hand, one to one both ways, beside the certificate and never over it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lindang.errors import Conflict, Faults, Forbidden, NotFound, StaleVersion
from lindang.journal import JournalRow
from lindang.testing import actor, drain
from models.digital import DigitalObject, Identifier
from models.events import ItemFiled
from models.handover import BatchItem, Feedback, FeedbackClaim
from models.register import Certificate, Parcel, RegistryValue
from plugins.handover.domain.cover import cover_code
from plugins.handover.handlers import on_item_filed
from plugins.handover.queries.balance import imbalances
from plugins.handover.queries.desk import candidates, find_orphan, orphan_count, orphans, register_page
from plugins.handover.service.closing import close_batch, complete_feedback
from plugins.handover.service.correcting import finish_fixing, start_fixing
from plugins.handover.service.feedback import FeedbackEntry, amend_feedback, file_feedback
from tests.handover_kit import (
    COUNTY,
    OTHER_COUNTY,
    Village,
    answered,
    drafted,
    received,
    scan_feedback,
    sent_batch,
    village,
)

UNIT = "141124102005JE00012L00000001"
TITLE = "晋(2020)某县不动产权第0000001号"


@pytest.fixture
def world(tmp_path: Path) -> Village:
    return village(tmp_path, 2)


@pytest.fixture
def batch_id(world: Village) -> int:
    """Return a batch whose two items were accepted."""
    return answered(world, received(world, sent_batch(world)))


def items(world: Village, batch_id: int) -> list[BatchItem]:
    with world.host.view() as session:
        return list(session.scalars(select(BatchItem).where(BatchItem.batch_id == batch_id).order_by(BatchItem.seq)))


def feedback(world: Village) -> list[Feedback]:
    with world.host.view() as session:
        return list(session.scalars(select(Feedback).order_by(Feedback.id)))


def by_hand(world: Village, item_id: int, batch_item_id: int, **entry: object) -> Feedback:
    values = {"kind": "F4", "is_final": True, **entry}
    with world.host.uow(world.people.archivist) as uow:
        return file_feedback(uow, item_id, batch_item_id, FeedbackEntry(**values))  # type: ignore[arg-type]


def test_a_scan_with_a_cover_code_files_itself_and_the_last_one_completes_the_batch(
    world: Village, batch_id: int
) -> None:
    first, second = items(world, batch_id)
    scan_feedback(world.host, first.archive_file_id, cover_codes=(cover_code(first.code or ""),))
    drain(world.host)
    assert [item.state for item in items(world, batch_id)] == ["FEEDBACK_FILED", "ACCEPTED"]
    assert world.batch(batch_id).state == "ANSWERED"
    scan_feedback(world.host, second.archive_file_id, cover_codes=("noise", cover_code(second.code or "")))
    drain(world.host)
    assert world.batch(batch_id).state == "FEEDBACK_FILED"
    filed = feedback(world)
    assert [one.feedback_no for one in filed] == ["141124-2020-YJ001-FK0001", "141124-2020-YJ001-FK0002"]
    assert {(one.kind, one.is_final, one.source) for one in filed} == {("F4", True, "cover")}
    with world.host.view() as session:
        found = session.scalars(select(Identifier).where(Identifier.kind == "feedback_no")).all()
        assert orphans(session, world.people.archivist) == []
    assert [one.item_id for one in found] == [one.item_id for one in filed]


def test_reporting_the_same_scan_again_changes_nothing(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    code = cover_code(first.code or "")
    item_id = scan_feedback(world.host, first.archive_file_id, cover_codes=(code,))
    drain(world.host)
    version = world.batch(batch_id).version
    event = ItemFiled(item_id=item_id, archive_file_id=first.archive_file_id, cover_codes=(code,))
    for _again in range(3):
        on_item_filed(world.host, event)
    assert len(feedback(world)) == 1
    assert world.batch(batch_id).version == version


def test_a_second_paper_under_the_same_cover_is_kept_but_not_final(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    for number in (1, 2):
        scan_feedback(world.host, first.archive_file_id, number=number, cover_codes=(cover_code(first.code or ""),))
    drain(world.host)
    assert [(one.batch_item_id, one.is_final) for one in feedback(world)] == [(first.id, True), (first.id, False)]


def test_paper_that_comes_before_the_answer_waits_and_is_filed_with_it(world: Village) -> None:
    batch_id = received(world, sent_batch(world))
    first = items(world, batch_id)[0]
    scan_feedback(world.host, first.archive_file_id, cover_codes=(cover_code(first.code or ""),))
    drain(world.host)
    with world.host.view() as session:
        (orphan,) = orphans(session, world.people.archivist)
    assert orphan.code == first.code
    assert "还没有答复" in orphan.claim
    answered(world, batch_id)
    assert [one.batch_item_id for one in feedback(world)] == [first.id]


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (("LD:141124-2020-YJ099-0001",), "没有代码为"),
        (("LD:141124-2020-YJ001-0001", "LD:141124-2020-YJ001-0002"), "多个封面码"),
    ],
)
def test_what_cannot_be_placed_waits_on_the_desk_with_its_reason(
    world: Village, batch_id: int, codes: tuple[str, ...], reason: str
) -> None:
    scan_feedback(world.host, 1, cover_codes=codes)
    drain(world.host)
    with world.host.view() as session:
        (orphan,) = orphans(session, world.people.archivist)
        assert orphan_count(session, COUNTY) == 1
        assert orphan_count(session, OTHER_COUNTY) == 0
        claims = session.scalars(select(FeedbackClaim)).all()
    assert reason in orphan.claim
    assert len(claims) == 1
    assert feedback(world) == []


def test_a_paper_without_a_code_is_offered_its_own_file_first(world: Village, batch_id: int) -> None:
    second = items(world, batch_id)[1]
    item_id = scan_feedback(world.host, second.archive_file_id)
    with world.host.view() as session:
        item = find_orphan(session, world.people.archivist, item_id)
        offered = candidates(session, world.people.archivist, item)
        by_number = candidates(session, world.people.archivist, item, text="000001号")
    assert [(one.batch_item_id, one.is_own_file) for one in offered] == [(2, True), (1, False)]
    assert [one.batch_item_id for one in by_number] == [1]
    by_hand(world, item_id, second.id, doc_no="某不动函〔2020〕1号", doc_date=dt.date(2020, 11, 2))
    with world.host.view() as session:
        rows, total = register_page(session, world.people.archivist)
        with pytest.raises(NotFound):
            find_orphan(session, world.people.archivist, item_id)
    assert total == 1
    assert (rows[0].code, rows[0].doc_no, rows[0].pages) == (second.code, "某不动函〔2020〕1号", 1)
    assert len(rows[0].sha256) == 64


def test_one_paper_belongs_to_one_item_and_one_item_has_one_final_paper(world: Village, batch_id: int) -> None:
    first, second = items(world, batch_id)
    paper = scan_feedback(world.host, first.archive_file_id)
    other = scan_feedback(world.host, first.archive_file_id, number=2)
    by_hand(world, paper, first.id)
    with pytest.raises(Conflict, match="已经登记为反馈"):
        by_hand(world, paper, second.id)
    with pytest.raises(Conflict, match="已有办结材料"):
        by_hand(world, other, first.id)
    by_hand(world, other, first.id, is_final=False)
    assert [item.state for item in items(world, batch_id)] == ["FEEDBACK_FILED", "ACCEPTED"]


@pytest.mark.parametrize("column", ["item_id", "batch_item_id"])
def test_the_database_itself_holds_one_to_one(world: Village, batch_id: int, column: str) -> None:
    first, second = items(world, batch_id)
    paper = scan_feedback(world.host, first.archive_file_id)
    other = scan_feedback(world.host, first.archive_file_id, number=2)
    by_hand(world, paper, first.id)
    rogue = Feedback(
        feedback_no="x",
        batch_item_id=first.id if column == "batch_item_id" else second.id,
        item_id=paper if column == "item_id" else other,
        division_code=first.division_code,
        kind="F4",
        is_final=True,
        source="hand",
        filed_at=world.host.clock.now(),
        filed_by="x",
    )
    with pytest.raises(IntegrityError, match=column), world.host.transaction() as session:
        session.add(rogue)
        session.flush()


def test_a_paper_that_is_not_final_only_says_that_something_came(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    by_hand(world, scan_feedback(world.host, first.archive_file_id), first.id, kind="F9", is_final=False)
    assert items(world, batch_id)[0].state == "FEEDBACK_RECEIVED"
    by_hand(world, scan_feedback(world.host, first.archive_file_id, number=2), first.id)
    assert items(world, batch_id)[0].state == "FEEDBACK_FILED"


def test_a_returned_item_takes_only_the_notice_of_return(tmp_path: Path) -> None:
    world = village(tmp_path, 2)
    batch_id = received(world, sent_batch(world))
    first, second = items(world, batch_id)
    answered(world, batch_id, frozenset({first.id}))
    paper = scan_feedback(world.host, first.archive_file_id)
    with pytest.raises(Conflict, match="状态与这类反馈不符"):
        by_hand(world, paper, first.id)
    with pytest.raises(Faults, match="没有登记"):
        by_hand(world, paper, second.id, kind="F2", is_final=False)
    by_hand(world, paper, first.id, kind="F2", is_final=False)
    assert [one.state for one in items(world, batch_id)] == ["RETURNED", "ACCEPTED"]


def test_a_notice_sends_an_accepted_item_back_and_only_a_new_batch_carries_it(world: Village, batch_id: int) -> None:
    first, second = items(world, batch_id)
    notice = scan_feedback(world.host, first.archive_file_id)
    with pytest.raises(Faults) as caught:
        by_hand(world, notice, first.id, kind="F2", is_final=False, reason="99")
    assert {fault.where for fault in caught.value.faults} == {"summary"}
    by_hand(world, notice, first.id, kind="F2", is_final=False, reason="03", summary="东至不明")
    sent_back = items(world, batch_id)[0]
    assert (sent_back.state, sent_back.return_reason, sent_back.return_note) == ("RETURNED", "03", "东至不明")
    assert (sent_back.answer, sent_back.is_open) == ("accept", False)
    with pytest.raises(Faults, match="还不成熟"):
        drafted(world, (first.certificate_id,))

    archivist = world.people.archivist
    with world.host.uow(archivist) as uow:
        start_fixing(uow, first.id, version=world.batch(batch_id).version)
    with world.host.uow(archivist) as uow:
        finish_fixing(uow, first.id, version=world.batch(batch_id).version, note="补了东至")
    again = drafted(world, (first.certificate_id,))
    with world.host.view() as session:
        (carried,) = session.scalars(select(BatchItem).where(BatchItem.batch_id == again))
    assert carried.replaces_item_id == first.id

    by_hand(world, scan_feedback(world.host, second.archive_file_id), second.id)
    assert world.batch(batch_id).state == "FEEDBACK_FILED", "what was sent back is not waited for"
    with world.host.uow(world.people.signer) as uow:
        close_batch(uow, batch_id, version=world.batch(batch_id).version)
    with world.host.view() as session:
        assert list(imbalances(session)) == []


def test_a_filed_item_is_past_the_notice_and_a_notice_stays_one(world: Village, batch_id: int) -> None:
    first, second = items(world, batch_id)
    by_hand(world, scan_feedback(world.host, first.archive_file_id), first.id)
    with pytest.raises(Conflict, match="状态与这类反馈不符"):
        by_hand(world, scan_feedback(world.host, 1, number=2), first.id, kind="F2", is_final=False, reason="03")
    paper = by_hand(world, scan_feedback(world.host, 2), second.id, kind="F1", is_final=False)
    with pytest.raises(Faults, match="没有登记"), world.host.uow(world.people.archivist) as uow:
        amend_feedback(uow, paper.id, FeedbackEntry(kind="F2", is_final=False, reason="03"), version=paper.version)
    assert items(world, batch_id)[1].state == "FEEDBACK_RECEIVED"


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "F1"}, "kind"),
        ({"unit_numbers": {1: "141124"}}, "unit_no_1"),
        ({"unit_numbers": {1: UNIT.replace("141124", "141125")}}, "unit_no_1"),
        ({"unit_numbers": {2: UNIT}}, "unit_no_2"),
        ({"title_cert_no": "林证字1号"}, "title_cert_no"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_at_its_field(
    world: Village, batch_id: int, entry: dict[str, object], where: str
) -> None:
    first = items(world, batch_id)[0]
    paper = scan_feedback(world.host, first.archive_file_id)
    with pytest.raises(Faults) as caught:
        by_hand(world, paper, first.id, **entry)
    assert [fault.where for fault in caught.value.faults] == [where]
    assert feedback(world) == []


def test_the_registrys_numbers_stand_beside_the_certificate_and_are_found(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    paper = scan_feedback(world.host, first.archive_file_id)
    with world.host.view() as session:
        before = [dict(row._mapping) for row in session.execute(select(Parcel.__table__))]
        certificate = dict(session.execute(select(Certificate.__table__).where(Certificate.id == 1)).one()._mapping)
    filed = by_hand(world, paper, first.id, unit_numbers={1: f" {UNIT[:6]} {UNIT[6:]}"}, title_cert_no=TITLE)
    with world.host.view() as session:
        values = session.scalars(select(RegistryValue).order_by(RegistryValue.id)).all()
        kinds = session.scalars(select(Identifier.kind).where(Identifier.certificate_id == 1)).all()
        assert [dict(row._mapping) for row in session.execute(select(Parcel.__table__))] == before
        assert (
            dict(session.execute(select(Certificate.__table__).where(Certificate.id == 1)).one()._mapping)
            == certificate
        )
    assert [(one.kind, one.field, one.value[:19], one.source_feedback_id) for one in values] == [
        ("parcel", "bdc_unit_no", UNIT[:19], filed.id),
        ("parcel", "parcel_code", UNIT[:19], filed.id),
        ("certificate", "title_cert_no", values[2].value, filed.id),
    ]
    assert {"bdc_unit_no", "title_cert_no"} <= set(kinds)


def test_a_number_that_stands_elsewhere_is_refused(world: Village, batch_id: int) -> None:
    first, second = items(world, batch_id)
    by_hand(
        world, scan_feedback(world.host, first.archive_file_id), first.id, unit_numbers={1: UNIT}, title_cert_no=TITLE
    )
    paper = scan_feedback(world.host, second.archive_file_id)
    with pytest.raises(Faults) as caught:
        by_hand(world, paper, second.id, unit_numbers={2: UNIT}, title_cert_no=TITLE)
    assert [fault.where for fault in caught.value.faults] == ["unit_no_2", "title_cert_no"]


def test_an_amended_number_replaces_the_former_and_keeps_it(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    filed = by_hand(world, scan_feedback(world.host, first.archive_file_id), first.id, unit_numbers={1: UNIT})
    better = UNIT[:-1] + "2"
    entry = FeedbackEntry(kind="F5", is_final=True, doc_no="二号", unit_numbers={1: better})
    with world.host.uow(world.people.archivist) as uow:
        amend_feedback(uow, filed.id, entry, version=filed.version)
    with pytest.raises(StaleVersion), world.host.uow(world.people.archivist) as uow:
        amend_feedback(uow, filed.id, entry, version=filed.version)
    with world.host.view() as session:
        values = session.execute(
            select(RegistryValue.value, RegistryValue.is_current).where(RegistryValue.field == "bdc_unit_no")
        ).all()
        lines = session.scalars(select(JournalRow.action).where(JournalRow.subject == f"feedback:{filed.id}")).all()
    assert [tuple(row) for row in values] == [(UNIT, False), (better, True)]
    assert list(lines) == ["feedback.filed", "feedback.amended"]
    assert (feedback(world)[0].kind, feedback(world)[0].doc_no) == ("F5", "二号")


def test_a_paper_without_an_image_is_no_feedback_yet(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    paper = scan_feedback(world.host, first.archive_file_id)
    with world.host.transaction() as session:
        for stored in session.scalars(select(DigitalObject).where(DigitalObject.item_id == paper)):
            stored.is_current = False
    with pytest.raises(Conflict, match="数字化图像"):
        by_hand(world, paper, first.id)


def test_who_may_not_file_does_not_and_out_of_scope_is_not_found(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    paper = scan_feedback(world.host, first.archive_file_id)
    for who, error in (
        (world.people.receiver, Forbidden),
        (world.people.auditor, Forbidden),
        (actor(world.host, {"archivist"}, prefixes=(OTHER_COUNTY,)), NotFound),
    ):
        with pytest.raises(error), world.host.uow(who) as uow:
            file_feedback(uow, paper, first.id, FeedbackEntry(kind="F4", is_final=True))


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_batch_closes_by_another_person_when_nothing_is_nobodys(world: Village, batch_id: int) -> None:
    first, second = items(world, batch_id)
    for item in (first, second):
        by_hand(world, scan_feedback(world.host, item.archive_file_id), item.id)
    assert world.batch(batch_id).state == "FEEDBACK_FILED"
    orphan = scan_feedback(world.host, first.archive_file_id, number=9)
    filer = actor(world.host, {"liaison"}, prefixes=(COUNTY,), account_id=world.people.archivist.account_id)
    version = world.batch(batch_id).version
    with pytest.raises(Faults, match="登记反馈材料的人") as caught, world.host.uow(filer) as uow:
        close_batch(uow, batch_id, version=version)
    assert len(caught.value.faults) == 2
    with pytest.raises(Faults, match="1 份反馈材料"), world.host.uow(world.people.drafter) as uow:
        close_batch(uow, batch_id, version=version)
    by_hand(world, orphan, first.id, kind="F9", is_final=False)
    with world.host.uow(world.people.drafter) as uow:
        close_batch(uow, batch_id, version=world.batch(batch_id).version)
    assert world.batch(batch_id).state == "CLOSED"
    assert [item.is_open for item in items(world, batch_id)] == [False, False]


def test_a_batch_out_of_balance_does_not_close(world: Village, batch_id: int) -> None:
    for item in items(world, batch_id):
        by_hand(world, scan_feedback(world.host, item.archive_file_id), item.id)
    with world.host.transaction() as session:
        session.get_one(BatchItem, 1).snapshot_sha256 = "0" * 64
    with pytest.raises(Faults, match="changed snapshot"), world.host.uow(world.people.drafter) as uow:
        close_batch(uow, batch_id, version=world.batch(batch_id).version)


def test_feedback_is_not_complete_while_an_item_waits(world: Village, batch_id: int) -> None:
    with pytest.raises(Faults, match="YJ001-0001"), world.host.uow(world.people.archivist) as uow:
        complete_feedback(uow, batch_id, version=world.batch(batch_id).version)


def test_a_batch_of_which_everything_came_back_is_completed_by_hand(tmp_path: Path) -> None:
    world = village(tmp_path, 1)
    batch_id = received(world, sent_batch(world))
    answered(world, batch_id, frozenset(item.id for item in items(world, batch_id)))
    assert world.batch(batch_id).state == "ANSWERED"
    with world.host.uow(world.people.archivist) as uow:
        complete_feedback(uow, batch_id, version=world.batch(batch_id).version)
    with world.host.uow(world.people.drafter) as uow:
        close_batch(uow, batch_id, version=world.batch(batch_id).version)
    assert world.batch(batch_id).state == "CLOSED"


def test_a_closed_batch_still_takes_a_paper_that_is_not_final(world: Village, batch_id: int) -> None:
    first = items(world, batch_id)[0]
    for item in items(world, batch_id):
        by_hand(world, scan_feedback(world.host, item.archive_file_id), item.id)
    with world.host.uow(world.people.drafter) as uow:
        close_batch(uow, batch_id, version=world.batch(batch_id).version)
    late = scan_feedback(world.host, first.archive_file_id, number=5)
    by_hand(world, late, first.id, kind="F6", is_final=False)
    assert world.batch(batch_id).state == "CLOSED"
    assert len(feedback(world)) == 3
