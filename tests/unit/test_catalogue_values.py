"""Single values as clerks write them: areas, dates, counts, names of joint holders."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.issue_states import IssueState, Move, move
from models.values import (
    BadValue,
    EndDate,
    Reason,
    read_area,
    read_count,
    read_date,
    read_end_date,
    read_text,
    split_names,
)

TODAY = dt.date(2020, 9, 1)


@pytest.mark.parametrize(
    ("written", "area"),
    [
        ("12.3", "12.3"),
        (" 12.30 亩", "12.30"),
        ("\uff11\uff12\uff0e\uff15", "12.5"),
        ("1,234.5", "1234.5"),
        ("0.0001", "0.0001"),
        ("12。5", "12.5"),
    ],
)
def test_areas(written: str, area: str) -> None:
    assert read_area(written) == Decimal(area)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", Reason.REQUIRED),
        ("0", Reason.AREA_ZERO),
        ("0.0000", Reason.AREA_ZERO),
        ("-3", Reason.AREA),
        ("1.23456", Reason.AREA),
        ("12.3.4", Reason.AREA),
        ("十二", Reason.AREA),
        ("1e3", Reason.AREA),
        ("NaN", Reason.AREA),
        ("12 公顷", Reason.AREA),
    ],
)
def test_areas_that_are_refused(written: str, reason: Reason) -> None:
    with pytest.raises(BadValue) as caught:
        read_area(written)
    assert caught.value.reason is reason


@given(st.decimals(min_value="0.0001", max_value="9999999", places=4))
def test_every_area_with_four_decimals_is_kept_exactly(area: Decimal) -> None:
    assert read_area(str(area)) == area


@pytest.mark.parametrize(
    "written",
    [
        "2010-11-23",
        "2010/11/23",
        "2010.11.23",
        "20101123",
        "2010年11月23日",
        "二〇一〇年十一月二十三日",
        "２０１０年１１月２３日",
    ],
)
def test_dates(written: str) -> None:
    assert read_date(written, today=TODAY) == dt.date(2010, 11, 23)


@pytest.mark.parametrize("tens", [("十", 10), ("二十", 20), ("三十", 30), ("三十一", 31), ("十九", 19)])
def test_chinese_tens(tens: tuple[str, int]) -> None:
    assert read_date(f"二〇一〇年十二月{tens[0]}日", today=TODAY) == dt.date(2010, 12, tens[1])


@pytest.mark.parametrize("blank", ["", " ", "/", "—", "无"])
def test_blank_dates(blank: str) -> None:
    assert read_date(blank, today=TODAY) is None
    assert read_end_date(blank) == EndDate()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2010-02-30", Reason.DATE),
        ("2010-5", Reason.DATE),
        ("去年", Reason.DATE),
        ("2020-09-02", Reason.DATE_RANGE),
        ("1949-09-30", Reason.DATE_RANGE),
    ],
)
def test_dates_that_are_refused(written: str, reason: Reason) -> None:
    with pytest.raises(BadValue) as caught:
        read_date(written, today=TODAY)
    assert caught.value.reason is reason


def test_the_end_of_a_term_may_lie_ahead_or_be_open() -> None:
    assert read_end_date("2079-12-31") == EndDate(dt.date(2079, 12, 31))
    assert read_end_date("长期") == EndDate(is_open=True)


def test_counts() -> None:
    assert read_count("1,200 株") == 1200
    assert read_count("70年") == 70
    assert read_count("/") is None
    assert read_count("0") == 0
    for wrong in ("-1", "3.5", "许多", "99999999999"):
        with pytest.raises(BadValue):
            read_count(wrong)


def test_text_keeps_what_is_written_but_for_ends_and_control_characters() -> None:
    assert read_text("  东至:沟,  李\x07三 ", longest=50) == "东至:沟,  李三"
    with pytest.raises(BadValue):
        read_text("长" * 11, longest=10)
    with pytest.raises(BadValue):
        read_text("   ", longest=10, required=True)


def test_joint_holders_in_any_separator() -> None:
    assert split_names("张三、李四,王五;张三\n赵六 ") == ("张三", "李四", "王五", "赵六")
    assert split_names(" ") == ()


@given(old=st.sampled_from(IssueState), new=st.sampled_from(IssueState))
def test_states_move_forward_freely_and_backward_only_with_care(old: IssueState, new: IssueState) -> None:
    order = ["UNPRINTED", "PRINTED_UNSEALED", "PRINTED_SEALED", "ISSUED"]
    step = order.index(new) - order.index(old)
    assert move(old, new) is (Move.NONE if step == 0 else Move.FORWARD if step > 0 else Move.BACKWARD)
