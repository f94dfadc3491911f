"""Boards, plans, reminders, responsible persons: kept true by events, shown with their tables, quick for a large county."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from lindang.errors import Faults
from lindang.testing import client, drain, make_app
from models.events import CertificatesSaved, ItemFiled
from models.place import Division
from models.progress import LEADER, LIAISON, CountyDay, PlaceProgress, ProgressPlan
from plugins.progress import PLUGIN
from plugins.progress.checks import counts_are_true
from plugins.progress.queries.board import board_of
from plugins.progress.queries.places import Unit
from plugins.progress.service.counting import mark_all, refresh, stale_places
from plugins.progress.service.liaison import PersonDraft, name_person
from tests.handover_kit import COUNTY, Village, answered, received, sent_batch, village
from tests.support.progress_world import CITY, City, accepted, close, declare, done, key_rows, make_city, village_of


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = make_city(tmp_path / "data")
    yield made
    made.host.close()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# --- counters ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path / "data", households=3, others=(PLUGIN,))
    mark_all(made.host, "")
    refresh(made.host)
    yield made
    made.host.close()


def steps(world: Village) -> tuple[int, ...]:
    with world.host.view() as session:
        return board_of(session, Unit(COUNTY, "某县")).whole.steps


def test_a_batch_moves_through_the_stages(world: Village) -> None:
    """Scanned and keyed by the village's files; the rest by what is done to the batch, told by its events."""
    assert steps(world) == (3, 3, 0, 0, 0, 0, 0)
    sent_batch(world)
    drain(world.host)
    assert steps(world)[4:] == (3, 0, 0)
    received(world, 1)
    answered(world, 1, frozenset({1}))
    drain(world.host)
    assert steps(world)[4:] == (2, 2, 0), "what was returned is not handed over"
    with world.host.view() as session:
        days = session.scalars(select(CountyDay)).all()
    assert [(row.pages, row.files, row.parcels, row.sent) for row in days] == [(6, 3, 3, 2)]
    assert list(counts_are_true(world.host)) == []


def test_an_event_marks_its_place_and_many_are_left_to_the_job(city: City) -> None:
    villages = [village_of(code) for code in city.codes]
    for code in villages:
        key_rows(city, code, 2)
    with city.host.uow(city.host.system_actor()) as uow:
        uow.emit(CertificatesSaved(certificate_ids=(1,), division_code=villages[0]))
    drain(city.host)
    with city.host.view() as session:
        known = list(session.scalars(select(PlaceProgress.division_code)))
        assert (known, stale_places(session)) == ([villages[0]], [])
    with city.host.uow(city.host.system_actor()) as uow:
        for code in (*villages, city.county(0)):
            uow.emit(ItemFiled(item_id=1, archive_file_id=1, division_code=code))
    drain(city.host)
    with city.host.view() as session:
        rows = {row.division_code: row.certificates for row in session.scalars(select(PlaceProgress))}
        assert stale_places(session) == []
    assert rows == {**dict.fromkeys(villages, 2), city.county(0): 0}


def test_what_nobody_counted_yet_is_found(city: City) -> None:
    """As after an upgrade: rows are there, counts are not."""
    key_rows(city, village_of(city.county(0)), 2)
    close(city, village_of(city.county(0)))
    assert refresh(city.host) == 1
    with city.host.view() as session:
        assert board_of(session, Unit(CITY, "某市")).parts[0].steps[:3] == (0, 2, 2)


# --- boards -----------------------------------------------------------------------------------------------------------


def test_a_board_of_a_city_leads_down_to_the_village(city: City) -> None:
    county = done(city, 0, 3)
    for code in city.codes:
        declare(city, code, 12, 12)
    visitor = client(make_app(city.host), city.person("reader", CITY, 40))
    assert "<h1>某市进度看板</h1>" in visitor.get("/progress/").text
    top = visitor.get(f"/progress/board/{CITY}").text
    assert "上报基数 36 本" in top
    assert f'href="/progress/board/{county}"' in top
    middle = visitor.get(f"/progress/board/{county}").text
    assert f'href="/progress/board/{county}100"' in middle
    assert '<td class="heat heat-2">3</td>' in top, "3 of 12 are a quarter"
    assert '<td class="heat heat-5">3</td>' in middle, "the township has declared nothing: all that is known is done"
    low = visitor.get(f"/progress/board/{county}?by=village").text
    assert "前村" in low
    assert "style=" not in middle
    assert visitor.get("/progress/board/1499").status_code == 404
    stranger = client(make_app(city.host), city.person("reader", city.county(1), 41))
    assert stranger.get(f"/progress/board/{county}").status_code == 404
    assert stranger.get(f"/progress/board/{CITY}").status_code == 404


