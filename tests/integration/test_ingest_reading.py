"""Recognition after filing: page by page, resumable, never in the way of filing, with what follows from the text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from lindang import jobs
from lindang.host import Host
from lindang.jobs import JobRow
from lindang.testing import drain
from models.archive import Item, Page
from models.digital import LAYERED, VIEW, DigitalObject, Identifier, PageText
from models.intake import FILED, SORTING
from plugins.ingest.adapters.engines import version_of
from plugins.ingest.domain.scan import Word
from plugins.ingest.domain.text import PageReading
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.service.reading import (
    enqueue_again,
    enqueue_unread,
    keep_text,
    order_again,
    pages_to_read_again,
    unread_pages,
)
from plugins.ingest.service.scanning import sealed_text
from plugins.ingest.tools import reader_of
from tests.ingest_kit import VILLAGE, archive, close, encoded, jpeg, rows, states, write_files, written_page
from tests.support.pages import household

ID = "141124197001010017"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give an archive that reads with tesseract."""
    made = archive(tmp_path, ocr="tesseract")
    yield made
    reader_of(made, "tesseract").close()
    close(made)


def receive(host: Host, folder: Path, ocr: str = "auto") -> None:
    """Take a folder in without letting the worker run."""
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, ocr)))


def run_kind(host: Host, kind: str, most: int = 100) -> int:
    """Run waiting jobs of one kind; returns how many."""
    with host.view() as session:
        ids = list(session.scalars(select(JobRow.id).where(JobRow.kind == kind, JobRow.state == jobs.QUEUED)))[:most]
    for job_id in ids:
        jobs.run_job(host, job_id)
    return len(ids)


