"""The intake's pages, commands and API, as people and scripts use them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lindang.cli import cli
from lindang.host import Host
from lindang.testing import actor, client, drain, make_app
from models.archive import ArchiveFile, Item
from models.intake import DISMISSED, DUPLICATE, FAILED, FILED, RECEIVED, SORTING, IntakeRun
from tests.ingest_kit import COUNTY, OTHER_COUNTY, VILLAGE, archive, close, jpeg, rows, states, take, write_files


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a prepared archive."""
    made = archive(tmp_path)
    yield made
    close(made)


@pytest.fixture
def app(host: Host) -> Flask:
    """Return its web application."""
    return make_app(host)


@pytest.fixture
def web(app: Flask, host: Host) -> FlaskClient:
    """Return the archivist's browser."""
    return client(app, actor(host, ["archivist"], prefixes=[COUNTY]))


def send(web: FlaskClient, run_id: int, path: str, data: bytes, **headers: str) -> Any:
    """Upload one file as the drop zone does."""
    form = {"file": (io.BytesIO(data), path.rpartition("/")[2]), "relative_path": path}
    return web.post(f"/ingest/runs/{run_id}/files", data=form, headers={"Accept": "application/json", **headers})


def open_upload(web: FlaskClient) -> int:
    """Open an upload through the form; returns its run."""
    answer = web.post("/ingest/", data={"division": VILLAGE, "name": "第3箱", "ocr": "off"})
    assert answer.status_code == 302
    return int(answer.location.rpartition("/")[2])


def test_an_upload_goes_from_the_form_to_filed_items(web: FlaskClient, host: Host) -> None:
    run_id = open_upload(web)
    assert send(web, run_id, "0037 张三/01-申请表.jpg", jpeg(1)).json == {"state": "received", "reason": ""}
    assert send(web, run_id, "0037 张三/D11_林权证.jpg", jpeg(2)).status_code == 201
    page = web.get(f"/ingest/runs/{run_id}").text
    assert "新立案卷" in page
    assert "D01 林权登记申请表" in page
    assert "D11 林权证存根" in page
    assert set(states(host).values()) == {RECEIVED}
    assert web.post(f"/ingest/runs/{run_id}/confirm").status_code == 302
    drain(host)
    assert set(states(host).values()) == {FILED}
    done = web.get(f"/ingest/runs/{run_id}").text
    assert "已处理完" in done or "还没有识别文字" in done
    with host.view() as session:
        assert session.scalars(select(Item.archival_code)).first() in done


def test_the_progress_asks_for_itself_only_while_work_goes_on(web: FlaskClient, host: Host) -> None:
    run_id = open_upload(web)
    send(web, run_id, "0037 张三/01.jpg", jpeg(1))
    assert "hx-get" not in web.get(f"/ingest/runs/{run_id}/progress").text
    web.post(f"/ingest/runs/{run_id}/confirm")
    assert "hx-get" in web.get(f"/ingest/runs/{run_id}/progress").text
    drain(host)
    assert "hx-get" not in web.get(f"/ingest/runs/{run_id}/progress").text


def test_a_duplicate_says_so_at_once(web: FlaskClient, host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"01.jpg": jpeg(1)}))
    answer = send(web, open_upload(web), "再来.jpg", jpeg(1))
    assert answer.json["state"] == "duplicate"
    assert rows(host)["再来.jpg"].state == DUPLICATE


def test_an_upload_without_scripts_takes_several_files(web: FlaskClient, host: Host) -> None:
    run_id = open_upload(web)
    form = {"file": [(io.BytesIO(jpeg(1)), "01.jpg"), (io.BytesIO(jpeg(2)), "02.jpg")]}
    answer = web.post(f"/ingest/runs/{run_id}/files", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert set(states(host)) == {"01.jpg", "02.jpg"}


def test_a_name_from_outside_never_becomes_a_path(web: FlaskClient, host: Host) -> None:
    run_id = open_upload(web)
    send(web, run_id, "../../../etc/passwd.jpg", jpeg(1))
    assert list(states(host)) == ["etc/passwd.jpg"]
    assert list((host.data_dir / "work" / "upload").iterdir()) == []


def test_an_upload_without_a_file_is_refused_with_words(web: FlaskClient) -> None:
    answer = web.post(f"/ingest/runs/{open_upload(web)}/files", data={})
    assert answer.status_code == 400
    assert "没有收到文件" in answer.text


def test_failed_files_are_listed_with_reason_and_remedy_and_can_be_decided(
    web: FlaskClient, host: Host, tmp_path: Path
) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"坏.jpg": jpeg(1)[:900], "文本.jpg": "文本".encode()}))
    page = web.get("/ingest/failed").text
    assert "文件不完整，后一部分丢失" in page
    assert "请重新复制" in page
    bad = rows(host)["0037 张三/坏.jpg"].id
    assert web.post(f"/ingest/files/{bad}/retry").status_code == 302
    drain(host)
    assert states(host)["0037 张三/坏.jpg"] == FAILED
    assert web.post(f"/ingest/files/{bad}/dismiss", data={"reason": ""}).status_code == 400
    assert web.post(f"/ingest/files/{bad}/dismiss", data={"reason": "重扫"}).status_code == 302
    assert states(host)["0037 张三/坏.jpg"] == DISMISSED


