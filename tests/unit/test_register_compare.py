"""Comparing two keyings: what is the same in other words, what is not, and how faults are counted."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from plugins.register.domain.columns import BOOK_KEYS, BY_KEY, PAGE_KEYS
from plugins.register.domain.compare import (
    COMPARED,
    Difference,
    compared_count,
    differences,
    per_ten_thousand,
    same,
    sample,
)
from plugins.register.domain.keying import (
    FILE_KEY,
    FROM_REGISTRY,
    KEYED,
    KEYED_BOOK,
    KEYED_PAGE,
    LEARNT,
    next_household_cells,
    next_parcel_cells,
)

LABELS = {"forest_category": {"1": "1", "防护林": "1", "4": "4", "薪炭林": "4", "能源林": "4"}}

SAME = [
    ("area_mu", "12.30", "12.3"),
    ("area_mu", "12.30", "１２．３ 亩"),
    ("tree_count", "/", ""),
    ("tree_count", "2088株", "2088"),
    ("issue_date", "2009年5月20日", "2009-05-20"),
    ("issue_date", "20090520", "2009.5.20"),
    ("term_end", "长期", " 长期 "),
    ("bound_e", "至沟底，以流水线为界", "沟底,以流水线为界。"),
    ("subcompartment", "7,8", "7、8"),
    ("co_holders", "张三、李四", "张三 李四"),
    ("cert_no", "临林证字〔2010〕第000123号", "临林证字(2010)000123"),
    ("forest_category", "防护林", "1"),
    ("forest_category", "薪炭林", "能源林"),
    ("land_owner", "王家沟村 农民集体", "王家沟村农民集体"),
]
OTHER = [
    ("area_mu", "12.30", "12.31"),
    ("area_mu", "12.30", "1230"),
    ("tree_count", "2088", "2008"),
    ("issue_date", "2009-05-20", "2009-05-02"),
    ("term_end", "2058-12-31", "长期"),
    ("bound_e", "至沟底", "至沟顶"),
    ("compartment", "03", "3"),
    ("subcompartment", "7,8", "7.8"),
    ("co_holders", "张三、李四", "李四、张三"),
    ("cert_no", "临林证字(2010)第000123号", "临林证字(2010)第123号"),
    ("forest_category", "防护林", "用材林"),
    ("place_name", "后沟", ""),
]


@pytest.mark.parametrize(("key", "first", "second"), SAME)
def test_spellings_that_mean_the_same_are_the_same(key: str, first: str, second: str) -> None:
    assert same(key, first, second, LABELS)
    assert same(key, second, first, LABELS)


@pytest.mark.parametrize(("key", "first", "second"), OTHER)
def test_what_means_something_else_differs(key: str, first: str, second: str) -> None:
    assert not same(key, first, second, LABELS)


def test_differences_come_in_the_order_of_the_page_as_written() -> None:
    first = {"area_mu": "12.30", "cert_no": "临林证字(2010)第1号", "place_name": "后沟"}
    second = {"area_mu": "12.80", "cert_no": "临林证字(2010)第7号", "place_name": "后沟", "main_species": "油松"}
    assert differences(first, second, LABELS) == (
        Difference("cert_no", "临林证字(2010)第1号", "临林证字(2010)第7号"),
        Difference("area_mu", "12.30", "12.80"),
        Difference("main_species", "", "油松"),
    )
    assert compared_count(first, second) == 4


def test_numbers_of_identity_papers_are_not_compared_as_texts() -> None:
    assert "id_no" not in COMPARED
    assert differences({"id_no": "a"}, {"id_no": "b"}, LABELS) == ()


@pytest.mark.parametrize(("faults", "fields", "rate"), [(0, 0, "0"), (1, 3, "3333.3"), (3, 10_000, "3.0")])
def test_the_rate_is_in_ten_thousand_fields(faults: int, fields: int, rate: str) -> None:
    assert per_ten_thousand(faults, fields) == Decimal(rate)


@pytest.mark.parametrize(("count", "percent", "drawn"), [(40, 10, 4), (41, 10, 5), (3, 1, 1), (7, 100, 7), (0, 50, 0)])
def test_a_sample_has_its_share_and_at_least_one(count: int, percent: int, drawn: int) -> None:
    rows = range(100, 100 + count)
    found = sample(rows, percent, random.Random(3).sample)
    assert len(set(found)) == drawn
    assert set(found) <= set(rows)
    assert found == sorted(found) == sample(reversed(rows), percent, random.Random(3).sample)


def test_the_grid_keys_every_column_of_book_and_page_but_the_registrys() -> None:
    assert {*KEYED_BOOK, *KEYED_PAGE, *FROM_REGISTRY} == {*BOOK_KEYS, *PAGE_KEYS}
    assert [column.key for column in KEYED] == [FILE_KEY, *KEYED_BOOK, *KEYED_PAGE]
    assert set(LEARNT) <= set(BY_KEY)


def test_the_next_parcel_begins_with_the_book_and_what_parcels_share() -> None:
    cells = {"cert_no": "证", "land_owner": "集体", "parcel_no": "001", "area_mu": "3", FILE_KEY: "档"}
    assert next_parcel_cells(cells) == {"cert_no": "证", "land_owner": "集体", FILE_KEY: "档"}


def test_the_next_household_begins_with_what_the_village_shares_and_its_holder() -> None:
    cells = {"cert_no": "证", "land_owner": "集体", "holder_name": "张三", "issuer": "县政府", "id_no": "x"}
    assert next_household_cells(cells, "档二", "李四") == {
        FILE_KEY: "档二",
        "land_owner": "集体",
        "issuer": "县政府",
        "holder_name": "李四",
        "land_use_holder": "李四",
        "tree_owner": "李四",
        "tree_use_holder": "李四",
    }
