"""The import for scripts and in pages: the command with its exit codes, the JSON API, the download that is journalled."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from lindang.cli import cli
from lindang.errors import BadInput, Conflict, Faults
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import actor, client, drain, make_app, make_host
from plugins.catalogue.service.reference import load_divisions
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, DIVISIONS


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    opened = make_host(tmp_path / "data")
    with opened.uow(opened.system_actor()) as uow:
        load_divisions(uow, DIVISIONS.encode(), source="test")
    yield opened
    opened.close()


@pytest.fixture
def app(host: Host) -> Flask:
    return make_app(host)


def run(host: Host, path: Path, *options: str) -> Result:
    arguments = ["--data", str(host.data_dir), "register", "import", str(path), "--county", COUNTY, *options]
    return CliRunner().invoke(cli, arguments)


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]


def test_the_command_tells_every_fault_and_writes_only_when_told(host: Host, tmp_path: Path) -> None:
    path = made.planted_workbook(tmp_path / "王家沟.xlsx")
    tried = run(host, path, "--json")
    assert isinstance(tried.exception, Faults)
    assert tried.exception.exit_code == 6
    faults = [(line["cell"], line["code"]) for line in lines(tried) if line["kind"] == "fault"]
    assert faults == made.planted_cells()
    refused = run(host, path, "--apply", "all")
    assert isinstance(refused.exception, Conflict)
    done = run(host, path, "--apply", "good", "--json")
    assert done.exception is None
    assert lines(done)[-1]["applied"] == 3
    mended = run(host, made.mended_workbook(tmp_path / "b.xlsx"), "--apply", "all")
    assert mended.exit_code == 0
    assert "写入 14 行" in mended.output


def test_the_command_says_why_a_file_cannot_be_read(host: Host, tmp_path: Path) -> None:
    refused = run(host, made.encrypted_workbook(tmp_path / "a.xlsx"))
    assert isinstance(refused.exception, BadInput)
    assert "密码" in str(refused.exception)
    strange = made.workbook(tmp_path / "b.xlsx", {"王家沟": [made.row(1)]}, headings={"cert_no": "本子号"})
    asked = run(host, strange)
    assert isinstance(asked.exception, BadInput)
    assert "本子号" in str(asked.exception)


def test_the_api_from_upload_to_writing(host: Host, app: Flask, tmp_path: Path) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    content = io.BytesIO(made.planted_workbook(tmp_path / "a.xlsx").read_bytes())
    form = {"county": COUNTY, "file": (content, "../王家沟.xlsx")}
    answer = browser.post("/api/v1/register/imports", data=form, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    address = f"/api/v1/register/imports/{answer.get_json()['id']}"
    drain(host)
    body = browser.get(address).get_json()
    assert (body["state"], body["file_name"], body["counts"]["faults"]) == ("checked", "王家沟.xlsx", 14)
    faults = browser.get(f"{address}/faults?limit=5").get_json()
    assert (faults["total"], len(faults["faults"])) == (14, 5)
    assert browser.post(f"{address}/apply", json={"choice": "all"}).status_code == 409
    assert browser.post(f"{address}/apply", json={"choice": "some"}).status_code == 422
    assert browser.post(f"{address}/apply", json={"choice": "good"}).status_code == 202
    drain(host)
    assert browser.get(address).get_json()["counts"]["applied"] == 3
    stranger = client(app, actor(host, ["archivist"], prefixes=["141125"]))
    assert stranger.get(address).status_code == 404


def test_pages_from_upload_to_the_marked_copy(host: Host, app: Flask, tmp_path: Path) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    content = io.BytesIO(made.planted_workbook(tmp_path / "a.xlsx").read_bytes())
    sent = browser.post("/register/imports", data={"county": COUNTY, "file": (content, "<b>王家沟</b>.xlsx")})
    assert sent.status_code == 302
    address = sent.headers["Location"]
    assert "读取中" in browser.get(address).text
    drain(host)
    page = browser.get(address).text
    assert all(cell in page for cell, _code in made.planted_cells())
    assert "<b>王家沟" not in page
    assert browser.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert browser.get(f"{address}/marked.xlsx").status_code == 404
    browser.post(f"{address}/marked")
    drain(host)
    with browser.get(f"{address}/marked.xlsx") as copy:
        assert copy.data[:2] == b"PK"
    with host.view() as session:
        assert session.scalars(select(JournalRow).where(JournalRow.action == "register.marked_sent")).one()
    for tab in ("faults", "findings", "changes", "sheets", "nonsense"):
        assert browser.get(f"{address}?tab={tab}").status_code == 200


def test_an_upload_that_is_none(host: Host, app: Flask) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    assert "请改正以下内容" in browser.post("/register/imports", data={"county": COUNTY}).text
    empty = browser.post("/register/imports", data={"county": COUNTY, "file": (io.BytesIO(b""), "a.xlsx")})
    assert "文件是空的" in empty.text
    auditor = client(app, actor(host, ["auditor"], prefixes=[COUNTY]))
    assert auditor.get("/register/imports").status_code == 200
    assert auditor.post("/register/imports", data={"county": COUNTY}).status_code == 403
