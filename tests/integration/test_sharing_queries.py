"""信息共享查询: agreements, scope, the record of queries, keys of programs, page images, and what other plugins add."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select, update

from lindang.auth import Actor
from lindang.errors import Conflict, Faults, Forbidden, StaleVersion
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.plugin import Panel, PanelTable, Plugin
from lindang.testing import FixedClock, client, make_app, make_host
from models.archive import ArchiveFile
from models.sharing import SharingAgency, SharingQuery, SharingToken, SharingUsage
from plugins.sharing.domain.groups import BASIC, DISPUTES, ENCUMBRANCES, GROUPS, HOLDER, PAGES
from plugins.sharing.domain.refusals import OverQuota
from plugins.sharing.permissions import ASK
from plugins.sharing.queries.log import LogFilter, log_page
from plugins.sharing.service.agencies import change_agency, issue_key, revoke_key
from plugins.sharing.service.asking import Answer, ask
from tests.support.sharing_world import (
    COUNTY,
    MARKS,
    NEVER,
    UNIT_NO,
    VILLAGE,
    SharingWorld,
    draft,
    question,
    sharing_world,
)

SECADMIN = {"sharing:agency:manage"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharingWorld]:
    made = sharing_world(make_host(tmp_path_factory.mktemp("sharing"), clock=FixedClock()))
    yield made
    made.host.close()


@pytest.fixture(scope="module")
def app(world: SharingWorld) -> Flask:
    return make_app(world.host)


def agree(world: SharingWorld, *groups: str, quota: int = 1000, is_suspended: bool = False, **terms: Any) -> None:
    """Change the first registry's agreement and forget what it used today."""
    with world.host.uow(world.host.system_actor()) as uow:
        version = uow.session.get_one(SharingAgency, world.agency_id).version
        terms_of = draft(groups or tuple(GROUPS), quota=quota, **terms)
        change_agency(uow, world.agency_id, terms_of, version=version, is_suspended=is_suspended)
        uow.session.execute(update(SharingUsage).values(used=0))


def told(answer: Answer) -> str:
    return repr(answer.certificates)


def count(world: SharingWorld) -> int:
    with world.host.view() as session:
        return len(session.scalars(select(SharingQuery.id)).all())


# --- what is found ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "village"),
    [
        ("cert_no", "临林证字(2010)第000001号", ""),
        ("cert_no", "2010 1", ""),
        ("cert_no", "临林证字（２０１０）第1号", ""),
        ("unit_no", UNIT_NO, ""),
        ("unit_no", f"{UNIT_NO[:6]} {UNIT_NO[6:12]} {UNIT_NO[12:20]}{UNIT_NO[20:]}", ""),
    ],
)
def test_one_book_is_found_by_any_of_its_numbers(world: SharingWorld, kind: str, value: str, village: str) -> None:
    agree(world)
    answer = ask(world.host, world.receiver, question(kind, value, village=village))
    assert [one.id for one in answer.certificates] == [world.certificates[0]]
    assert answer.certificates[0].sections[0].rows[0]["state"] == "发放到户"


def test_a_person_is_found_by_number_and_only_the_digest_stays(world: SharingWorld) -> None:
    agree(world)
    answer = ask(world.host, world.receiver, question("id_no", world.id_numbers[1]))
    assert [one.id for one in answer.certificates] == [world.certificates[1]]
    with world.host.view() as session:
        row = session.get_one(SharingQuery, answer.query_id)
        journal = session.scalars(select(JournalRow).order_by(JournalRow.seq.desc())).first()
    assert row.asked == ""
    assert len(row.asked_digest) == 64
    assert world.id_numbers[1] not in repr(vars(row)) + repr(vars(journal))
    assert (row.purpose, row.basis, row.found, row.shown) == ("办理转移登记", "受理2020-0001", 1, 1)
    assert row.fields["holder"] == sorted(
        ("holder_name", "co_holders", "land_owners", "land_use_holders", "tree_owners", "tree_use_holders")
    )


def test_a_village_is_told_page_by_page_and_each_page_counts(world: SharingWorld) -> None:
    agree(world)
    first = ask(world.host, world.receiver, question("village", village=VILLAGE))
    assert (first.found, len(first.certificates), first.used) == (2, 2, 1)
    assert ask(world.host, world.receiver, question("village", village=VILLAGE, page=2)).used == 2
    by_parcel = ask(world.host, world.receiver, question("parcel", "0001", village=VILLAGE))
    assert by_parcel.found == 2


