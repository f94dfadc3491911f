"""A filled-in form as a workbook: one sheet per form, its tables one below the other, every text a text and never a formula."""

from __future__ import annotations

import datetime as dt
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from lindang.sheets import fixed_bytes
from plugins.handover.documents.forms import Form, Table
from plugins.handover.documents.list_xlsx import put

_BODY: Final = 11
_CHARACTERS: Final = 130
"""How many characters wide a sheet is, all columns together."""


def render(form: Form, made_at: dt.datetime) -> bytes:
    """Return the form as XLSX; the same form and date give the same bytes."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    sheet.title = form.title[:31]
    widest = max(form.tables, key=lambda table: len(table.columns))
    whole = sum(share for _title, share in widest.columns)
    for number, (_title, share) in enumerate(widest.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _CHARACTERS * share / whole
    row = 1
    for text, size in ((form.title, 16), *((fact, _BODY) for fact in (form.numbers, *form.facts))):
        row = _line(sheet, row, text, size)
    for table in form.tables:
        row = _table(sheet, row, table)
    for text in (*form.remarks, *(f"{signer}：" for signer in form.signers)):
        row = _line(sheet, row, text, _BODY)
    sheet.page_setup.orientation = "landscape" if form.is_landscape else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    # workbooks know no time zone; the properties are read as UTC
    book.properties.created = book.properties.modified = made_at.astimezone(dt.UTC).replace(tzinfo=None)
    book.properties.creator, book.properties.title = "lindang", f"{form.title} {form.batch_no}"
    return fixed_bytes(book)


def _line(sheet: Worksheet, row: int, text: str, size: int) -> int:
    cell = _written(sheet, row, 1, text)
    cell.font = Font(size=size, bold=size > _BODY)
    return row + 1


def _written(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)  # noqa: S101 - nothing is merged
    put(cell, text)
    return cell


def _table(sheet: Worksheet, row: int, table: Table) -> int:
    row = _line(sheet, row + 1, table.caption, 12) if table.caption else row + 1
    for values, is_head in (
        (tuple(title for title, _share in table.columns), True),
        *((one, False) for one in table.rows),
    ):
        for column, value in enumerate(values, 1):
            cell = _written(sheet, row, column, value)
            cell.font, cell.alignment = Font(bold=is_head), Alignment(wrap_text=True, vertical="top")
        row += 1
    return row + 1
