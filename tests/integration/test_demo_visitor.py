"""The visitor that builds the demonstration: sends what a browser would send, and stops where a person would be stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect, request

from plugins.demo.adapters.visitor import PageRefused, Visitor

FORM = """
<html><body>
<form action="/language/en"><input name="next"></form>
<form method="get" action="/save"><input name="q" value="searched"></form>
<form method="post" action="/save" id="main" enctype="multipart/form-data">
  <input type="hidden" name="csrf_token" value="t0k3n">
  <input name="title" value="kept as it is">
  <input type="checkbox" name="open" value="y" checked>
  <input type="checkbox" name="shut" value="y">
  <input type="checkbox" name="id" value="1"><input type="checkbox" name="id" value="2">
  <select name="kind"><option value="">—</option><option value="7">家庭承包（责任山）</option><option value="8">自留山</option></select>
  <textarea name="note">two words</textarea>
  <input type="file" name="table">
  <button name="then" value="next">save</button>
</form>
<input type="radio" name="target" value="11" form="main"><input type="radio" name="target" value="12" form="main" checked>
<a href="/save?x=1">one</a><a href="/other">two</a><a href="/save?x=1">again</a>
</body></html>
"""


@pytest.fixture
def sent() -> dict[str, Any]:
    return {}


@pytest.fixture
def visitor(sent: dict[str, Any]) -> Visitor:
    app = Flask(__name__)

    @app.get("/form")
    def form() -> str:
        return FORM

    @app.post("/save")
    def save() -> Any:
        sent.update(request.form.to_dict(flat=False))
        sent["files"] = {name: (file.filename, file.read()) for name, file in request.files.items() if file.filename}
        if "bad" in request.form["title"]:
            return "<form><div data-error-summary role='alert'>林权证号：必填</div></form>"
        if "late" in request.form["title"]:
            return "<h1>页面已过期</h1>", 409
        return redirect("/done?n=5")

    @app.get("/done")
    def done() -> str:
        return "<p>  saved \n it </p>"

    return Visitor(app)


def test_what_nobody_touched_is_sent_as_it_stood(visitor: Visitor, sent: dict[str, Any]) -> None:
    visitor.submit(visitor.open("/form"), "/save", note="mine")
    assert sent == {
        "csrf_token": ["t0k3n"],
        "title": ["kept as it is"],
        "open": ["y"],
        "kind": [""],
        "note": ["mine"],
        "target": ["12"],
        "files": {},
    }


def test_fields_are_filled_in_by_their_kind(visitor: Visitor, sent: dict[str, Any], tmp_path: Path) -> None:
    table = tmp_path / "表.csv"
    table.write_bytes(b"code,name")
    values = {
        "title": "new",
        "open": None,
        "id": ["1", "2"],
        "kind": "家庭承包",
        "table": table,
        "then": "next",
        "target": "11",
    }
    visitor.submit(visitor.open("/form"), "/save", **values)
    assert "open" not in sent
    assert (sent["id"], sent["kind"], sent["then"], sent["target"]) == (["1", "2"], ["7"], ["next"], ["11"])
    assert sent["files"] == {"table": ("表.csv", b"code,name")}


@pytest.mark.parametrize(("words", "value"), [("自留山", "8"), ("8", "8"), ("家庭承包（责任山）", "7"), ("", "")])
def test_a_choice_is_made_by_its_words_or_its_value(
    visitor: Visitor, sent: dict[str, Any], words: str, value: str
) -> None:
    visitor.submit(visitor.open("/form"), "/save", kind=words)
    assert sent["kind"] == [value]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [({"kind": "联户"}, "联户"), ({"target": "13"}, "13"), ({"nothing": "x"}, "nothing")],
)
def test_what_the_page_does_not_offer_cannot_be_sent(
    visitor: Visitor, sent: dict[str, Any], values: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(PageRefused, match=complaint):
        visitor.submit(visitor.open("/form"), "/save", **values)
    assert sent == {}


def test_a_form_that_is_not_there_is_not_sent(visitor: Visitor) -> None:
    with pytest.raises(PageRefused, match="/language/en"):
        visitor.submit(visitor.open("/form"), "/sign")


@pytest.mark.parametrize(("title", "complaint"), [("bad", "林权证号：必填"), ("too late", "409: 页面已过期")])
def test_what_the_application_refuses_stops_the_visitor_with_its_words(
    visitor: Visitor, title: str, complaint: str
) -> None:
    with pytest.raises(PageRefused, match=complaint):
        visitor.submit(visitor.open("/form"), "/save", title=title)


def test_the_answer_is_the_page_that_one_was_led_to(visitor: Visitor) -> None:
    page = visitor.submit(visitor.open("/form"), "/save", title="fine")
    assert (page.path, page.status, page.text) == ("/done?n=5", 200, "saved it")


def test_a_missing_page_stops_the_visitor(visitor: Visitor) -> None:
    with pytest.raises(PageRefused, match="/nowhere 404"):
        visitor.open("/nowhere")
