"""附件1 as a workbook: the same grid with a merged title, numbers as numbers, every text a text and never a formula."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from lindang.sheets import cell_text, fixed_bytes
from plugins.progress.documents.paper import Paper

_THIN: Final = Side(style="thin")
_BOX: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_TITLE_ROW, _HEAD_ROW = 2, 3


def render(paper: Paper) -> bytes:
    """Return the form as XLSX; the same paper gives the same bytes."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    sheet.title = "附件1"
    _line(sheet, paper, 1, "附件1", 12)
    _line(sheet, paper, _TITLE_ROW, paper.title, 18, centred=True)
    for number, row in enumerate((paper.heads, *paper.rows), _HEAD_ROW):
        for column, text in enumerate(row, 1):
            _boxed(sheet, number, column, text)
        sheet.row_dimensions[number].height = 30
    last = _HEAD_ROW + len(paper.rows)
    _line(sheet, paper, last + 1, paper.foot, 11)
    for number, note in enumerate(paper.notes, last + 2):
        _line(sheet, paper, number, note, 8)
    _page_setup(sheet, len(paper.heads))
    # workbooks know no time zone; the properties are read as UTC
    book.properties.created = book.properties.modified = paper.made_at.astimezone(dt.UTC).replace(tzinfo=None)
    book.properties.creator, book.properties.title = "lindang", f"{paper.title} {paper.period}"
    return fixed_bytes(book)


def _put(cell: Cell, text: str) -> None:
    """Write a number as a number with its decimals, anything else as a text even when it begins like a formula."""
    if text.replace(".", "", 1).isdecimal() and text.isascii():
        cell.value = Decimal(text)
        cell.number_format = "0.00" if "." in text else "0"
        return
    cell.value, cell.data_type = cell_text(text), "s"


def _boxed(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)  # noqa: S101 - merged cells exist above and below the grid only
    _put(cell, text)
    is_label = column == 1 and row > _HEAD_ROW
    cell.border, cell.font = _BOX, Font(size=11)
    cell.alignment = Alignment(horizontal="left" if is_label else "center", vertical="center", wrap_text=True)


def _line(sheet: Worksheet, paper: Paper, row: int, text: str, size: int, *, centred: bool = False) -> None:
    cell = sheet.cell(row=row, column=1)
    assert isinstance(cell, Cell)  # noqa: S101 - written before its row is merged
    cell.value, cell.data_type = cell_text(text), "s"
    cell.font = Font(size=size, bold=centred)
    cell.alignment = Alignment(horizontal="center" if centred else "left", vertical="center")
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(paper.heads))
    if centred:
        sheet.row_dimensions[row].height = 36


def _page_setup(sheet: Worksheet, columns: int) -> None:
    sheet.column_dimensions["A"].width = 24
    for number in range(2, columns + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 13
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 1
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
