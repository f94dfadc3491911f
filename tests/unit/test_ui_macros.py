"""The macros that every page is written with: what they escape, link, count and say."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask, render_template_string

from tests.support.gallery import IMPORTS, create_gallery

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Markup(HTMLParser):
    """Collects elements with attributes and text, and notices tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.text = ""
        self.feed(html)
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if len({name for name, _value in attrs}) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice: {attrs}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_gallery()


@pytest.fixture
def request_context(app: Flask) -> Iterator[Flask]:
    with app.test_request_context("/list?no=a%26b&tag=1&tag=2&page=3&sort=no&_scheme=javascript&_external=1"):
        yield app


def show(source: str, **values: object) -> Markup:
    return Markup(render_template_string(IMPORTS + source, **values))


PAGES = ["/list", "/list?empty=1", "/detail", "/form", "/view/1", "/upload"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_with_one_heading_and_landmarks(app: Flask, path: str) -> None:
    found = Markup(app.test_client().get(path).text)
    assert found.faults == []
    assert [len(found.all(tag)) for tag in ("h1", "main", "footer")] == [1, 1, 1]
    ids = [attrs["id"] for _tag, attrs in found.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_every_input_of_a_page_has_a_name_for_people(app: Flask, path: str) -> None:
    html = app.test_client().get(path).text
    found = Markup(html)
    labelled = {attrs.get("for") for attrs in found.all("label")}
    for tag in ("input", "select", "textarea"):
        for attrs in found.all(tag):
            if attrs.get("type") in {"hidden", "file"} or attrs.get("name") == "page":
                continue  # a file input and the page number stand inside their labels
            assert attrs.get("id") in labelled or attrs.get("aria-label"), attrs


def test_a_post_form_carries_the_token(app: Flask) -> None:
    found = Markup(app.test_client().get("/detail").text)
    posts = [attrs for attrs in found.all("form") if attrs.get("method") == "post"]
    tokens = [attrs for attrs in found.all("input") if attrs.get("name") == "csrf_token"]
    assert len(posts) == len(tokens) == 2  # language, confirm
    assert all(attrs["value"] for attrs in tokens)


def test_values_are_text_not_markup(app: Flask) -> None:
    html = app.test_client().get("/list").text + app.test_client().get("/detail").text
    assert "<b onclick" not in html
    assert "<i>文字</i>" not in html
    assert "<u>批次" not in html


@pytest.mark.usefixtures("request_context")
def test_the_query_string_keeps_the_other_keys_and_escapes_them() -> None:
    (link,) = show('<a href="{{ ui.query({"page": 4, "sort": none}) }}">x</a>').all("a")
    assert link["href"] == "?no=a%26b&tag=1&tag=2&_scheme=javascript&_external=1&page=4"


@pytest.mark.usefixtures("request_context")
def test_the_link_of_an_object_whose_plugin_is_off_is_plain_text() -> None:
    assert show('{{ ui.object_link("off", 1, "甲") }}').all("a") == []
    assert show('{{ ui.object_link("item", 1, "甲") }}').all("a")[0]["href"] == "/list?item=1"
    assert show('{{ ui.object_link("item", none, "甲") }}').all("a") == []


@pytest.mark.usefixtures("request_context")
@pytest.mark.parametrize(
    ("page", "total", "numbers"),
    [(1, 0, []), (1, 20, []), (1, 21, ["2"]), (7, 259, ["1", "5", "6", "8", "9", "13"]), (13, 259, ["1", "11", "12"])],
)
def test_the_pager_links_the_pages_around(page: int, total: int, numbers: list[str]) -> None:
    found = show("{{ table.pager(page, 20, total) }}", page=page, total=total)
    links = [attrs["href"].rsplit("page=", 1)[1] for attrs in found.all("a") if attrs.get("aria-label")]
    assert links == numbers
    assert f"共 {total} 条" in found.text


@pytest.mark.usefixtures("request_context")
def test_a_sorted_column_says_so_and_turns_around() -> None:
    columns = '[{"label": "号", "sort": "no"}, {"label": "日", "sort": "day"}]'
    found = show("{% call(row) table.rows([1], " + columns + ', caption="c") %}<td></td><td></td>{% endcall %}')
    assert [attrs["aria-sort"] for attrs in found.all("th") if "aria-sort" in attrs] == ["ascending", "none"]
    assert [attrs["href"].rsplit("&", 1)[1] for attrs in found.all("a")] == ["sort=-no", "sort=day"]


@pytest.mark.usefixtures("request_context")
def test_a_filter_keeps_what_was_asked() -> None:
    found = show('{% call table.filters() %}{{ table.text_filter("no", "号") }}{% endcall %}')
    values = {attrs["name"]: attrs["value"] for attrs in found.all("input")}
    assert values == {"sort": "no", "no": "a&b"}


def test_an_empty_list_says_what_to_do(app: Flask) -> None:
    found = Markup(app.test_client().get("/list?empty=1").text)
    assert "从成熟清单里选证组批。" in found.text
    assert found.all("tbody") == []


def test_a_form_shows_every_fault_at_once_at_its_field_and_above(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    found = Markup(app.test_client().post("/form", data={"area": "十二"}).text)
    app.config["WTF_CSRF_ENABLED"] = True
    assert found.faults == []
    invalid = {attrs["name"] for tag in ("input", "select") for attrs in found.all(tag) if attrs.get("aria-invalid")}
    assert invalid == {"cert_no", "holder", "state", "area", "kind"}
    summary = [attrs["href"] for attrs in found.all("a") if (attrs["href"] or "").startswith("#")]
    assert [link for link in summary if link != "#main"] == ["#cert_no", "#holder", "#state", "#area", "#kind"]
    (number,) = [attrs for attrs in found.all("input") if attrs.get("name") == "cert_no"]
    assert number["aria-describedby"] == "cert_no-hint cert_no-errors"


def test_a_running_fragment_asks_again_and_a_finished_one_stops(app: Flask) -> None:
    running = Markup(app.test_client().get("/poll/1").text).all("div")[0]
    done = Markup(app.test_client().get("/poll/2").text).all("div")[0]
    assert (running["hx-get"], running["hx-trigger"]) == ("/poll/2", "every 2s")
    assert "hx-get" not in done


def test_the_viewer_works_as_images_and_links(app: Flask) -> None:
    found = Markup(app.test_client().get("/view/2").text)
    assert "/scan/2.png" in [attrs["src"] for attrs in found.all("img")]
    links = {attrs.get("rel"): attrs["href"] for attrs in found.all("a") if attrs.get("rel") in {"prev", "next"}}
    assert links == {"prev": "/view/1?mark=1", "next": "/view/3?mark=1"}
    assert "服务器给的文字" in found.text


def test_the_menu_entry_of_the_breadcrumb_is_lit(app: Flask) -> None:
    found = Markup(app.test_client().get("/detail").text)
    assert [attrs["href"] for attrs in found.all("a") if attrs.get("aria-current") == "true"] == ["/list"]
