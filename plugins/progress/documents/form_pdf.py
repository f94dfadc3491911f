"""附件1 on paper: A4 landscape, one grid, the line for 填报人 below it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

from fpdf import FPDF
from fpdf.enums import Align
from fpdf.fonts import TTFFont

from lindang.fonts import FontFile
from plugins.progress.documents.paper import Paper

_FAMILY: Final = "cjk"
_LABEL_MM: Final = 46.0
_ROW_MM: Final = 13.0
_POINT_MM: Final = 25.4 / 72
_LEADING: Final = 1.25
_PADDING: Final = 1.0


class _Sheet(FPDF):
    """A document whose bytes depend on its content alone."""

    def __init__(self, paper: Paper, font: FontFile) -> None:
        super().__init__(orientation="landscape", unit="mm", format="A4")
        self._identity = hashlib.md5(repr(paper).encode(), usedforsecurity=False).hexdigest()
        self.set_creation_date(paper.made_at.astimezone(dt.UTC))
        self.set_title(f"{paper.title} {paper.period}")
        self.set_lang("zh-CN")
        self.set_producer("lindang")
        self.set_auto_page_break(auto=False)
        self.set_margins(10, 12, 10)
        self.add_font(_FAMILY, fname=font.path, collection_font_number=font.face)
        self.set_font(_FAMILY, size=10)
        face = self.fonts[_FAMILY]
        assert isinstance(face, TTFFont)  # noqa: S101 - what add_font makes of a font file
        self._face = face

    def file_id(self) -> str:
        """Return the PDF's identifiers, made from what it is and not from when it was written."""
        return f"<{self._identity}><{self._identity}>"

    def printable(self, text: str) -> str:
        """Return the text with characters that the font lacks spelled out: never a silent empty box."""
        known = self._face.cmap
        return "".join(char if ord(char) in known or char.isspace() else f"〓(U+{ord(char):04X})" for char in text)

    def broken(self, text: str, width: float) -> list[str]:
        """Break a text anywhere into lines no wider than `width`."""
        lines, line, used = [], "", 0.0
        for char in self.printable(text):
            advance = self.get_string_width(char)
            if line and used + advance > width:
                lines.append(line)
                line, used = "", 0.0
            line, used = line + char, used + advance
        return [*lines, line]

    def box(self, width: float, text: str, align: Align, size: float) -> None:
        """Draw a cell with its text in the middle, smaller where it would not fit, and move to its right."""
        left, top = self.get_x(), self.get_y()
        self.rect(left, top, width, _ROW_MM)
        lines, height = self._fitting(text, width, size)
        first = top + (_ROW_MM - len(lines) * height) / 2
        for number, line in enumerate(lines):
            self.set_xy(left, first + number * height)
            self.cell(width, height, line, align=align)
        self.set_xy(left + width, top)

    def _fitting(self, text: str, width: float, size: float) -> tuple[list[str], float]:
        while True:
            self.set_font(_FAMILY, size=size)
            lines, height = self.broken(text, width - 2 * _PADDING), size * _POINT_MM * _LEADING
            is_number = bool(text) and text.replace(".", "").isdecimal()
            fits = len(lines) * height <= _ROW_MM and not (is_number and len(lines) > 1)
            if fits or size <= 4:
                return lines, height
            size -= 0.5

    def line_of_text(self, text: str, size: float, align: Align = Align.L) -> None:
        """Write one paragraph over the whole width and move below it."""
        self.set_font(_FAMILY, size=size)
        height = size * _POINT_MM * _LEADING
        for line in self.broken(text, self.epw):
            self.set_x(self.l_margin)
            self.cell(self.epw, height, line, align=align, new_x="LMARGIN", new_y="NEXT")

    def to_bytes(self) -> bytes:
        """Return the finished document and close the font file, which the library keeps open."""
        try:
            return bytes(self.output())
        finally:
            self._face.ttfont.close()


def render(paper: Paper, font: FontFile) -> bytes:
    """Return the form as PDF; the same paper and font give the same bytes."""
    sheet = _Sheet(paper, font)
    sheet.add_page()
    sheet.line_of_text("附件1", 12)
    sheet.ln(3)
    sheet.line_of_text(paper.title, 18, Align.C)
    sheet.ln(5)
    width = (sheet.epw - _LABEL_MM) / (len(paper.heads) - 1)
    for number, row in enumerate((paper.heads, *paper.rows)):
        for column, text in enumerate(row):
            align = Align.L if column == 0 and number else Align.C
            sheet.box(width if column else _LABEL_MM, text, align, 10.5)
        sheet.set_xy(sheet.l_margin, sheet.get_y() + _ROW_MM)
    sheet.ln(4)
    sheet.line_of_text(paper.foot, 10.5)
    sheet.ln(4)
    for note in paper.notes:
        sheet.line_of_text(note, 7.5)
    return sheet.to_bytes()
