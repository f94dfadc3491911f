"""The search form writes queries that mean what was filled in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.search.domain.composing import Wanted, compose
from plugins.search.domain.folding import fold
from plugins.search.domain.grammar import parse_query
from plugins.search.domain.query import And, Areas, ClassCode, InBatch, Node, Not, Or, Pattern, State, Word, Years

AWKWARD = ["与", "OR", "-甲", "题名:乙", "(丙", "丁)", "王?国", "东*沟", "年度:去年", "戊", '"己', "~3", "面积:1"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Wanted(), ""),
        (Wanted(all_words="王家沟 承包"), "王家沟 承包"),
        (Wanted(all_words="与 -甲"), '"与" "-甲"'),
        (Wanted(phrase="张 与 王"), '"张 与 王"'),
        (Wanted(any_words="松 柏 杨"), "(松 OR 柏 OR 杨)"),
        (Wanted(any_words="松"), "松"),
        (Wanted(near_words="王建国 后沟", apart=5), '"王建国 后沟"~5'),
        (Wanted(no_words="转让 作废"), "NOT 转让 NOT 作废"),
        (Wanted(title="承包合同", holder="张 三"), '题名:承包合同 权利人:"张 三"'),
        (Wanted(cert_no="岚林证字(2010)第1号"), "证号:岚林证字(2010)第1号"),
        (Wanted(first_year=2008, last_year=2010), "年度:2008..2010"),
        (Wanted(first_year=2009, last_year=2009), "年度:2009"),
        (Wanted(last_year=2010), "年度:1900..2010"),
        (Wanted(least_area="10", most_area="20.5"), "面积:10..20.5"),
        (Wanted(least_area="10"), "面积:>10"),
        (Wanted(most_area="3"), "面积:<3"),
        (Wanted(state="已发放", batch="无", class_code="f02"), "类别:f02 状态:已发放 批次:无"),
    ],
)
def test_what_is_filled_in_is_written_as_one_would_type_it(wanted: Wanted, text: str) -> None:
    assert compose(wanted) == text


def test_every_field_reaches_the_tree() -> None:
    tree = parse_query(
        compose(
            Wanted(
                all_words="甲",
                any_words="乙 丙",
                no_words="丁",
                village="沟",
                class_code="F02",
                first_year=2009,
                last_year=2009,
                least_area="1",
                most_area="2",
                state="未打印",
                batch="有",
            )
        )
    )
    assert isinstance(tree, And)
    assert set(tree.parts) == {
        Word("甲"),
        Or((Word("乙"), Word("丙"))),
        Word("沟", "village"),
        ClassCode("F02"),
        Years(2009, 2009),
        Areas(100, 200),
        State(1),
        InBatch(wanted=True),
        Not(Word("丁")),
    }


@given(st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=4))
def test_awkward_words_are_words(words: list[str]) -> None:
    tree = parse_query(compose(Wanted(all_words=" ".join(words))))
    parts: tuple[Node | None, ...] = tree.parts if isinstance(tree, And) else (tree,)
    assert len(parts) == len(words)
    for part, word in zip(parts, words, strict=True):
        assert isinstance(part, Pattern) if set(word) & set("?*") else part == Word(fold(word.replace('"', "")))
