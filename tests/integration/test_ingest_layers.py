"""PDFs with a text layer: made once all pages are read, made anew when the text changes, never twice, the originals untouched."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf.pdfa
import pypdfium2
import pytest
from sqlalchemy import select

from lindang.host import Host
from lindang.jobs import FAILED as JOB_FAILED
from lindang.jobs import JobRow
from lindang.journal import JournalRow
from lindang.testing import actor, client, drain, make_app
from lindang.verify import run_checks
from models.archive import Item, Page
from models.digital import LAYERED, MASTER, DigitalObject
from models.persons import resident_id_check
from plugins.ingest.domain.record import TextRecord
from plugins.ingest.domain.scan import Word
from plugins.ingest.domain.text import PageReading
from plugins.ingest.queries.layers import layer_plan
from plugins.ingest.service.layers import ARCHIVAL, order_layers
from plugins.ingest.service.reading import keep_text
from plugins.ingest.service.scanning import sealed_text
from tests.ingest_kit import COUNTY, archive, close, encoded, take, write_files, written_page

FILE = "0037 王建国/01-林权登记申请表.tif"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path)
    pages = encoded(written_page(1), "TIFF", save_all=True, append_images=[written_page(2)], dpi=(75, 75))
    take(made, write_files(tmp_path / "箱", {FILE: pages}))
    yield made
    close(made)


def read(host: Host, number: int, *words: str) -> None:
    """Store a text of a page as recognition does."""
    with host.view() as session:
        page_id = session.scalars(select(Page.id).order_by(Page.page_no)).all()[number - 1]
    record = TextRecord(
        text="\n".join(words),
        words=tuple(Word(1000, 1000 + 500 * n, 5000, 1300 + 500 * n, word, 90) for n, word in enumerate(words)),
        engine="test",
        engine_version="1",
        confidence=90,
    )
    with host.uow(host.system_actor()) as uow:
        keep_text(uow, page_id, record)
    drain(host)


def objects(host: Host, role: str = LAYERED) -> list[DigitalObject]:
    with host.view() as session:
        query = select(DigitalObject).where(DigitalObject.role == role).order_by(DigitalObject.version)
        found = list(session.scalars(query))
        session.expunge_all()
        return found


def texts(host: Host, made: DigitalObject) -> list[str]:
    with pypdfium2.PdfDocument(host.storage.path(made.sha256)) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def again(host: Host) -> int:
    with host.uow(host.system_actor()) as uow:
        count = order_layers(uow, COUNTY, again=True)
    drain(host)
    return count


def test_made_when_the_last_page_is_read_and_again_only_when_something_changed(host: Host) -> None:
    (before,) = objects(host, MASTER)
    read(host, 1, "林权登记申请表", "权利人王建国")
    assert objects(host) == []
    read(host, 2, "东至河沟")
    (made,) = objects(host)
    assert (made.format, made.version, made.is_current, made.page_id) == (ARCHIVAL, 1, True, None)
    assert pikepdf.pdfa.validate_written(host.storage.path(made.sha256), "2b").passed
    assert texts(host, made) == ["林权登记申请表权利人王建国", "东至河沟"]
    assert again(host) == 1
    assert [one.sha256 for one in objects(host)] == [made.sha256]
    read(host, 2, "东至河沟中心线")
    first, second = objects(host)
    assert (first.is_current, second.is_current, second.version) == (False, True, 2)
    assert texts(host, second)[1] == "东至河沟中心线"
    (after,) = objects(host, MASTER)
    assert (after.sha256, after.is_current) == (before.sha256, True)
    assert host.storage.read(after.sha256) == host.storage.read(before.sha256)
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []


def test_an_identity_number_is_masked_in_the_layer_too(host: Host) -> None:
    number = "14112419700101001"
    number += resident_id_check(number)
    words = (Word(1000, 1000, 5000, 1300, f"证号{number}", 90),)
    record = sealed_text(host.vault, PageReading(f"证号{number}", words, 90, "test", "1"))
    with host.view() as session:
        page_id = session.scalars(select(Page.id).order_by(Page.page_no)).first()
    with host.uow(host.system_actor()) as uow:
        keep_text(uow, page_id or 0, record)
    read(host, 2, "东至河沟")
    (made,) = objects(host)
    assert texts(host, made)[0] == f"证号141124********{number[-4:]}"


def test_an_original_that_cannot_be_opened_fails_for_good_and_says_so(host: Host) -> None:
    (master,) = objects(host, MASTER)
    path = host.storage.path(master.sha256)
    path.chmod(0o644)
    path.write_bytes(b"II*\0 spoilt on the disk")
    read(host, 1, "甲")
    read(host, 2, "乙")
    assert objects(host) == []
    with host.view() as session:
        (job,) = session.scalars(select(JobRow).where(JobRow.kind == "ingest.layer", JobRow.state == JOB_FAILED))
        assert "做不成可检索 PDF" in job.error
        item = session.scalars(select(Item)).one()
        assert layer_plan(session, item.id) is not None


def test_switched_off_nothing_is_made_but_an_order_still_is(tmp_path: Path) -> None:
    made = archive(tmp_path / "off", layered_pdf=False)
    take(made, write_files(tmp_path / "箱2", {"0038 李四/01.jpg": encoded(written_page(3))}))
    read(made, 1, "林权证")
    assert objects(made) == []
    assert again(made) == 1
    assert len(objects(made)) == 1
    close(made)


def test_it_is_offered_on_the_page_of_the_item_and_downloaded_on_record(host: Host) -> None:
    read(host, 1, "甲")
    read(host, 2, "乙")
    (made,) = objects(host)
    archivist = actor(host, {"archivist"}, prefixes=(COUNTY,))
    web = client(make_app(host), archivist)
    address = f"/catalogue/masters/{made.id}"
    page = web.get(f"/catalogue/items/{made.item_id}").text
    assert "可检索 PDF" in page
    assert f'href="{address}"' in page
    with web.get(address) as answer:
        assert answer.headers["Content-Disposition"].endswith("-text.pdf")
        assert answer.data == host.storage.read(made.sha256)
    with host.view() as session:
        noted = session.scalars(select(JournalRow.action).order_by(JournalRow.seq.desc())).first()
    assert noted == "master.downloaded"
    stranger = dataclasses.replace(archivist, prefixes=("141125",))
    assert client(make_app(host), stranger).get(address).status_code == 404


def yellow(page: pypdfium2.PdfPage) -> tuple[float, float, float, float] | None:
    """Return what is lit on a page as parts of its width and height: left, top, right, bottom."""
    shown = np.asarray(page.render(scale=1).to_pil().convert("RGB")).astype(int)
    lit = np.argwhere((shown[..., 0] > 200) & (shown[..., 1] > 150) & (shown[..., 2] < 120))
    if not len(lit):
        return None
    (top, left), (bottom, right) = lit.min(axis=0), lit.max(axis=0) + 1
    height, width = shown.shape[:2]
    return left / width, top / height, right / width, bottom / height


def test_a_copy_has_lit_what_was_looked_for_and_is_on_record(host: Host) -> None:
    read(host, 1, "林权登记申请表", "权利人王建国")
    archivist = actor(host, ["archivist"], prefixes=[COUNTY])
    web = client(make_app(host), archivist)
    with host.view() as session:
        address = f"/ingest/items/{session.scalars(select(Item.id)).one()}/marked.pdf"
    assert web.get(address, query_string={"mark": "王建国"}).status_code == 409, "the second page waits for its text"
    read(host, 2, "东至河沟")
    (kept,) = objects(host)
    sent = web.get(address, query_string={"mark": ["王建国 没有的"]})
    assert (sent.status_code, sent.headers["Cache-Control"]) == (200, "private, no-store")
    with pypdfium2.PdfDocument(sent.data) as document:
        assert "权利人王建国" in "".join(document[0].get_textpage().get_text_range().split())
        lit = yellow(document[0])
        assert lit is not None
        assert lit == pytest.approx((0.3, 0.15, 0.5, 0.18), abs=0.01), "the second half of the word's box"
        assert yellow(document[1]) is None
    assert [one.sha256 for one in objects(host)] == [kept.sha256], "kept nowhere"
    with host.view() as session:
        noted = session.scalars(select(JournalRow.actor).where(JournalRow.action == "item.marked_copy")).all()
    assert noted == [archivist.name]
    stranger = actor(host, ["archivist"], prefixes=["999999"])
    assert client(make_app(host), stranger).get(address).status_code == 404
