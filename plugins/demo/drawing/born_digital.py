"""A document that never was on paper: the office's notice as a PDF with real text, so that intake meets a text layer too."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

from fpdf import FPDF

from plugins.demo.domain.values import Village
from plugins.demo.drawing.desk import chinese_date
from plugins.demo.drawing.fonts import Face, font_file
from plugins.demo.drawing.sheet import MARK, typeset
from plugins.demo.drawing.truth import FileTruth, PageTruth, TextLine

_POINTS_PER_INCH = 72
_TITLE = "关于做好集体林权登记档案数字化工作的通知"


def write_notice(root: Path, relative_path: str, village: Village) -> FileTruth:
    """Write the notice and return what it says; boxes are in points at 72 dpi."""
    # The subsetter warns about bitmap tables that it drops; nothing is lost on the page.
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    pdf = FPDF(format="A4")
    pdf.set_creation_date(dt.datetime(2020, 8, 10, tzinfo=dt.UTC))
    file, index = font_file(Face.HEI)
    pdf.add_font("hei", fname=str(file), collection_font_number=index)
    pdf.add_page()
    lines = _set(pdf, village)
    path = root / relative_path
    path.parent.mkdir(parents=True, exist_ok=True)
    pdf.output(str(path))
    page = PageTruth(
        page_no=1, width=595, height=842, dpi=_POINTS_PER_INCH, colour_mode="colour", quality="born-digital",
        skew_degrees=0.0, is_blank=False, lines=tuple(lines), fields={"title": _TITLE, "doc_no": "示林发〔2020〕26号"},
    )  # fmt: skip
    return FileTruth(relative_path=relative_path, doc_type="", title="林改工作通知", pages=(page,))


def _set(pdf: FPDF, village: Village) -> list[TextLine]:
    """Set the text line by line, so that each line is known."""
    lines: list[TextLine] = []

    def line(text: str, size: float, y: float, x: float = 28.0) -> None:
        pdf.set_font("hei", size=size)
        pdf.text(x, y, text)
        left, top, right = (
            round(mm * _POINTS_PER_INCH / 25.4) for mm in (x, y - size * 0.35, x + pdf.get_string_width(text))
        )
        kind = "mark" if text == MARK else "printed"
        lines.append(TextLine(text, (left, top, right, round(y * _POINTS_PER_INCH / 25.4) + 2), kind))

    line(f"{village.county}林业局文件", 24, 36, 68)
    line("示林发〔2020〕26号", 12, 48, 88)
    line(_TITLE, 17, 66, 40)
    y = 82.0
    for text in _paragraphs(village):
        for start in range(0, len(text), 26):
            line(typeset(text[start : start + 26]), 12, y, 28.0)
            y += 9
    line(f"{village.county}林业局", 12, y + 12, 140)
    line(chinese_date(dt.date(2020, 8, 10)), 12, y + 21, 138)
    line(MARK, 9, 290, 88)
    return lines


def _paragraphs(village: Village) -> tuple[str, ...]:
    return (
        "各乡(镇)林业工作站:",
        f"为做好集体林权制度改革档案资料电子库建设,决定在{village.town}{village.name}先行开展档案扫描和林权证登记信息入库工作,现将有关事项通知如下。",
        "一、以户为单位整理扫描,一户一个文件夹,文件夹以证号和权利人命名,原件顺序不得打乱。",
        "二、按照一村一张表、一宗地一行记录的方式填写登记信息,并在备注栏注明林权证发放情况。",
        "三、成熟一批、移交一批、反馈一批,不动产登记机构反馈材料及时归档。",
        "四、扫描件和登记表由专人保管,不得外传。本通知为虚构的演示文件。",
    )
