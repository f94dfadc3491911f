"""成熟: one missing thing at a time, and which of several is named first."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.readiness import COLUMN_LABELS, TEXTS, Facts, ParcelFacts, Reason, first_reason, reasons

PARCEL = ParcelFacts(
    parcel_no="0001",
    area_mu=Decimal("12.5"),
    columns={
        "location": "村北",
        "bound_e": "沟",
        "land_owner": "集体",
        "term_years": 50,
        "term_end": dt.date(2060, 1, 1),
    },
)
READY = Facts(
    certificate_id=1,
    archive_file_id=2,
    is_number_readable=True,
    issue_state="ISSUED",
    cert_serial="B1400000001",
    issuer="某县人民政府",
    issue_date=dt.date(2010, 5, 4),
    holder_columns={"holder_name": "张三", "id_no": "x"},
    parcels=(PARCEL,),
    item_count=9,
    scanned_pages=15,
    paper_pages=15,
)


def codes(facts: Facts) -> list[str]:
    return [reason.code for reason in reasons(facts)]


def test_a_complete_certificate_is_ready() -> None:
    assert reasons(READY) == ()
    assert first_reason(READY) is None


@pytest.mark.parametrize(
    ("change", "code", "kind", "text"),
    [
        ({"open_batch": (9, "YJ001")}, "in_batch", "batch", "已在批次 YJ001 中"),
        ({"past_batch": (9, "YJ001")}, "handed_over", "batch", "已随批次 YJ001 移交并结案"),
        ({"returned_in": (9, "YJ001")}, "returned", "batch", "YJ001"),
        ({"archive_file_id": None}, "no_file", "certificate", "案卷"),
        ({"item_count": 0}, "no_item", "archive_file", "还没有文件"),
        ({"missing_documents": ("申请表", "合同")}, "documents", "archive_file", "申请表、合同"),
        ({"unplaced": 3}, "unplaced", "archive_file", "3 个"),
        ({"unscanned": ((5, "A-1"), (6, "A-2"))}, "unscanned", "item", "2 件没有扫描图像，第一件：A-1"),
        ({"paper_pages": None}, "no_paper_count", "archive_file", "纸质页数"),
        ({"paper_pages": 16}, "page_count", "archive_file", "扫描 15 页，纸质登记 16 页"),
        ({"is_number_readable": False}, "cert_no", "certificate", "无法识别"),
        ({"holder_columns": {"holder_name": "张三", "id_no": ""}}, "holder", "certificate", "证件号码"),
        ({"cert_serial": ""}, "serial", "certificate", "印刷号"),
        ({"issuer": ""}, "issuer", "certificate", "发证机关"),
        ({"issue_date": None}, "issue_date", "certificate", "发证日期"),
        ({"issue_state": "UNPRINTED"}, "not_printed", "certificate", "未打印"),
        ({"parcels": ()}, "no_parcel", "certificate", "宗地"),
        ({"parcels": (replace(PARCEL, area_mu=Decimal(0)),)}, "area", "certificate", "面积"),
        (
            {"parcels": (replace(PARCEL, columns={**PARCEL.columns, "bound_e": ""}),)},
            "parcel",
            "certificate",
            "宗地 0001 缺：东至",
        ),
        ({"has_archival_code": False}, "no_code", "archive_file", "没有档号"),
        ({"issue_state": ""}, "issue_state", "certificate", "状态不明"),
        ({"errors": ("R03", "R12")}, "errors", "certificate", "没有改正：R03、R12"),
        ({"undecided": ("R15",)}, "undecided", "certificate", "没有处理决定：R15"),
        ({"is_disputed": True}, "disputed", "archive_file", "争议"),
        ({"security_classes": frozenset({"", "秘密"})}, "classified", "archive_file", "定密"),
    ],
)
def test_one_missing_thing_is_one_reason_with_its_place(
    change: dict[str, Any], code: str, kind: str, text: str
) -> None:
    (reason,) = reasons(replace(READY, **change))
    assert reason.code == code
    assert reason.place.kind == kind
    assert text in reason.text


def test_every_reason_has_its_sentence_and_is_tested_above() -> None:
    tested = {mark.args[1][place][1] for mark in test_one_missing_thing_is_one_reason_with_its_place.pytestmark for place in range(len(mark.args[1]))}  # type: ignore[attr-defined]  # fmt: skip
    assert tested == set(TEXTS)


def test_a_certificate_on_its_way_is_left_alone_whatever_it_lacks() -> None:
    bare = replace(READY, parcels=(), issuer="", open_batch=(9, "YJ001"), past_batch=(8, "YJ000"))
    assert codes(bare) == ["in_batch"]


def test_the_papers_come_before_the_register_and_obstacles_last() -> None:
    wanting = replace(
        READY,
        is_disputed=True,
        undecided=("R15",),
        errors=("R03",),
        issuer="",
        missing_documents=("申请表",),
        returned_in=(9, "YJ001"),
    )
    assert codes(wanting) == ["returned", "documents", "issuer", "errors", "undecided", "disputed"]
    first = first_reason(wanting)
    assert first is not None
    assert first.code == "returned"


def test_an_unprinted_certificate_needs_neither_serial_nor_date_nor_issuer() -> None:
    assert codes(replace(READY, issue_state="UNPRINTED", cert_serial="", issue_date=None, issuer="")) == []


@pytest.mark.parametrize("state", ["PRINTED_SEALED", "PRINTED_UNSEALED"])
def test_a_printed_certificate_not_yet_issued_needs_no_date(state: str) -> None:
    assert codes(replace(READY, issue_state=state, issue_date=None)) == []


def test_a_long_term_parcel_needs_no_end_of_term() -> None:
    open_term = replace(PARCEL, is_term_open=True, columns={**PARCEL.columns, "term_years": None, "term_end": None})
    assert codes(replace(READY, parcels=(open_term,))) == []
    closed = replace(open_term, is_term_open=False)
    (reason,) = reasons(replace(READY, parcels=(closed,)))
    assert "林地使用期、终止日期" in reason.text


def test_an_office_may_do_without_counting_paper_but_not_without_agreeing() -> None:
    assert codes(replace(READY, paper_pages=None, needs_paper_count=False)) == []
    assert codes(replace(READY, paper_pages=14, needs_paper_count=False)) == ["page_count"]


@given(st.sets(st.sampled_from(sorted(COLUMN_LABELS)), min_size=1))
def test_every_empty_column_is_named_once(names: set[str]) -> None:
    parcel = replace(PARCEL, columns=dict.fromkeys(names, ""))
    (reason,) = reasons(replace(READY, parcels=(parcel,)))
    listed = reason.text.partition("缺：")[2].split("、")
    assert sorted(listed) == sorted(str(COLUMN_LABELS[name]) for name in names)


def test_a_reason_is_a_value() -> None:
    assert isinstance(first_reason(replace(READY, issuer="")), Reason)
