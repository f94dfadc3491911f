"""The handover with a registry that works offline, in a real browser: a proposed batch goes out, the registry looks at its sheet,
a workbook comes back with one return and one stray row, the row is settled, and the auditor reads the twelve checks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from lindang.testing import drain
from plugins.handover.service.sending import start_sending
from tests.handover_kit import COUNTY, Village, checked, signed, village
from tests.support.desk_office import Office, served

pytestmark = pytest.mark.browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path / "archive", 4)
    yield made
    made.host.close()


@pytest.fixture
def office(world: Village) -> Iterator[Office]:
    with served(world.host, world.people.drafter) as made:
        yield made


def keep(page: Page, name: str) -> None:
    """Keep a picture of the screen where LINDANG_SCREENSHOTS says."""
    if folder := os.environ.get("LINDANG_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_from_a_proposal_to_a_recorded_answer(page: Page, office: Office, world: Village, tmp_path: Path) -> None:
    a_batch_is_proposed(page, office)
    checked(world, 1)
    signed(world, 1)
    with world.host.uow(world.people.drafter) as uow:
        start_sending(uow, 1, version=world.batch(1).version, carriers="盘-001", boxes="001")
    drain(world.host)
    the_registry_sees_its_deadline_and_takes_the_workbook(page, office, world, tmp_path)
    the_workbook_is_tried_and_imported(page, office, world, tmp_path)
    the_stray_row_is_settled_and_the_answer_recorded(page)
    assert world.batch(1).state == "ANSWERED"
    the_auditor_reads_the_twelve(page, office, world)


def a_batch_is_proposed(page: Page, office: Office) -> None:
    page.goto(f"{office.address}/handover/plan")
    page.get_by_label("范围").select_option(COUNTY)
    page.get_by_label("本数上限").fill("3")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("已到本数上限（3 本）")).to_be_visible()
    keep(page, "handover-plan")
    page.get_by_role("button", name="用这 3 本组成批次").click()
    expect(page.get_by_label("批次名称")).to_have_value("某县 3 本")
    page.get_by_role("button", name="建立批次").click()
    expect(page.get_by_text("批次 141124-2020-YJ001 已建立")).to_be_visible()


def the_registry_sees_its_deadline_and_takes_the_workbook(
    page: Page, office: Office, world: Village, folder: Path
) -> None:
    office.who = world.people.receiver
    page.goto(f"{office.address}/handover/calendar")
    expect(page.get_by_role("row").filter(has_text="YJ001").get_by_text("等接收单位接收", exact=True)).to_be_visible()
    keep(page, "handover-calendar")
    page.goto(f"{office.address}/handover/batches/1")
    with page.expect_download() as coming:
        page.get_by_role("link", name="答复工作簿（供接收单位离线填写）").click()
    coming.value.save_as(folder / "答复.xlsx")


def fill_in(path: Path, world: Village) -> None:
    """Fill the workbook in as the registry does: counts, two accepted, one returned, and a row of another batch."""
    batch, book = world.batch(1), openpyxl.load_workbook(path)
    items = book["逐件答复"]
    counted = {
        "清点本数": batch.cert_count,
        "清点电子文件数": batch.file_count,
        "清单核对码": batch.manifest_sha256[:16],
    }
    for name, value in book["批次"].iter_rows(max_col=2):
        value.value = counted.get(name.value, value.value)
    for row, answer in ((2, "接收"), (3, "退回"), (4, "接收")):
        items.cell(row, 10, answer)
    items.cell(3, 11, "03 四至不清")
    items.append([None, "141124-2020-YJ077-0001", *[None] * 7, "接收"])
    book.save(path)


def the_workbook_is_tried_and_imported(page: Page, office: Office, world: Village, folder: Path) -> None:
    fill_in(folder / "答复.xlsx", world)
    office.who = world.people.drafter
    page.goto(f"{office.address}/handover/batches/1")
    page.get_by_role("link", name="登记离线答复").click()
    page.get_by_label("答复工作簿", exact=False).set_input_files(folder / "答复.xlsx")
    page.get_by_role("button", name="试读").click()
    expect(page.get_by_text("还没有导入，什么都没有改变。")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="YJ077")).to_contain_text("不是本批次这一版清单的行")
    assert world.batch(1).state == "SENT"
    keep(page, "handover-reply-tried")
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_text("已导入：接收 2 本，退回 1 本，待处理 1 行。")).to_be_visible()


def the_stray_row_is_settled_and_the_answer_recorded(page: Page) -> None:
    page.get_by_label("怎样处理").fill("已电话核实，是另一批次的")
    keep(page, "handover-reply-taken")
    page.get_by_role("button", name="处理完毕").click()
    expect(page.get_by_text("第 5 行已处理。")).to_be_visible()
    page.get_by_role("link", name="141124-2020-YJ001", exact=True).click()
    page.get_by_role("button", name="登记答复", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="登记答复").click()
    expect(page.get_by_text("批次 141124-2020-YJ001 的接收意见已登记。")).to_be_visible()


def the_auditor_reads_the_twelve(page: Page, office: Office, world: Village) -> None:
    office.who = world.people.auditor
    page.goto(f"{office.address}/handover/balance")
    expect(page.get_by_text("符合", exact=True)).to_have_count(12)
    assert not page.get_by_role("main").get_by_role("button", name=re.compile("导入|保存|结案")).count()
    keep(page, "handover-balance")
