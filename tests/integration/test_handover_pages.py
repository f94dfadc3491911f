"""The pages, the API and the command line of the handover: what each role may open, see and do."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lindang.auth import Actor
from lindang.testing import client, drain, make_app
from models.archive import ArchiveFile
from models.handover import Batch, BatchItem, TransferDoc
from models.register import Certificate
from plugins.handover import PLUGIN
from plugins.handover.cli import handover
from plugins.handover.domain.states import BatchState
from plugins.handover.panels import batches_of_file
from plugins.handover.tiles import TILES
from tests.handover_kit import (
    COUNTY,
    OTHER_COUNTY,
    VILLAGE,
    Unclosed,
    Village,
    answered,
    checked,
    drafted,
    received,
    scan_feedback,
    sent,
    sent_batch,
    signed,
    village,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def app(world: Village) -> Flask:
    return make_app(world.host)


class Browser:
    """One person at the keyboard: follows links and fills in forms."""

    def __init__(self, app: Flask, who: Actor) -> None:
        self._client: FlaskClient = client(app, who)

    def get(self, url: str, status: int = 200) -> str:
        """Open a page."""
        answer = self._client.get(url)
        assert answer.status_code == status, f"{url}: {answer.status_code}"
        return answer.get_data(as_text=True)

    def fetch(self, url: str) -> Any:
        """Open something that is not a page."""
        return self._client.get(url, buffered=True)

    def post(self, url: str, status: int = 302, **form: object) -> str:
        """Send a form; returns the page, or where it leads."""
        answer = self._client.post(url, data=form)
        assert answer.status_code == status, f"{url}: {answer.status_code} {answer.get_data(as_text=True)[-600:]}"
        return answer.headers["Location"] if status == 302 else answer.get_data(as_text=True)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" (?:id="[^"]*" )?(?:type="hidden" )?value="([^"]*)"', page) or re.search(
        rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page
    )
    assert found, name
    return found[1]


def kinds_on(page: str) -> list[str]:
    return re.findall(r"/forms/([a-z-]+)\.pdf", page)


def cells_of(data: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]


def its_papers_say_how_it_ended(auditor: Browser, where: str) -> None:
    report = cells_of(auditor.fetch(f"{where}/forms/closing-report.xlsx").data)
    assert {"接收 2 本，退回 1 本", "2 份，逐份与移交条目一一对应"} <= set(report)
    register = cells_of(auditor.fetch(f"{where}/forms/feedback-register.xlsx").data)
    assert {"141124-2020-YJ001-FK0001", "141124-2020-YJ001-FK0002", "F4 数据整合结果", "一号"} <= set(register)


def test_the_whole_story_through_the_pages(world: Village, app: Flask) -> None:
    people = world.people
    drafter, signer = Browser(app, people.drafter), Browser(app, people.signer)
    receiver, archivist, auditor = (
        Browser(app, people.receiver),
        Browser(app, people.archivist),
        Browser(app, people.auditor),
    )

    assert "3 / 3" in words(drafter.get("/handover/ready"))
    assert "某政林证字(2010)第000002号" in drafter.get(f"/handover/ready/{VILLAGE}")
    chosen = drafter.post("/handover/ready/selection", 200, certificate_id=[str(one) for one in world.certificates])
    where = drafter.post(
        "/handover/batches/new",
        county=COUNTY,
        certificate_ids=hidden(chosen, "certificate_ids"),
        title="第一批",
        registry_org_id=str(world.registry_id),
        paper_kind="original",
    )
    assert "没有" in words(drafter.get(f"/handover/ready/{VILLAGE}"))
    page = drafter.get(where)
    drafter.post(f"{where}/check", version=hidden(page, "version"))
    assert "hx-get" in drafter.get(where)
    drain(world.host)
    assert "disabled" in drafter.get(where), "who prepared the list is told why not to sign"
    assert "请由另一位" in drafter.get(where)
    page = signer.get(where)
    signer.post(f"{where}/sign", version=hidden(page, "version"))

    assert receiver.get("/handover/batches").count("141124-2020-YJ001") == 0
    assert "必填" in drafter.post(f"{where}/send", 422, version=hidden(drafter.get(f"{where}/send"), "version"))
    drafter.post(f"{where}/send", version=hidden(drafter.get(f"{where}/send"), "version"), carriers="在线", boxes="001")
    drain(world.host)

    assert "141124-2020-YJ001" in receiver.get("/handover/batches")
    code = world.batch(1).manifest_sha256[:16]
    form = receiver.get(f"{where}/receive")
    wrong = receiver.post(
        f"{where}/receive", 422, version=hidden(form, "version"), certs="2", files="6", check_code=code
    )
    assert "清点 2 本，清单 3 本" in wrong
    receiver.post(f"{where}/receive", version=hidden(form, "version"), certs="3", files="6", check_code=code)
    form = receiver.get(f"{where}/answer")
    refused = receiver.post(f"{where}/answer", 422, version=hidden(form, "version"), reason_2="99", do="submit")
    assert "必须填写说明" in refused
    assert 'value="99" selected' in refused, "what was entered is still there"
    receiver.post(
        f"{where}/answer", version=hidden(form, "version"), reason_2="03", note_2="东至不明", do="accept_rest"
    )
    form = receiver.get(f"{where}/answer")
    assert "已填 3 / 3 件" in form
    receiver.post(
        f"{where}/answer",
        version=hidden(form, "version"),
        answer_1="accept",
        answer_2="return",
        reason_2="03",
        note_2="东至不明",
        answer_3="accept",
        do="submit",
    )

    assert "03 四至不清：东至不明" in words(archivist.get("/handover/returns"))
    papers = [scan_feedback(world.host, file_id) for file_id in (1, 3)]
    drain(world.host)
    assert "没有读到封面码" in archivist.get("/handover/feedback")
    for paper, item in zip(papers, (1, 3), strict=True):
        assert "同一案卷" in archivist.get(f"/handover/feedback/orphans/{paper}")
        form = archivist.get(f"/handover/feedback/orphans/{paper}/{item}")
        archivist.post(
            f"/handover/feedback/orphans/{paper}/{item}", version="0", kind="F4", is_final="y", doc_no="一号"
        )
    assert "FK0002" in archivist.get("/handover/feedback/register")
    page = drafter.get(where)
    drafter.post(f"{where}/close", version=hidden(page, "version"))
    assert world.batch(1).state == "CLOSED"

    page = auditor.get(where)
    assert "已结案" in words(page)
    assert kinds_on(page) == ["transfer-form", "deed", "returns", "feedback-register", "closing-report"]
    its_papers_say_how_it_ended(auditor, where)
    assert "<form" not in page.split("<main")[1].replace("language", ""), "the auditor changes nothing"


def test_a_mended_item_goes_into_another_batch_through_the_pages(world: Village, app: Flask) -> None:
    batch_id = received(world, sent_batch(world))
    answered(world, batch_id, frozenset({2}))
    archivist, drafter = Browser(app, world.people.archivist), Browser(app, world.people.drafter)
    assert "被退回" in drafter.get(f"/handover/ready/{VILLAGE}?show=waiting")
    archivist.post("/handover/returns/2/fix", version=str(world.batch(batch_id).version))
    archivist.get("/handover/returns/2/finish")
    archivist.post("/handover/returns/2/finish", 422, version=str(world.batch(batch_id).version), note=" ")
    archivist.post("/handover/returns/2/finish", version=str(world.batch(batch_id).version), note="已补测四至")
    assert "补正后再次移交" in drafter.get(f"/handover/ready/{VILLAGE}")
    drafted(world, (world.certificates[1],))
    assert "141124-2020-YJ001-0002" in drafter.get("/handover/batches/2")


# --- who may open what -----------------------------------------------------------------------------------------------

GETS = (
    "/handover/ready",
    f"/handover/ready/{VILLAGE}",
    "/handover/batches",
    "/handover/batches/1",
    "/handover/batches/1/progress",
    "/handover/batches/1/documents/1",
    "/handover/batches/1/covers.pdf",
    "/handover/batches/1/answer",
    "/handover/batches/1/receive",
    "/handover/batches/1/send",
    "/handover/returns",
    "/handover/waiting",
    "/handover/feedback",
    "/handover/feedback/register",
    "/handover/feedback/1",
    "/api/v1/handover/batches",
    "/api/v1/handover/batches/141124-2020-YJ001",
)
POSTS = (
    "/handover/ready/selection", "/handover/batches/new", "/handover/batches/1/items/add",
    "/handover/batches/1/items/remove", "/handover/batches/1/check", "/handover/batches/1/reopen",
    "/handover/batches/1/sign", "/handover/batches/1/refuse-to-sign", "/handover/batches/1/cancel",
    "/handover/batches/1/revise", "/handover/batches/1/complete-feedback", "/handover/batches/1/close",
    "/handover/batches/1/refuse", "/handover/batches/1/answer", "/handover/batches/1/receive",
    "/handover/batches/1/send", "/handover/batches/1/resume", "/handover/returns/1/fix", "/handover/returns/1/finish",
    "/handover/feedback/orphans/1/1", "/handover/feedback/1",
)  # fmt: skip


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Village, Flask]]:
    """Give a village with one answered batch, one feedback and one returned item; nothing here changes it."""
    world = village(tmp_path_factory.mktemp("full"), pdf_font="")
    batch_id = received(world, sent_batch(world))
    answered(world, batch_id, frozenset({2}))
    scan_feedback(world.host, 1, cover_codes=("LD:141124-2020-YJ001-0001",))
    drain(world.host)
    yield world, make_app(world.host)
    world.host.close()


@pytest.mark.parametrize("role", ["reader", "auditor", "receiver"])
def test_who_reads_changes_nothing(full: tuple[Village, Flask], role: str) -> None:
    world, app = full
    from lindang.testing import actor

    org = world.registry_id if role == "receiver" else None
    who = actor(world.host, {role}, prefixes=(COUNTY,), account_id=50, org_id=org)
    reading = client(app, who)
    allowed = {url for url in POSTS if reading.post(url, data={"version": "1"}).status_code != 403}
    mine = {f"/handover/batches/1/{step}" for step in ("receive", "refuse", "answer")} if role == "receiver" else set()
    # resuming asks inside for the right that belongs to the job
    assert allowed == mine | {"/handover/batches/1/resume"}


@pytest.mark.parametrize("url", GETS)
def test_out_of_scope_looks_exactly_like_absent(full: tuple[Village, Flask], url: str) -> None:
    from lindang.testing import actor

    world, app = full
    roles = {"archivist", "liaison", "receiver"}
    stranger = client(app, actor(world.host, roles, prefixes=(OTHER_COUNTY,), account_id=51, org_id=world.registry_id))
    answer = stranger.get(url)
    body = answer.get_data(as_text=True)
    assert "YJ001" not in body.replace("YJ001%", "")
    assert "户主" not in body
    if re.search(r"/\d+|YJ001", url.removeprefix("/api/v1")):
        assert answer.status_code == 404
        nothing = url.replace(VILLAGE, "141124999999").replace("/1", "/77").replace("YJ001", "YJ777")
        absent = stranger.get(nothing)
        assert absent.status_code == 404
        # but for its own address (the language switch comes back to it) and the form token, which changes each second
        assert _bare(absent.get_data(as_text=True).replace(nothing, url)) == _bare(body)


def _bare(page: str) -> str:
    return re.sub(r'(content|value)="[^"]*\.[^"]*\.[^"]*"', "token", page)


def test_a_receiver_of_another_office_finds_nothing(full: tuple[Village, Flask]) -> None:
    world, app = full
    other = client(app, dataclasses.replace(world.people.receiver, org_id=world.registry_id + 1))
    assert other.get("/handover/batches/1").status_code == 404
    assert "141124-2020-YJ001" not in other.get("/handover/batches").get_data(as_text=True)


def test_the_registry_does_not_see_what_the_office_did_before(full: tuple[Village, Flask]) -> None:
    world, app = full
    page = Browser(app, world.people.receiver).get("/handover/batches/1")
    assert "联络员甲" not in page
    assert "接收员" in page


def test_downloads_are_attachments_that_no_browser_renders(full: tuple[Village, Flask]) -> None:
    world, app = full
    browser = Browser(app, world.people.archivist)
    with world.host.view() as session:
        docs = {doc.kind: doc.id for doc in session.scalars(select(TransferDoc))}
    for url in (*(f"/handover/batches/1/documents/{one}" for one in docs.values()), "/handover/batches/1/covers.pdf"):
        answer = browser.fetch(url)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = browser.fetch(f"/handover/batches/1/documents/{docs['list_xlsx']}")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert sheet["B5"].value == "0123-ZY·LG-QQ01-102205-0001"
    assert browser.fetch("/handover/batches/1/list.pdf").data.startswith(b"%PDF")


def test_without_a_font_the_list_says_which_package_is_missing(world: Village, app: Flask) -> None:
    signed(world, checked(world, drafted(world)))
    page = Browser(app, world.people.drafter)
    assert "补打 PDF 清单" in page.get("/handover/batches/1")
    assert "pdf_font" in page.get("/handover/batches/1/list.pdf", 503)


# --- mistakes and lost races on pages ----------------------------------------------------------------------------------


def test_an_old_page_is_refused_readably(world: Village, app: Flask) -> None:
    batch_id = drafted(world, world.certificates[:1])
    browser = Browser(app, world.people.drafter)
    old = str(world.batch(batch_id).version)
    added = ",".join(str(one) for one in world.certificates[1:])
    browser.post(f"/handover/batches/{batch_id}/items/add", version=old, certificate_ids=added)
    page = browser.post(f"/handover/batches/{batch_id}/check", 409, version=old)
    assert "别人刚刚修改" in page
    assert "页面已过期" in browser.post(f"/handover/batches/{batch_id}/check", 400)


def test_ticked_certificates_of_nobody_or_of_two_counties_make_no_batch(world: Village, app: Flask) -> None:
    browser = Browser(app, world.people.drafter)
    assert "没有选择" in browser.post("/handover/ready/selection", 400)
    assert "同一个县" in browser.post("/handover/ready/selection", 400, certificate_id="999")


def test_a_form_with_a_fault_comes_back_filled_in(world: Village, app: Flask) -> None:
    browser = Browser(app, world.people.drafter)
    page = browser.post(
        "/handover/batches/new",
        422,
        county=COUNTY,
        certificate_ids="1,2",
        title="",
        registry_org_id=str(world.registry_id),
    )
    assert "请改正以下内容" in page
    assert hidden(page, "certificate_ids") == "1,2"


def test_items_are_taken_out_of_a_draft(world: Village, app: Flask) -> None:
    batch_id = drafted(world)
    browser = Browser(app, world.people.drafter)
    version = str(world.batch(batch_id).version)
    browser.post(f"/handover/batches/{batch_id}/items/remove", version=version, item_id=["1", "2"])
    assert world.batch(batch_id).cert_count == 1


def test_a_failed_check_lists_what_is_wrong(world: Village, app: Flask) -> None:
    batch_id = drafted(world)
    for path in (world.host.data_dir / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"?")
    checked(world, batch_id)
    page = words(Browser(app, world.people.drafter).get(f"/handover/batches/{batch_id}"))
    assert "检查发现 12 个问题" in page
    assert "文件内容与登记的摘要不符" in page


def test_filters_and_sorting_of_the_list(world: Village, app: Flask) -> None:
    first, second = drafted(world, world.certificates[:1]), checked(world, drafted(world, world.certificates[1:]))
    browser = Browser(app, world.people.drafter)
    numbers = [world.batch(one).batch_no for one in (first, second)]
    shown = re.findall(r'batches/\d+">(\S+YJ\d+)<', browser.get("/handover/batches?sort=batch_no"))
    assert shown == numbers
    assert re.findall(r'batches/\d+">(\S+YJ\d+)<', browser.get("/handover/batches?state=CHECKED")) == numbers[1:]
    assert re.findall(r'batches/\d+">(\S+YJ\d+)<', browser.get("/handover/batches?text=yj001")) == numbers[:1]
    assert "没有符合条件" in browser.get("/handover/batches?state=CLOSED")
    assert browser.get("/handover/batches?sort=;drop&page=-3&per_page=7")


def test_hostile_words_are_shown_as_words(world: Village, app: Flask) -> None:
    with world.host.transaction() as session:
        session.get_one(Certificate, 1).holder_name = "<script>alert(1)</script>"
        session.get_one(ArchiveFile, 1).box_no = '"><img src=x>'
    batch_id = checked(world, drafted(world))
    page = Browser(app, world.people.drafter).get(f"/handover/batches/{batch_id}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# --- tiles, panel, API, command line -----------------------------------------------------------------------------------


def test_the_boxes_of_the_files_are_filled_in_before_sending(world: Village, app: Flask) -> None:
    signed(world, checked(world, drafted(world)))
    with world.host.transaction() as session:
        session.execute(
            update(ArchiveFile).where(ArchiveFile.file_no == 2).values(box_no="002", location="二号库 3 排")
        )
    page = Browser(app, world.people.drafter).get("/handover/batches/1/send")
    assert re.search(r"001\s+002（二号库 3 排）</textarea>", page)


def test_tiles_count_what_waits_for_this_person(world: Village) -> None:
    def tile(key: str, who: Actor) -> int:
        (found,) = [one for one in TILES if one.key == f"handover.{key}"]
        with world.host.view() as session:
            return found.load(session, who).count

    people = world.people
    batch_id = checked(world, drafted(world))
    assert (tile("sign", people.drafter), tile("sign", people.signer)) == (0, 1)
    signed(world, batch_id)
    assert (tile("sign", people.signer), tile("send", people.drafter)) == (0, 1)
    from tests.handover_kit import sent

    sent(world, batch_id)
    assert tile("receive", people.receiver) == 1
    received(world, batch_id)
    assert (tile("receive", people.receiver), tile("answer", people.receiver)) == (0, 1)
    answered(world, batch_id, frozenset({2}))
    assert (tile("mend", people.archivist), tile("file", people.archivist)) == (1, 2)
    scan_feedback(world.host, 1)
    assert tile("match", people.archivist) == 1
    assert tile("close", people.drafter) == 0


def test_every_tile_leads_to_a_page(full: tuple[Village, Flask]) -> None:
    world, app = full
    everybody = dataclasses.replace(world.people.archivist, permissions=frozenset(world.host.permissions))
    browser = Browser(app, everybody)
    page = browser.get("/")
    for one in TILES:
        assert str(one.title) in page
    for url in set(re.findall(r'class="tile[^"]*" href="([^"]+)"', page)):
        browser.get(url.replace("&amp;", "&"))


def test_the_files_page_shows_its_batches(full: tuple[Village, Flask]) -> None:
    world, _app = full
    with world.host.view() as session:
        table = batches_of_file(session, world.people.archivist, 1)
        returned = batches_of_file(session, world.people.archivist, 2)
        stranger = dataclasses.replace(world.people.archivist, prefixes=(OTHER_COUNTY,))
        assert batches_of_file(session, stranger, 1).rows == ()
    (row,) = table.rows
    assert (getattr(row[0], "text", ""), row[2], getattr(row[4], "text", "")) == (
        "141124-2020-YJ001", "反馈已归档", "141124-2020-YJ001-FK0001",
    )  # fmt: skip
    assert "四至不清" in str(returned.rows[0][3])


def test_the_api_lists_and_shows_batches(full: tuple[Village, Flask]) -> None:
    world, app = full
    reading = client(app, world.people.auditor)
    listed = reading.get("/api/v1/handover/batches?per_page=5").get_json()
    assert (listed["total"], listed["batches"][0]["returned"]) == (1, 1)
    shown = reading.get("/api/v1/handover/batches/141124-2020-yj001").get_json()
    assert shown["totals"]["area_mu"] == "37.5"
    assert [item["state"] for item in shown["items"]] == ["FEEDBACK_FILED", "RETURNED", "ACCEPTED"]
    assert shown["items"][0]["feedback"] == ["141124-2020-YJ001-FK0001"]
    assert shown["history"][0]["action"] == "create"
    assert reading.get("/api/v1/handover/batches?per_page=0").status_code == 422
    assert reading.get("/api/v1/handover/batches/x").get_json()["type"] == "not_found"


def test_the_command_line_lists_and_shows_batches(full: tuple[Village, Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    world, _app = full
    # the group is run as `lindang handover ...` runs it, with the host of this test
    monkeypatch.setattr("lindang.cli.open_host", lambda _ctx: Unclosed(world.host))
    run = CliRunner().invoke
    (line,) = run(handover, ["batch", "list", "--json"]).output.splitlines()
    assert json.loads(line)["batch_no"] == "141124-2020-YJ001"
    assert run(handover, ["batch", "list", "--state", "closed", "--json"]).output == ""
    shown = json.loads(run(handover, ["batch", "show", "141124-2020-YJ001", "--json"]).output)
    assert shown["state"] == "ANSWERED"
    assert {doc["kind"] for doc in shown["documents"]} == {"manifest", "list_xlsx", "list_pdf", "package"}
    text = run(handover, ["batch", "show", "141124-2020-YJ001"]).output
    assert "3 本  3 宗  37.50 亩" in text
    missing = run(handover, ["batch", "show", "x"])
    assert missing.exception is not None
    assert "没有这个批次" in str(missing.exception)


def test_every_state_has_a_page_that_opens(world: Village, app: Flask) -> None:
    batch_id = received(world, sent_batch(world))
    browser = Browser(app, dataclasses.replace(world.people.drafter, permissions=frozenset(world.host.permissions)))
    for state in BatchState:
        with world.host.transaction() as session:
            session.execute(update(Batch).where(Batch.id == batch_id).values(state=state.value))
        assert "141124-2020-YJ001" in browser.get(f"/handover/batches/{batch_id}")


def test_items_keep_their_rows_for_ever(world: Village) -> None:
    """Nothing in the plugin deletes: withdrawn, returned and replaced items are all still there."""
    batch_id = received(world, sent_batch(world))
    answered(world, batch_id, frozenset({1, 2, 3}))
    with world.host.view() as session:
        assert len(session.scalars(select(BatchItem)).all()) == 3
    assert PLUGIN.name == "handover"


def test_the_papers_of_a_batch_come_about_with_its_life_and_are_alike_whenever_printed(
    world: Village, app: Flask
) -> None:
    drafter, receiver = Browser(app, world.people.drafter), Browser(app, world.people.receiver)
    where = f"/handover/batches/{checked(world, drafted(world))}"
    batch_id = int(where.rpartition("/")[2])
    assert kinds_on(drafter.get(where)) == []
    assert "签发以后" in drafter.get(f"{where}/forms/transfer-form.pdf", 409)
    signed(world, batch_id)
    assert kinds_on(drafter.get(where)) == ["transfer-form", "deed"]
    first = drafter.fetch(f"{where}/forms/deed.xlsx")
    assert (first.status_code, "attachment" in first.headers["Content-Disposition"]) == (200, True)
    sent(world, batch_id)
    answered(world, received(world, batch_id), returned=frozenset({1}))
    assert kinds_on(receiver.get(where)) == ["transfer-form", "deed", "returns"]
    english = client(app, world.people.drafter)
    english.post("/language/en")
    cells = cells_of(english.get(f"{where}/forms/returns.xlsx", buffered=True).data)
    assert "03 四至不清" in cells, "an official paper is Chinese whatever the page around it speaks"
    assert cells.count("某政林证字(2010)第000001号") == 1
    again = drafter.fetch(f"{where}/forms/returns.xlsx")
    assert again.data == drafter.fetch(f"{where}/forms/returns.xlsx").data
    for kind in ("feedback-register", "closing-report"):
        receiver.get(f"{where}/forms/{kind}.pdf", 409)
    drafter.get(f"{where}/forms/nonsense.pdf", 404)
    drafter.get(f"{where}/forms/deed.exe", 404)