def test_a_paper_is_sorted_beside_its_image(web: FlaskClient, host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱", {"0037 张三/01.jpg": jpeg(1), "散页.jpg": jpeg(2), "散页2.jpg": jpeg(3)}))
    waiting = rows(host)["散页.jpg"]
    listed = web.get("/ingest/desk").text
    assert "散页.jpg" in listed
    page = web.get(f"/ingest/desk/{waiting.id}")
    assert page.status_code == 200
    with web.get(f"/ingest/desk/{waiting.id}/pages/1/view") as image:
        assert image.data.startswith(b"\xff\xd8")
        assert image.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert web.get(f"/ingest/desk/{waiting.id}/pages/1/words").json == {"text": "", "words": []}
    assert "0037" not in web.get(f"/ingest/desk/{waiting.id}/candidates?q=无此人").text
    offered = web.get(f"/ingest/desk/{waiting.id}/candidates?q=张三").text
    with host.view() as session:
        home = session.scalars(select(ArchiveFile)).one()
    assert home.archival_code in offered
    form = {"version": waiting.version, "target": str(home.id), "doc_type": "D02", "title": ""}
    answer = web.post(f"/ingest/desk/{waiting.id}", data=form)
    assert answer.location.endswith(f"/ingest/desk/{rows(host)['散页2.jpg'].id}")
    assert states(host)["散页.jpg"] == FILED
    assert web.get(f"/ingest/desk/{waiting.id}").status_code == 404


def test_an_incomplete_sorting_is_shown_with_its_faults(web: FlaskClient, host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱", {"散页.jpg": jpeg(2), "0037 张三/01.jpg": jpeg(1)}))
    waiting = rows(host)["散页.jpg"]
    answer = web.post(f"/ingest/desk/{waiting.id}", data={"version": waiting.version, "target": "new", "doc_type": ""})
    assert answer.status_code == 200
    assert "请选择村" in answer.text
    assert states(host)["散页.jpg"] == SORTING


def test_the_rules_can_be_tried_on_names(web: FlaskClient) -> None:
    page = web.get("/ingest/rules?names=0037 张三/01-林权登记申请表.jpg%0AThumbs.db").text
    assert "D01 林权登记申请表" in page
    assert "不收" in page


def test_another_county_sees_nothing_of_it(app: Flask, host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱", {"散页.jpg": jpeg(2), "坏.jpg": jpeg(1)[:900], "0037 张三/1.jpg": jpeg(3)}))
    stranger = client(app, actor(host, ["archivist"], prefixes=[OTHER_COUNTY]))
    with host.view() as session:
        run_id = session.scalars(select(IntakeRun.id)).one()
    waiting, bad = rows(host)["散页.jpg"].id, rows(host)["坏.jpg"].id
    for address in ("/ingest/", "/ingest/desk", "/ingest/failed"):
        page = stranger.get(address).text
        assert "散页" not in page
        assert "坏.jpg" not in page
    for address in (f"/ingest/runs/{run_id}", f"/ingest/runs/{run_id}/progress", f"/ingest/desk/{waiting}"):
        assert stranger.get(address).status_code == 404
    assert stranger.get(f"/ingest/desk/{waiting}/pages/1/view").status_code == 404
    assert stranger.post(f"/ingest/files/{bad}/retry").status_code == 404
    assert stranger.post(f"/ingest/runs/{run_id}/confirm").status_code == 404
    assert send(stranger, run_id, "x.jpg", jpeg(8)).status_code == 404


def test_an_auditor_looks_and_changes_nothing(app: Flask, host: Host) -> None:
    auditor = client(app, actor(host, ["auditor"], prefixes=[COUNTY]))
    assert auditor.get("/ingest/").status_code == 200
    assert auditor.post("/ingest/", data={"division": VILLAGE, "ocr": "off"}).status_code == 403
    assert auditor.get("/ingest/desk/1").status_code == 403


# --- the API ----------------------------------------------------------------------------------------------------------


def api_upload(web: FlaskClient, data: bytes, **form: Any) -> Any:
    """Upload through the API."""
    return web.post("/api/v1/ingest/uploads", data={"file": (io.BytesIO(data), "01.jpg"), **form})


def test_the_api_takes_a_file_and_tells_what_became_of_it(web: FlaskClient, host: Host) -> None:
    answer = api_upload(web, jpeg(1), division=VILLAGE, relative_path="0037 张三/01-申请表.jpg", ocr="off")
    assert answer.status_code == 201, answer.text
    assert (answer.json["state"], answer.json["path"]) == (RECEIVED, "0037 张三/01-申请表.jpg")
    second = api_upload(web, jpeg(2), run=answer.json["run"], relative_path="0037 张三/02-合同.jpg")
    assert second.json["run"] == answer.json["run"]
    drain(host)
    found = web.get(f"/api/v1/ingest/uploads/{answer.json['id']}").json
    assert (found["state"], found["pages"]) == (FILED, 1)
    assert found["item"].endswith("-001")
    run = web.get(f"/api/v1/ingest/runs/{answer.json['run']}").json
    assert run["counts"] == {FILED: 2}
    assert [file["path"] for file in run["files"]] == ["0037 张三/01-申请表.jpg", "0037 张三/02-合同.jpg"]


def test_the_api_answers_faults_as_problems(web: FlaskClient, app: Flask, host: Host) -> None:
    assert web.post("/api/v1/ingest/uploads", data={"division": VILLAGE}).status_code == 422
    assert web.post("/api/v1/ingest/uploads", data=b"x", content_type="image/jpeg").status_code == 400
    assert api_upload(web, jpeg(1), division="999999").status_code == 404
    assert api_upload(web, jpeg(1), division="12345").status_code == 400
    wrong = api_upload(web, jpeg(1), division="abc")
    assert wrong.status_code == 422
    assert wrong.content_type.startswith("application/problem+json")
    assert web.get("/api/v1/ingest/uploads/999").status_code == 404
    stranger = client(app, actor(host, ["archivist"], prefixes=[OTHER_COUNTY]))
    mine = api_upload(web, jpeg(1), division=VILLAGE).json
    web.acting = stranger.acting  # type: ignore[attr-defined]
    assert web.get(f"/api/v1/ingest/uploads/{mine['id']}").status_code == 404


# --- the command line -------------------------------------------------------------------------------------------------


def command(host: Host, *arguments: str) -> list[dict[str, Any]]:
    """Run a command on the host's data folder; returns its JSON lines."""
    environment = {"LINDANG__PLUGINS__INGEST__OCR": "off", "LINDANG__HOST__DISK_RESERVE_MB": "0"}
    result = CliRunner(env=environment).invoke(
        cli, ["--data", str(host.data_dir), *arguments], catch_exceptions=False, standalone_mode=False
    )
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_the_folder_command_prints_a_line_per_file(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", {"0037 张三/01-申请表.jpg": jpeg(1), "0037 张三/02-坏.jpg": jpeg(2)[:900]})
    arguments = ("ingest", "folder", str(folder), "--village", VILLAGE, "--ocr", "off", "--wait", "--json")
    good, bad = command(host, *arguments)
    assert set(good) == {"path", "state", "item", "pages", "seconds", "reason"}
    assert (good["path"], good["state"], good["pages"]) == ("0037 张三/01-申请表.jpg", FILED, 1)
    assert (bad["state"], bad["item"], bad["reason"]) == (FAILED, None, "文件不完整，后一部分丢失")
    again, same = command(host, *arguments)
    assert (again["state"], again["item"]) == ("exists", good["item"])
    assert (same["state"], same["reason"]) == (FAILED, bad["reason"])


def test_the_plan_of_a_folder_can_be_seen_first(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", {"0037 张三/01-申请表.jpg": jpeg(1)})
    (line,) = command(host, "ingest", "folder", str(folder), "--preview", "--json")
    assert (line["holder"], line["doc_type"], line["title"]) == ("张三", "D01", "申请表")
    assert rows(host) == {}


def test_text_runs_and_failures_are_there_for_scripts(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱3", {"0037 张三/01.jpg": jpeg(1), "0037 张三/02.jpg": b"x"}))
    with host.view() as session:
        code = session.scalars(select(Item.archival_code)).one()
    (text,) = command(host, "text", code.replace("·", "."), "--json")
    assert text["item"] == code
    assert text["pages"] == [{"page_no": 1, "is_blank": False, "text": None, "engine": "", "confidence": None}]
    assert command(host, "ingest", "runs", "--json")[0][FILED] == 1
    assert command(host, "ingest", "failed", "--json")[0]["remedy"]
    assert command(host, "ingest", "engines", "--json")[0]["engine"] == "off"