def test_out_of_scope_is_not_there(world: SharingWorld) -> None:
    agree(world)
    other = world.cert_no(3)
    missing = ask(world.host, world.receiver, question(value=world.cert_no(987)))
    outside = ask(world.host, world.receiver, question(value=other))
    assert told(outside) == told(missing) == "()"
    assert ask(world.host, world.stranger, question(value=other)).found == 1
    assert ask(world.host, world.stranger, question(value=world.cert_no(1))).found == 0
    agree(world, prefixes=("141124999",))
    assert ask(world.host, world.receiver, question(value=world.cert_no(1))).found == 0


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (replace(question(value="2010 1"), purpose=" "), "purpose"),
        (replace(question(value="2010 1"), basis=""), "basis"),
        (question(value="1"), "value"),
        (question("cert_no", "14112419700101001X".replace("X", "7")), "value"),
        (question("unit_no", "123"), "value"),
        (question("title_no", "x"), "value"),
        (question("village"), "village"),
        (question("parcel", "0001"), "village"),
        (question("nonsense", "1"), "kind"),
    ],
)
def test_a_question_without_reason_or_number_is_refused_and_costs_nothing(
    world: SharingWorld, asked: Any, where: str
) -> None:
    agree(world)
    before = count(world)
    with pytest.raises(Faults) as refused:
        ask(world.host, world.receiver, asked)
    assert [fault.where for fault in refused.value.faults] == [where]
    assert count(world) == before


def test_personal_numbers_in_the_reason_are_masked(world: SharingWorld) -> None:
    agree(world)
    plain = world.id_numbers[0]
    answer = ask(world.host, world.receiver, replace(question(value="2010 1"), purpose=f"核对{plain}"))
    with world.host.view() as session:
        assert plain not in session.get_one(SharingQuery, answer.query_id).purpose


def test_without_an_agreement_in_force_nobody_asks(world: SharingWorld) -> None:
    with pytest.raises(Conflict, match="还没有登记为共享单位"):
        ask(world.host, world.person("receiver"), question(value="2010 1"))
    with pytest.raises(Forbidden):
        ask(world.host, world.person("reader", org_id=world.registry_id), question(value="2010 1"))
    for terms, words in (
        ({"is_suspended": True}, "暂停"),
        ({"valid_to": dt.date(2020, 8, 31)}, "到期"),
    ):
        agree(world, **terms)
        with pytest.raises(Conflict, match=words):
            ask(world.host, world.receiver, question(value="2010 1"))
    agree(world, valid_to=dt.date(2020, 9, 1))
    assert ask(world.host, world.receiver, question(value="2010 1")).found == 1


# --- quota ------------------------------------------------------------------------------------------------------


def test_the_quota_ends_at_midnight_and_the_refusal_is_on_record(tmp_path: Path) -> None:
    clock = FixedClock()
    world = sharing_world(make_host(tmp_path, clock=clock), books=1)
    agree(world, quota=2)
    for _n in range(2):
        ask(world.host, world.receiver, question(value="2010 1"))
    with pytest.raises(OverQuota) as refused:
        ask(world.host, world.receiver, question(value="2010 1"))
    assert "2020-09-02 00:00" in refused.value.remedy
    api = client(make_app(world.host), world.receiver)
    body = {"kind": "cert_no", "value": "2010 1", "purpose": "核对", "basis": "一号"}
    reply = api.post("/api/v1/sharing/queries", json=body)
    assert (reply.status_code, reply.json["type"]) == (429, "over_quota")
    assert reply.headers["Retry-After"] == str(15 * 3600)
    page = api.post("/sharing/query", data=body)
    assert page.status_code == 429
    assert "2020-09-02 00:00" in page.text
    with world.host.view() as session:
        outcomes = session.scalars(select(SharingQuery.outcome).order_by(SharingQuery.id)).all()
    assert outcomes == ["answered"] * 2 + ["quota"] * 3
    clock.advance(hours=15)
    assert ask(world.host, world.receiver, question(value="2010 1")).used == 1
    world.host.close()


