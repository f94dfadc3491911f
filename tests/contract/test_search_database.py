"""What searching asks of the database, on SQLite and on PostgreSQL: numbers, scope, documents, answering without an index."""

from __future__ import annotations

import shutil

import pytest

from lindang.host import Host
from lindang.testing import actor, drain
from plugins.search.domain.number_ways import Match
from plugins.search.service.export import plain_hits
from plugins.search.service.indexing import differences
from tests.support.shelf import THERE, Archive, open_archive


@pytest.fixture
def archive(host: Host) -> Archive:
    made = open_archive(host)
    made.file("王大山林权档案", texts=("东至河 沟", "ＡＢ北"), cert_no="岚林证字(2010)第00123号")
    made.file("李大河林权档案", division=THERE, texts=("西至\n河沟",), cert_no="岚林证字(2010)第01230号")
    return made


@pytest.mark.parametrize("typed", ["岚林证字（２０１０）第００１２３号", "2010 123", "岚2010-123", "123", "00123"])
def test_numbers_in_any_spelling(archive: Archive, typed: str) -> None:
    best = archive.find(typed).numbers[0]
    assert (best.match, best.object_id) == (Match.EXACT, 1)


def test_beginnings_ends_and_lookalikes(archive: Archive) -> None:
    found = {typed: archive.find(typed).numbers for typed in ("岚林证字(2010)第0", "1230", "岚林证字(2O1O)第OO123号")}
    assert [(view.match, view.object_id) for view in found["岚林证字(2010)第0"]] == [
        (Match.PREFIX, 1),
        (Match.PREFIX, 2),
    ]
    assert [(view.match, view.object_id) for view in found["1230"]] == [(Match.EXACT, 2)]
    assert [(view.match, view.object_id) for view in found["岚林证字(2O1O)第OO123号"]] == [(Match.LOOKALIKE, 1)]


def test_scope_is_inside_the_query(archive: Archive) -> None:
    there = actor(archive.host, ["reader"], prefixes=["141125"])
    drain(archive.host)
    assert [(view.match, view.object_id) for view in archive.find("2010 123", there).numbers] == [
        (Match.ONE_MISSING, 2)
    ]
    assert archive.pages("河沟", there) == [("0002-001", 1)]


def test_index_and_database_give_the_same_answers(archive: Archive) -> None:
    drain(archive.host)
    assert differences(archive.host) == {}
    queries = [
        "河沟",
        "东",
        "ab北",
        "东 OR 西",
        "河沟 -东",
        "权利人:王",
        "题名:申请 河",
        "村:李家沟 河",
        "证号:岚林证字(2010)第123号",
    ]
    indexed = [sorted(map(str, plain_hits(archive.find(query)))) for query in queries]
    shutil.rmtree(archive.host.data_dir / "index")
    stored = [archive.find(query) for query in queries]
    assert all(result.is_fallback and result.answer and result.answer.is_exact for result in stored)
    assert [sorted(map(str, plain_hits(result))) for result in stored] == indexed
    assert all(indexed)
