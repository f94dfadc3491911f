"""Folding, snippets, places and the plain scan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.search.domain.documents import Kind, SearchDoc, Unit, stamp_of
from plugins.search.domain.engine import Filters, Request
from plugins.search.domain.folding import SEPARATOR, fold, fold_parts, fold_with_origin
from plugins.search.domain.matching import kinds_for
from plugins.search.domain.places import place_code, place_number, shift_of
from plugins.search.domain.query import And, Not, Word
from plugins.search.domain.scan import scan
from plugins.search.domain.snippets import find_marks, make_snippet
from plugins.search.service.answering import like_pattern


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢｃ１２", "abc12"),
        ("东 至\n河　沟\u200b", "东至河沟"),
        ("〔2010〕【甲】［乙］", "(2010)(甲)(乙)"),
        ("，。：；", ",。:;"),
        ("𠮷\ud800", "𠮷\ufffd"),
        ("甲\x1f乙\x00", "甲乙"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_is_stable_and_keeps_track_of_places(text: str) -> None:
    folded, origin = fold_with_origin(text)
    assert folded == fold(text) == fold(folded)
    assert len(origin) == len(folded)
    assert origin == sorted(origin)
    assert all(fold(text[place]) == char for char, place in zip(folded, origin, strict=True))
    assert SEPARATOR not in folded


def test_parts_stay_apart() -> None:
    assert fold_parts("王 家", "", " ", "沟") == f"王家{SEPARATOR}沟"


@given(st.text("甲乙丙 \n", max_size=60), st.lists(st.text("甲乙", min_size=1, max_size=3), max_size=3))
def test_marks_cover_exactly_what_is_found(text: str, words: list[str]) -> None:
    covered = {place for start, end in find_marks(text, words) for place in range(start, end)}
    folded, origin = fold_with_origin(text)
    expected = {
        place
        for word in words
        for start in range(len(folded))
        if folded.startswith(word, start)
        for place in range(origin[start], origin[start + len(word) - 1] + 1)
    }
    assert covered == expected


def test_a_snippet_shows_the_densest_place_and_says_where_it_was_cut() -> None:
    text = "甲" + "无关文字" * 40 + "东 至\n河沟,西至河沟" + "其他" * 60
    snippet = make_snippet(text, ["东至", "河沟"], width=40)
    assert [part.text for part in snippet.parts if part.marked] == ["东 至", "河沟", "河沟"]
    assert snippet.before
    assert snippet.after
    assert len(snippet.plain) < 80
    assert "【东 至】 【河沟】,西至【河沟】" in snippet.plain


@given(st.text("甲乙丙 \n", min_size=1, max_size=200), st.text("甲乙", min_size=1, max_size=3), st.integers(5, 60))
def test_a_snippet_always_marks_something_that_is_there(text: str, word: str, width: int) -> None:
    snippet = make_snippet(text, [word], width=width)
    assert any(part.marked for part in snippet.parts) == (word in fold(text))
    assert all(word in fold(part.text) for part in snippet.parts if part.marked)


def test_without_a_mark_a_snippet_is_the_beginning() -> None:
    assert make_snippet("甲乙丙", [], width=2).plain == "甲乙…"
    assert make_snippet("", ["甲"]).plain == ""


@given(st.text("0123456789", max_size=12), st.text("0123456789", max_size=12))
def test_lying_inside_a_division_is_a_shift(code: str, prefix: str) -> None:
    inside = place_number(code) >> shift_of(prefix) == place_number(prefix) >> shift_of(prefix)
    assert inside == code.startswith(prefix)
    assert place_code(place_number(code)) == code


def test_a_query_of_fields_alone_lists_files_not_their_pages() -> None:
    heads = {Kind.FILE, Kind.CERTIFICATE}
    assert kinds_for(None) == heads
    assert kinds_for(Word("王", "holder")) == heads
    assert kinds_for(Word("合同", "title")) == heads | {Kind.ITEM}
    assert kinds_for(And((Word("王", "holder"), Not(Word("甲"))))) == heads
    assert kinds_for(And((Word("王", "holder"), Word("甲")))) == frozenset(Kind)


def page(page_id: int, body: str, item: int = 1) -> SearchDoc:
    return SearchDoc(
        unit=1, file_id=1, kind=Kind.PAGE, division="141124100201", body=body, item_id=item, page_id=page_id
    )


def test_the_plain_scan_groups_counts_and_pages() -> None:
    unit = Unit(1, (page(1, "甲"), page(2, "甲甲"), page(3, "乙"), page(4, "甲", item=2)))
    answer = scan(Request(query=Word("甲"), scope=("1411",), limit=1, per_group=1), [unit])
    assert (answer.hits, answer.group_count, len(answer.groups)) == (3, 2, 1)
    assert answer.groups[0].count == 2
    assert [hit.page_id for hit in answer.groups[0].hits] == [2]
    assert answer.facets["village"] == {"141124100201": 2}
    assert scan(Request(query=Word("甲"), scope=("1412",)), [unit]).hits == 0
    assert scan(Request(query=Word("甲"), scope=()), [unit]).hits == 0
    assert scan(Request(query=Word("甲"), scope=("",), filters=Filters(division="141125")), [unit]).hits == 0


def test_a_stamp_tells_contents_not_order() -> None:
    one, two = page(1, "甲"), page(2, "乙")
    assert stamp_of([one, two]) == stamp_of([two, one])
    assert stamp_of([one]) != stamp_of([page(1, "甲 ")])
    assert 0 <= stamp_of([]) < 2**63


def test_the_database_is_asked_for_everything_that_could_match() -> None:
    assert like_pattern("东至") == "%东%至%"
    assert like_pattern("甲a(乙") == "%甲%%%乙%"
    assert set(like_pattern("100%_")) == {"%"}