# --- nothing beyond the agreement -------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.sets(st.sampled_from(sorted(set(GROUPS) - {BASIC}))))
def test_no_field_outside_the_agreement_leaves_by_page_or_api(
    world: SharingWorld, app: Flask, groups: set[str]
) -> None:
    agree(world, BASIC, *groups)
    asking = client(app, world.receiver)
    body = {"kind": "village", "village": VILLAGE, "purpose": "核对", "basis": "一号"}
    reply = asking.post("/api/v1/sharing/queries", json=body)
    assert set(reply.json["certificates"][0]) == {BASIC, *groups}
    for text in (reply.text, asking.post("/sharing/query", data=body).text):
        for group, marks in MARKS.items():
            for mark in marks:
                assert (mark in text) == (group in groups or group == BASIC), (group, mark)
        assert not [mark for mark in (*NEVER, *world.id_numbers) if mark in text]


def test_nothing_recorded_is_never_said_to_be_nothing(world: SharingWorld) -> None:
    agree(world)
    answer = ask(world.host, world.receiver, question(value="2010 1"))
    notes = {section.group: section for section in answer.certificates[0].sections}
    for group in (DISPUTES, ENCUMBRANCES):
        assert notes[group].rows == ()
        assert "尚未登记" in notes[group].note


def test_another_plugin_fills_disputes(world: SharingWorld) -> None:
    def load(_session: object, _actor: Actor, certificate_id: int) -> PanelTable:
        rows = (("2019年界址争议", "已调处"),) if certificate_id == world.certificates[0] else ()
        return PanelTable(("事项", "结果"), rows)

    panel = Panel(key="contracts.disputes", title="纠纷", permission=ASK, kind="shared_certificate", load=load)
    agree(world)
    host = Host(world.host.settings, (*world.host.plugins, Plugin(name="contracts", title="合同", panels=(panel,))))
    host.clock = world.host.clock
    answer = ask(host, world.receiver, question("village", village=VILLAGE))
    sections = [{s.group: s for s in one.sections} for one in answer.certificates]
    assert sections[0][DISPUTES].rows == ({"事项": "2019年界址争议", "结果": "已调处"},)
    assert (sections[1][DISPUTES].rows, sections[1][DISPUTES].note) == ((), "本库登记中没有记录。")
    assert "尚未登记" in sections[0][ENCUMBRANCES].note
    host.close()


# --- page images ------------------------------------------------------------------------------------------------


def test_an_image_opens_for_who_asked_while_the_query_is_fresh(world: SharingWorld, app: Flask) -> None:
    agree(world)
    answer = ask(world.host, world.receiver, question(value="2010 1"))
    path = f"/sharing/queries/{answer.query_id}/pages/{{}}.jpg"
    mine = client(app, world.receiver)
    assert mine.get(path.format(world.pages[0])).data == b"\xff\xd8picture 1"
    assert mine.get(f"/api/v1/sharing/queries/{answer.query_id}/pages/{world.pages[0]}/image").status_code == 200
    refused = [mine.get(path.format(world.pages[1])), client(app, world.stranger).get(path.format(world.pages[0]))]
    assert [reply.status_code for reply in refused] == [404, 404]
    clock = world.host.clock
    assert isinstance(clock, FixedClock)
    clock.advance(hours=25)
    late = mine.get(path.format(world.pages[0])).status_code
    clock.advance(hours=-25)
    assert late == 404
    agree(world, *(set(GROUPS) - {PAGES}))
    assert mine.get(path.format(world.pages[0])).status_code == 404
    agree(world)
    with world.host.transaction() as db:
        db.execute(update(ArchiveFile).where(ArchiveFile.id == world.files[0]).values(security_class="秘密"))
    assert mine.get(path.format(world.pages[0])).status_code == 404
    answered = ask(world.host, world.receiver, question(value="2010 1"))
    assert [s.rows for s in answered.certificates[0].sections if s.group == PAGES] == [()]
    with world.host.transaction() as db:
        db.execute(update(ArchiveFile).where(ArchiveFile.id == world.files[0]).values(security_class=""))


# --- keys -------------------------------------------------------------------------------------------------------


