"""证书状态: forward by one person; back on request, by a second person; never by keying or importing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from lindang.auth import Actor
from lindang.errors import BadInput, Conflict, Faults, Forbidden, NotFound, StaleVersion
from lindang.journal import JournalRow
from lindang.testing import actor, client, drain, make_app
from models.keying import KeyingDifference, SecondEntry
from models.register import Certificate, IssueStateRequest, RegisterEntry
from models.register_import import CHECKED
from plugins.register.queries.imports import ImportLine, fault_lines, import_line
from plugins.register.queries.second import Keyer
from plugins.register.queries.states import state_view
from plugins.register.service.importing import confirm_changes, order_apply, take_file
from plugins.register.service.sealed import keep_sealed
from plugins.register.service.second import Ruling, key_second, order_second_keying
from plugins.register.service.settling import settle
from plugins.register.service.states import ask_back, decide, move_forward
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, VILLAGE, World, household, make_world
from tests.support.keying import CELLS, keyed, save

SEALED, ISSUED, UNPRINTED = "PRINTED_SEALED", "ISSUED", "UNPRINTED"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = make_world(tmp_path)
    yield opened
    opened.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


def book(world: World) -> Certificate:
    with world.host.view() as session:
        found = session.scalars(select(Certificate)).one()
        session.expunge(found)
        return found


def texts(world: World) -> list[str]:
    query = select(RegisterEntry.cells).where(RegisterEntry.is_current).order_by(RegisterEntry.parcel_id)
    with world.host.view() as session:
        return [cells["issue_state"] for cells in session.scalars(query)]


def ask(world: World, who: Actor, state: str = SEALED, reason: str = "签收单有误") -> int:
    with world.host.uow(who) as uow:
        request = ask_back(uow, book(world).id, state, reason, book(world).version)
        uow.session.flush()
        return request.id


def test_forward_needs_nobody_else_and_writes_every_row_anew(world: World, app: Flask) -> None:
    file = household(world)
    keyed(world, app, file=file, issue_state="已打印盖章未发放", issue_date="")
    keyed(world, app, file=file, issue_state="已打印盖章未发放", issue_date="", parcel_no="002")
    with world.host.uow(world.archivist) as uow:
        move_forward(uow, book(world).id, ISSUED, book(world).version)
    assert book(world).issue_state == ISSUED
    assert texts(world) == ["发放到户", "发放到户"]
    with world.host.view() as session:
        last = session.scalars(select(RegisterEntry).where(RegisterEntry.is_current)).first()
        assert last is not None
        assert last.changed == {"issue_state": "state"}


@pytest.mark.parametrize("state", [SEALED, ISSUED, "nonsense", ""])
def test_forward_is_only_forward(world: World, app: Flask, state: str) -> None:
    keyed(world, app)
    with pytest.raises(BadInput), world.host.uow(world.archivist) as uow:
        move_forward(uow, book(world).id, state, book(world).version)


def test_back_takes_a_reason_and_a_second_person(world: World, app: Flask) -> None:
    keyed(world, app)
    with pytest.raises(Faults, match="没有提出"):
        ask(world, world.archivist, reason=" ")
    with pytest.raises(Faults):
        ask(world, world.archivist, state=ISSUED)
    request_id = ask(world, world.archivist)
    assert book(world).issue_state == ISSUED
    with pytest.raises(Conflict):
        ask(world, world.second)
    with pytest.raises(Forbidden), world.host.uow(world.archivist) as uow:
        decide(uow, request_id, is_granted=True)
    with world.host.uow(world.second) as uow:
        decide(uow, request_id, is_granted=True)
    assert (book(world).issue_state, texts(world)) == (SEALED, ["已打印盖章未发放"])
    with pytest.raises(Conflict, match="已由"), world.host.uow(world.second) as uow:
        decide(uow, request_id, is_granted=False)
    with world.host.view() as session:
        actions = list(session.scalars(select(JournalRow.action).order_by(JournalRow.seq)))
    assert actions[-2:] == ["certificate.state_asked", "certificate.state_moved"]


def test_a_refused_request_moves_nothing_and_another_may_follow(world: World, app: Flask) -> None:
    keyed(world, app)
    request_id = ask(world, world.archivist)
    with world.host.uow(world.second) as uow:
        decide(uow, request_id, is_granted=False)
    assert book(world).issue_state == ISSUED
    assert ask(world, world.archivist) != request_id


def test_nobody_outside_the_county_asks_or_decides(world: World, app: Flask) -> None:
    keyed(world, app)
    request_id = ask(world, world.archivist)
    with pytest.raises(NotFound):
        ask(world, world.stranger)
    with pytest.raises(NotFound), world.host.uow(world.stranger) as uow:
        decide(uow, request_id, is_granted=True)
    with pytest.raises(StaleVersion), world.host.uow(world.archivist) as uow:
        ask_back(uow, book(world).id, SEALED, "x", 99)


def test_keying_an_earlier_state_is_a_draft_that_says_where_to_ask(world: World, app: Flask) -> None:
    row = keyed(world, app)
    answer = save(app, world.archivist, {"issue_state": "未打印未盖章"}, row=row)
    assert answer["state"] == "draft"
    [mark] = [each for each in answer["marks"] if each["code"] == "F10"]
    assert (mark["field"], "发放到户" in mark["text"], "证书状态" in mark["remedy"]) == ("issue_state", True, True)
    assert book(world).issue_state == ISSUED


def test_importing_an_earlier_state_refuses_the_row_by_cell(world: World, app: Flask, tmp_path: Path) -> None:
    rows = [made.row(1), made.row(2, issue_state="已打印未盖章", issue_date="")]
    for number, states in enumerate((("发放到户", "已打印未盖章"), ("已打印盖章未发放", "已打印盖章未发放"))):
        changed = [{**row, "issue_state": state} for row, state in zip(rows, states, strict=True)]
        path = made.workbook(tmp_path / f"{number}.xlsx", {"王家沟": changed})
        with world.host.uow(world.archivist) as uow:
            import_id = take_file(uow, COUNTY, path.name, keep_sealed(world.host, path)).id
        drain(world.host)
        if number == 0:
            app.config["TESTING"] = True
            client(app, world.archivist).post(f"/register/imports/{import_id}/apply", data={"choice": "good"})
            drain(world.host)
    with world.host.view() as session:
        line = import_line(session, world.host.system_actor(), import_id)
        faults, _total = fault_lines(session, line, refusing=True)
    assert line.state == CHECKED
    assert [(fault.code, fault.cell) for fault in faults] == [("F10", made.cell_of(4, "issue_state"))]
    assert (line.counts["faulty"], line.counts["changed"]) == (1, 1)


def test_the_pages_lead_from_the_request_to_the_decision(world: World, app: Flask) -> None:
    keyed(world, app)
    address = f"/register/certificates/{book(world).id}/state"
    asking, deciding = client(app, world.archivist), client(app, world.second)
    assert "往回改（须另一人批准）" in asking.get(address).text
    form = {"do": "ask", "state": SEALED, "reason": "签收单有误", "version": book(world).version}
    assert asking.post(address, data=form).status_code == 302
    assert "须由另一位有权限的人处理" in asking.get(address).text
    assert "签收单有误" in deciding.get("/register/states").text
    with world.host.view() as session:
        request_id = session.scalars(select(IssueStateRequest.id)).one()
    assert deciding.post(f"/register/states/{request_id}", data={"do": "grant"}).status_code == 302
    assert book(world).issue_state == SEALED
    assert "没有等待批准的申请" in deciding.get("/register/states").text
    assert "证书状态" in asking.get(f"/catalogue/certificates/{book(world).id}").text
    assert client(app, world.auditor).get(address).status_code == 200
    assert f"/register/villages/{VILLAGE}" in asking.get("/register/").text


def test_a_new_row_of_a_certificate_does_not_say_an_earlier_state(world: World, app: Flask) -> None:
    file = household(world)
    keyed(world, app, file=file)
    late = {**CELLS, "archival_code": file.archival_code, "parcel_no": "002", "issue_state": "已打印未盖章"}
    answer = save(app, world.archivist, late, slot="n2")
    assert answer["state"] == "draft"
    assert [mark["field"] for mark in answer["marks"] if mark["code"] == "F10"] == ["issue_state"]
    assert save(app, world.archivist, {**late, "issue_state": "发放到户"}, slot="n2")["state"] == "saved"


def imported(world: World, path: Path) -> int:
    with world.host.uow(world.archivist) as uow:
        import_id = take_file(uow, COUNTY, path.name, keep_sealed(world.host, path)).id
    drain(world.host)
    return import_id


def write_all(world: World, import_id: int) -> ImportLine:
    with world.host.uow(world.archivist) as uow:
        confirm_changes(uow, import_id, None, confirmed=True)
        order_apply(uow, import_id, "good")
    drain(world.host)
    with world.host.view() as session:
        return import_line(session, world.host.system_actor(), import_id)


def test_importing_a_later_state_moves_the_certificate(world: World, tmp_path: Path) -> None:
    for number, state in enumerate(("已打印未盖章", "发放到户")):
        row = {**made.row(1, issue_date="" if number == 0 else "2010-05-06"), "issue_state": state}
        line = write_all(world, imported(world, made.workbook(tmp_path / f"{number}.xlsx", {"王家沟": [row]})))
        assert (line.counts["applied"], line.counts.get("stale", 0)) == (1, 0)
    assert (book(world).issue_state, texts(world)) == (ISSUED, ["发放到户"])


def test_a_state_that_moved_on_since_the_dry_run_is_left_alone(world: World, tmp_path: Path) -> None:
    first = {**made.row(1, issue_date=""), "issue_state": "未打印未盖章"}
    write_all(world, imported(world, made.workbook(tmp_path / "a.xlsx", {"王家沟": [first]})))
    waiting = imported(
        world, made.workbook(tmp_path / "b.xlsx", {"王家沟": [{**first, "issue_state": "已打印未盖章"}]})
    )
    with world.host.uow(world.archivist) as uow:
        move_forward(uow, book(world).id, ISSUED, book(world).version)
    assert write_all(world, waiting).counts["stale"] == 1
    assert (book(world).issue_state, texts(world)) == (ISSUED, ["发放到户"])


def test_an_import_adds_no_row_with_an_earlier_state_to_a_certificate(world: World, tmp_path: Path) -> None:
    write_all(world, imported(world, made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]})))
    more = {**made.row(1), "parcel_no": "777", "issue_state": "未打印未盖章"}
    line_id = imported(world, made.workbook(tmp_path / "b.xlsx", {"王家沟": [made.row(1), more]}))
    with world.host.view() as session:
        line = import_line(session, world.host.system_actor(), line_id)
        faults, _total = fault_lines(session, line, refusing=True)
    assert [(fault.code, fault.cell) for fault in faults] == [("F10", made.cell_of(5, "issue_state"))]
    assert (line.counts["same"], line.counts["faulty"]) == (1, 1)


def test_a_ruling_between_two_keyings_does_not_move_a_state_back(world: World, app: Flask) -> None:
    row = keyed(world, app)
    with world.host.uow(world.second) as uow:
        order = order_second_keying(uow, VILLAGE, 100, Keyer(5, "录入员戊"), 1)
        uow.session.flush()
        entry = uow.session.scalars(select(SecondEntry).where(SecondEntry.second_keying_id == order.id)).one()
        order_id, entry_id, version = order.id, entry.id, entry.version
    keyer = actor(world.host, ["archivist"], prefixes=[COUNTY], name="录入员戊", account_id=5)
    with world.host.uow(keyer) as uow:
        key_second(uow, order_id, entry_id, {**CELLS, "issue_state": "未打印未盖章"}, version)
    with world.host.view() as session:
        difference = session.scalars(select(KeyingDifference).where(KeyingDifference.field == "issue_state")).one()
        version = session.get_one(SecondEntry, entry_id).version
    with pytest.raises(Faults) as caught, world.host.uow(world.second) as uow:
        settle(uow, entry_id, {difference.id: Ruling(difference.id, "second")}, version)
    assert [fault.where for fault in caught.value.faults] == ["issue_state"]
    assert (book(world).issue_state, row["seen"]) == (ISSUED, 1)


def test_the_page_tells_how_the_state_came_about(world: World, app: Flask) -> None:
    file = household(world)
    for number in ("001", "002"):
        keyed(world, app, file=file, parcel_no=number, issue_state="已打印盖章未发放")
    with world.host.uow(world.archivist) as uow:
        move_forward(uow, book(world).id, ISSUED, book(world).version)
    request_id = ask(world, world.archivist, UNPRINTED, "整本作废重印")
    with world.host.uow(world.second) as uow:
        decide(uow, request_id, is_granted=True)
    with world.host.view(world.auditor) as session:
        steps = state_view(session, world.auditor, book(world).id).steps
    assert [(step.by, step.text, step.source, step.reason) for step in steps[:2]] == [
        (world.second.name, "未打印未盖章", "state", "整本作废重印"),
        (world.archivist.name, "发放到户", "state", ""),
    ]
    assert {step.source for step in steps[2:]} == {"keyed"}
    page = client(app, world.auditor).get(f"/register/certificates/{book(world).id}/state").text
    assert "状态的由来" in page
    assert page.count("整本作废重印") == 2  # once with the state, once with the request


def test_a_request_from_the_command_line_is_not_granted_from_there(world: World, app: Flask) -> None:
    keyed(world, app)
    shell = actor(world.host, ["archivist", "liaison"], prefixes=[COUNTY], name="root", account_id=None)
    request_id = ask(world, shell)
    with pytest.raises(Forbidden), world.host.uow(shell) as uow:
        decide(uow, request_id, is_granted=True)
