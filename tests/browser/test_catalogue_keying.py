"""Keying a certificate and its parcels in a real browser, without the mouse, with the scan beside the form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.catalogue_world import World, household, make_world, paper
from tests.support.desk_office import served

pytestmark = pytest.mark.browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world.host, world.archivist) as office:
        yield office.address


def test_a_household_is_keyed_by_keyboard_alone(world: World, address: str, page: Page) -> None:
    file = household(world, holder_name="王小山")
    paper(world, file, "D01")
    _item, [copy] = paper(world, file, "D11")
    page.goto(f"{address}/catalogue/files/{file.id}/certificate/new")
    assert f"/catalogue/pages/{copy.id}/view.jpg" in str(page.locator("[data-image-link]").get_attribute("href"))
    page.keyboard.type("临林证字〔2010〕第000123号")
    page.get_by_text("字号“临”，2010 年，第 000123 号").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/parcels/new")
    assert page.locator("h1").inner_text() == "录入第 1 宗地"
    assert page.locator("#tree_owner").input_value() == "王小山"
    page.keyboard.type("0001")
    page.keyboard.press("Tab")
    page.keyboard.type("12.30")
    page.get_by_text("12.30 亩，合 0.8200 公顷").wait_for()
    page.locator("#land_owner").focus()
    page.keyboard.type("王家沟村农民集体")
    page.keyboard.press("Enter")
    page.get_by_text("第 1 宗已保存：0001，12.30 亩").wait_for()
    assert page.locator("#land_owner").input_value() == "王家沟村农民集体"
    assert page.locator("#area_mu").input_value() == ""
    page.keyboard.type("0002")
    page.keyboard.press("Enter")
    page.get_by_text("请改正以下内容后再提交").wait_for()
    assert page.locator("#parcel_no").input_value() == "0002"


def test_a_missing_paper_is_explained_in_a_dialog(world: World, address: str, page: Page) -> None:
    file = household(world)
    page.goto(f"{address}/catalogue/files/{file.id}")
    page.locator("[data-dialog=waive-D05]").click()
    page.locator("#reason-D05").fill("水灾毁损，村委会有证明")
    page.locator("#waive-D05 button[type=submit]").click()
    page.get_by_text("档案员甲 已申请，等另一人批准").wait_for()
