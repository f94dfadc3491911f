"""The rescan list by keyboard in a real browser: a page is accepted with a reason, another is replaced by a new scan."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lindang.host import Host
from lindang.testing import actor, drain
from models.archive import ArchiveFile
from models.digital import MASTER, DigitalObject
from models.quality import GOOD, REDO, PageQuality
from tests.ingest_kit import COUNTY, archive, close, encoded, take, write_files
from tests.support.desk_office import Office, served
from tests.support.pages import household

pytestmark = [pytest.mark.browser, pytest.mark.font]

DPI = 150
LIMITS = {"dpi_min": DPI, "colour_types": []}


def scan(doc_type: str) -> Image.Image:
    """Return the drawn scan of one paper of a household."""
    truth, scans = household(0, dpi=DPI)
    with Image.open(scans / truth.file(doc_type).relative_path) as image:
        return image.convert("RGB")


def jpeg(image: Image.Image) -> bytes:
    return encoded(image, dpi=(DPI, DPI), quality=85)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A household of three papers: a good one, a blurred one, and one that lay askew on the glass."""
    made = archive(tmp_path, quality=LIMITS)
    askew = scan("D12").rotate(-3.2, Image.Resampling.BICUBIC, fillcolor=(250, 249, 245))
    papers = {
        "0037 王建国/01-四邻认界签字表.jpg": jpeg(scan("D07")),
        "0037 王建国/02-审核审批表.jpg": jpeg(scan("D10").filter(ImageFilter.GaussianBlur(4))),
        "0037 王建国/03-领证签收单.jpg": jpeg(askew),
    }
    take(made, write_files(tmp_path / "箱", papers))
    with made.transaction() as session:
        session.scalars(select(ArchiveFile)).one().paper_pages = 4
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


def press(page: Page, key: str) -> None:
    """Press a key once the page's scripts run."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def test_from_the_home_page_to_an_accepted_and_a_replaced_page(
    host: Host, office: Office, page: Page, tmp_path: Path
) -> None:
    page.goto(office.address)
    keep(page, "home")
    page.locator("a.tile", has_text="重扫清单").click()
    expect(page.locator("tbody tr", has=page.locator("img"))).to_have_count(2)
    expect(page.get_by_text("少 1 页")).to_be_visible()
    keep(page, "rescan")
    page.get_by_role("link", name="逐页查看").click()
    expect(page.get_by_role("heading", name="审核审批表")).to_be_visible()
    expect(page.get_by_text("图像模糊")).to_be_visible()
    keep(page, "judge")
    press(page, "n")
    expect(page.get_by_text("歪斜 3")).to_be_visible()
    press(page, "h")
    page.keyboard.type("原件装订如此，字迹清楚")
    page.keyboard.press("Enter")
    page.get_by_text("已判为合格").wait_for()
    page.locator("a", has=page.locator("img.rescan-thumb")).click()
    expect(page.get_by_role("heading", name="审核审批表")).to_be_visible()
    press(page, "r")
    expect(page.get_by_role("heading", name="换页")).to_be_visible()
    new = tmp_path / "重扫.jpg"
    new.write_bytes(jpeg(scan("D10")))
    page.locator("input[type=file]").set_input_files(new)
    page.get_by_label("更换原因").fill("原图模糊，已重扫")
    keep(page, "replace")
    page.get_by_role("button", name="更换这一页").click()
    page.get_by_text("页面图像已更换").wait_for()
    drain(host)
    page.reload()
    expect(page.get_by_text("原图模糊，已重扫")).to_be_visible()
    shown = page.locator("[data-image-link]").get_attribute("href") or ""
    assert shown.endswith("?v=2"), "the browser must not take the former image from its cache"
    keep(page, "replaced")
    page.goto(f"{office.address}/ingest/quality")
    page.get_by_text("没有图像有问题的页").wait_for()
    with host.view() as session:
        rows = session.execute(select(PageQuality.verdict, PageQuality.is_current, PageQuality.accepted_reason)).all()
        masters = session.scalars(select(DigitalObject.is_current).where(DigitalObject.role == MASTER)).all()
    assert (REDO, False, "") in [tuple(row) for row in rows]
    assert [row.accepted_reason for row in rows if row.accepted_reason] == ["原件装订如此，字迹清楚"]
    assert [row.verdict for row in rows if row.is_current and not row.accepted_reason] == [GOOD, GOOD]
    assert sorted(masters) == [False, True, True, True]
