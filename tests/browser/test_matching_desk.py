"""From the rows without a scan to the sorting desk and back, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lindang.host import Host
from lindang.testing import actor, drain
from models.archive import ArchiveFile, Item
from plugins.catalogue.service.certificates import key_certificate
from tests.ingest_kit import COUNTY, VILLAGE, archive, close, jpeg, take, write_files
from tests.support.catalogue_world import CERTIFICATE
from tests.support.desk_office import Office, served

pytestmark = pytest.mark.browser


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A household whose certificate is keyed and whose certificate's scan lies, without a folder, on the sorting desk."""
    made = archive(tmp_path)
    take(made, write_files(tmp_path / "箱3", {"0037 王小山/01-登记申请表.jpg": jpeg(1), "林权证.jpg": jpeg(2)}))
    with made.uow(made.system_actor()) as uow:
        file = uow.session.scalars(select(ArchiveFile)).one()
        key_certificate(uow, file.id, CERTIFICATE)
    drain(made)
    yield made
    close(made)


@pytest.fixture
def office(host: Host) -> Iterator[Office]:
    with served(host, actor(host, ["archivist"], prefixes=[COUNTY], name="档案员甲")) as made:
        yield made


def test_from_rows_without_a_scan_to_the_desk_and_back(host: Host, office: Office, page: Page) -> None:
    page.goto(f"{office.address}/register/matching?place={VILLAGE}")
    village = page.locator("tr", has=page.get_by_role("link", name="阳坡村"))
    village.get_by_role("link", name="1", exact=True).first.click()
    listed = page.locator("tbody tr")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text(CERTIFICATE["cert_no"])
    came_from = page.url
    page.get_by_role("link", name="打开分拣台").click()
    page.get_by_role("link", name="开始分拣").click()
    page.get_by_role("radio", name="王小山").check()
    page.get_by_label("材料类型").select_option("D11")
    page.get_by_role("button", name="归档，看下一份").click()
    page.get_by_text("分拣台是空的").wait_for()
    drain(host)
    page.get_by_role("link", name="返回").click()
    assert page.url.removesuffix("&") == came_from.removesuffix("&")
    page.get_by_text("这张清单是空的").wait_for()
    with host.view() as session:
        assert session.scalars(select(Item.doc_type).order_by(Item.item_no)).all()[-1] == "D11"


def test_nobody_is_sent_to_a_strangers_page(office: Office, page: Page) -> None:
    page.goto(f"{office.address}/ingest/desk?back=//elsewhere.example/")
    expect(page.get_by_role("heading", name="分拣台")).to_be_visible()
    assert page.get_by_role("link", name="返回").count() == 0
