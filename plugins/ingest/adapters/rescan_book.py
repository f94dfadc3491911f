"""The rescan list as a workbook to take to the scanner; every cell is a text, never a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_WIDTHS: Final = (16, 34, 26, 40, 7, 9, 70, 30)


def rescan_book(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a list of texts as XLSX, the headings repeated on every printed page."""
    book = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = book.create_sheet(title)
    for number, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width  # type: ignore[attr-defined]  # the stubs lack it
    sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"
    setup: Any = sheet.page_setup  # type: ignore[attr-defined]  # here too
    setup.orientation, setup.paperSize = "landscape", 9
    _append(sheet, headings, bold=True)
    for row in rows:
        _append(sheet, row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _append(sheet: WriteOnlyWorksheet, texts: Iterable[str], *, bold: bool = False) -> None:
    cells = []
    for text in texts:
        cell = WriteOnlyCell(sheet, value=text)
        cell.data_type = "s"
        if bold:
            cell.font = Font(bold=True)
        cells.append(cell)
    sheet.append(cells)
