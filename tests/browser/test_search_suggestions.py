"""The search box suggests while somebody types: by keyboard alone, for the screen reader, and as a plain box without script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from lindang.host import Host
from lindang.testing import actor, drain, make_host
from tests.support.desk_office import Office, served
from tests.support.named_county import COUNTY, put_named_county

pytestmark = pytest.mark.browser


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = make_host(tmp_path / "data")
    put_named_county(made, 60)
    drain(made)
    yield made
    made.close()


@pytest.fixture
def office(host: Host) -> Iterator[Office]:
    with served(host, actor(host, ["archivist"], prefixes=[COUNTY], name="档案员甲")) as made:
        yield made


def test_a_name_is_chosen_with_the_keys(office: Office, page: Page) -> None:
    page.goto(f"{office.address}/search")
    box = page.get_by_role("combobox", name="检索式")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("柳树")
    options = page.get_by_role("listbox", name="建议").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert Axe().run(page).response["violations"] == []
    first, last = options.first.text_content(), options.last.text_content()
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "?")
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    assert (first, last) != (None, None)
    box.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q="))
    expect(page.get_by_role("combobox", name="检索式")).to_have_value(first or "?")
    expect(page.get_by_text(first or "?").first).to_be_visible()


def test_escape_closes_and_enter_without_a_choice_sends_what_was_typed(office: Office, page: Page) -> None:
    page.goto(f"{office.address}/search")
    box = page.get_by_role("combobox", name="检索式")
    box.press_sequentially("lsg")
    expect(page.get_by_role("option", name="柳树沟村", exact=True)).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(box).to_have_value("lsg")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("Enter")
    page.wait_for_url(re.compile(r"q=lsg"))


def test_nothing_is_asked_for_what_may_become_an_identity_number_and_nothing_is_kept(
    office: Office, page: Page
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/search/suggest" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.goto(f"{office.address}/search")
    box = page.get_by_role("combobox", name="检索式")
    box.fill("141124197001")
    page.wait_for_timeout(400)
    box.fill("14112419700101001")
    page.wait_for_timeout(400)
    assert asked == []
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    before = page.evaluate(kept)
    box.fill("尉迟")
    expect(page.get_by_role("option")).to_have_text(["尉迟恭"])
    assert page.evaluate(kept) == before
    page.get_by_role("option", name="尉迟恭").click()
    page.wait_for_url(re.compile(r"/search\?q="))
    assert len(asked) == 1
