"""附件1 from the rows to the province: counted, handed in, accepted, returned, sent, corrected; late, missing, frozen; by file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from lindang.errors import BadInput, Conflict, Faults, Forbidden, NotFound
from lindang.testing import client, make_app
from models.progress import CountyDay, PlaceProgress, ProgressReport
from models.register import BaselineLine, RegisterBaseline, RegisterEntry
from plugins.progress.checks import counts_are_true, reports_are_unchanged
from plugins.progress.domain.period import Period
from plugins.progress.domain.snapshot import whole_of
from plugins.progress.queries.columns import form_now
from plugins.progress.queries.counting import count_places
from plugins.progress.queries.places import Unit
from plugins.progress.service.files import report_file, take_report_file
from plugins.progress.service.reports import accept_report, return_report, send_report, submit_report
from tests.support.progress_world import (
    AUGUST,
    CITY,
    City,
    accepted,
    close,
    counted,
    declare,
    done,
    filling,
    key_rows,
    make_city,
    submitted,
    village_of,
)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = make_city(tmp_path / "data")
    yield made
    made.host.close()


def step(city: City, report_id: int, action: str, reason: str = "", account_id: int = 31) -> None:
    """Do a step on a report as somebody of the city."""
    version, person = city.report(report_id).version, city.person("liaison", CITY, account_id)
    with city.host.uow(person) as uow:
        if action == "return":
            return_report(uow, report_id, version, reason)
        else:
            {"accept": accept_report, "send": send_report}[action](uow, report_id, version)


def column(city: City, county: str) -> tuple[str, ...]:
    with city.host.view() as session:
        return form_now(session, Unit(county, "x"), str(AUGUST)).columns[0].figures.cells()


def said(caught: pytest.ExceptionInfo[Faults]) -> str:
    return " ".join(str(fault) for fault in caught.value.faults)


# --- counting ---------------------------------------------------------------------------------------------------------


def test_only_rows_that_two_people_closed_and_nobody_changed_since_are_counted(city: City) -> None:
    county = city.county(0)
    village = village_of(county)
    declare(city, county, 4, 8)
    key_rows(city, village, 2, rows=2)
    counted(city, county)
    assert column(city, county)[3:] == ("0", "0.00", "0", "0.00"), "keyed is not checked"
    close(city, village)
    counted(city, county)
    assert column(city, county)[3:] == ("2", "50.00", "4", "50.00")
    with city.host.transaction() as session:  # one row is changed: a new version in a sheet that is open
        entry = session.scalars(select(RegisterEntry).order_by(RegisterEntry.id)).first()
        assert entry is not None
        entry.is_current = False
        session.flush()
        session.add(
            RegisterEntry(
                parcel_id=entry.parcel_id, sheet_id=entry.sheet_id, entry_no=2, cells={}, changed={},
                at=city.clock.now(), by="改", by_id=None, import_id=None, page_id=None,
            )
        )  # fmt: skip
    counted(city, county)
    assert column(city, county)[3:] == ("1", "25.00", "3", "37.50")


def test_a_certificate_lacks_what_the_declared_list_has_more(city: City) -> None:
    county = done(city, 0, 2)
    declare(city, county, 2, 3)
    with city.host.transaction() as session:
        baseline = session.scalars(select(RegisterBaseline.id)).one()
        session.add(
            BaselineLine(
                baseline_id=baseline, division_code=county, line_no=1, cert_no="某林证字第1号", cert_key="某||1",
                parcels=2, area_mu=None,
            )
        )  # fmt: skip
    counted(city, county)
    assert column(city, county)[3:] == ("1", "50.00", "2", "66.67"), "certificate 1 has one of its two parcels"


def test_counts_are_proved_and_a_wrong_one_is_named(city: City) -> None:
    county = done(city, 0, 3)
    assert list(counts_are_true(city.host)) == []
    with city.host.transaction() as session:
        session.execute(update(PlaceProgress).values(checked_certificates=7))
    assert [one.subject for one in counts_are_true(city.host)] == [f"place:{village_of(county)}"]
    with city.host.view() as session:
        assert count_places(session)[village_of(county)].checked_certificates == 3
        days = session.scalars(select(CountyDay)).all()
    assert [(row.county_code, row.day, row.parcels) for row in days] == [(county, dt.date(2020, 8, 26), 3)]


# --- handing in -------------------------------------------------------------------------------------------------------


def test_what_blocks_a_report_is_told_all_at_once(city: City) -> None:
    county = done(city, 0, 3)
    with pytest.raises(Faults) as caught, city.host.uow(city.person("liaison", county, 21)) as uow:
        submit_report(uow, county, Period(2020, 9), filling(filled_by="分管领导乙"))
    assert "没有登记上报基数" in said(caught)
    assert "2020-09 还没有到" in said(caught)
    assert "须是两个人" in said(caught)
    declare(city, county, 2, 3)
    with pytest.raises(Faults) as caught:
        submitted(city, county, reason="再说一遍也不行")
    assert "入库 3 本、3 宗，超过上报的 2 本、3 宗" in said(caught)
    declare(city, county, 3, 3, area=None)
    with pytest.raises(Faults, match="没有上报"):
        submitted(city, county)
    declare(city, county, 3, 3)
    assert city.report(submitted(city, county)).values["columns"][0]["done_certificates"] == 3


def test_raising_the_baseline_shows_both_ratios_and_leaves_earlier_snapshots(city: City) -> None:
    """Story 20: raised from 24,800 to 25,013 with a document; earlier snapshots stay as they were."""
    county = done(city, 0, 10)
    declare(city, county, 24_800, 50_000)
    first = submitted(city, county)
    frozen = city.report(first).values
    city.clock.advance(days=20)
    declare(city, county, 25_013, 50_000, document="县发〔2020〕9号")
    page = client(make_app(city.host), city.person("liaison", county, 21)).get(f"/progress/annex/{county}").text
    assert "基数改过" in page
    assert "本数 24800 → 25013" in page
    assert "0.04 → 0.04" in page
    assert page.index("县发〔2020〕9号") < page.index("县发〔2020〕1号"), (
        "both versions with their ratios, the newest first"
    )
    assert city.report(first).values == frozen
    assert list(reports_are_unchanged(city.host)) == []
    with city.host.transaction() as session:
        session.execute(update(ProgressReport).values(values={**frozen, "missing": ["别县"]}))
    assert [one.code for one in reports_are_unchanged(city.host)] == ["P2"]


def test_what_fell_needs_a_reason(city: City) -> None:
    county = done(city, 0, 5)
    declare(city, county, 10, 10)
    submitted(city, county)
    with city.host.transaction() as session:
        session.execute(update(RegisterEntry).values(is_withdrawal=True).where(RegisterEntry.id == 1))
    counted(city, county)
    city.clock.advance(days=31)
    september = Period(2020, 9)
    with pytest.raises(Faults) as caught:
        submitted(city, county, september)
    assert "（5 → 4 本，5 → 4 宗）" in said(caught)
    assert city.report(submitted(city, county, september, reason="一行作废")).reason == "一行作废"


def test_a_city_sums_what_it_accepted_and_names_who_is_missing(city: City) -> None:
    """The worked example, and story 19: missing counties are listed, not shown as 0."""
    for number, (have, whole) in enumerate(((30, 120), (9, 10))):
        declare(city, done(city, number, have), whole, whole)
    first, second = accepted(city, city.codes[:2])
    report_id = submitted(city, CITY, account_id=32)
    form = city.report(report_id).values["form"]
    assert form["heads"] == ["工作进度", "市合计", "甲县", "乙县"]
    assert form["rows"][4] == ["占总本数比例(%)", "30.00", "25.00", "90.00"]
    assert city.report(report_id).values["missing"] == ["丙县"]
    with pytest.raises(Forbidden):
        step(city, report_id, "send", account_id=32)  # who filled it in does not sign it
    step(city, report_id, "send", account_id=33)
    assert [city.report(each).state for each in (report_id, first, second)] == ["SENT"] * 3
    visitor = client(make_app(city.host), city.person("liaison", CITY, 31))
    page = visitor.get(f"/progress/annex/{CITY}?period=2020-08")
    assert "未报或未接收（合计不含）：丙县" in page.text
    _the_province_sees_its_city(city, report_id)


def _the_province_sees_its_city(city: City, report_id: int) -> None:
    """The same form one level higher; what the province gives back no longer counts there."""
    person = city.person("liaison", "14", 51)
    visitor = client(make_app(city.host), person)
    page = visitor.get("/progress/annex/14?period=2020-08").text
    assert "某省林权证登记信息入库数字化进度情况表" in page
    assert "省合计" in page
    assert "30.00" in page
    stacked = visitor.get("/progress/annex/14/stack.csv?period=2020-08").data.decode("utf-8-sig")
    assert [line.split(",")[1:3] for line in stacked.splitlines()[1:]] == [["141120", "甲县"], ["141121", "乙县"]]
    back = visitor.post(
        f"/progress/reports/{report_id}/return", data={"version": city.report(report_id).version, "reason": "缺丙县"}
    )
    assert back.status_code == 302
    assert "未报或未接收（合计不含）：某市" in visitor.get("/progress/annex/14?period=2020-08").text


def test_a_returned_report_comes_back_as_another_version(city: City) -> None:
    county = done(city, 0, 3)
    declare(city, county, 10, 10)
    first = submitted(city, county)
    with pytest.raises(Conflict, match="还没有答复"):
        submitted(city, county)
    with pytest.raises(Faults, match="没有退回"):
        step(city, first, "return", " ")
    step(city, first, "return", "面积不对")
    second = submitted(city, county)
    assert (city.report(second).report_no, city.report(first).return_reason) == (2, "面积不对")
    step(city, second, "accept")
    with pytest.raises(Faults) as caught:
        submitted(city, county)
    assert "请写明原因" in said(caught), "an accepted one is corrected only with a reason"
    third = submitted(city, county, reason="补录两本")
    assert city.report(second).state == "ACCEPTED", "it counts until the correction is accepted"
    step(city, third, "accept")
    assert [city.report(each).state for each in (first, second, third)] == ["RETURNED", "CORRECTED", "ACCEPTED"]


def test_a_county_does_not_answer_itself_unless_its_superior_is_elsewhere(city: City, tmp_path: Path) -> None:
    county = done(city, 0, 1)
    declare(city, county, 1, 1)
    report_id = submitted(city, county)
    with pytest.raises(Forbidden, match="上一级"), city.host.uow(city.person("liaison", county, 22)) as uow:
        accept_report(uow, report_id, 1)
    with pytest.raises(NotFound), city.host.uow(city.person("liaison", city.county(1), 22)) as uow:
        accept_report(uow, report_id, 1)
    alone = make_city(tmp_path / "alone", 1, superior_elsewhere=True)
    declare(alone, done(alone, 0, 1), 1, 1)
    own = submitted(alone, alone.county(0))
    with pytest.raises(Forbidden, match="两个人"), alone.host.uow(alone.person("liaison", alone.county(0), 21)) as uow:
        accept_report(uow, own, 1)
    with alone.host.uow(alone.person("liaison", alone.county(0), 22)) as uow:
        accept_report(uow, own, 1)
    assert alone.report(own).state == "ACCEPTED"
    alone.host.close()


def test_twelve_months_and_one_of_them_late(city: City) -> None:
    county = city.county(0)
    declare(city, county, 100, 100)
    period, ids = Period(2020, 8), []
    for month in range(12):
        key_rows(city, village_of(county), 2)
        close(city, village_of(county))
        counted(city, county)
        day = 28 if month == 4 else 26
        city.clock.moment = dt.datetime(period.year, period.month, day, 2, tzinfo=dt.UTC)
        ids += accepted(city, [county], period)
        period = period.following
    books = [whole_of(city.report(each).values).done_certificates for each in ids]
    assert books == list(range(2, 26, 2))
    visitor = client(make_app(city.host), city.person("liaison", CITY, 31))
    late = ["迟报" in visitor.get(f"/progress/reports/{each}").text for each in ids]
    assert late == [month == 4 for month in range(12)]
    december = visitor.get(f"/progress/annex/{CITY}?period=2020-12").text
    assert (december.count("迟报"), december.count("逾期未报")) == (1, 2)
    assert "+2" in visitor.get(f"/progress/annex/{county}?period=2021-07").text


# --- papers and files -------------------------------------------------------------------------------------------------


def test_the_papers_say_what_was_frozen_and_stay_the_same(city: City) -> None:
    for number, have in enumerate((3, 4)):
        declare(city, done(city, number, have), 12, 12, area="1234.565")
    accepted(city, city.codes[:2])
    report_id = submitted(city, CITY)
    visitor = client(make_app(city.host), city.person("auditor", CITY, 40))

    def sent(kind: str) -> bytes:
        return visitor.get(f"/progress/reports/{report_id}/annex1.{kind}").data

    sheet = load_workbook(io.BytesIO(sent("xlsx"))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=10)]
    assert rows[0] == ["工作进度", "市合计", "甲县", "乙县"]
    assert rows[4] == ["入库数字化本数(本)", 7, 3, 4]
    assert rows[2] == ["发证总面积(亩)", 2469.13, 1234.57, 1234.57]
    assert [float(value) for value in rows[5][1:]] == [29.17, 25.0, 33.33]
    assert str(sheet.cell(11, 1).value).startswith("填报人：联络员甲")
    lines = list(csv.reader(io.StringIO(sent("csv").decode("utf-8-sig"))))
    assert [line[2:4] for line in lines[1:]] == [["甲县", "12"], ["乙县", "12"]]
    before = [sent(kind) for kind in ("xlsx", "csv")]
    key_rows(city, village_of(city.county(0)), 1)
    city.clock.advance(days=3)
    assert [sent(kind) for kind in ("xlsx", "csv")] == before
    stacked = visitor.get(f"/progress/annex/{CITY}/stack.csv?period=2020-08").data.decode("utf-8-sig")
    assert [line.split(",")[2] for line in stacked.splitlines()[1:]] == ["甲县", "乙县"]


def test_a_report_travels_between_archives_without_a_network(city: City, tmp_path: Path) -> None:
    county = done(city, 0, 3)
    declare(city, county, 12, 12)
    data = report_file(city.host.vault, city.report(submitted(city, county)))
    above = make_city(tmp_path / "above", 2)
    person = above.person("liaison", CITY, 31)
    with above.host.uow(person) as uow:
        taken = take_report_file(uow, data)
        report_id = taken.report.id
    assert taken.is_new
    assert above.report(report_id).values == city.report(1).values
    assert above.report(report_id).key_fingerprint
    with above.host.uow(person) as uow:
        assert not take_report_file(uow, data).is_new, "twice the same comes in once"
    with pytest.raises(BadInput, match="下级"), above.host.uow(above.person("liaison", county, 32)) as uow:
        take_report_file(uow, data)
    table = json.loads(data)
    table["phone"] = "9"
    with pytest.raises(BadInput, match="签名不对"), above.host.uow(person) as uow:
        take_report_file(uow, json.dumps(table).encode())
    step(above, report_id, "accept")
    assert city.report(1).values["form"]["rows"][4][1] == "25.00"
    form = above.report(submitted(above, CITY)).values["form"]
    assert form["rows"][4] == ["占总本数比例(%)", "25.00", "25.00"]
    with pytest.raises(Conflict, match="导入的"):
        report_file(above.host.vault, above.report(report_id))
    above.host.close()


def test_another_key_is_noticed(city: City, tmp_path: Path) -> None:
    """A later report of the same county from an archive with another key is taken in, and said to be so."""
    county = city.county(0)
    above = make_city(tmp_path / "above", 1)
    keys = []
    for number, name in enumerate(("one", "two")):
        other = make_city(tmp_path / name, 1)
        other.clock.advance(days=31 * number)
        declare(other, done(other, 0, 1), 2, 2)
        period = AUGUST if number == 0 else AUGUST.following
        data = report_file(other.host.vault, other.report(submitted(other, county, period)))
        above.clock.advance(days=31 * number)
        with above.host.uow(above.person("liaison", CITY, 31)) as uow:
            keys.append(take_report_file(uow, data).is_other_key)
        other.host.close()
    above.host.close()
    assert keys == [False, True]


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_report_from_the_form_to_the_answer(city: City) -> None:
    county = done(city, 0, 3)
    declare(city, county, 12, 12)
    app = make_app(city.host)
    own, above = (client(app, city.person("liaison", *who)) for who in ((county, 21), (CITY, 31)))
    assert "<h1>甲县林权证登记信息入库数字化进度情况表</h1>" in own.get("/progress/annex").text
    new = own.post("/progress/liaison/new", data={
        "division_code": county, "kind": "leader", "name": "领导甲", "phone": "1", "valid_from": "2020-08-01",
    })  # fmt: skip
    assert new.status_code == 302
    form = own.get(f"/progress/annex/{county}/submit").text
    assert 'value="领导甲"' in form
    data = {"filled_by": "联络员", "phone": "123", "filled_on": "2020-08-26", "approved_by": "领导甲", "reason": ""}
    wrong = own.post(f"/progress/annex/{county}/submit", data=data | {"approved_by": "联络员"})
    assert wrong.status_code == 422
    assert "须是两个人" in wrong.text
    there = own.post(f"/progress/annex/{county}/submit", data=data).headers["Location"]
    assert "等待接收" in above.get(f"/progress/annex/{CITY}").text
    assert above.post(f"{there}/accept", data={"version": 1}).status_code == 302
    assert "上级已接收" in own.get(there).text
    assert own.get(f"/progress/annex/{city.county(1)}").status_code == 404
    assert above.post(f"{there}/accept", data={"version": 1}).status_code == 409


def test_thirteen_counties_in_a_second(tmp_path: Path) -> None:
    """A city's form out of thirteen reports, and thirteen counties' numbers out of a village's rows each."""
    city = make_city(tmp_path / "data", 13)
    with city.host.transaction() as session:
        for county in city.codes:
            for number in range(150):
                row = PlaceProgress(division_code=f"{county}1{number:05d}", checked_certificates=160)
                row.checked_parcels, row.seen_marks = 320, 0
                session.add(row)
    for county in city.codes:
        declare(city, county, 25_000, 50_000)
    accepted(city, city.codes)
    visitor = client(make_app(city.host), city.person("liaison", CITY, 31))
    visitor.get(f"/progress/annex/{CITY}")
    start = perf_counter()
    page = visitor.get(f"/progress/annex/{CITY}?period=2020-08").text
    took = perf_counter() - start
    city.host.close()
    assert "312000" in page
    assert took < 1
