"""Names and places of the register are found on SQLite and on PostgreSQL exactly as by reading every one of them."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select, text

from lindang.auth import Actor
from lindang.host import Host
from lindang.testing import actor, drain
from models.register import Parcel
from models.search_names import SearchKey
from plugins.search.domain.names import PART, Why, read_name_query
from plugins.search.queries.register_names import SHOWN, NamesFound, find_names
from plugins.search.service.naming import name_differences, rebuild_names
from tests.support.named_county import COUNTY, NamedCounty, put_named_county

NAMES = (
    "王建国", "汪健国", "王建", "单明", "山名", "曾芳", "艾力买买提", "艾力・买买提", "艾力", "尉迟恭", "柳树沟村民委员会", "柳树沟",
    "树沟村", "村民小组", "单田芳", "王田芳", "王国国", "张𠮷明", "𠮷明", "王𠮷明", "吕布", "林业", "后沟", "狐梁", "野狐梁", "临水县",
    "城关镇", "有限责任公司", "龘靐", "联合社有限责任公司第二经营部", "第三", "张家坟", "公司", "王平强", "單明", "王国建国", "王建明国", "尉恭", "艾力买提",
)  # fmt: skip
LETTERS = (
    "wj", "wjg", "wangjianguo", "wang", "shan", "sm", "dan", "zeng", "ceng", "xie", "jie", "qiu", "chou", "zha", "piao", "yue", "le",
    "lvbu", "yuchi", "aili", "almmt", "lsgcm", "liushugou", "abc", "abclin", "zz", "linshuixian", "wangbuguo", "ou", "zhai", "zhangjianyue", "zhang jian yue",
)  # fmt: skip


@pytest.fixture
def county(host: Host) -> NamedCounty:
    made = put_named_county(host, 400)
    drain(host)
    return made


def found_by(host: Host, who: Actor, typed: str) -> NamesFound:
    query = read_name_query(typed)
    assert query is not None, typed
    with host.view(who) as session:
        return find_names(session, who, query)


def check(host: Host, county: NamedCounty, who: Actor, prefix: str, typed: str) -> set[Why]:
    """Compare an answer with the scan; return the ways that were met."""
    truth = county.scan(typed, prefix)
    answer = found_by(host, who, typed)
    with host.view() as session:
        seqs = dict(session.execute(select(Parcel.id, Parcel.seq)).all()) | {0: 0}
    found = {(hit.certificate_id, seqs[hit.parcel_id]): hit.why for hit in answer.hits}
    assert len(found) == len(answer.hits) == min(len(truth), SHOWN), typed
    assert answer.total == len(truth), typed
    assert {key: truth.get(key) for key in found} == found, typed
    assert [hit.why for hit in answer.hits] == sorted(truth.values())[:SHOWN], typed
    return set(truth.values())


def test_every_kind_of_query_finds_what_a_scan_finds(host: Host, county: NamedCounty) -> None:
    lots = random.Random(3)
    names = [lots.choice(book.holders) for book in county.books.values()]
    asked = [name for name in lots.sample(names, 60) if "、" not in name and "□" not in name and len(name) <= 30]
    everybody, here = host.system_actor(), actor(host, ["archivist"], prefixes=[COUNTY])
    met: set[Why] = set()
    for typed in (*NAMES, *LETTERS, *asked):
        met |= check(host, county, everybody, "", typed)
        check(host, county, here, COUNTY, typed)
    assert met == set(Why)


def test_both_scripts_are_one_and_a_character_may_be_missing_or_surplus(host: Host, county: NamedCounty) -> None:
    everybody = host.system_actor()
    for typed, why in (
        ("單田芳", Why.NAME),
        ("单田芳", Why.NAME),
        ("单芳", Why.ONE_MISSING),
        ("单田方芳", Why.ONE_SURPLUS),
        ("艾力买提", Why.ONE_MISSING),
        ("陈布", Why.ONE_OF_TWO),
    ):
        assert why in {hit.why for hit in found_by(host, everybody, typed).hits}, typed


def test_out_of_scope_is_like_not_existing(host: Host, county: NamedCounty) -> None:
    nobody = actor(host, ["archivist"], prefixes=[])
    assert found_by(host, nobody, "柳树沟") == NamesFound((), 0)


def test_names_are_as_the_register_has_them_and_a_rebuild_mends_them(host: Host, county: NamedCounty) -> None:
    assert name_differences(host) == {}
    with host.uow(host.system_actor()) as uow:
        uow.session.execute(text("DELETE FROM search_name WHERE certificate_id = 7"))
        uow.session.execute(text("UPDATE search_key SET key = 'x' WHERE kind = 'part' AND key = '尉迟恭'"))
    wrong = name_differences(host)
    assert wrong[7] == "missing"
    assert "keys" in wrong.values()
    assert rebuild_names(host) == 400
    assert name_differences(host) == {}
    with host.view() as session:
        assert session.scalar(select(func.count()).where(SearchKey.kind == PART, SearchKey.key == "x")) == 0


def test_a_beginning_is_looked_up_in_the_index(host: Host, county: NamedCounty) -> None:
    is_sqlite = host.engine.dialect.name == "sqlite"
    with host.view() as session:
        if not is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        query = "SELECT term_id FROM search_key WHERE kind = 'pinyin' AND key >= 'wang' AND key < 'wanh'"
        plan = session.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")).all()
    shown = " ".join(str(cell) for line in plan for cell in line)
    assert ("key>?" in shown) if is_sqlite else ("Index Cond" in shown and "key >= 'wang'" in shown), shown
