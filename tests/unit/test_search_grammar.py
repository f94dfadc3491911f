"""The query language: what each spelling means, and where a fault is said to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.search.domain.grammar import MAX_LENGTH, QueryError, parse_query
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
    has_free_words,
    marks,
)

A, B, C = Word("甲"), Word("乙"), Word("丙")


def near(first: str, second: str, field: str = "") -> Pattern:
    return Pattern((first, second), ((0, 0), (0, 10), (0, 0)), field)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("甲", A),
        ("甲 乙", And((A, B))),
        ("甲　乙\t丙", And((A, B, C))),
        ("甲 AND 乙", And((A, B))),
        ("甲 与 乙", And((A, B))),
        ("甲 OR 乙", Or((A, B))),
        ("甲 或 乙 丙", Or((A, And((B, C))))),
        ("甲 NOT 乙", And((A, Not(B)))),
        ("甲 非 乙", And((A, Not(B)))),
        ("甲 -乙", And((A, Not(B)))),
        ("NOT NOT 甲", A),
        ("(甲 OR 乙) 丙", And((Or((A, B)), C))),
        ("（甲 或 乙） 丙", And((Or((A, B)), C))),
        ("((甲))", A),
        ('"甲 与 乙"', Word("甲与乙")),
        ("“甲 乙”", Word("甲乙")),
        ("「甲 乙」", Word("甲乙")),
        ("与其 或者 非常", And((Word("与其"), Word("或者"), Word("非常")))),
        ("甲-乙", Word("甲-乙")),
        ("ＡＢｃ１", Word("abc1")),
        ("岚林证字(2010)第1号", Word("岚林证字(2010)第1号")),
        ("岚林证字〔2010〕第1号", Word("岚林证字(2010)第1号")),
        ("(岚林证字(2010)第1号 OR 甲)", Or((Word("岚林证字(2010)第1号"), A))),
        ("权利人:甲", Word("甲", "holder")),
        ("权利人：甲", Word("甲", "holder")),
        ("HOLDER:甲", Word("甲", "holder")),
        ('题名:"甲 乙"', Word("甲乙", "title")),
        ("村:甲 乙", And((Word("甲", "village"), B))),
        ("备注:12", Word("备注:12")),
        ("面积:12", Areas(1200, 1200)),
        ("面积:10-20.5亩", Areas(1000, 2050)),
        ("面积：20..10", Areas(1000, 2000)),
        ("面积:>50", Areas(5000, 2**32 - 1)),
        ("面积:<3.5", Areas(1, 350)),
        ("王?国", Pattern(("王", "国"), ((0, 0), (1, 1), (0, 0)))),
        ("王？？国", Pattern(("王", "国"), ((0, 0), (2, 2), (0, 0)))),
        ("东至*河沟?", Pattern(("东至", "河沟"), ((0, 0), (0, 30), (1, 1)))),
        ("?*权利人", Pattern(("权利人",), ((1, 31), (0, 0)))),
        ("权利人:王*", Pattern(("王",), ((0, 0), (0, 30)), "holder")),
        ('"王?国"', Word("王?国")),
        ('"甲 乙"~10', Or((near("甲", "乙"), near("乙", "甲")))),
        ('题名:"甲 乙"~10 丙', And((Or((near("甲", "乙", "title"), near("乙", "甲", "title"))), C))),
        ('"甲乙"~', And((Word("甲乙"), Word("~")))),
        ("年度:2009", Years(2009, 2009)),
        ("年度:2008..2010", Years(2008, 2010)),
        ("年度:2010-2008", Years(2008, 2010)),
        ("年度:2009年", Years(2009, 2009)),
        ("状态:已发放", State(4)),
        ("state:unprinted", State(1)),
        ("批次:无", InBatch(wanted=False)),
        ("批次:有", InBatch(wanted=True)),
        ("批次:YJ001", Word("yj001", "batch")),
        ("类别:f02", ClassCode("F02")),
        ("-批次:有", Not(InBatch(wanted=True))),
    ],
)
def test_meaning(text: str, tree: Node) -> None:
    assert parse_query(text) == tree


@pytest.mark.parametrize("text", ["", "  ", "\n　"])
def test_nothing_asked(text: str) -> None:
    assert parse_query(text) is None


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("(甲", 0),
        ("甲 (乙 OR (丙)", 2),
        ("甲)", 1),
        ("甲 OR", 4),
        ("OR 甲", 0),
        ("甲 AND AND 乙", 6),
        ("甲 NOT", 5),
        ("()", 1),
        ('甲 "乙', 2),
        ('题名:"乙', 3),
        ("权利人:", 0),
        ("权利人: 甲", 0),
        ("甲 年度:去年", 2),
        ("状态:丢失", 0),
        ("甲 面积:很大", 2),
        ("甲 ?*?", 2),
        ('"甲"~3', 0),
        ('乙 "甲 乙 丙 丁"~3', 2),
        ('"甲 乙"~999', 0),
        ('""', 0),
        ("甲" * (MAX_LENGTH + 1), MAX_LENGTH),
        ("(" * 40 + "甲", 30),
    ],
)
def test_a_fault_is_marked_at_its_place(text: str, position: int) -> None:
    with pytest.raises(QueryError) as fault:
        parse_query(text)
    assert fault.value.position == position
    assert fault.value.query == text
    assert str(position + 1) in fault.value.where


def test_number_fields_are_asked_for_in_every_form() -> None:
    node = parse_query("证号:007 档号:x", numbers=lambda value: (value.lstrip("0"), value))
    assert node == And((Or((Word("7", "cert_no"), Word("007", "cert_no"))), Or((Word("x", "code"), Word("x", "code")))))


def test_what_is_marked_are_the_wanted_words_without_a_field() -> None:
    node = parse_query("甲 NOT 乙 (丙 OR NOT NOT 甲) 权利人:丁 NOT (NOT 戊)")
    assert node is not None
    assert marks(node) == ("甲", "丙", "戊")
    assert has_free_words(node)
    only_fields = parse_query("权利人:丁 NOT 甲")
    assert only_fields is not None
    assert not has_free_words(only_fields)


@given(st.text('甲乙 ()"“”:：-~?*与或非NOTARD年度题名面积12', max_size=30))
def test_every_text_is_read_or_refused_with_a_place(text: str) -> None:
    assert place_of_fault(text) in range(-1, len(text) + 1)


def place_of_fault(text: str) -> int:
    """Return where the query is at fault, -1 if nowhere."""
    try:
        parse_query(text)
    except QueryError as fault:
        return fault.position
    return -1