def test_a_program_asks_with_the_key_of_its_agency_and_opens_nothing_else(world: SharingWorld) -> None:
    agree(world)
    with world.host.uow(world.host.system_actor()) as uow:
        secret = issue_key(uow, world.agency_id, "登记系统", 30)
    with world.host.view() as session:
        key = session.scalars(select(SharingToken)).all()[-1]
    assert secret not in repr(vars(key))
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"kind": "id_no", "value": world.id_numbers[0], "purpose": "核对", "basis": "一号"}
    plain = make_app(world.host).test_client()
    reply = plain.post("/api/v1/sharing/queries", json=body, headers=headers)
    assert reply.status_code == 200, reply.text
    assert reply.json["found"] == 1
    assert plain.get("/api/v1/sharing/agreement", headers=headers).json["divisions"] == [COUNTY]
    assert plain.get("/api/v1/search?q=QHOLDER", headers=headers).status_code == 403
    assert plain.get("/sharing/query", headers=headers).status_code == 302
    with world.host.view() as session:
        row = session.get_one(SharingQuery, reply.json["query_id"])
    assert (row.by, row.by_id, row.channel) == ("登记中心141124（登记系统）", None, "api")
    agree(world, is_suspended=True)
    assert plain.get("/api/v1/sharing/agreement", headers=headers).status_code == 401
    agree(world)
    with world.host.uow(world.host.system_actor()) as uow:
        revoke_key(uow, world.agency_id, key.id)
    assert plain.get("/api/v1/sharing/agreement", headers=headers).status_code == 401


# --- the record -------------------------------------------------------------------------------------------------


def test_the_auditor_reads_and_takes_away_his_countys_record(world: SharingWorld, app: Flask) -> None:
    agree(world)
    ask(world.host, world.receiver, question(value="2010 1"))
    ask(world.host, world.stranger, question(value=world.cert_no(3)))
    auditor = world.person("auditor")
    with world.host.view() as session:
        mine, _total = log_page(session, auditor, LogFilter(), 1, 100)
        one, total = log_page(session, auditor, LogFilter(certificate_id=world.certificates[0]), 1, 1000)
        everything, _all = log_page(session, world.person("auditadmin"), LogFilter(), 1, 100)
    assert {line.agency for line in mine} == {"登记中心141124"}
    assert {line.agency for line in everything} == {"登记中心141124", "登记中心141125"}
    assert total == len(one) > 0
    page = client(app, auditor).get("/sharing/log?kind=cert_no&since=2020-09-01&until=2020-09-01").text
    assert "受理2020-0001" in page
    book = client(app, auditor).post("/sharing/log/export", data={"kind": "cert_no"})
    sheet = load_workbook(io.BytesIO(book.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("序号", "时间", "共享单位")
    assert {row[5] for row in rows[1:]} == {"林权证号"}
    panel = client(app, world.person("auditor")).get(f"/catalogue/files/{world.files[0]}").text
    assert "共享查询记录" in panel


# --- agreements -------------------------------------------------------------------------------------------------


def test_an_agreement_is_changed_by_the_security_administrator_with_both_versions_on_record(
    world: SharingWorld, app: Flask
) -> None:
    agree(world)
    secadmin = client(app, world.person("secadmin"))
    page = secadmin.get(f"/sharing/agencies/{world.agency_id}").text
    assert "共享协议〔2020〕1号" in page
    with world.host.view() as session:
        version = session.get_one(SharingAgency, world.agency_id).version
    form = {
        "version": version,
        "document": "新协议",
        "valid_from": "2020-01-01",
        "daily_quota": "5",
        "prefixes": COUNTY,
    }
    saved = secadmin.post(f"/sharing/agencies/{world.agency_id}", data={**form, "groups": [HOLDER]})
    assert saved.status_code == 302
    again = secadmin.post(f"/sharing/agencies/{world.agency_id}", data={**form, "groups": [HOLDER]})
    assert again.status_code == 409
    with world.host.view() as session:
        lines = session.scalars(select(JournalRow).where(JournalRow.action == "sharing.agency_changed")).all()
    facts = json.loads(lines[-1].facts)
    assert facts["after"]["groups"] == [BASIC, HOLDER]
    assert facts["before"]["document"] == "共享协议〔2020〕1号"
    assert secadmin.post("/sharing/agencies/new", data={**form, "org_id": "1"}).status_code == 422


def test_faults_of_an_agreement_are_all_named(world: SharingWorld) -> None:
    wrong = draft(("nonsense",), prefixes=("12",), valid_to=dt.date(2019, 1, 1), quota=-1)
    with world.host.view() as session:
        version = session.get_one(SharingAgency, world.agency_id).version
    with pytest.raises(Faults) as refused, world.host.uow(world.host.system_actor()) as uow:
        change_agency(uow, world.agency_id, wrong, version=version, is_suspended=False)
    assert [fault.where for fault in refused.value.faults] == ["prefixes", "groups", "daily_quota", "valid_to"]
    with pytest.raises(StaleVersion), world.host.uow(world.host.system_actor()) as uow:
        change_agency(uow, world.agency_id, draft(), version=version - 1, is_suspended=False)
