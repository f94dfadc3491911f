"""A filled-in form on paper: A4, the title on every page, table headings repeated, page x of y, places to sign at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fpdf.enums import Align

from lindang.fonts import FontFile
from lindang.paper import Column, Sheet
from plugins.handover.documents.forms import Form, Table

_SIZE: Final = 9.0
_SMALL: Final = 7.0
_TOP: Final = 17.0
_FOOT: Final = 8.0
_SIGNER_HEIGHT: Final = 13.0


@dataclass(slots=True)
class _Page:
    """Where one is: the page's number, and how far down it can be written."""

    number: int
    bottom: float


def render(form: Form, font: FontFile, made_at: dt.datetime) -> bytes:
    """Return the form as PDF; the same form, font and date give the same bytes."""
    count = _draw(_sheet(form, font, made_at), form, 0)
    sheet = _sheet(form, font, made_at)
    _draw(sheet, form, count)
    return sheet.to_bytes()


def _sheet(form: Form, font: FontFile, made_at: dt.datetime) -> Sheet:
    return Sheet(
        font,
        orientation="landscape" if form.is_landscape else "portrait",
        title=f"{form.title} {form.batch_no}",
        identity=repr(form),
        made_at=made_at,
    )


def _draw(sheet: Sheet, form: Form, count: int) -> int:
    """Draw the form; returns the number of its pages, which the footer needs beforehand (0: not known yet)."""
    page = _Page(0, sheet.h - sheet.t_margin - _FOOT)
    _turn(sheet, form, page, count)
    for line in form.facts:
        sheet.line_of_text(line, size=_SIZE)
    for table in form.tables:
        _table(sheet, form, table, page, count)
    for line in form.remarks:
        _paragraph(sheet, form, line, page, count)
    _signatures(sheet, form, page, count)
    if not count:
        sheet.release()
    return page.number


def _turn(sheet: Sheet, form: Form, page: _Page, count: int) -> None:
    """Begin a page."""
    page.number += 1
    sheet.add_page()
    sheet.line_of_text(form.title, size=16, align=Align.C)
    sheet.line_of_text(form.numbers, size=_SIZE)
    below = sheet.get_y()
    sheet.set_y(sheet.h - sheet.t_margin - 5)
    sheet.line_of_text(f"{form.paper_no or form.batch_no}    第 {page.number} 页 共 {count} 页", size=8, align=Align.C)
    sheet.set_y(max(below, sheet.t_margin + _TOP))
    sheet.set_font_size(_SIZE)


def _table(sheet: Sheet, form: Form, table: Table, page: _Page, count: int) -> None:
    whole = sum(share for _title, share in table.columns)
    columns = [Column(title, sheet.epw * share / whole) for title, share in table.columns]
    size = _SMALL if form.is_landscape else _SIZE
    heads = [column.title for column in columns]
    sheet.set_font_size(size)
    first = _height(sheet, columns, table.rows[0]) if table.rows else 0.0
    if sheet.get_y() + 8 + _height(sheet, columns, heads) + first > page.bottom:
        _turn(sheet, form, page, count)
    if table.caption:
        sheet.ln(2)
        sheet.line_of_text(table.caption, size=11, align=Align.C)
    sheet.set_font_size(size)
    sheet.draw_row(columns, heads, grey=True)
    for row in table.rows:
        if sheet.get_y() + _height(sheet, columns, row) > page.bottom:
            _turn(sheet, form, page, count)
            sheet.set_font_size(size)
            sheet.draw_row(columns, heads, grey=True)
        sheet.draw_row(columns, row)
    sheet.ln(1.5)


def _height(sheet: Sheet, columns: list[Column], cells: tuple[str, ...] | list[str]) -> float:
    return sheet.row_height(columns, cells)


def _paragraph(sheet: Sheet, form: Form, text: str, page: _Page, count: int) -> None:
    sheet.set_font_size(8)
    lines = sheet.broken(text, sheet.epw)
    if sheet.get_y() + len(lines) * sheet.line_height > page.bottom:
        _turn(sheet, form, page, count)
    for line in lines:
        sheet.line_of_text(line, size=8)


def _signatures(sheet: Sheet, form: Form, page: _Page, count: int) -> None:
    """Draw the places to sign, two to a line, never torn apart."""
    pairs = list(_pairs(form.signers))
    if not pairs:
        return
    if sheet.get_y() + 3 + len(pairs) * _SIGNER_HEIGHT > page.bottom:
        _turn(sheet, form, page, count)
    sheet.ln(3)
    top, half = sheet.get_y(), sheet.epw / 2
    sheet.set_font_size(_SIZE)
    for number, pair in enumerate(pairs):
        for place, text in enumerate(pair):
            left, line = sheet.l_margin + place * half, top + number * _SIGNER_HEIGHT
            sheet.rect(left, line, half, _SIGNER_HEIGHT)
            sheet.text(left + 3, line + _SIGNER_HEIGHT / 2 + 1, f"{text}：" if text else "")


def _pairs(signers: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for place in range(0, len(signers), 2):
        yield signers[place], signers[place + 1] if place + 1 < len(signers) else ""