def current(host: Host) -> dict[int, PageText]:
    """Return the current text of every page that has one, by page number."""
    with host.view() as session:
        query = select(Page.page_no, PageText).join(PageText, PageText.page_id == Page.id).where(PageText.is_current)
        return {page_no: text for page_no, text in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


@pytest.mark.ocr
def test_pages_are_read_after_filing_and_findable_numbers_come_of_it(host: Host, tmp_path: Path) -> None:
    truth, scans = household(0)
    receipt = truth.file("D12")
    data = {receipt.relative_path: (scans / receipt.relative_path).read_bytes()}
    receive(host, write_files(tmp_path / "箱", data))
    run_kind(host, "ingest.process")
    assert set(states(host).values()) == {FILED}
    assert current(host) == {}
    assert run_kind(host, "ingest.recognise") == 1
    text = current(host)[1]
    assert "林权证领取签收单" in text.text
    assert (text.engine, text.version, text.confidence > 70) == ("tesseract", 1, True)
    assert receipt.pages[0].fields["id_no"] not in text.text
    with host.view() as session:
        assert unread_pages(session, session.scalars(select(Item.id)).one()) == []


@pytest.mark.ocr
def test_a_stopped_recognition_goes_on_where_it_was(host: Host, tmp_path: Path) -> None:
    pages = [written_page(seed, width=900, height=1270) for seed in range(3)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(110, 110))
    receive(host, write_files(tmp_path / "0037 张三", {"01.tif": data}))
    run_kind(host, "ingest.process")
    with host.view() as session:
        page_id = session.scalars(select(Page.id).where(Page.page_no == 1)).one()
    done = sealed_text(host.vault, PageReading("早已读过", (), 99.0, "rapidocr", "1"))
    with host.uow(host.system_actor()) as uow:
        keep_text(uow, page_id, done)
    run_kind(host, "ingest.recognise")
    found = current(host)
    assert set(found) == {1, 2, 3}
    assert (found[1].text, found[1].version) == ("早已读过", 1)


@pytest.mark.ocr
def test_one_unreadable_page_does_not_keep_the_others_unread(host: Host, tmp_path: Path) -> None:
    pages = [written_page(seed, width=900, height=1270) for seed in range(2)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(110, 110))
    receive(host, write_files(tmp_path / "0037 张三", {"01.tif": data}))
    run_kind(host, "ingest.process")
    with host.view() as session:
        view = select(DigitalObject.sha256).join(Page, Page.id == DigitalObject.page_id)
        digest = session.scalars(view.where(Page.page_no == 1, DigitalObject.role == VIEW)).one()
    path = host.storage.path(digest)
    path.chmod(0o644)
    path.write_bytes(b"\xff\xd8\xff broken")
    run_kind(host, "ingest.recognise")
    assert set(current(host)) == {2}
    with host.view() as session:
        job = session.scalars(select(JobRow).where(JobRow.kind == "ingest.recognise")).one()
    assert job.state == jobs.QUEUED
    assert "第 1 页" in job.error


@pytest.mark.ocr
def test_reading_can_be_made_up_for_when_an_engine_is_there(tmp_path: Path) -> None:
    host = archive(tmp_path, ocr="off")
    receive(host, write_files(tmp_path / "0037 张三", {"01.jpg": jpeg(1)}))
    drain(host)
    assert current(host) == {}
    with host.uow(host.system_actor()) as uow:
        assert enqueue_unread(uow, VILLAGE, "tesseract") == 1
    drain(host)
    assert set(current(host)) == {1}
    with host.uow(host.system_actor()) as uow:
        assert enqueue_unread(uow, VILLAGE, "tesseract") == 0
    reader_of(host, "tesseract").close()
    close(host)


def masters(host: Host) -> list[tuple[str, str, int]]:
    """Return role, digest and version of every original and page image."""
    with host.view() as session:
        query = select(DigitalObject.role, DigitalObject.sha256, DigitalObject.version)
        return [(role, digest, no) for role, digest, no in session.execute(query.where(DigitalObject.role != LAYERED))]


def versions(host: Host) -> list[tuple[int, str, bool]]:
    """Return version, engine and whether it is current of every text."""
    with host.view() as session:
        query = select(PageText.version, PageText.engine, PageText.is_current).order_by(PageText.id)
        return [(no, engine, current) for no, engine, current in session.execute(query)]


@pytest.mark.ocr
def test_reading_again_keeps_every_text_and_the_better_engine_has_the_current_one(host: Host, tmp_path: Path) -> None:
    truth, scans = household(0)
    receipt = truth.file("D12")
    receive(host, write_files(tmp_path / "箱", {receipt.relative_path: (scans / receipt.relative_path).read_bytes()}))
    drain(host)
    before = masters(host)
    assert versions(host) == [(1, "tesseract", True)]
    with host.uow(host.system_actor()) as uow:
        item_id = uow.session.scalars(select(Item.id)).one()
        assert enqueue_again(uow, VILLAGE, "tesseract", version_of("tesseract")) == 0
        assert enqueue_again(uow, VILLAGE, "rapidocr", version_of("rapidocr")) == 1
    drain(host)
    assert versions(host) == [(1, "tesseract", False), (2, "rapidocr", True)]
    with host.uow(host.system_actor()) as uow:
        uow.session.execute(update(PageText).values(engine_version="0"))
        order_again(uow, item_id, "tesseract")
    drain(host)
    assert versions(host) == [(1, "tesseract", False), (2, "rapidocr", True), (3, "tesseract", False)]
    with host.view() as session:
        assert pages_to_read_again(session, item_id, "tesseract", version_of("tesseract")) == []
        numbers = select(Identifier.is_current).where(Identifier.page_id.is_not(None), Identifier.kind == "cert_no")
        assert sorted(session.scalars(numbers)) == [False, True]
        pdfs = select(DigitalObject.version, DigitalObject.is_current).where(DigitalObject.role == LAYERED)
        assert sorted(tuple(row) for row in session.execute(pdfs)) == [(1, False), (2, True)]
    assert masters(host) == before
    reader_of(host, "rapidocr").close()


@pytest.mark.ocr
def test_a_paper_on_the_desk_is_read_and_keeps_its_text_when_it_is_placed(host: Host, tmp_path: Path) -> None:
    truth, scans = household(0)
    receipt = truth.file("D12")
    loose = {"散页.jpg": (scans / receipt.relative_path).read_bytes(), "0037 张三/01.jpg": jpeg(1)}
    receive(host, write_files(tmp_path / "箱", loose))
    drain(host)
    waiting = rows(host)["散页.jpg"]
    assert waiting.state == SORTING
    assert waiting.scan is not None
    text = waiting.scan["pages"][0]["text"]
    assert "林权证" in text["text"]
    assert receipt.pages[0].fields["id_no"] not in str(waiting.scan)
    assert len(text["sealed_ids"]) == 1


def test_a_new_text_stands_beside_the_old_one(tmp_path: Path) -> None:
    host = archive(tmp_path)
    receive(host, write_files(tmp_path / "0037 张三", {"01.jpg": jpeg(1)}), "off")
    drain(host)
    with host.view() as session:
        page_id = session.scalars(select(Page.id)).one()
    for engine, words in (("tesseract", "旧文"), ("rapidocr", f"新文 {ID}")):
        reading = PageReading(words, (Word(0, 0, 9, 9, words, 90),), 90.0, engine, "1", 3, ("thin_text",))
        with host.uow(host.system_actor()) as uow:
            keep_text(uow, page_id, sealed_text(host.vault, reading))
    with host.view() as session:
        texts = list(session.scalars(select(PageText).order_by(PageText.version)))
    assert [(text.engine, text.is_current) for text in texts] == [("tesseract", False), ("rapidocr", True)]
    assert texts[1].profile == "turn270 thin_text"
    assert ID not in texts[1].text + str(texts[1].words)
    close(host)
