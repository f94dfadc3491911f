"""Every row rule, one fault at a time: a row in good order says nothing, each fault is found and nothing else is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from models.hanzi import simplified, traditional_in
from plugins.register.domain.row import Row
from plugins.register.domain.rules.book import RULES
from plugins.register.domain.rules.engine import ROW_RULES, check_row
from plugins.register.domain.rules.found import Context
from plugins.register.domain.rules.neighbours import Neighbour, disagreements
from plugins.register.domain.rules.rule import How
from plugins.register.words import remedy, sentence

CONTEXT = Context(today=dt.date(2020, 9, 1))
VILLAGE = "141124102205"
GOOD: dict[str, Any] = {
    "division_code": VILLAGE,
    "village_code": VILLAGE,
    "cert_no": "岚林证字(2010)第0123号",
    "cert_serial": "B0012345678",
    "parcel_no": "001",
    "location": "临县某镇某村阳坡",
    "place_name": "阳坡",
    "compartment": "03",
    "subcompartment": "1-2",
    "area_mu": Decimal("12.30"),
    "area_as_written": "12.30",
    "bound_e": "至山脊分水岭",
    "bound_s": "至地埂",
    "bound_w": "至沟心流水线",
    "bound_n": "至林缘",
    "main_species": "油松",
    "tree_count": 600,
    "forest_category": "2",
    "land_owner": "某村农民集体",
    "land_use_holder": "甲某某",
    "tree_owner": "甲某某",
    "tree_use_holder": "甲某某",
    "holder_name": "甲某某",
    "holder_type": "6",
    "id_type": "1",
    "id_no": "141124197001010017",
    "acquisition": "FAMILY",
    "term_years": 70,
    "term_start": dt.date(2010, 1, 1),
    "term_end": dt.date(2079, 12, 31),
    "issuer": "县人民政府",
    "issue_date": dt.date(2010, 5, 6),
    "issue_state": "ISSUED",
}


def _row(**changes: Any) -> Row:
    return dataclasses.replace(Row(), **{**GOOD, **changes})


def _codes(**changes: Any) -> list[str]:
    return sorted(found.code for found in check_row(_row(**changes), CONTEXT))


def test_a_row_in_good_order_says_nothing():
    assert _codes() == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"place_name": ""}, ["R01"]),
        ({"holder_type": "", "location": ""}, ["R01", "R01"]),
        ({"main_species": "", "tree_count": None}, ["R01"]),
        ({"main_species": "", "tree_count": None, "cells": {"main_species": "/"}}, []),
        ({"term_years": None, "term_end": None}, ["R01"]),
        ({"term_years": None, "term_end": None, "is_term_open": True}, []),
        ({"cells": {"village_code": "141124102206"}}, ["R02"]),
        ({"cells": {"town_code": "141124103"}}, ["R02"]),
        ({"cells": {"town_code": "141124102", "village_code": VILLAGE}}, []),
        ({"cert_no": "山林权证第12号"}, ["R04"]),
        ({"cert_no": "岚林证字(1975)第0123号"}, ["R04"]),
        ({"cert_no": "岚林证字(2030)第0123号"}, ["R04"]),
        ({"cert_no": "岚林证字第0123号"}, []),
        ({"issue_state": ""}, ["R05"]),
        ({"cert_serial": ""}, ["R06"]),
        ({"issue_date": None}, ["R06"]),
        ({"issue_state": "UNPRINTED"}, ["R06"]),
        ({"issue_state": "UNPRINTED", "cert_serial": "", "issue_date": None, "issuer": ""}, []),
        ({"issue_state": "PRINTED_UNSEALED", "issue_date": None}, []),
        ({"issue_state": "PRINTED_UNSEALED"}, ["R06"]),
        ({"area_mu": Decimal(0)}, ["R10"]),
        ({"area_mu": Decimal("10000.01"), "tree_count": None}, ["R11"]),
        ({"area_mu": Decimal(10000)}, []),
        ({"bound_e": "", "bound_n": "/"}, ["R14"]),
        ({"bound_e": "至 林缘", "bound_w": "林缘"}, ["R15"]),
        ({"bound_s": "沟", "bound_n": "山"}, ["R15", "R15"]),
        ({"land_owner": "张某某"}, ["R19"]),
        ({"land_owner": "国家"}, []),
        ({"id_no": "141124197001010018"}, ["R21"]),
        ({"id_no": "141124700101001"}, []),
        ({"id_type": "7", "id_no": "54141124MC13579240"}, []),
        ({"id_type": "7", "id_no": "54141124MC13579241"}, ["R21"]),
        ({"id_type": "3", "id_no": "E1234"}, []),
        ({"id_no": "981124197001010018"}, ["R21"]),
        ({"id_no": "981124197001010013"}, ["R22"]),
        ({"issue_date": dt.date(2001, 1, 1), "id_no": "11010519491231002X"}, []),
        ({"issue_date": dt.date(1985, 1, 1), "cert_no": "山林权证第12号"}, ["R04", "R23"]),
        ({"term_end": dt.date(2009, 12, 31)}, ["R26", "R29"]),
        ({"term_years": 50}, ["R27"]),
        ({"term_years": 20, "term_end": dt.date(2029, 12, 31)}, ["R28"]),
        ({"term_years": 20, "term_end": dt.date(2030, 1, 1), "acquisition": "SELF"}, []),
        ({"term_years": 10, "term_end": dt.date(2019, 12, 31), "acquisition": "SELF"}, ["R29"]),
        ({"issue_date": dt.date(2000, 4, 17)}, ["R30"]),
        ({"issue_date": dt.date(2000, 4, 18)}, []),
        ({"issue_date": dt.date(2020, 9, 2)}, ["R30"]),
        ({"forest_category": "1", "forest_class": "商品林"}, ["R31"]),
        ({"forest_category": "1", "remark": "实为商品林"}, ["R31"]),
        ({"main_species": "/", "tree_count": None, "plant_year": 1990}, ["R31"]),
        ({"main_species": "/"}, ["R32"]),
        ({"tree_count": 61_501}, ["R32"]),
        ({"tree_count": 61_500}, []),
        ({"parcel_code": "141124102005JE00012"}, []),
        ({"parcel_code": "141125102005JE00012"}, ["R39"]),
        ({"parcel_code": "14112410200"}, ["R39"]),
        ({"bdc_unit_no": "141124102005JE00012L00000001"}, []),
        ({"bdc_unit_no": "141124102005JE00012L0000000"}, ["R39"]),
        ({"bdc_unit_no": "141124102005JE00012L00000001", "parcel_code": "141124102005JE00013"}, ["R39"]),
        ({"cells": {"annotation": "第１块"}}, ["R41"]),
        ({"cells": {"holder_name": "甲　某某"}}, ["R41"]),
        ({"cells": {"annotation": "锟斤拷"}}, ["R41"]),
        ({"cells": {"annotation": "第1块，与邻地为界（见图）"}}, []),
        ({"cells": {"annotation": "與鄰地"}}, ["R42"]),
    ],
)
def test_one_fault_is_found_and_nothing_else(changes, codes):
    assert _codes(**changes) == codes


def test_what_is_found_can_be_read_and_hides_the_number():
    row = _row(id_no="141124197001010018", place_name="", term_years=50, cells={"annotation": "第１块"})
    for found in check_row(row, CONTEXT):
        text = sentence(found.code, found.facts)
        assert text
        assert "%" not in text
        assert "141124197001010018" not in text
        assert remedy(found.code)


def test_the_book_has_all_rules_with_words_and_a_check():
    assert list(RULES) == [f"R{number:02d}" for number in range(1, 46)]
    coded = {rule.__name__[:3].upper() for rule in ROW_RULES}
    assert coded == {code for code, rule in RULES.items() if rule.how is not How.SET}
    for rule in RULES.values():
        assert rule.severity in {"E", "W", "I"}
        assert str(rule.title)
        assert str(rule.remedy)


def _neighbour(number: int, holder: str, **bounds: str) -> Neighbour:
    return Neighbour(number, number, holder, {"bound_e": "", "bound_s": "", "bound_w": "", "bound_n": "", **bounds})


def test_neighbours_must_name_each_other():
    one = _neighbour(1, "王建国", bound_e="至李长福承包林地")
    answers = _neighbour(2, "李长福", bound_w="王 建国林地")
    silent = _neighbour(2, "李长福", bound_w="至沟底")
    elsewhere = _neighbour(3, "李长福", bound_w="王建国地边")
    assert list(disagreements([one, answers])) == []
    assert [(odd.parcel_id, odd.side, odd.name) for odd in disagreements([one, silent])] == [(1, "bound_e", "李长福")]
    assert list(disagreements([one, silent, elsewhere])) == []


def test_scripts():
    assert simplified("張國棟") == "张国栋"
    assert traditional_in("張三丰張") == ("張",)
    assert traditional_in("abc 张") == ()
