"""The list of findings as a workbook: every text a text and never a formula."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from lindang.i18n import _, format_when

_WIDTHS: Final = (7, 8, 22, 28, 10, 60, 50, 10, 24, 12, 12, 17)


def findings_book(
    rows: Iterable[Any],
    *,
    sentence: Callable[[Any], str],
    remedy: Callable[[Any], str],
    states: Mapping[str, str],
    severities: Mapping[str, str],
) -> bytes:
    """Return the findings as XLSX, one a row."""
    book = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = book.create_sheet(_("检查结果"))
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHIJKL"[number]].width = width  # type: ignore[attr-defined]  # the stubs lack it
    sheet.freeze_panes = "A2"
    _append(sheet, _headings(), bold=True)
    for row in rows:
        _append(
            sheet,
            (
                row.code,
                severities.get(row.severity, row.severity),
                row.place,
                row.cert_no,
                row.parcel_no,
                sentence(row),
                remedy(row),
                states.get(row.state, row.state),
                row.reason,
                row.asked_by,
                row.waived_by,
                format_when(row.first_seen_at),
            ),
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _headings() -> tuple[str, ...]:
    return (
        _("规则"),
        _("级别"),
        _("村"),
        _("林权证号"),
        _("宗地号"),
        _("问题"),
        _("办法"),
        _("状态"),
        _("不作处理的原因"),
        _("申请人"),
        _("批准人"),
        _("首次发现"),
    )


def _append(sheet: WriteOnlyWorksheet, texts: Iterable[str], *, bold: bool = False) -> None:
    cells = []
    for text in texts:
        cell = WriteOnlyCell(sheet, value=text)
        cell.data_type = "s"
        if bold:
            cell.font = Font(bold=True)
        cells.append(cell)
    sheet.append(cells)
