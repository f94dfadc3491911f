"""Reference tables: the shipped ones are readable, an office's own are refused with every fault named."""

from __future__ import annotations

import csv
import re

import pytest

from models.data import CHECKLIST, CODE_LISTS, SCHEME
from models.issue_states import IssueState
from plugins.catalogue.domain.tables import (
    RowFault,
    Wrong,
    decode,
    parent_of,
    read_checklist,
    read_codes,
    read_divisions,
    read_scheme,
)


def found(faults: tuple[RowFault, ...]) -> list[tuple[int, str, Wrong]]:
    """Return the faults as plain triples."""
    return [(fault.line, fault.column, fault.wrong) for fault in faults]


def test_shipped_tables_have_no_fault_and_name_their_provenance() -> None:
    scheme = read_scheme(SCHEME.read_text(encoding="utf-8"))
    checklist = read_checklist(CHECKLIST.read_text(encoding="utf-8"))
    codes = read_codes(CODE_LISTS.read_text(encoding="utf-8"))
    assert (scheme.faults, checklist.faults, codes.faults) == ((), (), ())
    assert (len(scheme.rows), len(checklist.rows)) == (45, 18)
    assert {row["provenance"] for row in (*scheme.rows, *checklist.rows)} == {"proposal-v1"}
    assert all(row["provenance"] for row in codes.rows)


def test_shipped_lists_agree_with_the_states_and_the_checklist() -> None:
    rows = list(csv.DictReader(CODE_LISTS.read_text(encoding="utf-8").splitlines()))
    assert [row["code"] for row in rows if row["list"] == "issue_state"] == [state.value for state in IssueState]
    rules = [row["rule"] for row in read_checklist(CHECKLIST.read_text(encoding="utf-8")).rows]
    acquisitions = {row["code"] for row in rows if row["list"] == "acquisition"}
    named = {value for rule in rules if rule.startswith("if_acq") for value in re.findall(r"[A-Z]+", rule)}
    assert named <= acquisitions


def test_scheme_faults_are_named_by_line_and_column() -> None:
    text = (
        "code,parent,level,title,retention,unit\n"
        "QQ,,,林权类,,\n"
        "QQ01,QQ,H,登记申请表,Y,卷\n"
        "QQ01,QQ,H,又一次,Y,卷\n"
        "QQ02,XX,V,孤儿,Y,卷\n"
        "QQ03,QQ,Z,级别错,Y,卷\n"
        "QQ04,QQ,V,期限错,50年,册\n"
        ",QQ,V,,Y,件\n"
    )
    assert found(read_scheme(text).faults) == [
        (4, "code", Wrong.REPEATED),
        (5, "parent", Wrong.PARENT),
        (6, "level", Wrong.LEVEL),
        (7, "retention", Wrong.RETENTION),
        (7, "unit", Wrong.UNIT),
        (8, "code", Wrong.REQUIRED),
        (8, "title", Wrong.REQUIRED),
    ]


def test_checklist_faults() -> None:
    text = "doc_type,title,rule\nD01,申请表,required\nD02,身份证明,sometimes\nD01,又一次,optional\n"
    assert found(read_checklist(text).faults) == [(3, "rule", Wrong.RULE), (4, "doc_type", Wrong.REPEATED)]


def test_division_faults_and_versions_in_time() -> None:
    text = (
        "code,name,level,parent,valid_from,valid_to,successor\n"
        "141124,临县,county,,,,\n"
        "141124102,某镇,town,141124,,,\n"
        "141124102205,王家沟村,village,141124102,2010-01-01,2019-12-31,141124102206\n"
        "141124102205,王家沟新村,village,141124102,2020-01-01,,\n"
        "141124102205,重复,village,141124102,2020-01-01,,\n"
        "14112410220,短一位,village,,,,\n"
        "141124102207,级别错,town,,,,\n"
        "141124102208,上级不明,village,141124999,,,\n"
        "141124102209,日期错,village,141124102,2020/1/1,,\n"
        "141124102210,倒置,village,141124102,2020-01-01,2019-01-01,\n"
        "141124102211,,village,141124102,,,\n"
    )
    assert found(read_divisions(text).faults) == [
        (4, "successor", Wrong.SUCCESSOR),
        (6, "valid_from", Wrong.REPEATED),
        (7, "code", Wrong.CODE),
        (8, "level", Wrong.LEVEL),
        (9, "parent", Wrong.PARENT),
        (10, "valid_from", Wrong.DATE),
        (11, "valid_to", Wrong.PERIOD),
        (12, "name", Wrong.REQUIRED),
    ]
    known = read_divisions(text, known=frozenset({"141124102206", "141124999"}))
    assert {fault.wrong for fault in known.faults}.isdisjoint({Wrong.SUCCESSOR, Wrong.PARENT})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", (1, "code", Wrong.HEADER)),
        ("编码,名称\n1,2\n", (1, "code", Wrong.HEADER)),
        ("code,name\n", (0, "", Wrong.EMPTY)),
        ("code,name\n141124,临县,多一格\n", (2, "", Wrong.CELLS)),
    ],
)
def test_tables_that_are_no_table(text: str, fault: tuple[int, str, Wrong]) -> None:
    assert fault in found(read_divisions(text).faults)


def test_an_office_saves_csv_in_either_encoding() -> None:
    text = "code,name\n141124,临县\n"
    assert decode(b"\xef\xbb\xbf" + text.encode()) == text
    assert decode(text.encode("gb18030")) == text
    assert decode(b"\xff\xff\xff\xff\x80") is None


def test_parent_by_code() -> None:
    assert [parent_of(code) for code in ("141124102205", "141124102", "141124", "1411", "14")] == [
        "141124102",
        "141124",
        "1411",
        "14",
        "",
    ]
