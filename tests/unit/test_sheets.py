"""Lists as workbooks: whatever stands in the archive, the file opens and says it."""

from __future__ import annotations

import io

import openpyxl

from lindang.sheets import list_book

HEADINGS, WIDTHS = ("档号", "题名"), (20, 60)


def cells(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(list_book("清单", HEADINGS, WIDTHS, rows))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert sheet.print_title_rows == "$1:$1"
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_headings_come_first_and_rows_in_order() -> None:
    rows = [("0001", "王建国"), ("0002", "李四")]
    assert cells(rows) == [HEADINGS, *rows]


def test_a_text_that_looks_like_a_formula_or_a_number_stays_a_text() -> None:
    assert cells([("=1+1", "@SUM(A1)"), ("00123", "2020-01-01")])[1:] == [("=1+1", "@SUM(A1)"), ("00123", "2020-01-01")]


def test_control_characters_and_endless_texts_do_not_break_the_file() -> None:
    (_headings, (code, title)) = cells([("a\x0bb\x00c", "山" * 40_000)])
    assert code == "a b c"
    assert set(title) == {"山"}
    assert len(title) == 32_000
