"""登账入库: newly registered rights by API and by workbook – faults by cell, nothing twice, booked beside what was written."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, select, update

from lindang.errors import BadInput, Forbidden, NotFound, StaleVersion, Unavailable
from lindang.testing import FixedClock, client, drain, make_app, make_host
from models.digital import Identifier
from models.events import BatchAnswered
from models.handover import Batch
from models.register import Parcel, RegistryValue
from models.sharing import BOOKED, MATCHED, ORPHAN, PROBLEM, SET_ASIDE, SharingDelivery, SharingInbox
from plugins.sharing import cli
from plugins.sharing.domain.reports import Report, kind_of, read_sheets
from plugins.sharing.service.inbox import book, read_workbook, set_aside
from tests.handover_kit import Unclosed
from tests.support.sharing_world import COUNTY, SharingWorld, sharing_world

UNIT = "141124102005JE00077L00000001"
TITLE = "晋(2020)临县不动产权第0000001号"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharingWorld]:
    world = sharing_world(make_host(tmp_path_factory.mktemp("inbox"), clock=FixedClock()))
    yield world
    world.host.close()


@pytest.fixture
def world(made: SharingWorld) -> SharingWorld:
    """The world without what the test before it left."""
    with made.host.transaction() as db:
        db.execute(delete(SharingInbox))
        db.execute(delete(SharingDelivery))
        db.execute(delete(RegistryValue))
        db.execute(update(Batch).values(state="ANSWERED"))
    return made


@pytest.fixture(scope="module")
def app(made: SharingWorld) -> Flask:
    return make_app(made.host)


def right(**values: str) -> dict[str, str]:
    return {"case_no": "YW0001", "kind": "F4", "cert_no": "临林证字(2010)第1号", "unit_no": UNIT, **values}


def post(world: SharingWorld, app: Flask, *rows: dict[str, str]) -> Any:
    return client(app, world.receiver).post("/api/v1/sharing/feedback", json={"rows": list(rows)})


def inbox(world: SharingWorld) -> list[SharingInbox]:
    with world.host.view() as session:
        return list(session.scalars(select(SharingInbox).order_by(SharingInbox.id)))


def values(world: SharingWorld, *, current: bool = True) -> dict[str, str]:
    with world.host.view() as session:
        query = select(RegistryValue).where(RegistryValue.is_current == current)
        return {row.field: row.value for row in session.scalars(query)}


def booked(world: SharingWorld, *ids: int) -> int:
    with world.host.uow(world.person("archivist")) as uow:
        return book(uow, ids or [row.id for row in inbox(world)])


# --- by the API ---------------------------------------------------------------------------------------------------


def test_a_right_is_taken_in_once_matched_and_booked_beside_what_is_written(world: SharingWorld, app: Flask) -> None:
    rows = (right(), right(case_no="YW0002", kind="F5", unit_no="", title_no="晋（2020）临县不动产权第0000001号"))
    reply = post(world, app, *rows)
    assert (reply.status_code, reply.json["taken"], reply.json["unchanged"]) == (200, 2, 0)
    assert [row["state"] for row in reply.json["rows"]] == [MATCHED, MATCHED]
    for _again in range(3):
        again = post(world, app, *rows)
        assert (again.json["taken"], again.json["unchanged"]) == (0, 2)
    assert len(inbox(world)) == 2
    assert values(world) == {}
    assert booked(world) == 2
    assert values(world) == {
        "bdc_unit_no": UNIT,
        "parcel_code": UNIT[:19],
        "title_cert_no": "晋2020临县不动产权0000001",
    }
    with world.host.view() as session:
        parcel = session.scalars(select(Parcel).where(Parcel.certificate_id == world.certificates[0])).one()
        numbers = set(
            session.scalars(select(Identifier.raw).where(Identifier.kind.in_(("bdc_unit_no", "title_cert_no"))))
        )
    assert (parcel.bdc_unit_no, parcel.parcel_code) == ("", "")
    assert numbers >= {UNIT, "晋（2020）临县不动产权第0000001号"}
    assert {row.state for row in inbox(world)} == {BOOKED}
    assert booked(world) == 0
    told = client(app, world.receiver).get(f"/api/v1/sharing/feedback/{reply.json['delivery_id']}").json
    assert [row["state"] for row in told["rows"]] == [BOOKED, BOOKED]
    missing = client(app, world.stranger).get(f"/api/v1/sharing/feedback/{reply.json['delivery_id']}")
    assert missing.status_code == 404


def test_a_correction_leaves_the_former_value_behind(world: SharingWorld, app: Flask) -> None:
    post(world, app, right())
    booked(world)
    corrected = UNIT[:-1] + "2"
    post(world, app, right(case_no="YW0003", unit_no=corrected))
    booked(world)
    assert (values(world)["bdc_unit_no"], values(world, current=False)["bdc_unit_no"]) == (corrected, UNIT)


def test_a_personal_number_in_a_note_is_masked_everywhere(world: SharingWorld, app: Flask) -> None:
    plain = world.id_numbers[0]
    post(world, app, right(note=f"权利人{plain}"))
    with world.host.view() as session:
        kept = session.scalars(select(SharingDelivery)).one()
    assert plain not in json.dumps(kept.rows) + inbox(world)[0].note
    assert "权利人" in inbox(world)[0].note
    archivist = client(app, world.person("archivist"))
    for path in ("/sharing/inbox", "/sharing/excerpts"):
        assert archivist.get(f"{path}?text={plain}").status_code == 400
    assert client(app, world.person("auditor")).get(f"/sharing/log?asked={plain}").status_code == 400


def test_one_fault_and_nothing_is_taken(world: SharingWorld, app: Flask) -> None:
    reply = post(
        world,
        app,
        right(),
        right(case_no="", unit_no="12"),
        right(kind="F1", cert_no=""),
        right(kind="F5", title_no="x"),
    )
    assert reply.status_code == 422
    assert [fault["where"] for fault in reply.json["faults"]] == [
        "rows.1.case_no",
        "rows.1.unit_no",
        "rows.2.kind",
        "rows.2.cert_no",
        "rows.3.title_no",
    ]
    assert inbox(world) == []
    assert (
        client(app, world.person("receiver")).post("/api/v1/sharing/feedback", json={"rows": [right()]}).status_code
        == 409
    )


def test_what_has_no_accepted_item_waits_as_an_orphan_until_there_is_one(world: SharingWorld, app: Flask) -> None:
    with world.host.transaction() as db:
        db.execute(update(Batch).values(state="SENT"))
    strange = post(world, app, right(case_no="YW1"), right(case_no="YW2", cert_no=world.cert_no(2)), right(case_no="YW3", cert_no=world.cert_no(3)), right(case_no="YW4", cert_no=world.cert_no(99)))  # fmt: skip
    assert {(row["state"], row["reason"]) for row in strange.json["rows"]} == {
        (ORPHAN, "没有移交给本单位并已接收的条目与它对应")
    }
    assert booked(world) == 0
    with world.host.uow(world.host.system_actor()) as uow:
        batch = uow.session.scalars(select(Batch)).one()
        batch.state = "ANSWERED"
        uow.emit(BatchAnswered(batch_id=batch.id, division_code=COUNTY))
    drain(world.host)
    assert [row.state for row in inbox(world)] == [MATCHED, ORPHAN, ORPHAN, ORPHAN]


def test_what_does_not_fit_is_to_be_cleared_up(world: SharingWorld, app: Flask) -> None:
    with world.host.transaction() as db:
        db.add(RegistryValue(kind="parcel", object_id=987654, field="bdc_unit_no", value=UNIT, at=world.host.clock.now(), by="x"))  # fmt: skip
    reply = post(
        world,
        app,
        right(case_no="A"),
        right(case_no="B", parcel_no="0009", unit_no=UNIT[:-1] + "5"),
        right(case_no="C", unit_no="141125" + UNIT[6:]),
    )
    assert [row["state"] for row in reply.json["rows"]] == [PROBLEM] * 3
    reasons = [row["reason"] for row in reply.json["rows"]]
    assert "已登记在另一宗地" in reasons[0]
    assert "没有宗地号 0009" in reasons[1]
    assert "不属于本县" in reasons[2]


def test_two_rows_with_one_number_leave_one_value(world: SharingWorld, app: Flask) -> None:
    post(world, app, right(kind="F5", title_no=TITLE, unit_no=""), right(case_no="YW9", title_no=TITLE))
    assert booked(world) == 2
    assert list(values(world)).count("title_cert_no") == 1


def test_who_may_do_what(world: SharingWorld, app: Flask) -> None:
    post(world, app, right())
    (row,) = inbox(world)
    with pytest.raises(Forbidden), world.host.uow(world.person("liaison")) as uow:
        book(uow, [row.id])
    foreign = world.person("archivist", county="141125")
    with world.host.uow(foreign) as uow:
        assert book(uow, [row.id]) == 0
    with pytest.raises(NotFound), world.host.uow(foreign) as uow:
        set_aside(uow, row.id, "重复", version=row.version)
    archivist = world.person("archivist")
    with pytest.raises(BadInput), world.host.uow(archivist) as uow:
        set_aside(uow, row.id, " ", version=row.version)
    with world.host.uow(archivist) as uow:
        set_aside(uow, row.id, "重复报送", version=row.version)
    with pytest.raises(StaleVersion), world.host.uow(archivist) as uow:
        set_aside(uow, row.id, "重复报送", version=row.version)
    assert (inbox(world)[0].state, booked(world), values(world)) == (SET_ASIDE, 0, {})


# --- by workbook --------------------------------------------------------------------------------------------------


def workbook(*rows: list[Any], heading: list[str] | None = None) -> bytes:
    book_ = openpyxl.Workbook()
    sheet = book_.active
    assert sheet is not None
    sheet.title = "登簿结果"
    sheet.append(["某县不动产登记中心登簿结果"])
    sheet.append(
        heading
        or [
            "序号",
            "登记业务号",
            "反馈类型",
            "原林权证号",
            "宗地号",
            "不动产单元号",
            "不动产权证号",
            "登簿日期",
            "备注",
        ]
    )
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book_.save(out)
    return out.getvalue()


GOOD = [1, "YW0001", "F4", "临林证字(2010)第1号", "0001", UNIT, "", "2020-09-01", ""]


def test_a_workbook_names_each_wrong_cell_and_is_taken_in_when_right(world: SharingWorld, app: Flask) -> None:
    archivist = client(app, world.person("archivist"))
    wrong = workbook(
        GOOD,
        [2, "", "F9", "", "", "12", "", "昨天", ""],
        [None] * 9,
        [3, "YW3", "登簿换证结果", "x", "", "", "", "", ""],
    )
    form = {"agency_id": world.agency_id, "file": (io.BytesIO(wrong), "九月.xlsx")}
    page = archivist.post("/sharing/deliveries/new", data=form, follow_redirects=True).text
    for cell in ("登簿结果!B4", "登簿结果!C4", "登簿结果!D4", "登簿结果!F4", "登簿结果!H4", "登簿结果!G6"):
        assert cell in page
    with world.host.view() as session:
        kept = session.scalars(select(SharingDelivery)).one()
    assert len(kept.faults) == 6
    refused = archivist.post(f"/sharing/deliveries/{kept.id}/receive")
    assert (refused.status_code, inbox(world)) == (422, [])
    form = {"agency_id": world.agency_id, "file": (io.BytesIO(workbook(GOOD)), "九月.xlsx")}
    place = archivist.post("/sharing/deliveries/new", data=form).headers["Location"]
    assert "没有问题" in archivist.get(place).text
    for _again in range(2):
        assert archivist.post(f"{place}/receive").status_code == 302
    assert [row.state for row in inbox(world)] == [MATCHED]
    assert "YW0001" in archivist.get("/sharing/inbox").text
    assert archivist.post("/sharing/inbox/book", data={"row_id": [inbox(world)[0].id]}).status_code == 302
    assert values(world)["bdc_unit_no"] == UNIT


def test_what_is_no_such_list_is_refused(world: SharingWorld, app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(GOOD, heading=["甲", "乙"]))
    with pytest.raises(BadInput, match="没有找到登记结果"):
        read_workbook(world.host, path)


def test_the_command_reads_tries_and_takes(
    world: SharingWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lindang.cli.open_host", lambda _ctx: Unclosed(world.host))
    path = tmp_path / "九月.xlsx"

    def run(*more: str, code: int = 0) -> Any:
        result = CliRunner().invoke(
            cli.sharing, ["import", str(path), "--agency", str(world.agency_id), "--json", *more]
        )
        assert result.exit_code == code, result.output
        return json.loads(result.output)

    path.write_bytes(workbook(GOOD, [2, "", "F4", "x", "", UNIT, "", "", ""]))
    assert [fault["where"] for fault in run(code=6)["faults"]] == ["登簿结果!B4"]
    path.write_bytes(workbook(GOOD))
    assert (run("--dry-run")["taken"], inbox(world)) == (0, [])
    assert run()["taken"] == 1
    listed = CliRunner().invoke(cli.sharing, ["inbox", "--json"]).output
    assert json.loads(listed)["state"] == MATCHED


def test_without_the_register_a_workbook_cannot_be_read(tmp_path: Path) -> None:
    host = make_host(tmp_path / "data", host={"disabled": ("register",)})
    with pytest.raises(Unavailable, match="登记册插件没有启用"):
        read_workbook(host, tmp_path / "a.xlsx")
    host.close()


# --- the rows themselves --------------------------------------------------------------------------------------------


def test_the_same_content_is_the_same_row_however_it_is_spelt() -> None:
    one = Report(place="a", case_no="1", kind="F4", cert_no="x", unit_no=UNIT)
    spelt = Report(place="b", case_no=" 1 ", kind="Ｆ4", cert_no="x", unit_no=f"{UNIT[:6]} {UNIT[6:]}")
    assert one.digest() == spelt.digest()
    assert one.digest() != Report(place="a", case_no="2", kind="F4", cert_no="x", unit_no=UNIT).digest()
    assert (kind_of("f5"), kind_of("登簿换证结果"), kind_of("F5 登簿换证结果"), kind_of("F3")) == ("F5", "F5", "F5", "")


def test_columns_may_stand_in_any_order_and_on_any_sheet() -> None:
    sheets = [
        ("说明", [(1, ["填表说明"])]),
        (
            "二",
            [
                (3, ["林权证号", "业 务 号", "备注"]),
                (5, ["甲", "7"]),
                (6, ["", ""]),
                (9, ["乙", "8", "14112419700101001X"]),
            ],
        ),
    ]
    reports, cells, headless = read_sheets(sheets)
    assert [(one.place, one.cert_no, one.case_no) for one in reports] == [("二!5", "甲", "7"), ("二!9", "乙", "8")]
    assert cells["二!9", "cert_no"] == "二!A9"
    assert headless == ["说明"]
