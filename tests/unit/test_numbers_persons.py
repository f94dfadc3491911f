"""Identity numbers and organisation codes: worked examples, check digits, masking inside recognised text."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.persons import (
    find_id_numbers,
    is_resident_id,
    is_uscc,
    mask_id,
    mask_ids_in,
    resident_id_birth,
    resident_id_check,
    upgrade_resident_id,
    uscc_check,
)

TODAY = dt.date(2021, 6, 1)
ID_1, ID_2 = "141124197001010017", "11010519491231002X"

numbers = st.builds(
    lambda area, birth, serial: f"{area}{birth:%Y%m%d}{serial:03d}",
    st.sampled_from(["141124", "142327", "110105", "520102"]),
    st.dates(dt.date(1900, 1, 1), dt.date(2020, 12, 31)),
    st.integers(0, 999),
).map(lambda first17: first17 + resident_id_check(first17))


@pytest.mark.parametrize(
    "number", [ID_1, ID_2, ID_2.lower(), "１４１１２４１９７００１０１００１７", "142327197001010016"]
)
def test_worked_examples_hold(number: str) -> None:
    assert is_resident_id(number, today=TODAY) == (number != "142327197001010016")


def test_check_characters() -> None:
    assert resident_id_check("14112419700101001") == "7"
    assert resident_id_check("11010519491231002") == "X"


def test_old_numbers_are_lifted() -> None:
    assert upgrade_resident_id("141124700101001") == ID_1
    assert upgrade_resident_id("141124701301001") is None
    assert upgrade_resident_id(ID_1) is None


def test_birth_date_must_exist_and_be_past() -> None:
    first17 = "14112419700230001"
    assert not is_resident_id(first17 + resident_id_check(first17), today=TODAY)
    born = dt.date(2021, 6, 1)
    first17 = f"141124{born:%Y%m%d}001"
    number = first17 + resident_id_check(first17)
    assert resident_id_birth(number) == born
    assert not is_resident_id(number, today=born)
    assert is_resident_id(number, today=born + dt.timedelta(days=1))


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(number: str, place: int, digit: str) -> None:
    changed = number[:place] + digit + number[place + 1 :]
    assert is_resident_id(changed, today=TODAY) == (changed == number)


@pytest.mark.parametrize("code", ["11141124MB1234567A", "54141124MC13579240", "N2141124MF7654321N"])
def test_organisation_codes(code: str) -> None:
    assert is_uscc(code)
    assert uscc_check(code[:17]) == code[17]
    assert not is_uscc(code[:17] + ("0" if code[17] != "0" else "1"))
    assert not is_uscc("I" + code[1:])


def test_masks() -> None:
    assert mask_id(ID_1) == "141124********0017"
    assert mask_id("141124700101001") == "141124*****1001"
    assert mask_id("12345") == "*****"


@given(numbers, st.data())
def test_no_identity_number_survives_in_text(number: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", "", "", " ", "\n", "　", "-"]), min_size=17, max_size=17))
    wide = data.draw(st.booleans())
    printed = "".join(digit + gap for digit, gap in zip(number, [*gaps, ""], strict=True))
    if wide:
        printed = printed.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    text = f"身份证号:{printed}\n住址 某村 2010年"
    masked = mask_ids_in(text)
    assert [span.number for span in find_id_numbers(text)] == [number]
    assert find_id_numbers(masked) == []
    assert len(masked) == len(text)
    assert masked.count("*") == 8
    assert masked.startswith("身份证号:")
    assert masked.endswith("\n住址 某村 2010年")


def test_spans_point_into_the_text() -> None:
    text = f"甲 {ID_1},乙 {ID_2}"
    assert [text[span.start : span.end] for span in find_id_numbers(text)] == [ID_1, ID_2]


def test_a_few_lookalike_letters_do_not_hide_a_number() -> None:
    assert mask_ids_in("I4ll24197001010017") == "I4ll24********0017"
    assert mask_ids_in("证号141124I97OO1O1OOl7 ") == "证号141124I97OO1O1OOl7 "


def test_old_numbers_are_masked_behind_their_label() -> None:
    assert mask_ids_in("身份证号码 141124700101001") == "身份证号码 141124*****1001"
    assert mask_ids_in("编号 141124700101001") == "编号 141124700101001"


@given(st.text(max_size=80) | st.text("0123456789X \n", max_size=120))
def test_masking_is_complete_and_changes_nothing_else(text: str) -> None:
    masked = mask_ids_in(text)
    assert find_id_numbers(masked) == []
    assert all(new in (old, "*") for new, old in zip(masked, text, strict=True))


def test_certificate_and_unit_numbers_stay_readable() -> None:
    text = "岚林证字(2009)第14992100003号 141124 102005 JE00012 L00000001"
    assert mask_ids_in(text) == text
