"""Cover sheets for feedback paper: one A4 page per batch item, its code as a QR code and in plain letters.

The sheet is laid in front of the registry's paper and scanned with it; the code files the scan to its one item.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from fpdf.enums import Align

from lindang.fonts import FontFile
from lindang.paper import FAMILY, Sheet
from plugins.handover.documents.rows import Cover
from plugins.handover.domain.cover import cover_code

_QR_MM: Final = 60.0


def render(covers: Sequence[Cover], font: FontFile, made_at: dt.datetime) -> bytes:
    """Return the cover sheets as PDF, one page each, in the given order."""
    sheet = Sheet(
        font,
        orientation="portrait",
        title="反馈材料封面",
        identity="\n".join(cover.item_code for cover in covers),
        made_at=made_at,
    )
    for cover in covers:
        sheet.add_page()
        _draw(sheet, cover)
    return sheet.to_bytes()


def _draw(sheet: Sheet, cover: Cover) -> None:
    sheet.set_y(28)
    sheet.line_of_text("不动产登记反馈材料封面", size=22, align=Align.C)
    code = cover_code(cover.item_code)
    sheet.draw_qr(code, (sheet.w - _QR_MM) / 2, 50, _QR_MM)
    sheet.set_y(50 + _QR_MM + 4)
    sheet.line_of_text(code, size=18, align=Align.C)
    sheet.set_y(140)
    for label, value in (
        ("批次号", cover.batch_no),
        ("档  号", cover.archival_code),
        ("林权证号", cover.cert_no),
        ("权利人", cover.holder_name),
        ("村", cover.village),
    ):
        _field(sheet, label, value)
    sheet.set_y(200)
    for text in (
        "用法：把本封面放在这一条目的反馈材料最前面，一起扫描、一起接收。",
        "系统读出二维码后，自动把材料归到这一条目，一份材料对应一个条目。",
        "二维码读不出时，可在“反馈登记”页按上面的条目代码手工选择。",
    ):
        sheet.line_of_text(text, size=11, align=Align.C)


def _field(sheet: Sheet, label: str, value: str) -> None:
    sheet.set_font(FAMILY, size=14)
    top = sheet.get_y()
    sheet.set_xy(40, top)
    sheet.cell(30, 9, label, align=Align.R)
    for line in sheet.broken(value, 100):
        sheet.set_xy(76, sheet.get_y())
        sheet.cell(100, 9, line, new_x="LEFT", new_y="NEXT")
    sheet.line(76, sheet.get_y(), 176, sheet.get_y())
