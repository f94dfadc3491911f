"""The pages of the checks: run, list, ask and decide, export; declared numbers beside counted ones; what follows a save."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lindang.host import Host
from lindang.jobs import JobRow
from lindang.testing import FixedClock, actor, client, drain, make_app, make_host
from models.events import CertificatesSaved
from models.finding import FIXED, OPEN, WAIVED, Finding
from models.register import RegisterBaseline
from plugins.demo.domain.county import County, invent_county
from plugins.demo.domain.defects import Truth, plant_defects
from plugins.demo.domain.numbers import COUNTY_CODE
from plugins.register.queries.findings import count_standing
from tests.support.register_county import put_county

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def office(tmp_path) -> tuple[Host, County, Truth, FlaskClient, FlaskClient]:
    host = make_host(tmp_path, clock=FixedClock())
    county = invent_county(seed=3, certificates=300)
    truth = plant_defects(county)
    put_county(host, county)
    app = make_app(host)
    one = client(app, actor(host, {"archivist"}, account_id=1))
    two = client(app, actor(host, {"liaison"}, account_id=2, name="第二人"))
    return host, county, truth, one, two


def _checked(host: Host, person: FlaskClient) -> None:
    assert person.post("/register/check", data={"division": COUNTY_CODE}).status_code == 302
    drain(host)


def _count(host: Host, *conditions: Any) -> int:
    with host.view() as session:
        return session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0


def test_a_run_is_ordered_watched_and_listed(office):
    host, _county, truth, one, _two = office
    assert "还没有全面检查过" in one.get("/register/findings").text
    one.post("/register/check", data={"division": COUNTY_CODE})
    assert "正在检查" in one.get("/register/findings/progress").text
    drain(host)
    page = one.get("/register/findings").text
    assert "最近一次检查" in page
    assert "没有户籍注销数据" in page
    assert _count(host) == len(truth.findings)
    narrowed = one.get("/register/findings?code=R14").text
    assert len(re.findall(r'name="finding" value=', narrowed)) == sum(each.code == "R14" for each in truth.findings)


def test_two_people_leave_findings_as_they_are(office):
    host, _county, _truth, one, two = office
    _checked(host, one)
    ids = re.findall(r'name="finding" value="(\d+)"', one.get("/register/findings?code=R14").text)[:3]
    assert one.post("/register/findings/ask", data={"finding": ids}).status_code == 400
    assert one.post("/register/findings/ask", data={"finding": ids, "reason": "证书如此"}).status_code == 302
    assert one.post("/register/findings/decide", data={"finding": ids, "do": "approve"}).status_code == 403
    assert "证书如此" in two.get("/register/findings?state=asked").text
    two.post("/register/findings/decide", data={"finding": ids[:1], "do": "refuse"})
    two.post("/register/findings/decide", data={"finding": ids[1:], "do": "approve"})
    assert _count(host, Finding.state == WAIVED) == 2
    assert _count(host, Finding.id == int(ids[0]), Finding.state == OPEN) == 1


def test_the_list_goes_out_as_a_workbook_of_texts(office):
    host, _county, truth, one, _two = office
    _checked(host, one)
    answer = one.get("/register/findings/export?state=all")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert sheet.max_row == 1 + len(truth.findings)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


def test_out_of_scope_nothing_is_there(office):
    host, county, _truth, one, _two = office
    _checked(host, one)
    elsewhere = client(make_app(host), actor(host, {"archivist"}, prefixes=("990121999",)))
    page = elsewhere.get("/register/findings").text
    assert county.books[0].cert_no not in page
    assert not re.findall(r'name="finding"', page)
    with host.view() as session:
        some = session.scalar(select(Finding.id).limit(1))
    assert elsewhere.post("/register/findings/ask", data={"finding": some, "reason": "x"}).status_code == 404
    assert elsewhere.post("/register/check", data={"division": COUNTY_CODE}).status_code == 404


def _list(truth: Truth) -> str:
    lines = [f"{line.cert_no},{line.holder_name},{line.village_code},{line.area_mu}" for line in truth.declared]
    return "\n".join(["岭林证颁证清册", "林权证号,权利人,村代码,面积（亩）", *lines])


def _declare(person: FlaskClient, text: str) -> Any:
    fields = {"division_code": COUNTY_CODE, "certificates": "300", "parcels": "600", "document": "岭林发〔2020〕1号"}
    roll = (io.BytesIO(text.encode("gb18030")), "清册.csv")
    return person.post("/register/baselines/new", data={**fields, "roll": roll}, content_type="multipart/form-data")


def test_a_declared_list_is_checked_line_by_line_and_then_against_the_register(office):
    host, _county, truth, _one, two = office
    refused = _declare(two, _list(truth) + "\n,无名,990121101201,1\n岭林证字(2007)第9999号,某某,123,a")
    assert refused.status_code == 422
    assert "缺少林权证号" in refused.text
    assert "不是本区划内的 12 位代码" in refused.text
    with host.view() as session:
        assert session.scalar(select(func.count()).select_from(RegisterBaseline)) == 0
    taken = _declare(two, _list(truth))
    assert taken.status_code == 302
    drain(host)
    assert "岭林发〔2020〕1号" in two.get(taken.headers["Location"]).text
    for code in ("R12", "R45"):
        expected = sum(each.code == code for each in truth.with_baselines)
        assert _count(host, Finding.code == code, Finding.state != FIXED) == expected


def test_the_home_page_counts_what_is_to_be_done(office):
    host, _county, _truth, one, _two = office
    _checked(host, one)
    person = actor(host, {"archivist"})
    with host.view(person) as session:
        assert str(count_standing(session, person)) in one.get("/").text


def _save(host: Host, villages: list[str]) -> None:
    with host.uow(host.system_actor()) as uow:
        for code in villages:
            uow.emit(CertificatesSaved(certificate_ids=(1,), archive_file_ids=(), division_code=code))


def test_a_save_checks_its_village_and_an_import_orders_one_run(office):
    host, county, _truth, _one, _two = office
    village = county.places[0].code
    _save(host, [village, village])
    drain(host)
    assert _count(host, Finding.division_code == village) > 0
    with host.view() as session:
        runs = session.scalar(select(func.count()).select_from(JobRow).where(JobRow.kind == "register.check"))
    assert runs == 0


def test_many_villages_at_once_become_one_run_of_the_county(tmp_path):
    host = make_host(tmp_path, clock=FixedClock())
    county = invent_county(seed=3, certificates=600)
    put_county(host, county)
    _save(host, [place.code for place in county.places])
    drain(host)
    with host.view() as session:
        runs = list(session.scalars(select(JobRow.argument).where(JobRow.kind == "register.check")))
    assert runs == [COUNTY_CODE]
