"""The catalogue's pages: every one answers, out of scope is like not there, edits carry a version, images are harmless."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lindang.auth import Actor
from lindang.journal import JournalRow
from lindang.testing import actor, client, make_app
from models.archive import ArchiveFile, Waiver
from models.digital import DigitalObject, PageText
from models.place import Org
from models.register import Certificate, Parcel
from tests.support.catalogue_world import (
    CERTIFICATE,
    COUNTY,
    PARCEL,
    VILLAGE,
    World,
    drawn,
    household,
    keyed,
    make_world,
    paper,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


def as_(app: Flask, who: Actor) -> FlaskClient:
    """Return a client logged in as somebody; answers are read to the end, so that no sent file stays open."""
    browser = client(app, who)
    browser.get = partial(browser.get, buffered=True)  # type: ignore[method-assign]
    return browser


def text_of(app: Flask, who: Actor, path: str, status: int = 200) -> str:
    """Return a page's text, of the expected status."""
    answer = as_(app, who).get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def test_an_empty_archive_says_what_to_do(world: World, app: Flask) -> None:
    assert "扫描入库" in text_of(app, world.archivist, "/catalogue/files")
    assert "这里还没有案卷" in text_of(app, world.archivist, "/catalogue/")
    assert "没有等待批准的缺件说明" in text_of(app, world.second, "/catalogue/waivers")


def test_reference_pages_show_what_is_in_force_and_where_it_comes_from(world: World, app: Flask) -> None:
    scheme = text_of(app, world.auditor, "/catalogue/scheme")
    assert "林权登记申请表及附件" in scheme
    assert "建议稿，待核对" in scheme
    assert "薪炭林" in text_of(app, world.auditor, "/catalogue/codes")
    assert "王家沟村" in text_of(app, world.auditor, "/catalogue/divisions?q=141124102")
    assert "邻村" not in text_of(app, world.auditor, "/catalogue/divisions")
    assert "0001" in text_of(app, world.auditor, "/catalogue/fonds")


def test_a_file_is_opened_described_and_found_by_hand(world: World, app: Flask) -> None:
    browser = as_(app, world.archivist)
    form = {
        "class_code": "QQ01",
        "division_code": VILLAGE,
        "title": "王小山林权登记材料",
        "year": "2010",
        "retention": "",
    }
    made = browser.post("/catalogue/files/new", data=form)
    assert made.status_code == 302, made.get_data(as_text=True)
    page = browser.get(made.location).get_data(as_text=True)
    assert "0001-ZY·LG-QQ01-102205-0001" in page
    assert "登记信息还没有录入" in page
    listed = text_of(app, world.auditor, "/catalogue/files?q=小山&division=1411241022&complete=no&certificate=no")
    assert "王小山林权登记材料" in listed
    assert "王小山" not in text_of(app, world.auditor, "/catalogue/files?complete=yes")
    assert "王小山" not in text_of(app, world.auditor, "/catalogue/files?state=ISSUED")


