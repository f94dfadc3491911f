"""Rows of a target: values by layer, codes, formats, what is refused, masks, names of sheets, guarded CSV texts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.register.domain.mapping import LONGEST_CELL, read_mapping
from plugins.register.domain.target_rows import (
    BAD_FORMAT,
    EMPTY,
    NO_CODE,
    NO_ROOM,
    TOO_LONG,
    RowConverter,
    SheetNames,
    SourceRow,
    cut,
    guarded,
    masked_text,
    unguarded,
    units_of,
)
from tests.support.workbooks import resident_id

HEAD = '[target]\nname = "own"\ntitle = "本县表"\n'


def converter(*columns: str, masks: bool = True, in_cells: bool = True) -> RowConverter:
    entries = "".join(f'[[column]]\nname = "{"ABCDEFGH"[n]}"\n{column}\n' for n, column in enumerate(columns))
    return RowConverter(read_mapping(HEAD + entries, "own.toml"), masks=masks, in_cells=in_cells)


def row(**normal: object) -> SourceRow:
    return SourceRow("141124102205", {"area_mu": "十二亩三"}, dict(normal))


def test_values_are_written_in_the_target_s_form() -> None:
    made = converter(
        'field = "area_mu"\nformat = "0.0000"',
        'field = "term_end"\nformat = "YYYY年M月D日"',
        'field = "area_mu"\nlayer = "written"',
        'field = "area_mu"',
        'field = "co_holders"',
        'constant = "100"',
        'left_to = "登记机构"',
        'field = "term_start"',
    )
    texts, faults = made.convert(row(area_mu=Decimal("1200.5"), term_end=dt.date(2080, 5, 6), co_holders=["甲", "乙"]))
    assert texts == ["1200.5000", "2080年5月6日", "十二亩三", "1200.5", "甲、乙", "100", "", ""]
    assert faults == []
    assert converter('field = "area_mu"').convert(row(area_mu=Decimal(1200)))[0] == ["1200"]


def test_the_registry_s_number_stands_before_the_written_one() -> None:
    made = converter('field = "bdc_unit_no"\nlayer = "registry"', 'field = "title_cert_no"\nlayer = "registry"')
    each = row(bdc_unit_no="written", cert_no="临林证字(2010)第1号")
    assert made.convert(each)[0] == ["written", "临林证字(2010)第1号"]
    each.registry = {"bdc_unit_no": "confirmed", "title_cert_no": "晋(2020)"}
    assert made.convert(each)[0] == ["confirmed", "晋(2020)"]


def test_codes_are_exchanged_and_a_code_without_counterpart_is_told_once() -> None:
    made = converter(
        'field = "acquisition"\ncodes = { "FAMILY" = "10" }\nrequired = true',
        'field = "land_owner"\ncodes = { "国家" = "1", "*" = "2" }',
    )
    assert made.convert(row(acquisition="FAMILY", land_owner="国家"))[0] == ["10", "1"]
    assert made.convert(row(acquisition="FAMILY", land_owner="王家沟村"))[0] == ["10", "2"]
    texts, faults = made.convert(row(acquisition="SELF"))
    assert texts == ["", ""]
    assert [(fault.column, fault.code, fault.value) for fault in faults] == [("A", NO_CODE, "SELF")]


def test_what_the_target_refuses() -> None:
    made = converter(
        'field = "place_name"\nrequired = true',
        'field = "compartment"\nlongest = 3',
        'field = "parcel_code"\npattern = "[0-9]{3}"',
        'field = "remark"',
    )
    _texts, faults = made.convert(row(compartment="一二三四", parcel_code="12a", remark="长" * (LONGEST_CELL + 1)))
    assert [(fault.column, fault.code) for fault in faults] == [
        ("A", EMPTY),
        ("B", TOO_LONG),
        ("C", BAD_FORMAT),
        ("D", NO_ROOM),
    ]
    in_csv = converter('field = "remark"', in_cells=False)
    assert in_csv.convert(row(remark="长" * (LONGEST_CELL + 1)))[1] == []


def test_identity_numbers_in_running_text_are_masked_unless_wanted() -> None:
    number = resident_id(7)
    each = row(remark=f"身份证{number}，住后沟", application_no=number)
    columns = ('field = "remark"', 'field = "application_no"')
    texts, _faults = converter(*columns).convert(each)
    assert number not in texts[0]
    assert texts == [masked_text(f"身份证{number}，住后沟"), number]
    assert converter(*columns, masks=False).convert(each)[0][0] == f"身份证{number}，住后沟"


def test_a_masked_value_is_masked_in_what_is_told_of_it() -> None:
    made = converter('field = "holder_name"\nlongest = 3')
    [fault] = made.convert(row(holder_name=f"王{resident_id(7)}"))[1]
    assert resident_id(7) not in fault.value


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("柳林镇王家沟村", "柳林镇王家沟村"),
        ("a[b]:*?/\\c\x01", "abc"),
        ("'引'", "引"),
        ("[]", "141124102205"),
        ("", "141124102205"),
        ("长" * 40, "长" * 31),
        ("𠀀" * 20, "𠀀" * 15),
        ("History", "History(2)"),
    ],
)
def test_names_of_sheets(wanted: str, name: str) -> None:
    assert SheetNames().name(wanted, "141124102205") == name


def test_names_of_sheets_never_meet() -> None:
    names = SheetNames()
    given_ = [names.name("长" * 40 + str(n), "x") for n in range(12)] + [names.name(name, "x") for name in "aAaA"]
    assert len({name.casefold() for name in given_}) == len(given_)
    assert all(len(name) <= 31 for name in given_)
    assert given_[1] == "长" * 28 + "(2)"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-5.20", "-5.20"),
        ("-", "-"),
        ("'=1", "''=1"),
        ("0012", "0012"),
        ("王家沟", "王家沟"),
    ],
)
def test_texts_of_a_csv_file_are_no_formulas(text: str, written: str) -> None:
    assert guarded(text) == written
    assert unguarded(written) == text


@given(st.text("'=+-@\t\r1a", max_size=6))
def test_guarding_can_always_be_taken_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.text("a𠀀", max_size=60), st.integers(1, 40))
def test_cutting_keeps_to_the_limit(text: str, longest: int) -> None:
    shorter = cut(text, longest)
    assert units_of(shorter) <= longest
    assert text.startswith(shorter)
    assert shorter == text or units_of(shorter) >= longest - 1
