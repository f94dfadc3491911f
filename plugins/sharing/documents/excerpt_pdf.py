"""林权登记信息查询证明: A4, the groups that were agreed on as tables, place for the seal, the code to verify, page x of y."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fpdf.enums import Align

from lindang.fonts import FontFile
from lindang.i18n import format_date_doc, official
from lindang.paper import FAMILY, Column, Sheet
from plugins.sharing.domain.groups import FIELDS, GROUPS
from plugins.sharing.domain.papers import ExcerptPaper, qr_text, shown_code

TITLE: Final = "林权登记信息查询证明"
_WIDE: Final = {
    "location": 2.2,
    "state": 1.4,
    "bdc_unit_no": 3.0,
    "parcel_code": 2.2,
    "item_code": 2.2,
    "batch_no": 1.9,
}
_WIDE_TOO: Final = {
    "archival_code": 3.0,
    "doc_type": 2.0,
    "term": 2.0,
    "title_cert_no": 2.6,
    "feedback": 1.6,
    "area_mu": 1.3,
}
_WEIGHTS: Final = _WIDE | _WIDE_TOO
_FACTS: Final = frozenset({"basic", "holder", "id_masked"})
_LABEL_MM: Final = 46.0
_FOOT_MM: Final = 12.0
_SEAL_MM: Final = 46.0
_QR_MM: Final = 30.0
_SIZE: Final = 9
_COUNT: Final = "{nb}"
"""Stands for the number of pages until the last one is drawn: the library puts the figure in its place."""
_FOOTNOTE: Final = (
    "本证明按共享协议提供，内容以出具时本库登记为准，未列项目不表示没有；复印件和改动过的无效。"
    "核验：在林权档案电子库“核验证明”页输入核验码，或上传本文件。"
)


def render(paper: ExcerptPaper, font: FontFile) -> bytes:
    """Return the excerpt as PDF; the same content, font and date give the same bytes."""
    with official():
        return _draw(paper, font).to_bytes()


def _draw(paper: ExcerptPaper, font: FontFile) -> Sheet:
    sheet = Sheet(
        font, orientation="portrait", title=f"{TITLE} {paper.excerpt_no}", identity=paper.code, made_at=paper.issued_at
    )
    sheet.set_margins(15, 15, 15)
    pen = _Pen(sheet, paper)
    pen.new_page()
    sheet.line_of_text(TITLE, size=20, align=Align.C)
    sheet.ln(3)
    sheet.line_of_text(f"编号：{paper.excerpt_no}", size=11, align=Align.R)
    for label, text in (("申请单位", paper.agency), ("事由", paper.purpose), ("依据", paper.basis)):
        pen.paragraph(f"{label}：{text}")
    pen.paragraph("经查林权档案电子库，登记信息如下：")
    for group in GROUPS:
        if group in paper.content:
            pen.group(group, paper.content[group])
    _closing(pen)
    pen.foot()
    return sheet


class _Pen:
    """Draws downwards and turns the page when the next piece would not fit."""

    def __init__(self, sheet: Sheet, paper: ExcerptPaper) -> None:
        self.sheet, self.paper = sheet, paper

    def new_page(self) -> None:
        """Close the page with its foot, where there is one, and begin the next."""
        if self.sheet.page_no():
            self.foot()
        self.sheet.add_page()
        self.sheet.set_font(FAMILY, size=_SIZE)

    def room(self, height: float) -> bool:
        """Make room for a piece; True when that took a new page."""
        if self.sheet.get_y() + height <= self.sheet.h - self.sheet.t_margin - _FOOT_MM:
            return False
        self.new_page()
        return True

    def foot(self) -> None:
        """Write number, code and page x of y at the bottom."""
        sheet, paper = self.sheet, self.paper
        sheet.set_y(sheet.h - sheet.t_margin - 6)
        text = f"{paper.excerpt_no}    核验码 {shown_code(paper.code)}    第 {sheet.page_no()} 页 共 {_COUNT} 页"
        sheet.line_of_text(text, size=8, align=Align.C)

    def paragraph(self, text: str, size: float = 11) -> None:
        """Write running words over the whole width."""
        self.sheet.set_font_size(size)
        for line in self.sheet.broken(text, self.sheet.epw - 1):
            self.room(self.sheet.line_height)
            self.sheet.line_of_text(line, size=size)

    def group(self, group: str, told: Mapping[str, Any]) -> None:
        """Draw one group of fields: a heading, then its values or its note."""
        self.room(24)
        self.sheet.ln(2.5)
        self.sheet.line_of_text(str(GROUPS[group]).partition("（")[0], size=11)
        self.sheet.set_font_size(_SIZE)
        rows: Sequence[Mapping[str, Any]] = told["rows"]
        if not rows:
            self.paragraph(str(told["note"] or "本库登记中没有记录。"), _SIZE)
        elif group in _FACTS:
            self._facts(group, rows[0])
        else:
            self._table(group, rows)

    def _facts(self, group: str, row: Mapping[str, Any]) -> None:
        columns = [Column("", _LABEL_MM), Column("", self.sheet.epw - _LABEL_MM)]
        for name, label in FIELDS[group].items():
            if row.get(name):
                self._row(columns, [str(label), str(row[name])])

    def _table(self, group: str, rows: Sequence[Mapping[str, Any]]) -> None:
        names = list(rows[0])
        labels = FIELDS.get(group, {})
        weights = [_WEIGHTS.get(name, 1.0) for name in names]
        unit = self.sheet.epw / sum(weights)
        titles = [str(labels.get(name, name)) for name in names]
        columns = [Column(title, unit * weight) for title, weight in zip(titles, weights, strict=True)]
        self.sheet.draw_row(columns, titles, grey=True)
        for row in rows:
            self._row(columns, [str(row.get(name, "")) for name in names], titles)

    def _row(self, columns: Sequence[Column], cells: Sequence[str], titles: Sequence[str] = ()) -> None:
        turned = self.room(self.sheet.row_height(columns, cells))
        if turned and titles:
            self.sheet.draw_row(columns, titles, grey=True)
        self.sheet.draw_row(columns, cells)


def _closing(pen: _Pen) -> None:
    """The code to verify on the left, who certifies it and the seal on the right: never torn apart."""
    sheet, paper = pen.sheet, pen.paper
    pen.room(_SEAL_MM + 14)
    sheet.ln(3)
    pen.paragraph(_FOOTNOTE, 8.5)
    top = sheet.get_y() + 4
    sheet.draw_qr(qr_text(paper.excerpt_no, paper.code), sheet.l_margin, top, _QR_MM)
    sheet.set_font_size(10)
    sheet.text(sheet.l_margin, top + _QR_MM + 5, f"核验码：{shown_code(paper.code)}")
    right = sheet.l_margin + sheet.epw * 0.52
    for number, text in enumerate(
        (f"出具单位（印章）：{paper.office}", f"出具日期：{format_date_doc(paper.issued_on)}")
    ):
        sheet.text(right, top + 12 + number * 9, sheet.printable(text))
