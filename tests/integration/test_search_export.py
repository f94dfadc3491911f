"""A whole result as a workbook: all hits and not only the page, inside the scope, for the person who ordered it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from lindang.auth import Actor
from lindang.journal import JournalRow
from lindang.testing import actor, client, drain, make_app, make_host
from plugins.search.service import exporting
from tests.support.shelf import PERSON, THERE, Archive, open_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    host = make_host(tmp_path)
    yield open_archive(host)
    host.close()


def export(archive: Archive, who: Actor, **asked: str) -> dict[str, list[tuple[Any, ...]]]:
    """Order a file on the page and fetch it; return its sheets."""
    web = client(make_app(archive.host), who)
    assert web.post("/search/exports", data=asked).status_code == 303
    shown = web.get("/search/exports").text
    address = next(part.split('"')[0] for part in shown.split('href="') if part.startswith("/search/exports/"))
    answer = web.get(address)
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return {sheet.title: [tuple(cell.value for cell in row) for row in sheet] for sheet in book}


def test_all_hits_are_in_the_file_in_the_order_asked_for_and_it_says_what_was_asked(archive: Archive) -> None:
    for n in range(25):
        archive.file(f"案卷{n}", texts=("东至河沟", "=1+1 东至河沟"), year=2000 + n)
    drain(archive.host)
    sheets = export(archive, actor(archive.host, ["archivist"]), q="东至河沟", order="code", state="")
    heading, *rows = sheets["检索结果"]
    assert heading[:3] == ("档号", "页", "种类")
    assert [(row[0][12:16], row[1]) for row in rows] == [
        (f"{n:04d}", page) for n in range(1, 26) for page in ("1", "2")
    ]
    assert rows[1][7] == "=1+1 【东至河沟】", "a text, not a formula"
    about = dict(sheets["说明"])
    assert (about["检索式"], about["已选"], about["排列"], about["检索人"], about["行数"]) == (
        "东至河沟",
        "无",
        "档号",
        "测试员",
        "50",
    )


def test_filters_and_scope_hold_in_the_file(archive: Archive) -> None:
    archive.file("此处", texts=("东至河沟",), cert_no="岚林证字(2010)第1号", holder="王大山")
    archive.file("此处后来", texts=("东至河沟",), year=2012)
    archive.file("彼处", division=THERE, texts=("东至河沟",), cert_no="柳林证字(2010)第1号", holder="王大山")
    drain(archive.host)
    here = actor(archive.host, ["archivist"], prefixes=["141124"])
    for typed in ("东至河沟", "王大山", "1"):
        sheets = export(archive, here, q=typed)
        assert "此处" in str(sheets["检索结果"]), typed
        assert "彼处" not in str(sheets), typed
        assert "柳林" not in str(sheets), typed
    (_heading, row) = export(archive, here, q="东至河沟", year="2012")["检索结果"]
    assert row[4] == "此处后来"


def test_a_file_is_its_orderers_alone_and_gone_when_the_scope_is(archive: Archive) -> None:
    archive.file("彼处", division=THERE, texts=("东至河沟",))
    drain(archive.host)
    app = make_app(archive.host)
    owner = actor(archive.host, ["archivist"])
    export(archive, owner, q="东至河沟")
    assert client(app, owner).get("/search/exports/1/file").status_code == 200
    moved = actor(archive.host, ["archivist"], prefixes=["141124"])
    assert client(app, moved).get("/search/exports/1/file").status_code == 404
    other = client(app, actor(archive.host, ["archivist"], account_id=2))
    assert other.get("/search/exports/1/file").status_code == 404
    assert "东至河沟" not in other.get("/search/exports").text
    assert client(app, actor(archive.host, ["reader"])).post("/search/exports", data={"q": "东至"}).status_code == 403


def test_a_large_result_is_made_by_the_worker_and_each_step_is_in_the_journal(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.file("甲", texts=("东至河沟",))
    drain(archive.host)
    monkeypatch.setattr(exporting, "AT_ONCE", 0)
    web = client(make_app(archive.host), actor(archive.host, ["archivist"]))
    web.post("/search/exports", data={"q": "东至河沟"})
    assert "hx-get" in web.get("/search/exports").text
    assert web.get("/search/exports/1/file").status_code == 404
    drain(archive.host)
    assert "hx-get" not in web.get("/search/exports/progress").text
    assert web.get("/search/exports/1/file").status_code == 200
    with archive.host.view() as session:
        lines = session.scalars(
            select(JournalRow).where(JournalRow.subject == "search_export:1").order_by(JournalRow.seq)
        )
        noted = [(line.action, json.loads(line.facts)) for line in lines]
    assert [action for action, _facts in noted] == ["search.export_ordered", "search.exported", "search.export_sent"]
    assert noted[1][1]["rows"] == 1
    assert noted[1][1]["sha256"] == noted[2][1]["sha256"]
    assert list((archive.host.data_dir / "work" / "search").iterdir()) == [], "no plain copy is left"


def test_nothing_found_and_persons_numbers_are_refused(archive: Archive) -> None:
    archive.file("甲", texts=(f"身份证 {PERSON}",))
    drain(archive.host)
    web = client(make_app(archive.host), actor(archive.host, ["archivist"]))
    for typed in ("没有这几个字", "", PERSON, "(东"):
        assert web.post("/search/exports", data={"q": typed}).status_code == 400, typed
