"""Matching the lines of a reply to the items of a batch, one to one."""

from __future__ import annotations

import dataclasses
import random

from hypothesis import given
from hypothesis import strategies as st

from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.replies import Listed, ReplyRow, Said, match, reason_code, row_key

DIGEST = "ab" * 32
ITEMS = [
    Listed(
        number, row_key(DIGEST, f"141124-2020-YJ001-{number:04d}"), f"141124-2020-YJ001-{number:04d}", f"某证{number}号"
    )
    for number in range(1, 9)
]
ANSWERS = st.lists(st.sampled_from(["", "接收", "退回"]), min_size=8, max_size=8)


def row(item: Listed, answer: str = "接收", **more: str) -> ReplyRow:
    values = {"key": item.key, "code": item.code, "cert_no": item.cert_no, "answer": answer, **more}
    return ReplyRow(row_no=item.item_id + 1, **values)


def problems(*rows: ReplyRow) -> list[str]:
    return [one.text for one in match(rows, ITEMS).problems]


@given(ANSWERS, st.randoms(use_true_random=False), st.integers(0, 8))
def test_order_and_missing_lines_do_not_matter(answers: list[str], chance: random.Random, dropped: int) -> None:
    rows = [
        row(item, answer, reason="03 四至不清" if answer == "退回" else "")
        for item, answer in zip(ITEMS, answers, strict=True)
    ]
    chance.shuffle(rows)
    rows = rows[dropped:]
    found = match(rows, ITEMS)
    expected = {one.row_no - 1: one.answer == "接收" for one in rows if one.answer}
    assert {item_id: said.is_accepted for item_id, said in found.said.items()} == expected
    assert found.problems == ()
    assert found.silent == len(rows) - len(expected)


@given(st.lists(st.sampled_from(range(8)), max_size=24), st.booleans())
def test_every_line_is_said_silent_or_a_problem_and_no_item_twice(places: list[int], is_foreign: bool) -> None:
    rows = [dataclasses.replace(row(ITEMS[place]), row_no=number) for number, place in enumerate(places, 2)]
    if is_foreign:
        rows.append(ReplyRow(row_no=99, key="0" * 16, answer="接收"))
    found = match(rows, ITEMS)
    assert len(found.said) == len(set(places))
    assert len(found.said) + len(found.problems) + found.silent == len(rows)


def test_a_line_without_its_key_is_known_by_its_code() -> None:
    bare = dataclasses.replace(row(ITEMS[0]), key="")
    assert match([bare], ITEMS).said == {1: Said(True)}


def test_what_does_not_fit_together_is_not_guessed() -> None:
    first, second = ITEMS[:2]
    assert "对不上" in problems(ReplyRow(row_no=2, cert_no=first.cert_no, answer="接收"))[0]
    assert "第二次" in problems(row(first), row(first, "退回", reason="01"))[0]
    assert "不是同一条目" in problems(row(first, code=second.code))[0]
    assert "林权证号与条目不符" in problems(row(first, cert_no=second.cert_no))[0]


def test_an_opinion_that_cannot_be_is_a_problem() -> None:
    first = ITEMS[0]
    assert "只能填" in problems(row(first, "同意"))[0]
    assert "只能填" in problems(row(first, "", note="看不清"))[0]
    assert "又选了" in problems(row(first, "接收", reason="01"))[0]
    assert "没有选择原因" in problems(row(first, "退回"))[0]
    assert "没有选择原因" in problems(row(first, "退回", reason="88"))[0]
    assert "必须填写说明" in problems(row(first, "退回", reason="99"))[0]
    assert match([row(first, "退回", reason="99", note="缺图")], ITEMS).said == {1: Said(False, "99", "缺图")}


def test_reasons_are_read_as_people_write_them() -> None:
    for code, words in RETURN_REASONS.items():
        assert {reason_code(code), reason_code(f"{code} {words}"), reason_code(str(words))} == {code}
    assert [reason_code(text) for text in ("3", " 03 ", "3 四至不清", "", "不知道", "14")] == [
        "03",
        "03",
        "03",
        "",
        "",
        "",
    ]


def test_a_key_belongs_to_one_list() -> None:
    assert row_key(DIGEST, ITEMS[0].code) != row_key("cd" * 32, ITEMS[0].code)
    assert len({item.key for item in ITEMS}) == len(ITEMS)
