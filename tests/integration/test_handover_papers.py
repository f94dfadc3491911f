"""The papers of a batch in the archive: filed when their step is taken, numbered without a gap, printed again from their bytes."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select, text

from lindang.auth import Actor
from lindang.errors import Unavailable
from lindang.journal import JournalRow
from lindang.testing import client, drain, make_app
from lindang.verify import run_checks
from models.archive import ArchiveFile, Fonds, Item
from models.handover import Batch
from models.packages import BatchPaper
from plugins.handover.documents.forms import DEED, LIST, REGISTER, REPORT, RETURNS, TRANSFER
from plugins.handover.domain.cover import cover_code
from plugins.handover.queries.papers import filed_papers
from plugins.handover.service.answering import refuse_batch
from plugins.handover.service.closing import close_batch
from plugins.handover.service.drafting import revise_batch
from plugins.handover.service.papers import file_papers
from tests.handover_kit import (
    COUNTY,
    Village,
    answered,
    checked,
    drafted,
    received,
    scan_feedback,
    sent,
    sent_batch,
    signed,
    village,
)


def add_fonds(world: Village) -> None:
    with world.host.transaction() as session:
        session.add(Fonds(code="0123", name="某县林业局", creator="某县林业局", division_code=COUNTY))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path)
    add_fonds(made)
    yield made
    made.host.close()


def kinds(world: Village, batch_id: int = 1) -> list[tuple[str, str]]:
    """Return (kind, last digits of its number) of the filed papers, in order."""
    with world.host.view() as session:
        batch = session.get_one(Batch, batch_id)
        return [(one.kind, one.paper_no.rpartition("-")[2]) for one in filed_papers(session, batch)]


def closed(world: Village, batch_id: int) -> None:
    for number in (2, 3):
        code = cover_code(f"{world.batch(batch_id).batch_no}-000{number}")
        scan_feedback(world.host, number, cover_codes=(code,))
    drain(world.host)
    with world.host.uow(world.people.drafter) as uow:
        close_batch(uow, batch_id, version=world.batch(batch_id).version)
    drain(world.host)


def fetch(world: Village, who: Actor, url: str) -> tuple[int, bytes]:
    answer = client(make_app(world.host), who).get(url, buffered=True)
    return answer.status_code, answer.get_data()


def test_each_step_files_its_papers_in_one_volume_numbered_without_a_gap(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    drain(world.host)
    assert kinds(world) == [(LIST, "WJ01")]
    sent(world, batch_id)
    assert kinds(world)[1:] == [(TRANSFER, "WJ02"), (DEED, "WJ03")]
    answered(world, received(world, batch_id), returned=frozenset({1}))
    assert kinds(world)[3:] == [(RETURNS, "WJ04")]
    closed(world, batch_id)
    assert kinds(world)[4:] == [(REGISTER, "WJ05"), (REPORT, "WJ06")]
    with world.host.view() as session:
        volume = session.scalars(select(ArchiveFile).where(ArchiveFile.class_code == "YJ01")).one()
        items = session.scalars(select(Item).where(Item.archive_file_id == volume.id).order_by(Item.item_no)).all()
        batch_no = session.get_one(Batch, batch_id).batch_no
        assert [item.archival_code for item in items] == [f"{volume.archival_code}-{n:03d}" for n in range(1, 7)]
        assert [item.doc_no for item in items] == [f"{batch_no}-WJ{n:02d}" for n in range(1, 7)]
        assert volume.archival_code == "0123-ZY·LG-YJ01-000000-0001"
        assert (volume.division_code, volume.year, volume.retention) == (COUNTY, 2020, "Y")
        lines = session.scalars(select(JournalRow.facts).where(JournalRow.action == "batch.paper_filed")).all()
    assert len(lines) == 6
    assert file_papers(world.host, batch_id) == 0, "what is filed is not filed again"
    assert [one.code for one in run_checks(world.host) if one.violations and one.code in {"H13", "I4"}] == []


def test_what_is_filed_is_printed_again_from_its_bytes(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    drain(world.host)
    draft = fetch(world, world.people.drafter, f"/handover/batches/{batch_id}/forms/{TRANSFER}.xlsx")
    sent(world, batch_id)
    url = f"/handover/batches/{batch_id}/forms/{TRANSFER}.xlsx"
    status, printed = fetch(world, world.people.receiver, url)
    with world.host.view() as session:
        filed = session.scalars(select(BatchPaper).where(BatchPaper.kind == TRANSFER)).one()
    assert (status, hashlib.sha256(printed).hexdigest()) == (200, filed.sha256)
    assert printed != draft[1], "the draft had neither carriers nor a number"
    cells = [str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(printed)).active or () for cell in row]
    assert any(filed.paper_no in cell for cell in cells)
    with world.host.uow(world.people.drafter) as uow:  # what the archive says changes, the paper does not
        uow.session.execute(text("UPDATE batch SET carriers = '另一块盘'"))
    assert fetch(world, world.people.receiver, url) == (200, printed)


def test_the_registry_sees_what_concerns_it(world: Village) -> None:
    batch_id = answered(world, received(world, sent_batch(world)), returned=frozenset({1}))
    closed(world, batch_id)
    for kind, status in ((RETURNS, 200), (LIST, 200), (REPORT, 409), (REGISTER, 409)):
        url = f"/handover/batches/{batch_id}/forms/{kind}.xlsx"
        assert fetch(world, world.people.receiver, url)[0] == status, kind
        assert fetch(world, world.people.drafter, url)[0] == 200, kind
    page = fetch(world, world.people.receiver, f"/handover/batches/{batch_id}")[1].decode()
    assert "WJ04" in page
    assert "WJ06" not in page


def test_a_refused_list_keeps_its_papers_and_the_next_goes_on_counting(world: Village) -> None:
    batch_id = sent_batch(world)
    with world.host.uow(world.people.receiver) as uow:
        refuse_batch(uow, batch_id, version=world.batch(batch_id).version, reason="盒号不符")
    with world.host.uow(world.people.drafter) as uow:
        revise_batch(uow, batch_id, version=world.batch(batch_id).version)
    sent(world, signed(world, checked(world, batch_id)))
    assert kinds(world) == [
        *((LIST, "WJ01"), (TRANSFER, "WJ02"), (DEED, "WJ03")),
        *((LIST, "WJ04"), (TRANSFER, "WJ05"), (DEED, "WJ06")),
    ]
    with world.host.view() as session:
        assert session.scalar(select(func.count()).where(ArchiveFile.class_code == "YJ01")) == 1


def test_without_a_fonds_nothing_is_filed_and_later_a_person_files_it(tmp_path: Path) -> None:
    world = village(tmp_path)
    batch_id = sent_batch(world)
    assert kinds(world) == []
    page = fetch(world, world.people.drafter, f"/handover/batches/{batch_id}")[1].decode()
    assert "待归档" in page
    assert "现在归档" in page
    add_fonds(world)
    answer = client(make_app(world.host), world.people.drafter).post(f"/handover/batches/{batch_id}/papers")
    assert answer.status_code == 302
    assert [number for _kind, number in kinds(world)] == ["WJ01", "WJ02", "WJ03"]
    assert "现在归档" not in fetch(world, world.people.drafter, f"/handover/batches/{batch_id}")[1].decode()
    world.host.close()


def test_two_who_file_at_once_file_each_paper_once(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))  # its papers wait: the event was not delivered yet
    together = threading.Barrier(2)

    def file_it(_number: int) -> str:
        together.wait()
        try:
            return str(file_papers(world.host, batch_id))
        except Unavailable as overtaken:
            return str(overtaken)

    with ThreadPoolExecutor(2) as both:
        outcomes = list(both.map(file_it, range(2)))
    drain(world.host)
    assert kinds(world) == [(LIST, "WJ01")], outcomes


def test_verify_finds_a_paper_that_is_not_as_it_was_filed(world: Village) -> None:
    sent_batch(world)
    with world.host.view() as session:
        known = {paper.id: (paper.paper_no, paper.sha256) for paper in session.scalars(select(BatchPaper))}

    def codes(statement: str) -> set[str]:
        with world.host.transaction() as session:
            session.execute(text(statement))
        return {one.code for one in run_checks(world.host) if one.violations}

    paper_no, sha256 = known[1]
    current = "UPDATE digital_object SET is_current = {} WHERE item_id = (SELECT item_id FROM batch_paper WHERE id = 3)"
    for broken, mended in (
        (
            "UPDATE batch_paper SET paper_no = 'X' WHERE id = 1",
            f"UPDATE batch_paper SET paper_no = '{paper_no}' WHERE id = 1",
        ),
        (
            "UPDATE batch_paper SET sha256 = '0' WHERE id = 1",
            f"UPDATE batch_paper SET sha256 = '{sha256}' WHERE id = 1",
        ),
        (current.format("false"), current.format("true")),
    ):
        assert "H13" in codes(broken), broken
        assert "H13" not in codes(mended), mended
    assert "H13" in codes("DELETE FROM batch_paper WHERE id = 1")