def test_a_board_of_seventy_one_thousand_certificates_is_quick(tmp_path: Path) -> None:
    """Four hundred villages: 142,000 rows are counted beforehand, the page adds up four hundred lines."""
    city = make_city(tmp_path / "data", 1)
    county = city.county(0)
    with city.host.transaction() as session:
        for number in range(400):
            code = f"{county}1{number % 20:02d}{number:03d}"
            session.add(Division(code=code, name=f"{number}村", level="village", parent_code=code[:9]))
            row = PlaceProgress(division_code=code, certificates=178, files=178, parcels=355, checked_parcels=355)
            row.seen_marks = 0
            session.add(row)
    visitor = client(make_app(city.host), city.person("reader", county, 40))
    address = f"/progress/board/{county}?by=village"
    visitor.get(address)
    start = perf_counter()
    page = visitor.get(address).text
    took = perf_counter() - start
    city.host.close()
    assert "71,200" in page
    assert page.count("<tr>") > 400
    assert took < 0.5


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_is_made_followed_and_replaced(city: City) -> None:
    county = done(city, 0, 3, rows=2)
    declare(city, county, 100, 200)
    own = client(make_app(city.host), city.person("liaison", county, 21))
    address = f"/progress/plan/{county}"
    form = own.get(f"{address}/new").text
    assert [re.search(rf'name="{name}"[^>]*value="(\d+)"', form)[1] for name in ("files", "parcels", "sent")] == [  # type: ignore[index]
        "100",
        "200",
        "100",
    ]
    data = {
        "starts_on": "2020-08-26",
        "deadline": "2020-12-30",
        "pages": 1500,
        "files": 100,
        "parcels": 200,
        "sent": 100,
    }
    assert own.post(f"{address}/new", data=data).status_code == 302
    city.clock.moment = dt.datetime(2020, 10, 30, 2, tzinfo=dt.UTC)
    key_rows(city, village_of(county), 60, rows=2)
    close(city, village_of(county))
    mark_all(city.host, county)
    refresh(city.host, county)
    page = words(own.get(f"/progress/board/{county}").text)
    assert re.search(r"入库宗地 126 \d+ 200 74 2 按计划 0\.0% 2020-12-10", page), page
    assert "扫描页数 0" in page
    assert "严重落后 100.0%" in page
    assert "近期没有进展" in page
    again = own.post(f"{address}/new", data=data | {"deadline": "2021-03-31"})
    assert "请写明原因" in again.text
    assert own.post(f"{address}/new", data=data | {"deadline": "2021-03-31", "reason": "延期"}).status_code == 302
    with city.host.view() as session:
        plans = session.scalars(select(ProgressPlan).order_by(ProgressPlan.plan_no)).all()
    assert [(row.plan_no, row.is_current, row.deadline.year) for row in plans] == [(1, False, 2020), (2, True, 2021)]
    assert "2021-03" in own.get(address).text


# --- persons and reminders --------------------------------------------------------------------------------------------


def name(city: City, kind: str, who: str, since: dt.date, unit: str = CITY) -> None:
    draft = PersonDraft(division_code=unit, kind=kind, name=who, phone="0358-1", valid_from=since, office="林业局")
    with city.host.uow(city.person("liaison", CITY, 31)) as uow:
        name_person(uow, draft)


def test_who_leaves_stays_in_the_list_with_a_last_day(city: City) -> None:
    name(city, LIAISON, "甲", dt.date(2020, 8, 1))
    name(city, LEADER, "乙", dt.date(2020, 8, 1))
    with pytest.raises(Faults, match="没有登记"):
        name(city, LIAISON, "丙", dt.date(2020, 8, 1))
    name(city, LIAISON, "丙", dt.date(2020, 9, 1))
    visitor = client(make_app(city.host), city.person("reader", CITY, 40))
    assert "2020-08-31" in visitor.get("/progress/liaison?former=1").text
    assert "2020-08-31" not in visitor.get("/progress/liaison").text
    sheet = load_workbook(io.BytesIO(visitor.get("/progress/liaison/list.xlsx").data)).active
    rows = [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=2)]
    assert rows == [["某市", "分管领导", "乙"], ["某市", "联络员", "丙"]]
    assert "甲县联络员" in visitor.get("/progress/liaison").text


def test_reminders_before_and_after_the_day(city: City) -> None:
    for number in range(3):
        declare(city, done(city, number, 1), 10, 10)
    name(city, LIAISON, "县联络员", dt.date(2020, 8, 1), city.county(1))
    accepted(city, city.codes[:1])
    person = city.person("liaison", CITY, 31)
    visitor = client(make_app(city.host), person)
    page = words(visitor.get("/progress/reminders").text)
    assert "甲县" not in page.split("操作")[-1]
    assert "县联络员 0358-1" in page
    assert "逾期" not in page
    assert re.search(r"附件1催报 3\b", words(visitor.get("/").text)), "two counties, and the city's own"
    city.clock.advance(days=2)
    assert words(visitor.get("/progress/reminders").text).count("逾期") == 3
    city.clock.advance(days=10)
    assert "2020-08 附件1催报" in visitor.get("/progress/reminders").text
    assert "乙县" not in words(visitor.get("/progress/reminders").text), "who never reported is asked from the 22nd on"
