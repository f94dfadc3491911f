"""附件1 on paper: A4 landscape, one grid, the line for 填报人 below it."""

from __future__ import annotations

from typing import Final

from fpdf.enums import Align

from lindang.fonts import FontFile
from lindang.paper import FAMILY, Sheet
from plugins.progress.documents.paper import Paper

_LABEL_MM: Final = 46.0
_ROW_MM: Final = 13.0
_SMALLEST: Final = 4.0
_PADDING: Final = 1.0


class _Sheet(Sheet):
    """A sheet with cells of one height, whose text grows smaller where it would not fit."""

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
            self.set_font(FAMILY, size=size)
            lines, height = self.broken(text, width - 2 * _PADDING), self.line_height
            is_number = bool(text) and text.replace(".", "").isdecimal()
            fits = len(lines) * height <= _ROW_MM and not (is_number and len(lines) > 1)
            if fits or size <= _SMALLEST:
                return lines, height
            size -= 0.5

    def paragraph(self, text: str, size: float) -> None:
        """Write a text over the whole width, in as many lines as it needs."""
        self.set_font(FAMILY, size=size)
        for line in self.broken(text, self.epw):
            self.line_of_text(line, size=size)


def render(paper: Paper, font: FontFile) -> bytes:
    """Return the form as PDF; the same paper and font give the same bytes."""
    sheet = _Sheet(
        font,
        orientation="landscape",
        title=f"{paper.title} {paper.period}",
        identity=repr(paper),
        made_at=paper.made_at,
    )
    sheet.add_page()
    sheet.line_of_text("附件1", size=12)
    sheet.ln(3)
    sheet.line_of_text(paper.title, size=18, align=Align.C)
    sheet.ln(5)
    width = (sheet.epw - _LABEL_MM) / (len(paper.heads) - 1)
    for number, row in enumerate((paper.heads, *paper.rows)):
        for column, text in enumerate(row):
            align = Align.L if column == 0 and number else Align.C
            sheet.box(width if column else _LABEL_MM, text, align, 10.5)
        sheet.set_xy(sheet.l_margin, sheet.get_y() + _ROW_MM)
    sheet.ln(4)
    sheet.paragraph(paper.foot, 10.5)
    sheet.ln(4)
    for note in paper.notes:
        sheet.paragraph(note, 7.5)
    return sheet.to_bytes()
