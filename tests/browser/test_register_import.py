"""The import of a 数字化表 in a real browser: fourteen planted faults shown by cell, the file mended, and applied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from lindang.host import Host
from lindang.testing import actor, drain, make_host
from models.register import Parcel
from plugins.catalogue.service.reference import load_divisions
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, DIVISIONS
from tests.support.desk_office import served

pytestmark = pytest.mark.browser


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    opened = make_host(tmp_path / "data", host={"disabled": ["ingest", "search", "handover", "demo"]})
    with opened.uow(opened.system_actor()) as uow:
        load_divisions(uow, DIVISIONS.encode(), source="test")
    yield opened
    opened.close()


@pytest.fixture
def address(host: Host) -> Iterator[str]:
    with served(host, actor(host, ["archivist"], prefixes=[COUNTY], name="档案员甲")) as office:
        yield office.address


def hand_in(host: Host, page: Page, address: str, path: Path) -> None:
    """Upload a file and wait, on its page, until it has been read."""
    page.goto(f"{address}/register/imports")
    page.get_by_label("数字化表文件").set_input_files(path)
    page.get_by_role("button", name="上传并试读").click()
    page.wait_for_url("**/register/imports/*")
    drain(host)
    expect(page.get_by_text("待导入").first).to_be_visible()


def apply_all(host: Host, page: Page) -> None:
    """Order the writing and let the worker do it."""
    page.get_by_role("button", name="全部导入").click()
    with page.expect_navigation():
        page.get_by_role("dialog").get_by_role("button", name="全部导入").click()
    drain(host)


def count(host: Host) -> int:
    with host.view() as session:
        return session.scalar(select(func.count()).select_from(Parcel)) or 0


def test_fourteen_faults_by_cell_then_mended_and_applied(host: Host, tmp_path: Path, address: str, page: Page) -> None:
    hand_in(host, page, address, made.planted_workbook(tmp_path / "王家沟.xlsx"))
    lines = page.locator("table tbody tr")
    expect(lines).to_have_count(len(made.PLANTED))
    shown = [(line.locator("td").nth(2).inner_text(), line.locator("td").nth(5).inner_text()) for line in lines.all()]
    assert [(cell.strip(), code.strip()) for cell, code in shown] == made.planted_cells()
    expect(page.get_by_role("button", name="全部导入")).to_have_count(0)
    with page.expect_navigation():
        page.get_by_role("button", name="生成标注表").click()
    drain(host)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载标注表").click()
    assert waiting.value.suggested_filename == "王家沟-标注.xlsx"
    assert count(host) == 0

    hand_in(host, page, address, made.mended_workbook(tmp_path / "王家沟改.xlsx"))
    apply_all(host, page)
    expect(page.get_by_text("写入 17 行")).to_be_visible()
    assert count(host) == 17


def test_a_change_is_shown_old_and_new_and_confirmed(host: Host, tmp_path: Path, address: str, page: Page) -> None:
    for name, place in (("一.xlsx", "后沟"), ("二.xlsx", "前沟")):
        path = made.workbook(tmp_path / name, {"王家沟": [made.row(1, place_name=place)]})
        hand_in(host, page, address, path)
        if place == "前沟":
            expect(page.locator("del")).to_have_text("后沟")
            expect(page.locator("ins")).to_have_text("前沟")
            page.get_by_role("button", name="确认全部 1 行改动").click()
            expect(page.get_by_text("已确认")).to_be_visible()
        apply_all(host, page)
        expect(page.get_by_text("写入 1 行")).to_be_visible()
    with host.view() as session:
        assert session.scalars(select(Parcel.place_name)).all() == ["前沟"]


def test_an_unknown_heading_is_asked_with_the_keyboard(host: Host, tmp_path: Path, address: str, page: Page) -> None:
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]}, headings={"cert_no": "本子号"})
    page.goto(f"{address}/register/imports")
    page.get_by_label("数字化表文件").set_input_files(path)
    page.get_by_role("button", name="上传并试读").click()
    page.wait_for_url("**/register/imports/*")
    drain(host)
    choice = page.get_by_label("本子号")
    expect(choice).to_be_visible()
    choice.select_option(label="林权证号")
    choice.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已记住 1 个列名")).to_be_visible()
    drain(host)
    expect(page.get_by_text("待导入").first).to_be_visible()
