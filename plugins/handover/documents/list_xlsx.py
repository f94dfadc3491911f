"""移交清单 as a workbook: the printed columns with the whole digests, every text a text and never a formula."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from lindang.sheets import cell_text, fixed_bytes
from plugins.handover.documents.rows import HEADINGS, TITLE, Row, rows_of, totals_text
from plugins.handover.domain.manifest import canonical, digest

_WIDTHS: Final = (6, 30, 28, 16, 14, 16, 8, 11, 7, 9, 10, 9, 11, 66, 11, 10, 10, 14, 14)
_THIN: Final = Side(style="thin")
_BOX: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD_FONT: Final = Font(bold=True)
_HEAD: Final = Alignment(wrap_text=True, vertical="center", horizontal="center")
_BODY: Final = Alignment(wrap_text=True, vertical="center")
"""Made once: a list has a hundred thousand cells, and the library compares each style with all others."""
_AREA_FORMAT: Final = "0.00##"
_HEADING_ROW: Final = 4


def render(manifest: Mapping[str, Any], made_at: dt.datetime) -> bytes:
    """Return the list as XLSX; the same manifest and date give the same bytes."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    sheet.title = "移交清单"
    _heading(sheet, manifest)
    for number, row in enumerate(rows_of(manifest), _HEADING_ROW + 1):
        _write(sheet, number, _values(row))
    _closing(sheet, manifest)
    _page_setup(sheet)
    # workbooks know no time zone; the properties are read as UTC
    book.properties.created = book.properties.modified = made_at.astimezone(dt.UTC).replace(tzinfo=None)
    book.properties.creator, book.properties.title = "lindang", f"{TITLE} {manifest['batch_no']}"
    return fixed_bytes(book)


def _values(row: Row) -> list[str | int | Decimal]:
    return [
        row.seq,
        row.archival_code,
        row.cert_no,
        row.issue_state,
        row.holder_name,
        row.village,
        row.parcels,
        row.area_mu,
        row.items,
        row.paper_pages,
        row.files,
        row.pages,
        row.megabytes,
        row.digest,
        row.paper_kind,
        row.box_no,
        "",
        "",
        "",
    ]


def put(cell: Cell, value: str | int | Decimal) -> None:
    """Write a value; a text is stored as text even when it begins like a formula."""
    if isinstance(value, str):
        cell.value, cell.data_type = cell_text(value), "s"
        return
    cell.value = value
    if isinstance(value, Decimal):
        cell.number_format = _AREA_FORMAT


def _write(sheet: Worksheet, number: int, values: Sequence[str | int | Decimal], *, bold: bool = False) -> None:
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row=number, column=column)
        assert isinstance(cell, Cell)  # noqa: S101 - merged cells exist above the table only
        put(cell, value)
        cell.border = _BOX
        if bold:
            cell.font = _HEAD_FONT
        cell.alignment = _HEAD if bold else _BODY


def _line(sheet: Worksheet, number: int, text: str, *, size: int = 11, centred: bool = False) -> None:
    cell = sheet.cell(row=number, column=1)
    assert isinstance(cell, Cell)  # noqa: S101 - written before its row is merged
    put(cell, text)
    cell.font = Font(size=size, bold=centred)
    cell.alignment = Alignment(horizontal="center" if centred else "left", vertical="center", wrap_text=True)
    sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(HEADINGS))


def _heading(sheet: Worksheet, manifest: Mapping[str, Any]) -> None:
    _line(sheet, 1, TITLE, size=16, centred=True)
    _line(
        sheet,
        2,
        f"批次号：{manifest['batch_no']}（第 {manifest['list_version']} 版）   批次名称：{manifest['title']}   "
        f"移交单位：{manifest['from_org']}   接收单位：{manifest['to_org']}",
    )
    _line(sheet, 3, f"清单摘要（SHA-256）：{digest(canonical(manifest))}")
    _write(sheet, _HEADING_ROW, HEADINGS, bold=True)


def _closing(sheet: Worksheet, manifest: Mapping[str, Any]) -> None:
    last = sheet.max_row
    _line(sheet, last + 1, totals_text(manifest))
    for row, who in ((last + 3, "移交"), (last + 5, "接收")):
        gap = " " * 16
        _line(sheet, row, f"{who}单位（印章）：{gap}{who}人：{gap}监交人：{gap}日期：    年  月  日")


def _page_setup(sheet: Worksheet) -> None:
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{_HEADING_ROW + 1}"
    sheet.print_title_rows = f"{_HEADING_ROW}:{_HEADING_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter = HeaderFooterItem(center=_HeaderFooterPart(text="第 &P 页 共 &N 页"))