def test_faults_of_a_new_file_stand_at_their_fields(world: World, app: Flask) -> None:
    form = {"class_code": "QQ01", "division_code": "141124102", "title": "", "year": "1900"}
    answer = as_(app, world.archivist).post("/catalogue/files/new", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "请填 1949 到 2100 之间的数" in page
    town = as_(app, world.archivist).post("/catalogue/files/new", data=form | {"title": "甲", "year": ""})
    assert "请选择到村" in town.get_data(as_text=True)


def test_a_lost_update_answers_409_with_the_words_still_there(world: World, app: Flask) -> None:
    file = household(world)
    first, second = as_(app, world.archivist), as_(app, world.second)
    form = {"version": "1", "title": "甲改的题名", "security_class": ""}
    assert first.post(f"/catalogue/files/{file.id}/edit", data=form).status_code == 302
    late = second.post(f"/catalogue/files/{file.id}/edit", data=form | {"title": "乙改的题名"})
    assert late.status_code == 409
    assert "别人刚刚修改了这条记录" in late.get_data(as_text=True)
    assert "乙改的题名" in late.get_data(as_text=True)
    with world.host.view() as session:
        assert session.get_one(ArchiveFile, file.id).title == "甲改的题名"


def test_the_whole_entry_by_forms(world: World, app: Flask) -> None:
    file = household(world)
    _item, [page] = paper(world, file)
    browser = as_(app, world.archivist)
    blank = browser.get(f"/catalogue/files/{file.id}/certificate/new").get_data(as_text=True)
    assert f"/catalogue/pages/{page.id}/view.jpg" in blank
    wrong = browser.post(
        f"/catalogue/files/{file.id}/certificate/new", data=CERTIFICATE | {"id_no": "141124197001010018"}
    )
    assert wrong.status_code == 422
    assert "身份证号码校验位不符" in wrong.get_data(as_text=True)
    saved = browser.post(f"/catalogue/files/{file.id}/certificate/new", data=CERTIFICATE)
    assert saved.status_code == 302
    assert saved.location.endswith("/parcels/new")
    assert 'value="王小山"' in browser.get(saved.location).get_data(as_text=True)
    following = browser.post(saved.location, data=PARCEL | {"then": "next"})
    assert following.location == saved.location
    carried = browser.get(saved.location).get_data(as_text=True)
    assert "王家沟村农民集体" in carried
    assert "沟底小路" not in carried
    assert "沟底小路" in browser.get(f"{saved.location}?copy=last").get_data(as_text=True)
    repeated = browser.post(saved.location, data=PARCEL | {"then": "done"})
    assert repeated.status_code == 422
    assert "这本证已有宗地号 0001" in repeated.get_data(as_text=True)
    done = browser.post(saved.location, data=PARCEL | {"parcel_no": "0002", "then": "done"})
    page_text = browser.get(done.location).get_data(as_text=True)
    assert "24.60 亩" in page_text
    assert "141124********0017" in page_text
    assert "141124197001010017" not in page_text


def test_the_next_household_is_one_button_away(world: World, app: Flask) -> None:
    first, second = household(world), household(world, "李秀英林权登记材料")
    certificate = keyed(world, first)
    form = PARCEL | {"parcel_no": "0009", "then": "next_file"}
    answer = as_(app, world.archivist).post(f"/catalogue/certificates/{certificate}/parcels/new", data=form)
    assert answer.location == f"/catalogue/files/{second.id}/certificate/new"
    prefilled = as_(app, world.archivist).get(answer.location).get_data(as_text=True)
    assert 'value="临水县人民政府"' in prefilled


def test_the_full_id_number_is_shown_once_with_a_reason_on_record(world: World, app: Flask) -> None:
    certificate = keyed(world, household(world))
    path = f"/catalogue/certificates/{certificate}/id-number"
    assert as_(app, world.auditor).post(path, data={"reason": "好奇"}).status_code == 403
    assert as_(app, world.archivist).post(path, data={"reason": " "}).status_code == 400
    shown = as_(app, world.archivist).post(path, data={"reason": "核对退回第 3 条"})
    assert "141124197001010017" in shown.get_data(as_text=True)
    assert "no-store" in shown.headers["Cache-Control"]
    with world.host.view() as session:
        rows = list(session.scalars(select(JournalRow).where(JournalRow.action == "certificate.id_revealed")))
    [facts] = [json.loads(row.facts) for row in rows]
    assert facts["reason"] == "核对退回第 3 条"
    assert facts["mask"] == "141124********0017"
    assert rows[0].actor == "档案员甲"


def test_every_page_out_of_scope_answers_like_nothing_there(world: World, app: Flask) -> None:
    file = household(world)
    item, [page] = paper(world, file)
    certificate = keyed(world, file)
    with world.host.view() as session:
        parcel = session.scalar(select(Parcel.id))
        master = session.scalar(select(DigitalObject.id).where(DigitalObject.role == "master"))
    paths = {
        f"/catalogue/files/{file.id}": "/catalogue/files/999",
        f"/catalogue/files/{file.id}/contents": "/catalogue/files/999/contents",
        f"/catalogue/files/{file.id}/edit": "/catalogue/files/999/edit",
        f"/catalogue/files/{file.id}/renumber": "/catalogue/files/999/renumber",
        f"/catalogue/files/{file.id}/items/new": "/catalogue/files/999/items/new",
        f"/catalogue/files/{file.id}/certificate/new": "/catalogue/files/999/certificate/new",
        f"/catalogue/items/{item.id}": "/catalogue/items/999",
        f"/catalogue/items/{item.id}/edit": "/catalogue/items/999/edit",
        f"/catalogue/items/{item.id}/pages/new": "/catalogue/items/999/pages/new",
        f"/catalogue/pages/{page.id}": "/catalogue/pages/999",
        f"/catalogue/pages/{page.id}/view.jpg": "/catalogue/pages/999/view.jpg",
        f"/catalogue/pages/{page.id}/thumb.jpg": "/catalogue/pages/999/thumb.jpg",
        f"/catalogue/pages/{page.id}/versions/1.jpg": "/catalogue/pages/999/versions/1.jpg",
        f"/catalogue/pages/{page.id}/words": "/catalogue/pages/999/words",
        f"/catalogue/pages/{page.id}/replace": "/catalogue/pages/999/replace",
        f"/catalogue/masters/{master}": "/catalogue/masters/999",
        f"/catalogue/certificates/{certificate}": "/catalogue/certificates/999",
        f"/catalogue/certificates/{certificate}/edit": "/catalogue/certificates/999/edit",
        f"/catalogue/certificates/{certificate}/parcels/new": "/catalogue/certificates/999/parcels/new",
        f"/catalogue/parcels/{parcel}/edit": "/catalogue/parcels/999/edit",
        "/api/v1/catalogue/files/0001-ZY·LG-QQ01-102205-0001": "/api/v1/catalogue/files/0001-ZY·LG-QQ01-102205-0999",
        f"/api/v1/catalogue/items/{item.id}": "/api/v1/catalogue/items/999",
        f"/api/v1/catalogue/pages/{page.id}/image": "/api/v1/catalogue/pages/999/image",
    }
    stranger = as_(app, world.stranger)
    for real, absent in paths.items():
        assert as_(app, world.archivist).get(real).status_code == 200, real
        here, there = stranger.get(real), stranger.get(absent)
        assert here.status_code == there.status_code == 404, real
        assert _without_path(here.get_data(as_text=True)) == _without_path(there.get_data(as_text=True)), real
    assert "王小山" not in stranger.get("/catalogue/files").get_data(as_text=True)
    assert "柳林镇" not in stranger.get("/catalogue/?under=141124").get_data(as_text=True)


def _without_path(body: str) -> str:
    return re.sub(r'(name="next" value|href|action)="[^"]*"|csrf[^>]*', "", body)


def test_posts_out_of_scope_change_nothing(world: World, app: Flask) -> None:
    file = household(world)
    _item, [page] = paper(world, file)
    certificate = keyed(world, file)
    with world.host.view() as session:
        before = session.scalar(select(func.count(JournalRow.seq)))
    stranger = as_(app, world.stranger)
    for path, form in {
        f"/catalogue/files/{file.id}/edit": {"version": "1", "title": "x"},
        f"/catalogue/files/{file.id}/waivers": {"doc_type": "D05", "reason": "x"},
        f"/catalogue/files/{file.id}/items/new": {"title": "x"},
        f"/catalogue/certificates/{certificate}/edit": CERTIFICATE | {"version": "1"},
        f"/catalogue/certificates/{certificate}/id-number": {"reason": "x"},
        f"/catalogue/certificates/{certificate}/parcels/new": PARCEL | {"parcel_no": "9"},
        f"/catalogue/pages/{page.id}/replace": {"version": "1", "reason": "x"},
    }.items():
        assert stranger.post(path, data=form).status_code == 404, path
    with world.host.view() as session:
        assert session.scalar(select(func.count(JournalRow.seq))) == before


def test_an_auditor_sees_everything_and_changes_nothing(world: World, app: Flask) -> None:
    file = household(world)
    paper(world, file)
    certificate = keyed(world, file)
    auditor = as_(app, world.auditor)
    page = auditor.get(f"/catalogue/files/{file.id}").get_data(as_text=True)
    assert "修改著录" not in page
    assert "缺件说明" not in page
    assert auditor.get(f"/catalogue/certificates/{certificate}").status_code == 200
    for path in ("edit", "renumber", "items/new", "certificate/new"):
        assert auditor.get(f"/catalogue/files/{file.id}/{path}").status_code == 403
    assert auditor.post(f"/catalogue/files/{file.id}/waivers", data={}).status_code == 403


def test_images_are_derivatives_that_no_browser_can_mistake(world: World, app: Flask) -> None:
    _item, [page] = paper(world, household(world))
    shown = as_(app, world.auditor).get(f"/catalogue/pages/{page.id}/view.jpg")
    assert shown.content_type == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Cache-Control"].startswith("private")
    again = as_(app, world.auditor).get(
        f"/catalogue/pages/{page.id}/view.jpg", headers={"If-None-Match": shown.headers["ETag"]}
    )
    assert again.status_code == 304
    assert as_(app, world.auditor).get(f"/catalogue/pages/{page.id}/master.jpg").status_code == 404


def test_a_master_leaves_only_as_an_attachment_named_by_its_code(world: World, app: Flask) -> None:
    paper(world, household(world))
    with world.host.view() as session:
        master = session.scalars(select(DigitalObject).where(DigitalObject.role == "master")).one()
    sent = as_(app, world.auditor).get(f"/catalogue/masters/{master.id}")
    disposition = sent.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert "filename*=UTF-8''0001-ZY.LG-QQ01-102205-0001-001" in disposition
    assert "private" in sent.headers["Cache-Control"]
    assert world.host.storage.read(master.sha256) == sent.data
    with world.host.view() as session:
        assert session.scalar(select(func.count()).where(JournalRow.action == "master.downloaded")) == 1


def test_reading_is_on_record_once_in_a_while(world: World, app: Flask) -> None:
    file = household(world)
    _item, pages = paper(world, file, pages=3)
    reader = as_(app, world.auditor)
    reader.get(f"/catalogue/files/{file.id}")
    for page in pages:
        reader.get(f"/catalogue/pages/{page.id}")
        reader.get(f"/catalogue/pages/{page.id}/view.jpg")
    assert _readings(world) == [("审计员丙", f"archive_file:{file.id}")]
    as_(app, world.second).get(f"/catalogue/pages/{pages[0].id}/view.jpg")
    world.clock.advance(minutes=11)
    reader.get(f"/catalogue/pages/{pages[1].id}/view.jpg")
    assert [who for who, _subject in _readings(world)] == ["审计员丙", "联络员乙", "审计员丙"]


def _readings(world: World) -> list[tuple[str, str]]:
    with world.host.view() as session:
        query = select(JournalRow).where(JournalRow.action == "archive_file.read").order_by(JournalRow.seq)
        return [(row.actor, row.subject) for row in session.scalars(query)]


def test_the_viewer_goes_through_the_whole_file_and_lights_words(world: World, app: Flask) -> None:
    file = household(world)
    _first, [one] = paper(world, file, "D01")
    _second, [two, three] = paper(world, file, "D05", pages=2)
    with world.host.transaction() as session:
        session.add(
            PageText(
                page_id=two.id,
                engine="test",
                text="后沟松林\n林班 3",
                words=[[100, 100, 900, 300, "后沟松林", 95]],
                made_at=world.clock.now(),
            )
        )
    page = text_of(app, world.auditor, f"/catalogue/pages/{two.id}?mark=后沟+松林&mark=林班")
    assert f'rel="prev" href="/catalogue/pages/{one.id}' in page
    assert f'rel="next" href="/catalogue/pages/{three.id}' in page
    assert "后沟松林" in page
    assert re.search(r'data-marks="\[&#34;后沟&#34;, &#34;松林&#34;, &#34;林班&#34;\]"', page)
    words = as_(app, world.auditor).get(f"/catalogue/pages/{two.id}/words").json
    assert words == {"text": "后沟松林\n林班 3", "words": [[100, 100, 900, 300, "后沟松林", 95]]}
    assert as_(app, world.auditor).get(f"/catalogue/pages/{one.id}/words").json == {"text": None, "words": []}


def test_the_viewer_leads_from_one_page_with_the_words_to_the_next(world: World, app: Flask) -> None:
    file = household(world)
    _item, pages = paper(world, file, "D05", pages=5)
    texts = ["后沟松林", "西至", "后 沟", "（后，沟）", "沟后"]
    with world.host.transaction() as session:
        for page, text in zip(pages, texts, strict=True):
            session.add(PageText(page_id=page.id, engine="test", text=text, words=[], made_at=world.clock.now()))

    def shown(place: int, marks: str) -> str:
        return text_of(app, world.auditor, f"/catalogue/pages/{pages[place].id}?mark={marks}")

    def leads(text: str, action: str) -> str | None:
        found = re.search(rf'data-do="{action}-hit" href="/catalogue/pages/(\d+)\?mark=', text)
        return found and found[1]

    inside = shown(2, "后沟")
    assert 'data-hits="[0, 2, 3]"' in inside
    assert "命中页 2/3" in inside
    assert (leads(inside, "previous"), leads(inside, "next")) == (str(pages[0].id), str(pages[3].id))
    between = shown(1, "后沟")
    assert "命中页 共 3" in between
    assert (leads(between, "previous"), leads(between, "next")) == (str(pages[0].id), str(pages[2].id))
    assert leads(shown(0, "后沟"), "previous") is None
    assert leads(shown(3, "后沟"), "next") is None
    assert "命中页" not in shown(1, "没有的字")
    assert "命中页" not in text_of(app, world.auditor, f"/catalogue/pages/{pages[0].id}")


def test_a_page_is_replaced_beside_the_old_one(world: World, app: Flask) -> None:
    file = household(world)
    _item, [page] = paper(world, file)
    old = as_(app, world.auditor).get(f"/catalogue/pages/{page.id}/view.jpg").data
    form = {"version": "1", "reason": "原图缺角", "scan": (io.BytesIO(drawn("rescan")), "重扫 王小山.jpg")}
    answer = as_(app, world.archivist).post(f"/catalogue/pages/{page.id}/replace", data=form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    assert as_(app, world.auditor).get(f"/catalogue/pages/{page.id}/view.jpg").data != old
    assert as_(app, world.auditor).get(f"/catalogue/pages/{page.id}/versions/1.jpg").data == old
    page_text = text_of(app, world.auditor, f"/catalogue/pages/{page.id}")
    assert "原图缺角" in page_text
    late = {"version": "1", "reason": "再换", "scan": (io.BytesIO(drawn("third")), "x.jpg")}
    assert as_(app, world.second).post(f"/catalogue/pages/{page.id}/replace", data=late).status_code == 409
    with world.host.view() as session:
        assert session.scalar(select(func.count(DigitalObject.id)).where(DigitalObject.page_id == page.id)) == 6


def test_two_people_agree_that_a_paper_is_missing(world: World, app: Flask) -> None:
    file = household(world)
    keyed(world, file)
    asked = as_(app, world.archivist).post(
        f"/catalogue/files/{file.id}/waivers", data={"doc_type": "D05", "reason": "水灾毁损"}
    )
    assert asked.status_code == 302
    with world.host.view() as session:
        waiver = session.scalars(select(Waiver)).one()
    path = f"/catalogue/waivers/{waiver.id}/approve"
    assert as_(app, world.archivist).post(path).status_code == 403
    assert as_(app, world.stranger).post(path).status_code == 404
    assert "水灾毁损" in text_of(app, world.second, "/catalogue/waivers")
    assert as_(app, world.second).post(path).status_code == 302
    assert "档案员甲 申请，联络员乙 批准" in text_of(app, world.auditor, f"/catalogue/files/{file.id}")


def test_how_a_value_is_understood_is_told_while_typing(world: World, app: Flask) -> None:
    browser = as_(app, world.archivist)

    def told(field: str, **form: str) -> str:
        return browser.post(f"/catalogue/check/{field}", data=form).get_data(as_text=True)

    assert "字号“临”，2010 年，第 000123 号" in told("cert_no", cert_no="临林证字〔２０１０〕第000123号")
    assert "认不出" in told("cert_no", cert_no="第 12 页")
    assert "141124********0017" in told("id_no", id_no="141124197001010017", id_type="1")
    assert "校验位不符" in told("id_no", id_no="141124197001010018", id_type="1")
    assert "0.8200 公顷" in told("area_mu", area_mu="12.30")
    assert "2010年5月6日" in told("issue_date", issue_date="二〇一〇年五月六日")
    assert browser.post("/catalogue/check/nothing").status_code == 404
    assert as_(app, world.auditor).post("/catalogue/check/cert_no").status_code == 403


def test_an_office_loads_its_own_scheme_or_sees_every_fault(world: World, app: Flask) -> None:
    browser = as_(app, world.archivist)
    bad = "code,parent,level,title,retention,unit\nA1,XX,V,一,Y,件\nA2,,V,二,?,件\nA2,,,三,,\n"
    answer = browser.post("/catalogue/tables/scheme/load", data={"table": (io.BytesIO(bad.encode()), "s.csv")})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "第 2 行 parent" in page
    assert "第 4 行 code" in page
    good = "code,parent,level,title,retention,unit\nQQ,,,林权类,,\nQQ01,QQ,H,本县登记材料,Y,卷\n"
    assert (
        browser.post(
            "/catalogue/tables/scheme/load", data={"table": (io.BytesIO(good.encode("gb18030")), "s.csv")}
        ).status_code
        == 302
    )
    assert "本县登记材料" in text_of(app, world.auditor, "/catalogue/scheme")
    again = browser.post(
        "/catalogue/tables/scheme/load", data={"table": (io.BytesIO(good.encode()), "s.csv")}, follow_redirects=True
    )
    assert "没有变化" in again.get_data(as_text=True)
    assert browser.get("/catalogue/tables/nothing/load").status_code == 404


def test_the_keeper_of_reference_data_needs_no_scope(world: World, app: Flask) -> None:
    keeper = actor(world.host, ["sysadmin"], prefixes=[], name="管理员", account_id=9)
    browser = as_(app, keeper)
    table = "code,name\n999999,远县\n"
    loaded = browser.post("/catalogue/tables/divisions/load", data={"table": (io.BytesIO(table.encode()), "d.csv")})
    assert loaded.status_code == 302, loaded.get_data(as_text=True)
    assert "远县" in text_of(app, keeper, "/catalogue/divisions")
    assert "还没有单位" in text_of(app, keeper, "/catalogue/orgs")
    form = {"kind": "registry", "name": "临水县不动产登记中心", "code": "BDC-141124", "division_code": COUNTY}
    assert browser.post("/catalogue/orgs/new", data=form).status_code == 302
    assert browser.post("/catalogue/orgs/new", data=form).status_code == 409
    assert "不动产登记机构" in text_of(app, world.archivist, "/catalogue/orgs")
    assert "临水县不动产登记中心" not in text_of(app, world.stranger, "/catalogue/orgs")
    fonds = {"code": "0300", "name": "县局全宗", "creator": "县局", "division_code": ""}
    assert browser.post("/catalogue/fonds/new", data=fonds).status_code == 302
    assert "县局全宗" in text_of(app, keeper, "/catalogue/fonds")
    assert browser.get("/catalogue/files").status_code == 403


def test_an_archivist_keeps_reference_data_of_the_own_scope_only(world: World, app: Flask) -> None:
    browser = as_(app, world.archivist)
    org = {"kind": "registry", "name": "邻县中心", "code": "X", "division_code": "141125"}
    assert browser.post("/catalogue/orgs/new", data=org).status_code in (200, 422)
    fonds = {"code": "0300", "name": "全部", "creator": "x", "division_code": ""}
    assert browser.post("/catalogue/fonds/new", data=fonds).status_code == 422
    assert browser.post("/catalogue/fonds/new", data=fonds | {"division_code": COUNTY}).status_code == 302
    with world.host.view() as session:
        assert session.scalar(select(func.count(Org.id))) == 0


def test_the_contents_list_has_the_nine_columns(world: World, app: Flask) -> None:
    file = household(world)
    paper(world, file, pages=2)
    page = text_of(app, world.auditor, f"/catalogue/files/{file.id}/contents")
    for column in ("序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"):
        assert f">{column}</th>" in page
    assert "共 1 件 2 页" in page


def test_the_overview_leads_from_county_to_village(world: World, app: Flask) -> None:
    file = household(world)
    paper(world, file, pages=2)
    keyed(world, file, parcels=2)
    assert "临水县" in text_of(app, world.auditor, "/catalogue/")
    assert "柳林镇" in text_of(app, world.auditor, "/catalogue/?under=141124")
    village = text_of(app, world.auditor, "/catalogue/?under=141124102")
    assert "王家沟村" in village
    assert "24.60" in village


def test_forms_of_edit_keep_the_written_layer(world: World, app: Flask) -> None:
    certificate = keyed(world, household(world))
    browser = as_(app, world.archivist)
    page = browser.get(f"/catalogue/certificates/{certificate}/edit").get_data(as_text=True)
    assert 'value="临林证字(2010)第000123号"' in page
    assert "141124197001010017" not in page
    form = CERTIFICATE | {"id_no": "", "version": "1", "holder_name": "王晓山"}
    assert browser.post(f"/catalogue/certificates/{certificate}/edit", data=form).status_code == 302
    assert browser.post(f"/catalogue/certificates/{certificate}/edit", data=form).status_code == 409
    with world.host.view() as session:
        row = session.get_one(Certificate, certificate)
        assert (row.holder_name, row.id_no_masked) == ("王晓山", "141124********0017")
    with world.host.view() as session:
        parcel = session.scalars(select(Parcel)).one()
    assert 'value="12.30"' in browser.get(f"/catalogue/parcels/{parcel.id}/edit").get_data(as_text=True)
    saved = browser.post(f"/catalogue/parcels/{parcel.id}/edit", data=PARCEL | {"version": "1", "term_end": "长期"})
    assert saved.status_code == 302
    assert "长期" in browser.get(f"/catalogue/parcels/{parcel.id}/edit").get_data(as_text=True)
