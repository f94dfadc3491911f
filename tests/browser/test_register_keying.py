"""The keying grid and double keying in a real browser, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from lindang.testing import actor, make_app
from models.digital import PageText
from models.keying import FieldReading, KeyingDifference
from models.register import Parcel, RegisterEntry
from plugins.register.queries.second import Keyer
from plugins.register.service.second import order_second_keying
from tests.support.catalogue_world import COUNTY, VILLAGE, World, household, make_world, paper
from tests.support.desk_office import Office, served
from tests.support.keying import CELLS, keyed

pytestmark = pytest.mark.browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    with served(world.host, world.archivist) as made:
        yield made


def grid(office: Office) -> str:
    return f"{office.address}/register/villages/{VILLAGE}/grid"


def cell(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name"))


def value(page: Page, key: str) -> str:
    return page.locator(f"tr.is-open input[name={key}]").input_value()


def fill(page: Page, values: dict[str, str]) -> None:
    """Key the row in use from where the cursor stands to its last cell: a value or nothing, then Enter."""
    while True:
        key = cell(page)
        if key in values:
            page.keyboard.press("Control+a")
            page.keyboard.type(values[key])
        if key == "annotation":
            return
        page.keyboard.press("Enter")
        page.wait_for_selector(f"input:not([name={key}]):focus")


def change(page: Page, key: str, text: str) -> None:
    page.locator(f"tr.is-open input[name={key}]").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def stored(world: World, what: Any) -> int:
    with world.host.view() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def wait_saved(page: Page, rows: int) -> None:
    expect(page.locator("tr[data-state=saved]")).to_have_count(rows)


def test_ten_rows_are_keyed_by_keyboard_alone(world: World, office: Office, page: Page) -> None:
    for number in range(5):
        paper(world, household(world, holder_name=f"户主{number}"), "D11")
    page.goto(grid(office))
    for number in range(5):
        page.wait_for_selector("input[name=cert_no]:focus")
        assert value(page, "holder_name") == f"户主{number}"
        values = {key: text for key, text in CELLS.items() if text and key not in {"holder_name", *_RIGHTS}}
        fill(page, values | {"cert_no": f"临林证字(2010)第{number + 1}号", "cert_serial": f"B140000012{number}"})
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("input[name=place_name]:focus")
        assert value(page, "cert_no") == f"临林证字(2010)第{number + 1}号"
        fill(page, {"place_name": "前坡", "parcel_no": "002", "area_mu": "3.40", "main_species": "侧柏", **_SIDES})
        page.keyboard.press("Control+Shift+Enter")
    wait_saved(page, 10)
    with world.host.view() as session:
        areas = list(session.scalars(select(Parcel.area_as_written).order_by(Parcel.id)))
        sources = {source for entry in session.scalars(select(RegisterEntry)) for source in entry.changed.values()}
    assert areas == ["12.30", "3.40"] * 5
    assert sources == {"keyed"}


_RIGHTS = ("land_use_holder", "tree_owner", "tree_use_holder")
_SIDES = {key: CELLS[key] for key in ("bound_e", "bound_s", "bound_w", "bound_n")}


def test_what_was_typed_survives_a_reload_and_can_be_taken_back(world: World, office: Office, page: Page) -> None:
    row = keyed(world, make_app(world.host))
    household(world, holder_name="李四")
    page.goto(grid(office))
    page.wait_for_selector("input[name=cert_no]:focus")
    page.keyboard.type("临林证字(2010)第")
    page.reload()
    page.wait_for_selector("tr.is-open[data-state=draft]")
    assert value(page, "cert_no") == "临林证字(2010)第"
    page.goto(f"{grid(office)}?parcel={row['parcel_id']}")
    page.wait_for_selector(f"tr.is-open[data-slot=p{row['parcel_id']}]")
    change(page, "area_mu", "13.50")
    page.keyboard.press("Control+s")
    page.wait_for_selector("tr.is-open[data-seen='2'][data-state=saved]")
    page.reload()
    page.goto(f"{grid(office)}?parcel={row['parcel_id']}")
    page.wait_for_selector(f"tr.is-open[data-slot=p{row['parcel_id']}]")
    page.keyboard.press("Control+z")
    assert (cell(page), value(page, "area_mu")) == ("area_mu", "12.30")
    page.keyboard.press("Control+s")
    page.wait_for_selector("tr.is-open[data-seen='3'][data-state=saved]")
    page.keyboard.press("Control+y")
    assert value(page, "area_mu") == "13.50"
    page.keyboard.press("Control+s")
    page.wait_for_selector("tr.is-open[data-seen='4'][data-state=saved]")
    with world.host.view() as session:
        texts = [
            entry.cells["area_mu"] for entry in session.scalars(select(RegisterEntry).order_by(RegisterEntry.entry_no))
        ]
    assert texts == ["12.30", "13.50", "12.30", "13.50"]


def test_a_fault_is_said_under_the_row_and_at_its_cell(world: World, office: Office, page: Page) -> None:
    row = keyed(world, make_app(world.host))
    page.goto(f"{grid(office)}?parcel={row['parcel_id']}")
    page.wait_for_selector("tr.is-open")
    change(page, "area_mu", "一片")
    page.keyboard.press("Control+s")
    page.wait_for_selector("tr.is-open[data-state=draft]")
    input_ = page.locator("tr.is-open input[name=area_mu]")
    assert input_.get_attribute("aria-invalid") == "true"
    said = str(input_.get_attribute("aria-describedby")).split()[0]
    assert "一片" in page.locator(f"#{said}").inner_text()


def test_somebody_elses_change_is_told_at_the_row(world: World, office: Office, page: Page) -> None:
    app = make_app(world.host)
    row = keyed(world, app)
    page.goto(f"{grid(office)}?parcel={row['parcel_id']}")
    page.wait_for_selector("tr.is-open")
    office.who = world.second
    other = page.context.browser.new_page()  # type: ignore[union-attr]
    other.goto(f"{grid(office)}?parcel={row['parcel_id']}")
    other.wait_for_selector("tr.is-open")
    change(other, "place_name", "前坡")
    other.keyboard.press("Control+s")
    other.wait_for_selector("tr.is-open[data-seen='2'][data-state=saved]")
    office.who = world.archivist
    change(page, "place_name", "后坡")
    page.keyboard.press("Control+s")
    page.wait_for_selector("tr.is-open[data-state=conflict]")
    assert value(page, "place_name") == "后坡"
    assert world.second.name in page.locator(".keying-says").inner_text()
    page.keyboard.press("Escape")
    assert value(page, "place_name") == "前坡"


def test_what_a_machine_read_is_taken_by_one_key(world: World, office: Office, page: Page) -> None:
    file = household(world, holder_name="王小山")
    _item, [scan] = paper(world, file, "D11")
    with world.host.transaction() as session:
        text = PageText(page_id=scan.id, engine="test", text="", words=[], made_at=world.clock.now())
        session.add(text)
        session.flush()
        more = {"page_id": scan.id, "page_text_id": text.id, "confidence": 97, "made_at": world.clock.now()}
        session.add(
            FieldReading(field="cert_no", value="临林证字(2010)第000123号", box=[1000, 1000, 4000, 1400], **more)
        )
    page.goto(grid(office))
    page.wait_for_selector(".keying-offer")
    assert value(page, "cert_no") == ""
    assert (
        page.locator(".keying-clip").evaluate(
            "canvas => new Promise(done => setTimeout(() => done(canvas.width), 500))"
        )
        > 20
    )
    page.keyboard.press("F2")
    page.wait_for_selector("input[name=holder_name]:focus")
    assert value(page, "cert_no") == "临林证字(2010)第000123号"
    values = {key: text for key, text in CELLS.items() if text and key != "cert_no"}
    fill(page, values)
    page.keyboard.press("Control+s")
    page.wait_for_selector("tr.is-open[data-state=saved]")
    with world.host.view() as session:
        changed = session.scalars(select(RegisterEntry)).one().changed
    assert (changed["cert_no"], changed["area_mu"]) == ("ocr", "keyed")


def test_a_difference_between_two_keyings_is_settled(world: World, office: Office, page: Page) -> None:
    keyed(world, make_app(world.host))
    keyer = actor(world.host, ["archivist"], prefixes=[COUNTY], name="录入员戊", account_id=5)
    with world.host.uow(world.second) as uow:
        order_id = order_second_keying(uow, VILLAGE, 100, Keyer(5, keyer.name), 1).id
    office.who = keyer
    page.goto(f"{office.address}/register/second/{order_id}/key")
    page.wait_for_selector("input[name=cert_no]:focus")
    second = {**CELLS, "area_mu": "12.80"}
    while page.evaluate("document.activeElement.tagName") == "INPUT":
        page.keyboard.type(second.get(cell(page), ""))
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_text("这一行已录，与第一遍有 1 处不同").wait_for()
    office.who = world.second
    page.goto(f"{office.address}/register/second/{order_id}")
    page.get_by_role("link", name="裁定").click()
    assert page.locator("fieldset.settle legend").all_inner_texts() == ["面积（亩）"]
    page.get_by_label("第二遍对：12.80").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("差异已裁定").wait_for()
    with world.host.view() as session:
        current = session.scalars(select(RegisterEntry).where(RegisterEntry.is_current)).one()
        assert (current.cells["area_mu"], current.changed) == ("12.80", {"area_mu": "settled"})
        assert session.scalars(select(KeyingDifference)).one().at_fault == "first"
    assert stored(world, RegisterEntry) == 2
