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
from lindang.testing import client, drain, make_app
from models.register import Certificate, IssueStateRequest, RegisterEntry
from models.register_import import CHECKED
from plugins.register.queries.imports import fault_lines, import_line
from plugins.register.service.importing import take_file
from plugins.register.service.states import ask_back, decide, move_forward
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, VILLAGE, World, household, make_world
from tests.support.keying import keyed, save

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
            import_id = take_file(uow, COUNTY, path.name, world.host.storage.put_file(path)).id
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
