"""Random archives and random searches for everything that must agree with the plain scan."""

from __future__ import annotations

import dataclasses

from hypothesis import strategies as st

from plugins.search.domain.documents import Kind, SearchDoc, Unit
from plugins.search.domain.engine import Answer, Filters, IndexedEngine, Order, Request
from plugins.search.domain.folding import fold, fold_parts
from plugins.search.domain.query import (
    And,
    Areas,
    ClassCode,
    InBatch,
    Node,
    Not,
    Or,
    Pattern,
    State,
    Word,
    Years,
)

TOWNS = ["141124100", "141124101", "141125100", "1411", ""]
ALPHABET = "林权证山木岚村王家〇。,（(ＡＢab12１２ \n𠮷"
texts = st.text(ALPHABET, max_size=25)
words = st.text("林权证山木岚村王家(ab12𠮷", min_size=1, max_size=4)
fields = st.sampled_from(["", "", "", "title", "holder", "village", "cert_no", "code", "batch"])


codes = st.sampled_from(["", "0123-LQ·F02-0001", "0123-LQ·F02-0001-001", "0123-LQ·F02-0010", "9", "林", "𠮷" * 11])


@st.composite
def units(draw: st.DrawFn) -> Unit:
    """One file with an item or two and their pages, all facts drawn."""
    key = draw(st.integers(1, 8))
    town = draw(st.sampled_from(TOWNS))
    common = {
        "unit": key,
        "file_id": key,
        "division": town + draw(st.sampled_from(["201", "202"])) if len(town) == 9 else town,
        "year": draw(st.sampled_from([0, 2008, 2009, 2010])),
        "area": draw(st.integers(0, 40)),
        "day": draw(st.sampled_from([0, 20080000, 20090305, 20090306])),
        "class_code": draw(st.sampled_from(["", "F", "F02", "G"])),
        "issue_state": draw(st.integers(0, 4)),
        "in_batch": draw(st.booleans()),
        "holder": fold(draw(texts)),
        "village": fold_parts(draw(texts), draw(texts)),
        "cert_no": fold(draw(texts)),
        "code": fold(draw(texts)),
        "batch": fold(draw(texts)),
        "sort_code": draw(codes),
        "respelled": draw(st.booleans()),
    }
    docs = [SearchDoc(kind=Kind.FILE, body=fold_parts(draw(texts), draw(texts)), title=fold(draw(texts)), **common)]
    for item in range(draw(st.integers(0, 2))):
        title = fold(draw(texts))
        common |= {"sort_code": draw(codes), "day": draw(st.sampled_from([0, 20100101, 20090305]))}
        docs.append(SearchDoc(kind=Kind.ITEM, item_id=key * 10 + item, body=title, title=title, **common))
        docs += [
            SearchDoc(
                kind=Kind.PAGE,
                item_id=key * 10 + item,
                page_id=key * 100 + item * 10 + number,
                page_no=number,
                body=fold(draw(texts)),
                title=title,
                **common,
            )
            for number in range(draw(st.integers(0, 3)))
        ]
    return Unit(key, tuple(docs))


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """One to three pieces with gaps of all kinds."""
    pieces = draw(st.lists(st.text("林权证山木村王ab12𠮷", min_size=1, max_size=2), min_size=1, max_size=3))
    ranges = st.tuples(st.integers(0, 3), st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair)))
    edges = st.integers(0, 2).map(lambda count: (count, count))
    gaps = (draw(edges), *(draw(ranges) for _piece in pieces[1:]), draw(edges))
    return Pattern(tuple(pieces), gaps, draw(fields))


leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, words, fields),
    patterns(),
    st.builds(lambda first, more: Areas(first, first + more), st.integers(1, 30), st.integers(0, 20)),
    st.builds(lambda first, more: Years(first, first + more), st.integers(2007, 2011), st.integers(0, 2)),
    st.builds(State, st.integers(1, 4)),
    st.builds(ClassCode, st.sampled_from(["F", "F02", "X"])),
    st.builds(InBatch, st.booleans()),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=4,
)
requests = st.builds(
    Request,
    query=st.none() | nodes,
    scope=st.sampled_from([("",), ("141124",), ("141124100", "141125"), ("141124100201",), ()]),
    filters=st.builds(
        Filters,
        division=st.sampled_from(["", "", "141124", "141124101"]),
        class_code=st.sampled_from(["", "", "F"]),
        year=st.sampled_from([None, None, 2009]),
        issue_state=st.sampled_from([None, None, 4]),
        in_batch=st.sampled_from([None, None, True]),
    ),
    limit=st.just(0),
    per_group=st.just(0),
    order=st.sampled_from(Order),
    respelled=st.booleans(),
)


def hits_of(answer: Answer) -> list[tuple[int, int, int, int]]:
    """Everything found, in an order of its own."""
    return sorted((hit.kind, hit.file_id, hit.item_id, hit.page_id) for group in answer.groups for hit in group.hits)


def assert_equal_answers(request: Request, answer: Answer, truth: Answer) -> None:
    """Compare everything; PostgreSQL counts characters where others count units, which may move a score by a little."""
    assert hits_of(answer) == hits_of(truth)
    if answer.engine != "postgresql":
        assert answer.groups == truth.groups
    elif request.order is not Order.RELEVANCE:
        assert [group.hits[0].file_id for group in answer.groups] == [group.hits[0].file_id for group in truth.groups]
    assert (answer.hits, answer.group_count) == (truth.hits, truth.group_count)
    assert answer.facets == truth.facets
    assert sorted(group.count for group in answer.groups) == sorted(group.count for group in truth.groups)


def build(engine: IndexedEngine, *all_units: Unit) -> None:
    engine.rebuild(lambda _known: iter(all_units), lambda _keys: ())


def page(key: int, text: str, **facts: object) -> Unit:
    doc = SearchDoc(
        unit=key, file_id=key, item_id=key, page_id=key, kind=Kind.PAGE, division="141124100201", body=fold(text)
    )
    return Unit(key, (dataclasses.replace(doc, **facts),))


def find(engine: IndexedEngine, text: str) -> list[int]:
    answer = engine.search(Request(query=Word(fold(text)), scope=("",), limit=0, per_group=0))
    return sorted(hit.page_id for group in answer.groups for hit in group.hits)
