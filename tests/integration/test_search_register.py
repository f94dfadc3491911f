"""Names and places of the register in the search page, the API and on the command line, and how they follow the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select

from lindang.cli import cli
from lindang.events import Delivery
from lindang.jobs import JobRow
from lindang.testing import actor, client, drain, make_app, make_host
from models.events import CertificatesSaved
from models.register import Certificate, Parcel
from models.search_names import SearchKey, SearchName, SearchTerm
from plugins.search import PLUGIN
from plugins.search.domain.names import Why
from plugins.search.service.export import plain_hits
from plugins.search.service.indexing import REBUILD_JOB, check_at_start, rebuild
from plugins.search.service.naming import name_differences
from tests.support.shelf import HERE, PERSON, THERE, Archive, open_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    host = make_host(tmp_path)
    yield open_archive(host)
    host.close()


def put(archive: Archive, holder: str, number: int, **facts: Any) -> None:
    archive.file(f"{holder}林权档案", cert_no=f"岚林证字(2010)第{number:05d}号", holder=holder, **facts)


def ways(archive: Archive, typed: str, **filters: Any) -> list[tuple[Why, str]]:
    return [(view.why, view.found) for view in archive.find(typed, **filters).names]


def change(archive: Archive, certificate_id: int, **values: Any) -> None:
    """Change a certificate as the register does: the row and its event in one unit of work."""
    with archive.host.uow(archive.host.system_actor()) as uow:
        certificate = uow.session.get_one(Certificate, certificate_id)
        for name, value in values.items():
            setattr(certificate, name, value)
        uow.emit(CertificatesSaved(certificate_ids=(certificate_id,), division_code=certificate.division_code))


def test_the_surest_come_first_and_say_why(archive: Archive) -> None:
    for number, holder in enumerate(("王达国", "王健国", "王建国", "王建国强", "李四"), 1):
        put(archive, holder, number, place_name="王建国坟" if holder == "李四" else "后沟")
    drain(archive.host)
    assert ways(archive, "王建国") == [
        (Why.NAME, "王建国"),
        (Why.PART, "王建国强"),
        (Why.SOUND, "王健国"),
        (Why.ONE_CHARACTER, "王达国"),
        (Why.PLACE, "王建国坟"),
    ]
    assert ways(archive, "wjg") == [(Why.INITIALS, "王健国"), (Why.INITIALS, "王建国"), (Why.INITIALS, "王建国强")]
    assert ways(archive, "wang da") == [(Why.PINYIN, "王达国")]


def test_a_changed_name_is_found_by_the_new_one_only(archive: Archive) -> None:
    put(archive, "王建国", 1)
    drain(archive.host)
    change(archive, 1, holder_name="赵新民", co_holders=["艾力·买买提"])
    assert ways(archive, "王建国") == []  # its event is still on the way, but the register has spoken
    assert name_differences(archive.host) == {}
    drain(archive.host)
    assert ways(archive, "王建国") == ways(archive, "wjg") == []
    assert archive.find("王建国").names_total == 0
    assert ways(archive, "赵新民") == [(Why.NAME, "赵新民")]
    assert ways(archive, "艾力买买提") == [(Why.NAME, "艾力·买买提")]
    assert name_differences(archive.host) == {}


def test_withdrawn_certificates_and_parcels_are_left_out(archive: Archive) -> None:
    put(archive, "王建国", 1, place_name="野狐梁")
    put(archive, "王建国", 2, place_name="野狐梁")
    drain(archive.host)
    with archive.host.uow(archive.host.system_actor()) as uow:
        uow.session.get_one(Parcel, 2).is_withdrawn = True
        uow.session.get_one(Certificate, 1).is_withdrawn = True
    for _ in ("before its event", "after it"):
        assert [view.certificate_id for view in archive.find("王建国").names] == [2]
        assert archive.find("野狐梁").names == ()
        change(archive, 1)
        change(archive, 2)
        drain(archive.host)
    with archive.host.view() as session:
        assert set(session.scalars(select(SearchName.certificate_id))) == {2}
    assert name_differences(archive.host) == {}


def test_events_may_come_twice(archive: Archive) -> None:
    put(archive, "王建国", 1)
    drain(archive.host)
    with archive.host.view() as session:
        before = sorted(map(tuple, session.execute(select(SearchName.term_id, SearchName.parcel_id))))
    with archive.host.uow(archive.host.system_actor()) as uow:
        for delivery in uow.session.scalars(select(Delivery)):
            delivery.state = "waiting"
    drain(archive.host)
    with archive.host.view() as session:
        assert sorted(map(tuple, session.execute(select(SearchName.term_id, SearchName.parcel_id)))) == before


def test_scope_and_filters_are_inside_the_query(archive: Archive) -> None:
    put(archive, "王建国", 1)
    put(archive, "王建国", 2, division=THERE, issue_state="UNPRINTED")
    drain(archive.host)
    here = actor(archive.host, ["reader"], prefixes=[HERE[:6]])
    result = archive.find("王建国", here)
    assert ([view.certificate_id for view in result.names], result.names_total) == ([1], 1)
    assert archive.find("李家沟", here).names == ()
    assert [view.certificate_id for view in archive.find("王建国", division=THERE[:9]).names] == [2]
    assert [view.certificate_id for view in archive.find("王建国", issue_state=4).names] == [1]


def test_the_first_fifty_are_listed_and_all_counted(archive: Archive) -> None:
    for number in range(1, 53):
        put(archive, "王建国", number)
    drain(archive.host)
    result = archive.find("王建国")
    assert (len(result.names), result.names_total) == (50, 52)
    web = client(make_app(archive.host), actor(archive.host, ["archivist"]))
    page = web.get("/search?q=王建国").get_data(as_text=True)
    assert "只列出前 50 项" in page
    assert "按姓名、地名查到" not in web.get("/search?q=王建国&page=2").get_data(as_text=True)


def test_the_page_says_why_and_leads_to_certificate_and_file(archive: Archive) -> None:
    put(archive, "王建国", 1, place_name="野狐梁<1>")
    drain(archive.host)
    web = client(make_app(archive.host), actor(archive.host, ["archivist"]))
    page = web.get("/search?q=汪建国").get_data(as_text=True)
    for shown in (
        "同音",
        "岚林证字(2010)第00001号",
        "王家沟村",
        "0123-LQ·F02-0001",
        'href="/catalogue/certificates/1"',
    ):
        assert shown in page, shown
    assert "正文中没有这几个字；登记册里有。" in page
    assert "没有找到" not in page
    place = web.get("/search?q=野狐梁").get_data(as_text=True)
    assert "野狐梁&lt;1&gt;" in place
    assert "小地名" in place
    assert PERSON not in page + place


def test_the_api_and_the_command_line_answer_the_same(archive: Archive) -> None:
    put(archive, "王建国", 1, place_name="野狐梁")
    drain(archive.host)
    api = client(make_app(archive.host), actor(archive.host, ["reader"]))
    settings = {"LINDANG__HOST__DATABASE_URL": archive.host.settings.host.database_url}
    for typed, kind, why, found in (
        ("王建国", "holder", "name", "王建国"),
        ("wangjianguo", "holder", "pinyin", "王建国"),
        ("狐梁", "parcel", "place", "野狐梁"),
        ("王家沟", "certificate", "village", "临县东村镇王家沟村"),
    ):
        body = api.get("/api/v1/search", query_string={"q": typed}).get_json()
        expected = {
            "archival_code": "0123-LQ·F02-0001",
            "page": None,
            "kind": kind,
            "snippet": f"【{found}】",
            "title": "岚林证字(2010)第00001号 王建国",
            "match": why,
            "id": 1,
            "why": why,
            "certificate_id": 1,
        }
        assert (body["hits"][0], body["register_total"]) == (expected, 1), typed
        arguments = ["--data", str(archive.host.data_dir), "search", "find", typed]
        printed = json.loads(CliRunner(env=settings).invoke(cli, [*arguments, "--json"]).stdout)
        assert (printed["hits"][0], printed["register_total"]) == (expected, 1), typed
    words = (
        CliRunner(env=settings).invoke(cli, ["--data", str(archive.host.data_dir), "search", "find", "汪建国"]).stdout
    )
    assert "【王建国】（同音）" in words


def test_verify_and_the_start_of_the_worker_see_what_is_missing_and_a_rebuild_makes_it(archive: Archive) -> None:
    put(archive, "王建国", 1)
    put(archive, "李四", 2)
    drain(archive.host)
    (check,) = PLUGIN.checks
    assert list(check.run(archive.host)) == []
    with archive.host.uow(archive.host.system_actor()) as uow:  # as after the migration of an older archive
        for table in (SearchName, SearchKey, SearchTerm):
            uow.session.execute(delete(table))
    assert [(v.code, v.subject, v.found) for v in check.run(archive.host)] == [
        ("I6", "certificate:1", "missing"),
        ("I6", "certificate:2", "missing"),
    ]
    check_at_start(archive.host)
    with archive.host.view() as session:
        assert session.scalar(select(func.count()).where(JobRow.kind == REBUILD_JOB, JobRow.state == "queued")) == 1
    rebuild(archive.host)
    assert list(check.run(archive.host)) == []
    assert ways(archive, "李四") == [(Why.NAME, "李四")]


def test_terms_nobody_bears_go_with_the_next_rebuild(archive: Archive) -> None:
    put(archive, "王建国", 1)
    drain(archive.host)
    change(archive, 1, holder_name="赵新民")
    drain(archive.host)
    rebuild(archive.host)
    with archive.host.view() as session:
        texts = set(session.scalars(select(SearchTerm.text).where(SearchTerm.sort == "name")))
        orphans = session.scalar(select(func.count()).where(SearchKey.term_id.not_in(select(SearchTerm.id))))
    assert texts == {"赵新民"}
    assert orphans == 0


def test_numbers_in_any_spelling_are_still_answered_as_numbers(archive: Archive) -> None:
    put(archive, "王建国", 123)
    drain(archive.host)
    for typed in ("岚林证字（２０１０）第００１２３号", "2010 123", "00123"):
        result = archive.find(typed)
        assert (len(result.numbers), result.names) == (1, ()), typed
    assert {hit["kind"] for hit in plain_hits(archive.find("王建国"))} == {"holder", "certificate", "file"}
