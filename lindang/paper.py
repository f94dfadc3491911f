"""A sheet of paper: FPDF with an embedded Chinese font, fixed metadata, and the few drawing helpers that the forms share."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import segno
from fpdf import FPDF
from fpdf.enums import Align
from fpdf.fonts import TTFFont

from lindang.fonts import FontFile

FAMILY: Final = "cjk"
MISSING: Final = "〓"
"""The printer's mark (geta) for a character that the font does not have; its code point stands behind it."""
_PADDING: Final = 0.8
_POINT_MM: Final = 25.4 / 72
_LEADING: Final = 1.25
_QUIET_MODULES: Final = 4


def _break_place(line: str) -> int:
    """Return where to break a full line: at the last good place of its second half, else at its end."""
    behind = max(line.rfind(mark) for mark in "-)） ") + 1
    before = max(line.rfind(mark) for mark in "(（")
    place = max(behind, before)
    return place if place > len(line) // 2 else len(line)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table: heading, width in millimetres, alignment of its cells."""

    title: str
    width: float
    align: Align = Align.L


class Sheet(FPDF):
    """A document whose bytes depend on its content alone."""

    def __init__(
        self,
        font: FontFile,
        *,
        orientation: Literal["portrait", "landscape"],
        title: str,
        identity: str,
        made_at: dt.datetime,
    ) -> None:
        super().__init__(orientation=orientation, unit="mm", format="A4")
        self._identity = hashlib.md5(identity.encode(), usedforsecurity=False).hexdigest()
        self.set_creation_date(made_at.astimezone(dt.UTC))
        self.set_title(title)
        self.set_lang("zh-CN")
        self.set_producer("lindang")
        self.set_auto_page_break(auto=False)
        self.set_margins(10, 10, 10)
        self.add_font(FAMILY, fname=font.path, collection_font_number=font.face)
        self.set_font(FAMILY, size=9)
        face = self.fonts[FAMILY]
        assert isinstance(face, TTFFont)  # noqa: S101 - what add_font makes of a font file
        self._face = face
        self._known = face.cmap
        self._advances: dict[tuple[str, float], float] = {}
        self._lines: dict[tuple[str, float, float], list[str]] = {}

    def file_id(self) -> str:
        """Return the PDF's two identifiers, made from what the document is and not from when it was written."""
        return f"<{self._identity}><{self._identity}>"

    def printable(self, text: str) -> str:
        """Return the text with characters that the font lacks spelled as ``〓(U+2B5A2)``: never a silent empty box."""
        return "".join(self._glyph(char) for char in text)

    def _glyph(self, char: str) -> str:
        if char.isspace() or not char.isprintable():
            return " "
        return char if ord(char) in self._known else f"{MISSING}(U+{ord(char):04X})"

    @property
    def line_height(self) -> float:
        """The height of one line of the present font size, in millimetres."""
        return float(self.font_size_pt) * _POINT_MM * _LEADING

    def broken(self, text: str, width: float) -> list[str]:
        """Break a text into lines no wider than `width`: behind a hyphen, bracket or blank where one is near, else
        anywhere, for Chinese and numbers know no spaces.

        What was broken once is remembered: a list measures each of its cells three times, and the library's measuring is slow.
        """
        key = (text, width, float(self.font_size_pt))
        if key not in self._lines:
            self._lines[key] = self._break(text, width)
        return self._lines[key]

    def _advance(self, char: str) -> float:
        key = (char, float(self.font_size_pt))
        if key not in self._advances:
            self._advances[key] = self.get_string_width(char)
        return self._advances[key]

    def _break(self, text: str, width: float) -> list[str]:
        lines = []
        line, used = "", 0.0
        for char in self.printable(text):
            advance = self._advance(char)
            if line and used + advance > width:
                cut = _break_place(line)
                lines.append(line[:cut].rstrip())
                line = line[cut:]
                used = sum(map(self._advance, line))
            line, used = line + char, used + advance
        return [*lines, line]

    def row_height(self, columns: Sequence[Column], cells: Sequence[str]) -> float:
        """Return how high a table row will be."""
        counts = [
            len(self.broken(cell, column.width - 2 * _PADDING)) for column, cell in zip(columns, cells, strict=True)
        ]
        return max(counts) * self.line_height + 2 * _PADDING

    def draw_row(self, columns: Sequence[Column], cells: Sequence[str], *, grey: bool = False) -> None:
        """Draw one table row with its borders at the present height, cells centred in it, and move below it."""
        top, left = self.get_y(), self.l_margin
        height = self.row_height(columns, cells)
        self.set_fill_color(235)
        for column, cell in zip(columns, cells, strict=True):
            self.rect(left, top, column.width, height, style="DF" if grey else "D")
            lines = self.broken(cell, column.width - 2 * _PADDING)
            y = top + (height - len(lines) * self.line_height) / 2
            for number, line in enumerate(lines):
                self.set_xy(left, y + number * self.line_height)
                self.cell(column.width, self.line_height, line, align=Align.C if grey else column.align)
            left += column.width
        self.set_xy(self.l_margin, top + height)

    def line_of_text(self, text: str, *, size: float, align: Align = Align.L) -> None:
        """Write one line over the whole width and move below it."""
        self.set_font(FAMILY, size=size)
        self.set_x(self.l_margin)
        self.cell(self.epw, self.line_height, self.printable(text), align=align, new_x="LMARGIN", new_y="NEXT")

    def draw_qr(self, text: str, left: float, top: float, size: float) -> None:
        """Draw a text as a QR code of `size` millimetres: filled squares, sharp at any resolution, and no image to compress."""
        code = segno.make_qr(text, error="q")
        matrix = [list(row) for row in code.matrix_iter(border=_QUIET_MODULES)]
        module = size / len(matrix)
        self.set_fill_color(0)
        for y, row in enumerate(matrix):
            for x, dark in enumerate(row):
                if dark:
                    # a hair wider than the grid: print renderers leave white seams between touching squares
                    self.rect(left + x * module, top + y * module, module + 0.02, module + 0.02, style="F")

    def to_bytes(self) -> bytes:
        """Return the finished document; nothing can be drawn afterwards."""
        try:
            return bytes(self.output())
        finally:
            self.release()

    def release(self) -> None:
        """Close the font file, which the library keeps open."""
        self._face.ttfont.close()
