"""Searches kept under a name: one's own alone, the same tree after any change of engine, and news of what was filed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from sqlalchemy import select

from lindang.auth import Actor
from lindang.testing import FixedClock, actor, client, drain, make_app, make_host
from models.account import ACTIVE, Account, AccountScope
from models.saved_searches import SavedSearch
from plugins.search.domain.grammar import parse_query
from plugins.search.domain.query import Node
from plugins.search.domain.tree import tree_from_plain, tree_to_plain
from plugins.search.service.saving import count_fresh
from tests.support.people import admit_one
from tests.support.search_world import nodes
from tests.support.shelf import PERSON, THERE, Archive, open_archive


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def archive(tmp_path: Path, clock: FixedClock) -> Iterator[Archive]:
    host = make_host(tmp_path, clock=clock)
    yield open_archive(host)
    host.close()


def person(archive: Archive, login: str, prefix: str = "141124") -> Actor:
    """Admit an archivist of a county."""
    account = admit_one(archive.host, login, "archivist", prefixes=(prefix,))
    return replace(actor(archive.host, ["archivist"], prefixes=[prefix], name=login), account_id=account)


@settings(max_examples=100, deadline=None)
@given(nodes)
def test_a_tree_is_the_same_after_being_kept(node: Node) -> None:
    assert tree_from_plain(tree_to_plain(node)) == node


@pytest.mark.parametrize(
    "plain",
    [{"version": 2, "tree": {}}, {"version": 1, "tree": {"is": "new"}}, {"version": 1, "tree": 7}, {"tree": {}}],
)
def test_what_is_no_tree_of_ours_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"tree|node"):
        tree_from_plain(plain)
    assert tree_from_plain({}) is None


def test_a_search_is_kept_opened_renamed_and_dropped(archive: Archive) -> None:
    archive.file("甲", texts=("东至河沟",))
    drain(archive.host)
    web = client(make_app(archive.host), person(archive, "wang"))
    assert 'name="is_watched"' in web.get("/search", query_string={"q": "东至", "year": "2010"}).text
    kept = {"q": "东至 NOT 西", "name": "河沟的", "year": "2010", "order": "code"}
    assert web.post("/search/saved", data=kept).status_code == 303
    assert web.post("/search/saved", data=kept).status_code == 409
    with archive.host.view() as session:
        row = session.scalars(select(SavedSearch)).one()
    assert tree_from_plain(row.tree) == parse_query("东至 NOT 西")
    opened = web.post("/search/saved/1/open")
    assert opened.status_code == 303
    shown = web.get(opened.location).text
    assert 'value="东至 NOT 西"' in shown
    assert '<strong aria-current="true">档号</strong>' in shown or "全文检索：1 条" in shown
    assert "order=code" in opened.location
    assert "year=2010" in opened.location
    web.post("/search/saved/1/change", data={"name": "沟"})
    assert 'value="沟"' in web.get("/search/saved").text
    web.post("/search/saved/1/drop")
    assert "还没有保存检索" in web.get("/search/saved").text
    assert web.post("/search/saved/1/open").status_code == 404
    assert web.post("/search/saved", data=kept | {"name": "沟"}).status_code == 303, "the name is free again"


def test_kept_searches_are_invisible_to_others(archive: Archive) -> None:
    app = make_app(archive.host)
    mine, other = client(app, person(archive, "wang")), client(app, person(archive, "li"))
    mine.post("/search/saved", data={"q": "东至河沟", "name": "河沟的"})
    assert "河沟的" in mine.get("/search/saved").text
    assert "河沟的" not in other.get("/search/saved").text
    for action in ("open", "change", "drop"):
        assert other.post(f"/search/saved/1/{action}", data={"name": "x"}).status_code == 404
    assert other.post("/search/saved", data={"q": "东至河沟", "name": "河沟的"}).status_code == 303


@pytest.mark.parametrize(
    "kept", [{"q": PERSON}, {"q": "东", "name": f"找 {PERSON}"}, {"q": ""}, {"q": "(东"}, {"name": ""}]
)
def test_what_cannot_be_kept(archive: Archive, kept: dict[str, str]) -> None:
    web = client(make_app(archive.host), person(archive, "wang"))
    assert web.post("/search/saved", data={"q": "东", "name": "名", **kept}).status_code == 400
    with archive.host.view() as session:
        assert session.scalars(select(SavedSearch)).all() == []


def test_what_was_filed_since_the_last_look_is_told_within_the_scope_of_then(
    archive: Archive, clock: FixedClock
) -> None:
    archive.file("旧", texts=("东至河沟",))
    drain(archive.host)
    owner = person(archive, "wang")
    web = client(make_app(archive.host), owner)
    clock.advance(minutes=1)
    web.post("/search/saved", data={"q": "东至河沟", "name": "河沟的", "is_watched": "1"})
    web.post("/search/saved", data={"q": "东至河沟", "name": "不提醒的"})

    def told() -> int:
        drain(archive.host)
        count_fresh(archive.host)
        with archive.host.view() as session:
            return sum(session.scalars(select(SavedSearch.fresh)))

    assert told() == 0
    clock.advance(minutes=1)
    archive.file("新", texts=("东至河沟",))
    archive.file("无关", texts=("西至山脊",))
    archive.file("彼处", division=THERE, texts=("东至河沟",))
    assert told() == 1
    assert "新 1 条" in web.get("/search/saved").text
    assert "保存的检索（新 1）" in web.get("/search").text
    assert "检索有新内容" in web.get("/").text
    with archive.host.transaction() as session:
        session.add(AccountScope(account_id=owner.account_id, prefix="141125", granted_at=clock.now(), granted_by=None))
    assert told() == 2
    with archive.host.transaction() as session:
        session.get_one(Account, owner.account_id).state = "disabled"
    assert told() == 0
    with archive.host.transaction() as session:
        session.get_one(Account, owner.account_id).state = ACTIVE
    assert told() == 2
    clock.advance(minutes=1)
    web.post("/search/saved/1/open")
    assert told() == 0
