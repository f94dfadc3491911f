"""A registry that works offline answers with a workbook: tried first, taken over once, and what does not fit is a work list."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lindang.errors import BadInput
from lindang.testing import client, drain, make_app
from models.handover import BatchItem, BatchTransition, Reply, ReplyLine
from plugins.handover.adapters.reply_book import read_reply_book
from plugins.handover.service.feedback import FeedbackEntry, file_feedback
from tests.handover_kit import Village, scan_feedback, sent_batch, village

BATCH = "/handover/batches/1"
Fill = Callable[[Any, Any], None]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path, 4)
    sent_batch(made)
    yield made
    made.host.close()


@pytest.fixture
def app(world: Village) -> Flask:
    return make_app(world.host)


@pytest.fixture
def officer(world: Village, app: Flask) -> FlaskClient:
    return client(app, world.people.drafter)


def filled(world: Village, app: Flask, fill: Fill) -> bytes:
    """Download the workbook as the registry gets it, and fill it in."""
    data = client(app, world.people.receiver).get(f"{BATCH}/reply.xlsx").data
    book = openpyxl.load_workbook(io.BytesIO(data))
    fill(book["逐件答复"], book["批次"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def counted(world: Village, about: Any) -> None:
    batch = world.batch(1)
    answers = {
        "清点本数": batch.cert_count,
        "清点电子文件数": batch.file_count,
        "清单核对码": batch.manifest_sha256[:16],
    }
    for row in about.iter_rows():
        if row[0].value in answers:
            row[1].value = answers[row[0].value]


def tried(officer: FlaskClient, data: bytes, status: int = 302) -> str:
    answer = officer.post(f"{BATCH}/replies", data={"file": (io.BytesIO(data), "答复.xlsx")})
    assert answer.status_code == status, answer.text[-500:]
    return str(answer.headers["Location"]) if status == 302 else answer.text


def taken(world: Village, officer: FlaskClient, where: str, status: int = 302) -> str:
    answer = officer.post(f"{where}/take", data={"version": str(world.batch(1).version)})
    assert answer.status_code == status, answer.text[-500:]
    return answer.text


def opinions(world: Village) -> list[tuple[str, str, str]]:
    with world.host.view() as session:
        query = select(BatchItem.answer, BatchItem.return_reason, BatchItem.return_note).order_by(BatchItem.seq)
        return [tuple(row) for row in session.execute(query)]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_whole_answer_comes_by_workbook(world: Village, app: Flask, officer: FlaskClient) -> None:
    def fill(items: Any, about: Any) -> None:
        counted(world, about)
        for row in (2, 3, 5):
            items.cell(row, 10, "接收")
        items.cell(4, 10, "退回")
        items.cell(4, 11, "03 四至不清")
        items.cell(4, 12, "东至不明")

    where = tried(officer, filled(world, app, fill))
    page = words(officer.get(where).text)
    assert "接收 3 退回 1" in page
    assert "每一行都对上了" in page
    assert world.batch(1).state == "SENT", "trying changes nothing"
    assert opinions(world) == [("", "", "")] * 4
    taken(world, officer, where)
    assert world.batch(1).state == "RECEIVED"
    assert opinions(world)[2] == ("return", "03", "东至不明")
    assert "登记答复" in officer.get(BATCH).text
    assert officer.post(f"{BATCH}/record-answer", data={"version": str(world.batch(1).version)}).status_code == 302
    assert world.batch(1).state == "ANSWERED"
    with world.host.view() as session:
        steps = session.scalars(select(BatchTransition.action).order_by(BatchTransition.id)).all()
        assert list(steps)[-2:] == ["record_receipt", "record_answer"]
        assert world.host.storage.read(session.scalars(select(Reply.sha256)).one())


def test_the_same_workbook_five_times_is_one_answer(world: Village, app: Flask, officer: FlaskClient) -> None:
    def fill(items: Any, about: Any) -> None:
        counted(world, about)
        items.cell(2, 10, "接收")
        items.cell(3, 2).value = "141124-2020-YJ009-0001"
        items.cell(3, 10, "接收")

    data = filled(world, app, fill)
    places = {tried(officer, data) for _time in range(5)}
    (where,) = places
    taken(world, officer, where)
    for _time in range(4):
        assert "导入过" in taken(world, officer, where, 409)
    with world.host.view() as session:
        assert len(session.scalars(select(ReplyLine)).all()) == 1
        assert len(session.scalars(select(Reply)).all()) == 1


def test_a_count_that_differs_is_not_taken_over(world: Village, app: Flask, officer: FlaskClient) -> None:
    where = tried(officer, filled(world, app, lambda items, _about: items.cell(2, 10, "接收")))
    assert "清点与清单不符，不能导入" in officer.get(where).text
    refused = taken(world, officer, where, 422)
    assert "没有填写清点本数" in refused
    assert "核对码与签发的清单不一致" in refused
    assert world.batch(1).state == "SENT"
    assert opinions(world)[0] == ("", "", "")


def test_lines_that_fit_nowhere_wait_and_block_closing(world: Village, app: Flask, officer: FlaskClient) -> None:
    def fill(items: Any, about: Any) -> None:
        counted(world, about)
        for row in (2, 3, 4):
            items.cell(row, 10, "接收")
        items.cell(5, 10, "退回")  # no reason
        items.append([None] * 3 + ["某政林证字(2010)第000099号"] + [None] * 5 + ["接收"])

    where = tried(officer, filled(world, app, fill))
    assert "退回没有选择原因" in officer.get(where).text
    taken(world, officer, where)
    assert "还有 2 行没有处理" in officer.get(where).text
    with world.host.view() as session:
        wrong, foreign = session.scalars(select(ReplyLine).order_by(ReplyLine.row_no)).all()
    settle = f"/handover/replies/lines/{wrong.id}/settle"
    assert officer.post(settle, data={"note": ""}).status_code == 400
    refused = officer.post(settle, data={"note": "补", "item_code": "141124-2020-YJ001-0004"})
    assert refused.status_code == 422, "the line still names no reason"
    assert "已有接收意见" in officer.post(settle, data={"note": "补", "item_code": "141124-2020-YJ001-0001"}).text

    fixed = tried(officer, filled(world, app, lambda items, _about: items.cell(5, 10, "接收")))
    assert fixed != where
    taken(world, officer, fixed)
    assert officer.post(f"{BATCH}/record-answer", data={"version": str(world.batch(1).version)}).status_code == 302
    drain(world.host)
    for number in range(1, 5):
        paper = scan_feedback(world.host, number)
        with world.host.uow(world.people.archivist) as uow:
            file_feedback(uow, paper, number, FeedbackEntry(kind="F3", is_final=True))
    assert world.batch(1).state == "FEEDBACK_FILED"

    def close() -> int:
        return (
            client(app, world.people.signer)
            .post(f"{BATCH}/close", data={"version": world.batch(1).version})
            .status_code
        )

    assert close() == 422
    assert officer.post(settle, data={"note": "已由第二份工作簿更正"}).status_code == 302
    assert "已由联络员甲处理" in officer.post(settle, data={"note": "再来"}).text
    assert close() == 422
    assert officer.post(f"/handover/replies/lines/{foreign.id}/settle", data={"note": "是邻县的"}).status_code == 302
    assert close() == 302
    assert world.batch(1).state == "CLOSED"


def test_a_line_without_a_match_can_be_given_to_its_item(world: Village, app: Flask, officer: FlaskClient) -> None:
    def fill(items: Any, about: Any) -> None:
        counted(world, about)
        items.cell(2, 4).value = "写错的证号"
        items.cell(2, 10, "接收")

    where = tried(officer, filled(world, app, fill))
    taken(world, officer, where)
    assert opinions(world)[0] == ("", "", "")
    data = {"note": "证号是笔误", "item_code": "141124-2020-yj001-0001"}
    assert officer.post("/handover/replies/lines/1/settle", data=data).status_code == 302
    assert opinions(world)[0] == ("accept", "", "")
    assert "归到条目 141124-2020-YJ001-0001" in officer.get(where).text


def test_what_is_no_reply_workbook_of_this_list_is_refused(world: Village, app: Flask, officer: FlaskClient) -> None:
    assert "不是本系统导出" in tried(officer, b"hello", 422)
    other = openpyxl.Workbook()
    out = io.BytesIO()
    other.save(out)
    assert "不是本系统导出" in tried(officer, out.getvalue(), 422)

    def of_another_list(_items: Any, about: Any) -> None:
        for row in about.iter_rows():
            if row[0].value == "清单版本":
                row[1].value = "2"

    assert "第 2 版清单" in tried(officer, filled(world, app, of_another_list), 422)
    with world.host.view() as session:
        assert session.scalars(select(Reply)).all() == []


def test_a_workbook_that_wants_to_be_too_much_is_not_opened(world: Village, app: Flask) -> None:
    def packed(members: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return out.getvalue()

    bomb = packed({"xl/worksheets/sheet1.xml": b" " * 61_000_000})
    entity = packed({"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'})
    for data, said in ((bomb, "太大"), (entity, "不是本系统导出"), (packed({"a.xml": b"x"}), "不是本系统导出")):
        with pytest.raises(BadInput, match=said):
            read_reply_book(data)


def test_a_reply_is_no_business_of_the_neighbours(world: Village, app: Flask, officer: FlaskClient) -> None:
    from lindang.testing import actor
    from tests.handover_kit import OTHER_COUNTY

    where = tried(officer, filled(world, app, lambda _items, about: counted(world, about)))
    stranger = client(app, actor(world.host, {"liaison"}, prefixes=(OTHER_COUNTY,)))
    assert {stranger.get(where).status_code, stranger.post(f"{where}/take", data={"version": "1"}).status_code} == {404}
    receiver = client(app, world.people.receiver)
    assert receiver.post(f"{where}/take", data={"version": "1"}).status_code == 403
