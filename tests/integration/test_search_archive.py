"""Searching a real archive: numbers in any spelling, scope inside the query, events to index, fallback, verify, pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from lindang.cli import cli
from lindang.events import Delivery
from lindang.journal import JournalRow
from lindang.testing import actor, client, drain, make_app, make_host
from models.archive import ArchiveFile, Page
from models.digital import PageText
from models.events import (
    ArchiveFileSaved,
    BatchAnswered,
    BatchChanged,
    CertificatesSaved,
    FeedbackFiled,
    PageTextStored,
)
from models.handover import Batch, BatchItem
from models.persons import resident_id_check
from models.place import Org
from models.register import Certificate
from plugins.search.domain.grammar import QueryError
from plugins.search.domain.number_ways import Match
from plugins.search.routes.pages import hit_url
from plugins.search.service.export import plain_hits
from plugins.search.service.indexing import differences, engine_of, rebuild
from plugins.search.service.persons import PersonNumberInAddress
from tests.support.shelf import HERE, NOW, PERSON, THERE, Archive, open_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    host = make_host(tmp_path)
    yield open_archive(host)
    host.close()


def test_every_character_of_a_filed_page_is_found(archive: Archive) -> None:
    archive.file("王大山林权档案", texts=("东至河 沟\n西至山脊", "第二页 ＡＢ１２"))
    drain(archive.host)
    for word in ("东", "东至河沟", "河沟西", "脊", "页ab", "12", "ａｂ1"):
        assert len(archive.pages(word)) == 1, word
    assert archive.pages("脊第") == []


def test_descriptions_certificates_and_places_are_found(archive: Archive) -> None:
    archive.file("王大山林权档案", cert_no="岚林证字(2010)第00123号", place_name="野狐梁", holder="王大山")
    drain(archive.host)
    assert archive.kinds("野狐梁") == [("certificate", "0001"), ("parcel", "0001")]
    assert archive.kinds("大山") == [("certificate", "0001"), ("file", "0001"), ("holder", "0001")]
    assert archive.kinds("申请表") == [("item", "0001")]
    assert ("file", "0001") in archive.kinds("王家沟")
    assert archive.kinds("权利人:王 村:王家沟 年度:2010 状态:已发放 类别:F 批次:无") == [
        ("certificate", "0001"),
        ("file", "0001"),
    ]
    assert archive.kinds("年度:2011") == []


@pytest.mark.parametrize(
    "typed",
    [
        "岚林证字（２０１０）第００１２３号",
        "岚林证字〔2010〕第123号",
        "岚林证字2010第123",
        " 岚 林 证 字 [2010] 第 00123 号 ",
        "2010 123",
        "2010-00123",
        "岚2010 123",
        "00123",
        "123",
        "证号:岚林证字(2010)第123号",
        "证号:00123",
    ],
)
def test_certificate_numbers_in_any_spelling(archive: Archive, typed: str) -> None:
    archive.file("王大山林权档案", cert_no="岚林证字(2010)第00123号")
    archive.file("李大河林权档案", cert_no="岚林证字(2010)第01230号")
    drain(archive.host)
    found = list(plain_hits(archive.find(typed)))
    assert found, typed
    assert {hit["archival_code"][12:16] for hit in found[:1]} == {"0001"}


def test_numbers_say_why_they_matched_and_surer_ones_come_first(archive: Archive) -> None:
    first = archive.file("甲", cert_no="岚林证字(2010)第14992100003号", texts=("一", "二"))
    archive.file("乙", cert_no="岚林证字(2010)第24992100003号")
    archive.file("丙", texts=("三",))
    archive.read_number(3, 1, "岚林证字(2010)第I4992l000O3号")
    archive.read_number(first, 2, "岚林证字(2010)第14992100003号")
    numbers = archive.find("岚林证字（2010）第14992100003号").numbers
    assert [(view.match, view.object_id, len(view.pages)) for view in numbers] == [
        (Match.EXACT, 1, 0),
        (Match.EXACT, 1, 1),
        (Match.LOOKALIKE, 3, 1),
        (Match.ONE_WRONG, 2, 0),
    ]
    assert [(view.match, view.object_id) for view in archive.find("100003").numbers][:2] == [
        (Match.TAIL, 1),
        (Match.TAIL, 2),
    ]
    assert {view.match for view in archive.find("岚林证字(2010)第1499").numbers} == {Match.PREFIX}
    assert archive.find("0123-LQ·F02-0002").numbers[0].object_id == 2


def test_scope_is_inside_the_query(archive: Archive) -> None:
    archive.file("此处", texts=("东至河沟",), cert_no="岚林证字(2010)第1号")
    archive.file("彼处", division=THERE, texts=("东至河沟",), cert_no="柳林证字(2010)第1号")
    drain(archive.host)
    here = actor(archive.host, ["archivist"], prefixes=["141124"])
    nobody = actor(archive.host, ["archivist"], prefixes=[])
    result = archive.find("东至", here)
    assert result.answer is not None
    assert (result.answer.hits, result.answer.group_count) == (1, 1)
    assert result.answer.facets["county"] == {"141124": 1}
    assert archive.pages("东至", here) == [("0001-001", 1)]
    assert archive.find("2010 1", here).numbers[0].object_id == 1
    assert len(archive.find("2010 1", here).numbers) == 1
    assert archive.pages("东至", nobody) == []
    assert archive.find("2010 1", nobody).numbers == ()
    assert len(archive.pages("东至")) == 2


def test_a_withdrawn_page_is_not_shown_even_before_the_index_knows(archive: Archive) -> None:
    archive.file("甲", texts=("东至河沟",))
    drain(archive.host)
    with archive.host.uow(archive.host.system_actor()) as uow:
        uow.session.execute(PageText.__table__.update().values(is_current=False))
    assert archive.pages("东至") == []


def test_every_event_reaches_the_index(archive: Archive) -> None:
    file_id = archive.file("旧题名", texts=("旧文",), cert_no="岚林证字(2010)第5号")
    drain(archive.host)
    with archive.host.uow(archive.host.system_actor()) as uow:
        file = uow.session.get_one(ArchiveFile, file_id)
        file.title = "新题名"
        uow.emit(ArchiveFileSaved(archive_file_id=file_id))
    with archive.host.uow(archive.host.system_actor()) as uow:
        text = uow.session.scalars(select(PageText)).one()
        text.is_current = False
        uow.session.flush()
        page = uow.session.get_one(Page, text.page_id)
        uow.session.add(PageText(page_id=page.id, version=2, engine="test", text="新文", words=[], made_at=NOW))
        uow.emit(PageTextStored(page_id=page.id, item_id=page.item_id))
    with archive.host.uow(archive.host.system_actor()) as uow:
        uow.session.scalars(select(Certificate)).one().holder_name = "赵新"
        uow.emit(CertificatesSaved(certificate_ids=(1,)))
    drain(archive.host)
    assert archive.kinds("新题名") == [("file", "0001")]
    assert archive.kinds("旧题名") == archive.kinds("旧文") == []
    assert archive.pages("新文") == [("0001-001", 1)]
    assert archive.kinds("权利人:赵新") == [("certificate", "0001"), ("file", "0001")]
    assert differences(archive.host) == {}


def test_batches_are_a_facet_and_a_field(archive: Archive) -> None:
    inside = archive.file("甲", cert_no="岚林证字(2010)第5号", texts=("东至河沟",))
    archive.file("乙", texts=("东至河沟",))
    with archive.host.uow(archive.host.system_actor()) as uow:
        uow.session.add(Org(id=1, code="R1", name="不动产登记中心", kind="registry", division_code="141124"))
        uow.session.flush()
        batch = Batch(
            batch_no="141124-2020-YJ001",
            title="第一批",
            division_code="141124",
            registry_org_id=1,
            state="DRAFT",
            state_since=NOW,
            created_at=NOW,
            created_by="测试",
        )
        uow.session.add(batch)
        uow.session.flush()
        member = BatchItem(
            batch_id=batch.id,
            seq=1,
            certificate_id=1,
            archive_file_id=inside,
            division_code=HERE,
            state="IN_BATCH",
            added_at=NOW,
            added_by="测试",
        )
        uow.session.add(member)
        uow.emit(BatchChanged(batch_id=batch.id, archive_file_ids=(inside,)))
    drain(archive.host)
    assert archive.pages("东至 批次:有") == [("0001-001", 1)]
    assert archive.pages("东至 批次:无") == [("0002-001", 1)]
    assert archive.pages("东至 批次:2020-YJ001") == [("0001-001", 1)]
    assert archive.pages("东至", in_batch=True) == [("0001-001", 1)]
    answer = archive.find("东至").answer
    assert answer is not None
    assert answer.facets["batch"] == {"0": 1, "1": 1}
    with archive.host.uow(archive.host.system_actor()) as uow:
        member = uow.session.scalars(select(BatchItem)).one()
        member.state, member.is_open = "RETURNED", False
        uow.emit(BatchAnswered(batch_id=member.batch_id))
    drain(archive.host)
    assert archive.pages("东至 批次:有") == []
    assert archive.pages("东至 批次:2020-YJ001") == [("0001-001", 1)]
    with archive.host.uow(archive.host.system_actor()) as uow:
        uow.session.scalars(select(BatchItem)).one().state = "FEEDBACK_FILED"
        uow.emit(FeedbackFiled(feedback_id=1, batch_id=1, item_id=1))
    drain(archive.host)
    assert archive.pages("东至 批次:有") == [("0001-001", 1)]


def test_wildcards_nearness_and_area(archive: Archive) -> None:
    archive.file("甲", cert_no="临林证字(2010)第1号", texts=("东至河沟中心线，\n西至山脊", "户主王建 国"))
    archive.file("乙", texts=("西至山脊；南至大路，东至王家坟地边沿下的河沟", "𠮷野家 王国"))
    drain(archive.host)
    assert archive.pages("东至*河沟") == [("0001-001", 1), ("0002-001", 1)]
    assert archive.pages("王?国") == [("0001-001", 2)]
    assert archive.pages("?𠮷野家") == []
    assert archive.pages("?野家?国") == [("0002-001", 2)]
    assert archive.pages("?野家*国") == [("0002-001", 2)]
    assert archive.pages('"山脊 东至"~3') == []
    assert archive.pages('"山脊 东至"~10') == [("0001-001", 1), ("0002-001", 1)]
    assert archive.pages("河沟 面积:10-12.3") == [("0001-001", 1)]
    assert archive.pages("河沟 面积:>12.3") == [("0001-001", 1)]
    assert archive.pages("河沟 面积:<12.29") == []
    (group,) = archive.find("王?国").groups
    (hit,) = group.hits
    assert (hit.found, "【王建 国】" in hit.snippet.plain) == (("王建国",), True)
    web = client(make_app(archive.host), archive.host.system_actor())
    assert "<mark>王建 国</mark>" in web.get("/search?q=王?国").text


def test_what_a_wildcard_meets_goes_into_no_address_when_it_is_personal(archive: Archive) -> None:
    archive.file("甲", texts=("联系电话：13812345678，东至河沟",))
    drain(archive.host)
    (hit,) = archive.find("电话*东至").groups[0].hits
    group = archive.find("电话*东至").groups[0]
    with make_app(archive.host).test_request_context():
        address = hit_url(hit, group, ("东至",)) or ""
    assert "13812345678" in hit.found[0]
    assert "138" not in address


def test_findable_only_after_delivery_and_delivered_only_after_commit(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain(archive.host)
    archive.file("甲", texts=("东至河沟",))
    engine = engine_of(archive.host)

    def full(_units: object) -> bool:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "replace", full)
        drain(archive.host)
    with archive.host.view() as session:
        states = set(session.scalars(select(Delivery.state).where(Delivery.subscriber.startswith("search."))))
    assert states == {"failed"}
    assert archive.pages("东至") == []


def test_without_an_index_the_database_answers_alike(archive: Archive) -> None:
    archive.file("甲", texts=("东至河 沟", "ＡＢ北"), cert_no="岚林证字(2010)第00123号")
    archive.file("乙", division=THERE, texts=("西至\n河沟",))
    drain(archive.host)
    queries = ["河沟", "东", "ab北", "东 OR 西", "河沟 -东", "权利人:王", "题名:申请 河", "村:李家沟 河"]
    indexed = [sorted(map(str, plain_hits(archive.find(query)))) for query in queries]
    shutil.rmtree(archive.host.data_dir / "index")
    stored = [archive.find(query) for query in queries]
    assert all(result.is_fallback and result.answer and result.answer.is_exact for result in stored)
    assert [sorted(map(str, plain_hits(result))) for result in stored] == indexed
    assert archive.find("2010 123").numbers[0].object_id == 1


def test_the_worker_rebuilds_a_lost_or_foreign_index(archive: Archive) -> None:
    archive.file("甲", texts=("东至河沟",))
    drain(archive.host)
    folder = archive.host.data_dir / "index"
    old = archive.host.data_dir / "old"
    shutil.copytree(folder, old)
    archive.file("乙", texts=("东至河沟",))
    drain(archive.host)
    shutil.rmtree(folder)
    drain(archive.host)
    assert not archive.find("东至").is_fallback
    assert len(archive.pages("东至")) == 2
    shutil.rmtree(folder)
    old.rename(folder)
    assert differences(archive.host) == {2: "missing"}
    drain(archive.host)
    assert differences(archive.host) == {}


def test_an_index_lost_while_working_is_ordered_anew_by_the_next_event(archive: Archive) -> None:
    archive.file("甲", texts=("东至河沟",))
    drain(archive.host)
    shutil.rmtree(archive.host.data_dir / "index")
    archive.host._ports.clear()
    archive.file("乙", texts=("东至河沟",))
    drain(archive.host)
    assert len(archive.pages("东至")) == 2
    assert not archive.find("东至").is_fallback


def test_verify_finds_what_is_missing_stale_and_surplus(archive: Archive) -> None:
    check = next(check for plugin in archive.host.plugins for check in plugin.checks if check.code == "I6")
    for name in "甲乙丙":
        archive.file(name, texts=("东至河沟",))
    drain(archive.host)
    assert list(check.run(archive.host)) == []
    archive.file("丁")
    assert list(check.run(archive.host)) == []  # its event is still on the way
    drain(archive.host)
    with archive.host.uow(archive.host.system_actor()) as uow:
        uow.session.get_one(ArchiveFile, 2).title = "悄悄改了"
    assert [(v.subject, v.found) for v in check.run(archive.host)] == [("archive_file:2", "stale")]
    rebuild(archive.host)
    assert list(check.run(archive.host)) == []


def test_a_fault_in_the_query_names_its_place(archive: Archive) -> None:
    with pytest.raises(QueryError) as fault:
        archive.find("(松 OR 柏")
    assert fault.value.position == 0
    with pytest.raises(QueryError) as fault:
        archive.find("年度:去年")
    assert fault.value.position == 0


def test_the_command_line_finds_and_rebuilds(archive: Archive) -> None:
    archive.file("王大山林权档案", texts=("东至河沟",), cert_no="岚林证字(2010)第00123号")
    drain(archive.host)

    def lindang(*arguments: str) -> Any:
        settings = {"LINDANG__HOST__DATABASE_URL": archive.host.settings.host.database_url}
        return CliRunner(env=settings).invoke(cli, ["--data", str(archive.host.data_dir), "search", *arguments])

    found = json.loads(lindang("find", "东至", "--json").stdout)
    assert [(hit["archival_code"], hit["page"], hit["kind"], hit["snippet"]) for hit in found["hits"]] == [
        ("0123-LQ·F02-0001-001", 1, "page", "【东至】河沟")
    ]
    assert (found["total"], found["items"], found["exact"], found["engine"]) == (1, 1, True, "index")
    assert json.loads(lindang("find", "2010 123", "--json").stdout)["hits"][0]["match"] == "exact"
    assert json.loads(lindang("rebuild", "--json").stdout)["units"] == 1
    assert isinstance(lindang("find", "(东").exception, QueryError)
    assert isinstance(lindang("find", PERSON).exception, PersonNumberInAddress)
    assert "没有找到" in lindang("find", "无此文字").stdout


# --- pages --------------------------------------------------------------------------------------------------------


def test_pages_results_faults_and_filters(archive: Archive) -> None:
    archive.file("王大山林权档案", texts=("东至<河>沟",), cert_no="岚林证字(2010)第00123号")
    archive.file("李大河林权档案", division=THERE, texts=("东至河沟",))
    drain(archive.host)
    web = client(make_app(archive.host), actor(archive.host, ["archivist"]))
    page = web.get("/search?q=东至").get_data(as_text=True)
    assert "<mark>东至</mark>&lt;河&gt;沟" in page
    assert "全文检索：2 条，2 处" in page
    assert "柳林县" in page
    narrowed = web.get("/search?q=东至&division=141125").get_data(as_text=True)
    assert "李大河林权档案" in narrowed
    assert "王大山林权档案" not in narrowed
    number = web.get("/search?q=2010 123").get_data(as_text=True)
    assert "按号码查到" in number
    assert "号码相同" in number
    wrong = web.get("/search?q=(东")
    assert wrong.status_code == 400
    assert "<mark>(</mark>东" in wrong.get_data(as_text=True)
    assert "没有找到" in web.get("/search?q=无此文字").get_data(as_text=True)
    assert "可以这样检索" in web.get("/search").get_data(as_text=True)
    assert web.get("/search/help").status_code == 200


@pytest.mark.parametrize("number", [PERSON, "１４１１２４ 19700101 0017", "141124700101001", f"查{PERSON}"])
def test_an_identity_number_never_goes_through_an_address(archive: Archive, number: str) -> None:
    archive.file("王大山林权档案", cert_no="岚林证字(2010)第00123号")
    app = make_app(archive.host)
    for role, target in [("archivist", "/search/person"), ("reader", "/search")]:
        web = client(app, actor(archive.host, [role]))
        refused = web.get("/search", query_string={"q": number})
        assert (refused.status_code, refused.location) == (303, target)
        page = web.get(target).get_data(as_text=True)
        assert "证件号码不能放在网址里检索" in page
        assert "王大山" not in page
        assert number not in page
    with pytest.raises(PersonNumberInAddress):
        archive.find(number)


def test_a_person_is_looked_up_by_digest_in_scope_and_on_record(archive: Archive) -> None:
    other = "14112519650505123"
    archive.file("王大山林权档案", cert_no="岚林证字(2010)第00123号")
    archive.file(
        "李大河林权档案", division=THERE, cert_no="柳林证字(2010)第7号", id_no=other + resident_id_check(other)
    )
    app = make_app(archive.host)
    here = client(app, actor(archive.host, ["archivist"], prefixes=["141124"]))
    found = here.post("/search/person", data={"number": "１４１１２４７００１０１００１"}).get_data(as_text=True)
    assert "王大山林权档案" in found
    assert "141124********0017" in found
    assert PERSON not in found
    elsewhere = here.post("/search/person", data={"number": other + resident_id_check(other)})
    assert "没有找到此人" in elsewhere.get_data(as_text=True)
    assert here.post("/search/person", data={"number": "141124197001010018"}).status_code == 422
    with archive.host.view() as session:
        rows = session.scalars(select(JournalRow).where(JournalRow.action == "search.person_looked_up")).all()
    assert [(row.subject, json.loads(row.facts)["found"]) for row in rows] == [
        ("id_no:141124********0017", 1),
        (f"id_no:141125********{(other + resident_id_check(other))[-4:]}", 0),
    ]
    reader = client(app, actor(archive.host, ["reader"]))
    assert reader.post("/search/person", data={"number": PERSON}).status_code == 403


def test_the_rebuild_button_belongs_to_the_system_administrator(archive: Archive) -> None:
    app = make_app(archive.host)
    assert client(app, actor(archive.host, ["archivist"])).post("/search/rebuild").status_code == 403
    assert client(app, actor(archive.host, ["sysadmin"])).post("/search/rebuild").status_code == 302


def test_the_api_answers_the_same(archive: Archive) -> None:
    archive.file("王大山林权档案", texts=("东至河沟",), cert_no="岚林证字(2010)第00123号")
    drain(archive.host)
    api = client(make_app(archive.host), actor(archive.host, ["reader"]))
    body = api.get("/api/v1/search", query_string={"q": "东至"}).get_json()
    assert (body["total"], body["items"], body["exact"]) == (1, 1, True)
    (hit,) = body["hits"]
    assert (hit["kind"], hit["page"], hit["archival_code"], hit["snippet"]) == (
        "page",
        1,
        "0123-LQ·F02-0001-001",
        "【东至】河沟",
    )
    assert api.get("/api/v1/search", query_string={"q": PERSON}).status_code == 400
    assert api.get("/api/v1/search", query_string={"q": "(东"}).get_json()["where"] == "第 1 个字符"
    assert api.get("/api/v1/search", query_string={"unknown": "1"}).status_code == 422


def test_the_form_writes_the_query_and_keeps_persons_numbers_out_of_addresses(archive: Archive) -> None:
    archive.file("甲", cert_no="临林证字(2010)第1号", texts=("东至河沟中心线",))
    drain(archive.host)
    web = client(make_app(archive.host), archive.host.system_actor())
    assert "按项填写" in web.get("/search").text
    assert web.get("/search/form").status_code == 200
    chosen = {"state": "", "batch": ""}
    form = {"all_words": "河沟 与", "least_area": "10", "village": "王家沟", **chosen}
    answer = web.post("/search/form", data=form)
    assert answer.status_code == 303
    shown = web.get(answer.location).text
    assert 'value="河沟 &#34;与&#34; 村:王家沟 面积:&gt;10"' in shown
    assert web.post("/search/form", data={"first_year": "20", **chosen}).status_code == 422
    refused = web.post("/search/form", data={"all_words": PERSON, **chosen})
    assert refused.status_code == 422
    assert "Location" not in refused.headers


def test_an_order_is_chosen_on_the_page_and_kept_in_its_links(archive: Archive) -> None:
    archive.file("甲", texts=("东至河沟",), year=2010)
    archive.file("乙", texts=("东至河沟 东至河沟",), year=2012)
    drain(archive.host)
    app = make_app(archive.host)
    web = client(app, archive.host.system_actor())

    def titles(**asked: str) -> list[str]:
        body = web.get("/api/v1/search", query_string={"q": "东至", **asked}).get_json()
        return [hit["archival_code"][12:16] for hit in body["hits"]]

    assert titles() == ["0002", "0001"]
    assert titles(order="code") == ["0001", "0002"]
    assert titles(order="date") == ["0002", "0001"]
    assert web.get("/api/v1/search", query_string={"q": "东至", "order": "size"}).status_code == 422
    shown = web.get("/search", query_string={"q": "东至", "order": "code"}).text
    assert shown.index("0002-001") > shown.index("0001-001")
    assert '<strong aria-current="true">档号</strong>' in shown
    assert '<input type="hidden" name="order" value="code">' in shown
    assert "order=code" in shown.split("<aside")[1], "facets keep it"
    assert web.get("/search", query_string={"q": "东至", "order": "nonsense"}).status_code == 200
    settings = {"LINDANG__HOST__DATABASE_URL": archive.host.settings.host.database_url}
    command = ["--data", str(archive.host.data_dir), "search", "find", "东至", "--order", "code"]
    found = CliRunner(env=settings).invoke(cli, command)
    assert found.output.index("0001-001") < found.output.index("0002-001")
