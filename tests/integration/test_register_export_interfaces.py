"""Exports by page, command and API: what a person sees and gets, in the right order, and what is refused in words."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from lindang.cli import cli
from lindang.errors import BadInput, Conflict, Faults, Forbidden, NotFound
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import actor, client, drain, make_app
from plugins.register.service import exporting
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, TOWN, VILLAGE
from tests.support.exported import county

FULL = {"with_id_numbers": "y", "purpose": "移交核对"}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    opened = county(tmp_path_factory.mktemp("county"), {"王家沟": [made.row(1), made.row(2)]})
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(host: Host) -> Flask:
    return make_app(host)


def form(**more: str) -> dict[str, str]:
    return {"place": VILLAGE, "target": "szhb", "file_format": "xlsx", **more}


# --- pages ------------------------------------------------------------------------------------------------------------


def test_from_the_village_s_page_to_the_file(host: Host, app: Flask) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    link = f"/register/exports?place={VILLAGE}"
    assert link in browser.get(f"/register/villages/{VILLAGE}").text
    assert "/register/exports" in browser.get("/register/").text
    page = browser.get(link).text
    assert re.search(rf'<option selected value="{VILLAGE}">', page)
    assert [code for code in (COUNTY, TOWN, VILLAGE) if f'value="{code}"' in page] == [COUNTY, TOWN, VILLAGE]
    assert "全国林权综合监管系统的导入格式没有公开" in page
    sent = browser.post("/register/exports", data=form())
    address = sent.headers["Location"]
    shown = browser.get(address).text  # a small one was written at once
    assert "已导出" in shown
    assert "预检通过" in shown
    with browser.get(f"{address}/file") as file:
        assert "filename*=UTF-8''%E6%9F%B3%E6%9E%97%E9%95%87" in file.headers["Content-Disposition"]
        book = load_workbook(io.BytesIO(file.data))
    assert book.sheetnames == ["柳林镇王家沟村"]
    assert browser.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert browser.get(f"{address}/refused").status_code == 404
    assert "打星号" in browser.get("/register/exports").text


def test_the_auditor_sees_the_line_and_not_the_file(host: Host, app: Flask) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY], name="赵档案"))
    address = browser.post("/register/exports", data=form(**FULL)).headers["Location"]
    auditor = client(app, actor(host, ["auditor"], prefixes=[COUNTY], account_id=5))
    listed = auditor.get("/register/exports").text
    assert all(words in listed for words in ("赵档案", "移交核对", "完整"))
    assert "含完整证件号码" not in re.sub(r"<table.*?</table>", "", listed, flags=re.DOTALL)  # no box to tick
    page = auditor.get(address).text
    assert "文件只交给导出的人" in page
    assert f"{address}/file" not in page
    assert auditor.get(f"{address}/file").status_code == 403
    assert auditor.post("/register/exports", data=form(**FULL)).status_code == 200  # told in the form
    assert "没有权限" in auditor.post("/register/exports", data=form(**FULL)).text
    reader = client(app, actor(host, ["reader"], prefixes=[COUNTY]))
    assert reader.get("/register/exports").status_code == 403
    assert "/register/exports" not in reader.get("/register/").text


def test_no_full_numbers_without_a_purpose(host: Host, app: Flask) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    answer = browser.post("/register/exports", data=form(with_id_numbers="y"))
    assert answer.status_code == 200
    assert "须写明事由" in answer.text


def test_a_held_export_shows_why_and_can_be_made_nevertheless(host: Host, app: Flask) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    address = browser.post("/register/exports", data=form(target="qlt_ql_lq", file_format="csv_gb18030")).headers[
        "Location"
    ]
    page = browser.get(address).text
    assert "目标会拒收 2 行，还没有生成文件" in page
    assert "BDCDYH 不动产单元号：必填，是空的" in page
    assert f"{address}/file" not in page
    with browser.get(f"{address}/refused") as listed:
        assert load_workbook(io.BytesIO(listed.data)).worksheets[0].max_row == 3
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    assert browser.post(f"{address}/force", data={"version": "99"}).status_code == 409
    assert browser.post(f"{address}/force", data={"version": version[1]}).status_code == 302
    with browser.get(f"{address}/file") as file:
        assert file.data.decode("gb18030").startswith("YSDM,BDCDYH,YWH")
        assert file.mimetype == "text/csv"


def test_a_large_one_is_left_to_the_worker_and_its_page_can_be_loaded_anew(
    host: Host, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    address = browser.post("/register/exports", data=form()).headers["Location"]
    for _reload in range(2):
        page = browser.get(address).text
        assert "正在导出" in page
        assert f'hx-get="{address}/progress"' in page
    assert "HX-Refresh" not in browser.get(f"{address}/progress").headers
    drain(host)
    assert browser.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert "已导出" in browser.get(address).text


def test_a_broken_mapping_file_is_told_on_the_page(host: Host, app: Flask) -> None:
    folder = host.data_dir / "mappings"
    folder.mkdir()
    (folder / "broken.toml").write_text('[target]\nname = "<b>"\n', encoding="utf-8")
    page = client(app, actor(host, ["archivist"], prefixes=[COUNTY])).get("/register/exports").text
    assert "映射文件 broken.toml 不能使用" in page
    assert "<b>" not in page
    assert str(host.data_dir) not in page
    (folder / "broken.toml").unlink()
    folder.rmdir()


# --- the command ------------------------------------------------------------------------------------------------------


def run(host: Host, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--data", str(host.data_dir), "register", *arguments])


def test_the_command_writes_a_file(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "县.xlsx"
    done = run(host, "export", "--county", COUNTY, "-o", str(path), "--json")
    assert done.exception is None, done.output
    said = json.loads(done.output.splitlines()[-1])
    assert (said["state"], said["rows"], said["path"]) == ("made", 2, str(path))
    assert load_workbook(path).sheetnames == ["柳林镇王家沟村"]
    text = run(
        host, "export", "--division", VILLAGE, "--format", "csv", "--encoding", "gb18030", "-o", str(tmp_path / "a.csv")
    )
    assert "写出 2 行" in text.output
    assert "临林证字" in (tmp_path / "a.csv").read_text(encoding="gb18030")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.csv", "县.xlsx"]


def test_the_command_refuses_in_words(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    held = run(host, "export", "--county", COUNTY, "--target", "qlt_ql_lq", "-o", str(path), "--json")
    assert isinstance(held.exception, Faults)
    assert held.exception.exit_code == 6
    assert "BDCDYH 不动产单元号：必填" in str(held.exception)
    assert not path.exists()
    assert json.loads(held.stdout.splitlines()[0])["refused"] == 2
    forced = run(host, "export", "--county", COUNTY, "--target", "qlt_ql_lq", "-o", str(path), "--anyway")
    assert forced.exit_code == 0
    assert load_workbook(path).worksheets[0].max_row == 3
    for arguments, kind in (
        (("-o", str(path)), BadInput),
        (("--county", COUNTY, "--division", VILLAGE, "-o", str(path)), BadInput),
        (("--county", "141199", "-o", str(path)), NotFound),
        (("--county", COUNTY, "--target", "none", "-o", str(path)), NotFound),
        (("--county", COUNTY, "--with-id-numbers", "-o", str(path)), Faults),
        (("--county", COUNTY, "-o", str(tmp_path / "no" / "a.xlsx")), BadInput),
        (("--county", "141125", "-o", str(path)), Conflict),
    ):
        assert isinstance(run(host, "export", *arguments).exception, kind), arguments


def test_full_numbers_by_command_are_journalled_with_their_purpose(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    options = ("--with-id-numbers", "--purpose", "数据移交", "--format", "csv", "-o", str(path))
    assert run(host, "export", "--county", COUNTY, *options).exit_code == 0
    assert made.resident_id(1) in path.read_text(encoding="utf-8-sig")
    with host.view() as session:
        query = select(JournalRow.facts).where(JournalRow.action == "register.export_ordered")
        assert [facts for facts in session.scalars(query) if "数据移交" in facts]


def test_the_command_checks_a_mapping_file(host: Host, tmp_path: Path) -> None:
    good, bad = tmp_path / "own.toml", tmp_path / "bad.toml"
    good.write_text(
        '[target]\nname = "own"\ntitle = "本县表"\n[[column]]\nname = "证号"\nfield = "cert_no"\n', encoding="utf-8"
    )
    bad.write_text(
        '[target]\nname = "own"\ntitle = "本县表"\n[[column]]\nname = "证号"\nfild = "cert_no"\n', encoding="utf-8"
    )
    assert "本县表：1 列，可以使用" in run(host, "mapping", "check", str(good)).output
    assert json.loads(run(host, "mapping", "check", str(good), "--json").output)["columns"][0]["field"] == "cert_no"
    refused = run(host, "mapping", "check", str(bad))
    assert isinstance(refused.exception, Faults)
    assert "bad.toml 第 4 行" in str(refused.exception)
    assert "不认识的键 fild" in str(refused.exception)
    done = run(host, "export", "--county", COUNTY, "--target", str(good), "-o", str(tmp_path / "a.xlsx"))
    assert done.exit_code == 0, done.exception


# --- the API ----------------------------------------------------------------------------------------------------------


def test_the_api_from_order_to_file(host: Host, app: Flask) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    answer = browser.post("/api/v1/register/exports", json={"division": TOWN})
    assert answer.status_code == 201, answer.text
    address = f"/api/v1/register/exports/{answer.get_json()['id']}"
    body = browser.get(address).get_json()
    assert (body["state"], body["rows"], body["refusals"]) == ("made", 2, [])
    file = browser.get(f"{address}/file")
    assert load_workbook(io.BytesIO(file.data)).sheetnames == ["柳林镇王家沟村"]
    assert client(app, actor(host, ["archivist"], prefixes=["141125"])).get(address).status_code == 404
    other = client(app, actor(host, ["liaison"], prefixes=[COUNTY], account_id=8))
    assert other.get(address).status_code == 200
    assert other.get(f"{address}/file").status_code == 403


def test_the_api_tells_what_the_target_would_refuse(host: Host, app: Flask) -> None:
    browser = client(app, actor(host, ["archivist"], prefixes=[COUNTY]))
    order = {"division": VILLAGE, "target": "qlt_ql_lq", "format": "csv_utf8"}
    held = browser.post("/api/v1/register/exports", json=order).get_json()
    assert (held["state"], held["refused"], held["sha256"]) == ("held", 2, "")
    assert {"column": "BDCDYH", "title": "不动产单元号", "code": "X01", "message": "必填，是空的"} in held["refusals"][
        0
    ]["faults"]
    assert browser.get(f"/api/v1/register/exports/{held['id']}/file").status_code == 404
    assert browser.post("/api/v1/register/exports", json={**order, "anyway": True}).get_json()["state"] == "made"
    for wrong, status in (
        ({"division": "14"}, 422),
        ({"division": VILLAGE, "target": "../szhb"}, 404),
        ({"division": VILLAGE, "with_id_numbers": True}, 422),
        ({"division": VILLAGE, "colour": "red"}, 422),
        ({"division": "141125101201"}, 404),
    ):
        assert browser.post("/api/v1/register/exports", json=wrong).status_code == status, wrong


def test_who_may_not_have_full_numbers_is_told_so_by_the_api(host: Host, app: Flask) -> None:
    auditor = client(app, actor(host, ["auditor"], prefixes=[COUNTY]))
    answer = auditor.post(
        "/api/v1/register/exports", json={"division": VILLAGE, "with_id_numbers": True, "purpose": "查"}
    )
    assert (answer.status_code, answer.get_json()["type"]) == (403, Forbidden.code)
