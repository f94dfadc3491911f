"""The sorting desk by keyboard only in a real browser: from the list to the last file, into a known 案卷 and into a new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lindang.host import Host
from lindang.testing import actor
from models.archive import ArchiveFile, Item
from models.intake import SORTING
from tests.ingest_kit import COUNTY, VILLAGE, archive, close, jpeg, rows, states, take, write_files
from tests.support.desk_office import Office, served

pytestmark = pytest.mark.browser

LOOSE = ("散件-甲.jpg", "散件-乙.jpg")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A filed household, and two files on the desk whose names say nothing."""
    made = archive(tmp_path)
    take(made, write_files(tmp_path / "箱", {"0037 张三/01.jpg": jpeg(20)}))
    loose = {name: jpeg(number) for number, name in enumerate(LOOSE)}
    take(
        made, write_files(tmp_path / "散", {**loose, "0038 某户/说明.txt": b"-"})
    )  # a folder of loose files only is a household
    yield made
    close(made)


@pytest.fixture
def office(host: Host) -> Iterator[Office]:
    with served(host, actor(host, ["archivist"], prefixes=[COUNTY], name="档案员甲")) as made:
        yield made


def keep(page: Page, name: str) -> None:
    """Keep a picture of the screen where LINDANG_SCREENSHOTS says."""
    if folder := os.environ.get("LINDANG_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as a person without a mouse does."""
    for _press in range(80):
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not lead to {selector}")


def test_two_loose_files_are_sorted_without_a_mouse(host: Host, office: Office, page: Page) -> None:
    first, second = (rows(host)[name] for name in LOOSE)
    assert (first.state, second.state) == (SORTING, SORTING)
    page.goto(f"{office.address}/ingest/desk")
    tab_to(page, f'a[href*="/ingest/desk/{first.id}"]')
    page.keyboard.press("Enter")
    expect(page.locator("#desk-q")).to_be_focused()
    page.keyboard.type("张三")
    expect(page.locator("#candidates input:checked")).to_be_visible()
    keep(page, "sort")
    tab_to(page, "#doc_type")
    page.keyboard.type("D04")
    tab_to(page, "#sorting button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已归档")).to_be_visible()
    expect(page.locator("h1")).to_contain_text("散件-乙")
    tab_to(page, "#candidates input, #target-new")
    while not page.evaluate("document.activeElement.id === 'target-new'"):
        page.keyboard.press("ArrowDown")
    tab_to(page, "#sorting summary")
    page.keyboard.press("Enter")
    tab_to(page, "#division_code")
    page.keyboard.type("阳坡")
    tab_to(page, "#holder_name")
    page.keyboard.type("李四")
    tab_to(page, "#doc_type")
    page.keyboard.type("D01")
    tab_to(page, "#sorting button[type=submit]")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{office.address}/ingest/desk")
    assert SORTING not in states(host).values()
    with host.view() as session:
        query = select(ArchiveFile.holder_name, ArchiveFile.division_code, Item.doc_type)
        found = session.execute(query.join(Item, Item.archive_file_id == ArchiveFile.id).order_by(Item.id)).all()
    assert [tuple(row) for row in found] == [("张三", VILLAGE, ""), ("张三", VILLAGE, "D04"), ("李四", VILLAGE, "D01")]
