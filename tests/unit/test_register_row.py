"""Reading one row: texts become values, what cannot be stored is refused by column, everything else is for the rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.issue_states import is_backward, read_state
from plugins.register.domain.columns import BY_KEY, Owner
from plugins.register.domain.row import Reading, Row, read_row
from tests.support.keying import CELLS

TODAY = dt.date(2020, 9, 1)
CODES = {
    "holder_type": {"个人": "1"},
    "id_type": {"身份证": "1"},
    "forest_category": {"防护林": "1", "特用林": "5"},
    "forest_class": {"公益林": "公益林", "商品林": "商品林"},
    "acquisition": {"家庭承包": "FAMILY", "家庭承包（责任山）": "FAMILY"},
}


def read(**changed: str) -> Reading:
    cells = {key: text for key, text in {**CELLS, **changed}.items() if text}
    return read_row(cells, CODES, today=TODAY)


def refused(**changed: str) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in read(**changed).faults]


def test_every_column_but_the_sheets_has_its_place_in_the_row() -> None:
    assert {key for key in BY_KEY if key not in Row.__dataclass_fields__} == set()
    assert {column.owner for column in BY_KEY.values()} == set(Owner)


def test_a_row_in_good_order_is_read_whole() -> None:
    reading = read(id_no="141124197001010017")
    row = reading.row
    assert reading.faults == ()
    assert (row.cert_no, row.cert_key) == ("临林证字(2010)第000123号", "临|2010|123")
    assert (row.area_mu, row.area_as_written) == (Decimal("12.30"), "12.30")
    assert (row.issue_date, row.term_end) == (dt.date(2010, 5, 6), dt.date(2080, 5, 5))
    assert (row.holder_type, row.forest_category, row.acquisition) == ("1", "1", "FAMILY")
    assert (row.issue_state, row.term_years, row.id_no) == ("ISSUED", 70, "141124197001010017")
    assert row.cells["issue_state"] == "发放到户"


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"cert_no": ""}, [("cert_no", "R01")]),
        ({"cert_no": "/"}, [("cert_no", "R01")]),
        ({"cert_no": "不详"}, [("cert_no", "R04")]),
        ({"cert_no": "山林权证第十二号"}, []),
        ({"issue_state": ""}, [("issue_state", "R05")]),
        ({"issue_state": "情况不明"}, [("issue_state", "R05")]),
        ({"area_mu": ""}, [("area_mu", "R10")]),
        ({"area_mu": "0"}, [("area_mu", "R10")]),
        ({"area_mu": "-3"}, [("area_mu", "R10")]),
        ({"location": "", "holder_name": "无"}, [("location", "R01"), ("holder_name", "R01")]),
        ({"issue_date": "去年冬天"}, [("issue_date", "F01")]),
        ({"issue_date": "2010-02-30"}, [("issue_date", "F01")]),
        ({"issue_date": "1920-01-01"}, [("issue_date", "F07")]),
        ({"issue_date": "2031-01-01"}, []),
        ({"tree_count": "一些"}, [("tree_count", "F02")]),
        ({"plant_year": "2021"}, [("plant_year", "F02")]),
        ({"forest_category": "果蔬林"}, [("forest_category", "F03")]),
        ({"location": "长" * 201}, [("location", "F04")]),
    ],
)
def test_only_what_could_not_be_stored_is_refused(changed: dict[str, str], faults: list[tuple[str, str]]) -> None:
    assert refused(**changed) == faults


def test_all_faults_come_at_once_in_the_order_of_the_columns() -> None:
    assert refused(forest_category="x", cert_no="", area_mu="x") == [
        ("cert_no", "R01"),
        ("area_mu", "R10"),
        ("forest_category", "F03"),
    ]


def test_usual_spellings_are_understood() -> None:
    row = read(
        cert_serial=" Ｂ１４００ 000123", parcel_no="００１", tree_count="１，２００株", plant_year="2003年",
        forest_category="防护林（公）", main_species="/", co_holders="甲、乙,丙", bdc_unit_no="141124102005je00012l00000001",
    ).row  # fmt: skip
    assert (row.cert_serial, row.parcel_no, row.tree_count) == ("B1400000123", "001", 1200)
    assert (row.plant_year, row.main_species, row.co_holders) == (2003, "", ("甲", "乙", "丙"))
    assert (row.forest_category, row.forest_class) == ("1", "公益林")
    assert row.bdc_unit_no == "141124102005JE00012L00000001"


@pytest.mark.parametrize("changed", [{"term_end": "长期"}, {"term_years": "长期", "term_end": ""}])
def test_a_term_without_end_is_open(changed: dict[str, str]) -> None:
    row = read(**changed).row
    assert row.is_term_open
    assert row.term_end is None


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("发放到户", "ISSUED"),
        (" 已 发 放 ", "ISSUED"),
        ("已打印盖章未发放", "PRINTED_SEALED"),
        ("已打印已盖章未发放", "PRINTED_SEALED"),
        ("已打印未盖章", "PRINTED_UNSEALED"),
        ("未打印", "UNPRINTED"),
        ("未打印未盖章", "UNPRINTED"),
        ("issued", "ISSUED"),
        ("未发放", ""),
        ("不是已发放", ""),
        ("", ""),
    ],
)
def test_the_four_states_are_read_and_nothing_else(text: str, state: str) -> None:
    assert read_state(text) == state


def test_states_go_back_only_from_later_to_earlier() -> None:
    assert is_backward("ISSUED", "UNPRINTED")
    assert not is_backward("UNPRINTED", "ISSUED")
    assert not is_backward("ISSUED", "ISSUED")
    assert not is_backward("ISSUED", "")


@given(st.dictionaries(st.sampled_from(sorted(BY_KEY)), st.text(max_size=60)))
def test_no_text_breaks_the_reading(cells: dict[str, str]) -> None:
    reading = read_row({key: text for key, text in cells.items() if text}, CODES, today=TODAY)
    assert all(fault.field in BY_KEY and fault.code for fault in reading.faults)
