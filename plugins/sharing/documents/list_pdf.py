"""林权信息共享月报 for paper: A4 landscape, the heading on every page, page x of y, places for signature and seal at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fpdf.enums import Align

from lindang.fonts import FontFile
from lindang.paper import Column, Sheet
from plugins.sharing.domain.lists import TITLE, headings, table_rows, totals_text
from plugins.sharing.domain.papers import content_digest

_SIZE: Final = 8
_TOP: Final = 19.0
_FOOT: Final = 8.0
_CLOSING: Final = 30.0


def render(content: Mapping[str, Any], font: FontFile, made_at: dt.datetime) -> bytes:
    """Return the list as PDF; the same content, font and date give the same bytes."""
    digest = content_digest(content)
    sheet = Sheet(
        font, orientation="landscape", title=f"{TITLE} {content['list_no']}", identity=digest, made_at=made_at
    )
    columns = _columns(sheet, content)
    pages = _paginate(sheet, columns, table_rows(content))
    for number, rows in enumerate(pages, 1):
        sheet.add_page()
        _heading(sheet, columns, content, digest)
        for row in rows:
            sheet.draw_row(columns, row)
        if number == len(pages):
            _closing(sheet, content)
        sheet.set_y(sheet.h - sheet.t_margin - 5)
        sheet.line_of_text(f"{content['list_no']}    第 {number} 页 共 {len(pages)} 页", size=8, align=Align.C)
    return sheet.to_bytes()


def _columns(sheet: Sheet, content: Mapping[str, Any]) -> list[Column]:
    weights = [0.5, 0.6, *(column["weight"] for column in content["columns"]), 1.4, 0.7]
    unit = sheet.epw / sum(weights)
    return [Column(title, unit * weight) for title, weight in zip(headings(content), weights, strict=True)]


def _paginate(sheet: Sheet, columns: Sequence[Column], rows: Sequence[list[str]]) -> list[list[list[str]]]:
    """Deal the rows onto pages; the last page keeps room for sums and seal."""
    sheet.set_font_size(_SIZE)
    heading = sheet.row_height(columns, [column.title for column in columns])
    room = sheet.h - 2 * sheet.t_margin - _FOOT - _TOP - heading
    pages: list[list[list[str]]] = [[]]
    used = 0.0
    for row in rows:
        height = sheet.row_height(columns, row)
        if pages[-1] and used + height > room:
            pages.append([])
            used = 0.0
        pages[-1].append(row)
        used += height
    if used + _CLOSING > room:
        pages.append([])
    return pages


def _heading(sheet: Sheet, columns: Sequence[Column], content: Mapping[str, Any], digest: str) -> None:
    top = sheet.get_y()
    sheet.line_of_text(f"{content['county']}{TITLE}（{content['month']}）", size=16, align=Align.C)
    sheet.line_of_text(
        f"编号：{content['list_no']}   提供单位：{content['office']}   接收单位：{content['agency']}", size=9
    )
    sheet.line_of_text(f"协议：{content['document']}   清单摘要（SHA-256 前 16 位）：{digest[:16]}", size=9)
    sheet.set_font_size(_SIZE)
    sheet.set_xy(sheet.l_margin, top + _TOP)
    sheet.draw_row(columns, [column.title for column in columns], grey=True)


def _closing(sheet: Sheet, content: Mapping[str, Any]) -> None:
    sheet.ln(2)
    sheet.line_of_text(totals_text(content), size=9)
    top = sheet.get_y() + 6
    for place, text in enumerate(("提供单位（印章）：", "经办人（签字）：", "日期：      年    月    日")):
        sheet.text(sheet.l_margin + place * sheet.epw / 3, top, text)
