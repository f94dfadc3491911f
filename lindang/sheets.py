"""Workbooks that the plugins write: every text a text and never a formula, and no character in it that a workbook cannot hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

_LONGEST: Final = 32_000
"""Characters in one cell, a little less than the format allows."""
_A4: Final = 9
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BOLD: Final = Font(bold=True)


def cell_text(text: str) -> str:
    """Return a text as a cell can hold it."""
    return ILLEGAL_CHARACTERS_RE.sub(" ", text)[:_LONGEST]


def begin_list(book: Any, title: str, headings: Sequence[str], widths: Sequence[int]) -> Any:
    """Return a new sheet of a write-only workbook with its headings, which stay in sight and stand on every printed page.

    Args:
        book: A `Workbook` that is write-only.
        title: Of the sheet.
        headings: One for each column.
        widths: Of the columns, in characters.
    """
    sheet = book.create_sheet(title)
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    append_texts(sheet, headings, bold=True)
    return sheet


def append_texts(sheet: Any, texts: Iterable[str], *, bold: bool = False) -> None:
    """Append a row of texts to a write-only sheet."""
    sheet.append([_text_cell(sheet, text, bold=bold) for text in texts])


def _text_cell(sheet: Any, text: str, *, bold: bool) -> Any:
    cell: Any = WriteOnlyCell(sheet, cell_text(text))
    cell.data_type, cell.number_format, cell.quotePrefix = "s", "@", True
    if bold:
        cell.font = _BOLD
    return cell


def list_book(title: str, headings: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a list of texts as XLSX, one sheet."""
    book = Workbook(write_only=True)
    sheet = begin_list(book, title, headings, widths)
    for row in rows:
        append_texts(sheet, row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fixed_bytes(book: Workbook) -> bytes:
    """Write the workbook with all archive entries dated alike (`Workbook.save` would stamp the present time)."""
    draft, out = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).save()
    with zipfile.ZipFile(draft) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return out.getvalue()
