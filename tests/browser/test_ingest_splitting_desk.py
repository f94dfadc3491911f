"""A box in one PDF cut into papers by keyboard only, in a real browser; separator sheets printed and read back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lindang.host import Host
from lindang.testing import actor, drain
from models.archive import ArchiveFile, Item
from models.intake import SORTING
from plugins.ingest.adapters.barcodes import read_codes
from plugins.ingest.domain.patch import has_patch_t
from plugins.ingest.domain.separator import read_separator
from tests.ingest_kit import COUNTY, VILLAGE, archive, close, jpeg, rows, take, write_files
from tests.support.box import as_pdf, box_pages
from tests.support.desk_office import Office, served

pytestmark = pytest.mark.browser


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A box on the sorting desk beside a filed household."""
    made = archive(tmp_path)
    files = {"0037 张三/01.jpg": jpeg(20), "第3箱.pdf": as_pdf(box_pages())}
    take(made, write_files(tmp_path / "箱", files))
    yield made
    close(made)


@pytest.fixture
def office(host: Host) -> Iterator[Office]:
    with served(host, actor(host, ["archivist"], prefixes=[COUNTY], name="档案员甲")) as made:
        yield made


def test_a_box_is_cut_by_keyboard_only(host: Host, office: Office, page: Page) -> None:
    box = rows(host)["第3箱.pdf"]
    assert box.state == SORTING
    page.goto(f"{office.address}/ingest/desk/{box.id}/split")
    expect(page.locator("[data-sum]")).to_have_text("2 卷，3 件，4 页不归档")
    press = page.keyboard.press
    expect(page.locator("#page-3")).to_be_focused()
    for key in ("End", " "):  # a fourth paper begins on the last page
        press(key)
    expect(page.locator("[data-sum]")).to_have_text("2 卷，4 件，4 页不归档")
    press("Shift+ArrowLeft")  # … no, on the one before
    expect(page.locator("#page-9")).to_have_attribute("data-cut", "item")
    for key in ("z", "z"):
        press(key)
    expect(page.locator("[data-sum]")).to_have_text("2 卷，3 件，4 页不归档")
    press("ArrowLeft")
    press("x")  # a page with writing cannot be left out
    expect(page.locator("[data-sum]")).to_have_text("2 卷，3 件，4 页不归档")
    press("ArrowRight")
    press("Enter")  # a third household begins there
    expect(page.locator("[data-sum]")).to_have_text("3 卷，4 件，4 页不归档")
    press("z")
    for holder in ("王一", "王二"):
        line = page.locator("tr.is-file").nth(0 if holder == "王一" else 1)
        line.get_by_label("户主").focus()
        page.keyboard.type(holder)
        press("Tab")
    press("Control+Enter")
    page.get_by_text("正在拆分为 3 件").wait_for()
    drain(host)
    with host.view() as session:
        found = session.execute(
            select(ArchiveFile.holder_name, Item.doc_type)
            .join(Item, Item.archive_file_id == ArchiveFile.id)
            .where(ArchiveFile.holder_name.startswith("王"))
            .order_by(Item.id)
        ).all()
    assert [tuple(row) for row in found] == [("王一", "D01"), ("王一", "D04"), ("王二", "D11")]


def test_the_second_person_is_told_who_cuts(host: Host, office: Office, page: Page) -> None:
    box = rows(host)["第3箱.pdf"]
    with page.expect_response("**/hold"):
        page.goto(f"{office.address}/ingest/desk/{box.id}/split")
    expect(page.locator("[data-sum]")).to_have_text("2 卷，3 件，4 页不归档")
    browser = page.context.browser
    assert browser is not None
    office.who = actor(host, ["archivist"], prefixes=[COUNTY], name="档案员乙", account_id=2)
    other = browser.new_page()
    other.goto(f"{office.address}/ingest/desk/{box.id}/split")
    expect(other.get_by_text("档案员甲 正在处理这个文件")).to_be_visible()
    expect(other.get_by_role("button", name="拆分并归档")).to_be_disabled()


def test_printed_patches_have_their_size_and_are_read_back(office: Office, page: Page) -> None:
    page.goto(f"{office.address}/ingest/separators?source=patch&count=2")
    expect(page.get_by_role("button", name="打印 2 张")).to_be_visible()
    printed = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", print_background=True, prefer_css_page_size=True)))
    assert len(printed) == 2
    sheet = printed[0].render(scale=150 / 72, grayscale=True).to_numpy()
    gray = sheet[:, :, 0] if sheet.ndim == 3 else sheet
    assert has_patch_t(gray, 150)
    dark = np.flatnonzero((gray < 100).mean(axis=1) > 0.5)
    assert abs((dark[-1] - dark[0]) / 150 - 0.8) < 0.02, "inches from the first bar to the last"


def test_printed_sheets_are_read_back(host: Host, office: Office, page: Page) -> None:
    with host.view() as session:
        file_id = session.scalars(select(ArchiveFile.id)).one()
    page.goto(f"{office.address}/ingest/separators?village={VILLAGE}&source=files")
    expect(page.get_by_role("button", name="打印 1 张")).to_be_visible()
    printed = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", print_background=True, prefer_css_page_size=True)))
    codes = [read_codes(sheet.render(scale=150 / 72, grayscale=True).to_numpy()) for sheet in printed]
    found = [sheet for page_codes in codes for code in page_codes if (sheet := read_separator(code))]
    assert [(sheet.village, sheet.reference) for sheet in found] == [(VILLAGE, f"A{file_id}")]
    assert len(printed) == 1
