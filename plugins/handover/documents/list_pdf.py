"""移交清单 for paper: A4 landscape, the heading on every page, page x of y, places for signatures and seals at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from fpdf.enums import Align

from lindang.fonts import FontFile
from lindang.paper import Column, Sheet
from plugins.handover.documents.rows import HEADINGS, TITLE, Row, area, rows_of, totals_text
from plugins.handover.domain.manifest import canonical, check_code, digest

_WIDTHS: Final = (8, 30, 29, 15, 18, 16, 9, 15, 8, 10, 11, 10, 13, 21, 12, 13, 13, 14, 12)
_CENTRED: Final = {0, 3, 14, 15}
_RIGHT: Final = {6, 7, 8, 9, 10, 11, 12}
COLUMNS: Final = tuple(
    Column(
        title.replace("（SHA-256）", ""),
        width,
        Align.R if place in _RIGHT else Align.C if place in _CENTRED else Align.L,
    )
    for place, (title, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True))
)
_TITLES: Final = tuple(column.title for column in COLUMNS)
_BODY_SIZE: Final = 7.5
_TOP_HEIGHT: Final = 19.0
_FOOT_HEIGHT: Final = 8.0
_SIGNATURES_HEIGHT: Final = 44.0


def render(manifest: Mapping[str, Any], font: FontFile, made_at: dt.datetime) -> bytes:
    """Return the list as PDF; the same manifest, font and date give the same bytes."""
    sha256 = digest(canonical(manifest))
    sheet = Sheet(
        font,
        orientation="landscape",
        title=f"{TITLE} {manifest['batch_no']}",
        identity=sha256,
        made_at=made_at,
    )
    pages = _paginate(sheet, rows_of(manifest))
    for number, rows in enumerate(pages, 1):
        sheet.add_page()
        _heading(sheet, manifest, sha256)
        for row in rows:
            sheet.draw_row(COLUMNS, _cells(row))
        if number == len(pages):
            _closing(sheet, manifest)
        _footer(sheet, manifest, number, len(pages))
    return sheet.to_bytes()


def _cells(row: Row) -> list[str]:
    return [
        str(row.seq),
        row.archival_code,
        row.cert_no,
        row.issue_state,
        row.holder_name,
        row.village,
        str(row.parcels),
        area(row.area_mu),
        str(row.items),
        str(row.paper_pages),
        str(row.files),
        str(row.pages),
        str(row.megabytes),
        check_code(row.digest),
        row.paper_kind,
        row.box_no,
        "",
        "",
        "",
    ]


def _paginate(sheet: Sheet, rows: list[Row]) -> list[list[Row]]:
    """Deal the rows onto pages; the last page keeps room for totals and signatures, which are never torn apart."""
    sheet.set_font_size(_BODY_SIZE)
    heading = sheet.row_height(COLUMNS, _TITLES)
    room = sheet.h - 2 * sheet.t_margin - _FOOT_HEIGHT - _TOP_HEIGHT - heading
    pages: list[list[Row]] = [[]]
    used = 0.0
    for row in rows:
        height = sheet.row_height(COLUMNS, _cells(row))
        if pages[-1] and used + height > room:
            pages.append([])
            used = 0.0
        pages[-1].append(row)
        used += height
    if used + _SIGNATURES_HEIGHT > room:
        pages.append([])
    return pages


def _heading(sheet: Sheet, manifest: Mapping[str, Any], sha256: str) -> None:
    top = sheet.get_y()
    sheet.line_of_text(TITLE, size=16, align=Align.C)
    version = "" if manifest["list_version"] == 1 else f"（第 {manifest['list_version']} 版）"
    left = (
        f"批次号：{manifest['batch_no']}{version}   移交单位：{manifest['from_org']}   接收单位：{manifest['to_org']}"
    )
    sheet.line_of_text(left, size=9)
    sheet.line_of_text(f"批次名称：{manifest['title']}   清单核对码（SHA-256 前 16 位）：{check_code(sha256)}", size=9)
    sheet.set_font_size(_BODY_SIZE)
    sheet.set_xy(sheet.l_margin, top + _TOP_HEIGHT)
    sheet.draw_row(COLUMNS, _TITLES, grey=True)


def _closing(sheet: Sheet, manifest: Mapping[str, Any]) -> None:
    sheet.ln(1.5)
    sheet.line_of_text(totals_text(manifest), size=9)
    sheet.line_of_text(
        "摘要栏为各案卷摘要的前 16 位，全文见电子清单和 manifest.json；清单核对码由双方当面核对。本表一式两份，双方签字盖章。",
        size=7.5,
    )
    top, half = sheet.get_y() + 2, sheet.epw / 2
    sheet.set_font_size(9)
    for place, who in enumerate(("移交", "接收")):
        left = sheet.l_margin + place * half
        sheet.rect(left, top, half, 26)
        for number, text in enumerate((f"{who}单位（印章）：", f"{who}人（签字）：", "日期：      年    月    日")):
            sheet.text(left + 3, top + 6 + number * 8, text)
        sheet.text(left + half * 0.55, top + 14, "监交人（签字）：")


def _footer(sheet: Sheet, manifest: Mapping[str, Any], number: int, count: int) -> None:
    sheet.set_y(sheet.h - sheet.t_margin - 5)
    sheet.line_of_text(f"{manifest['batch_no']}    第 {number} 页 共 {count} 页", size=8, align=Align.C)
