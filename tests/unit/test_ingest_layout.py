"""Reading order by the ruled lines: cells stay whole, rows follow each other, a booklet is read page by page."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lindang.ports import OcrLine, OcrWord
from plugins.ingest.domain import image as look
from plugins.ingest.domain.layout import laid_out
from plugins.ingest.domain.text import page_text, page_words

DPI = 75
PORTRAIT, SPREAD = (620, 877), (877, 620)


def line(x: int, y: int, text: str) -> OcrLine:
    """Return a line of letters 10 wide and 12 high."""
    box = (x, y, x + 10 * len(text), y + 12)
    return OcrLine(box, text, 95.0, (OcrWord(box, text, 95.0),))


def ruled(size: tuple[int, int], *frames: tuple[int, int, int, int]) -> look.Gray:
    """Return an empty page with frames drawn on it."""
    page = Image.new("L", size, 250)
    for frame in frames:
        ImageDraw.Draw(page).rectangle(frame, outline=30, width=1)
    return np.asarray(page)


TABLE = ruled(PORTRAIT, (50, 100, 120, 160), (120, 100, 260, 160), (260, 100, 400, 160), (50, 160, 120, 220))
CELLS = [
    line(60, 124, "001"),
    line(125, 110, "东至高永国承包林地，以东侧"),
    line(125, 130, "界桩连线为界"),
    line(270, 124, "柠条"),
    line(60, 184, "002"),
]


def test_a_cell_of_two_lines_is_one_text_in_its_row() -> None:
    rows = laid_out(CELLS, TABLE, DPI, 0.0)
    assert page_text(rows) == "001\t东至高永国承包林地，以东侧界桩连线为界\t柠条\n002"


def test_without_ruled_lines_rows_are_read_across() -> None:
    rows = laid_out(CELLS, ruled(PORTRAIT), DPI, 0.0)
    assert "东至高永国承包林地，以东侧界桩连线为界" not in page_text(rows)


def test_words_and_text_agree_after_cells_were_put_together() -> None:
    rows = laid_out(CELLS, TABLE, DPI, 0.0)
    words = page_words(rows, PORTRAIT)
    assert "".join(word.text for word in words) == "".join(page_text(rows).split())
    assert len(words) == len(CELLS)


def test_what_is_written_in_paragraphs_inside_a_cell_keeps_its_lines() -> None:
    page = ruled(PORTRAIT, (50, 100, 400, 220))
    lines = [line(70, 110, "情况属实。"), line(250, 150, "负责人"), line(250, 180, "2009年5月7日")]
    assert page_text(laid_out(lines, page, DPI, 0.0)) == "情况属实。\n负责人\n2009年5月7日"


def test_a_label_broken_over_two_lines_is_whole() -> None:
    page = ruled(PORTRAIT, (50, 100, 140, 160), (140, 100, 400, 160))
    lines = [line(60, 112, "村民委员会"), line(75, 130, "意见"), line(150, 121, "同意上报")]
    assert page_text(laid_out(lines, page, DPI, 0.0)) == "村民委员会意见\t同意上报"


@pytest.mark.parametrize("angle", [-1.5, 1.5])
def test_cells_are_found_on_a_skewed_page(angle: float) -> None:
    skewed = np.asarray(Image.fromarray(TABLE).rotate(-angle, Image.Resampling.BICUBIC, fillcolor=250))
    placed = []
    for each in CELLS:
        box = look.unlevel_box(each.box, PORTRAIT, angle)
        placed.append(OcrLine(box, each.text, 95.0, (OcrWord(box, each.text, 95.0),)))
    assert "东至高永国承包林地，以东侧界桩连线为界\t柠条" in page_text(laid_out(placed, skewed, DPI, angle))


LEFT = [line(60, 60 + 40 * row, f"左{row}页") for row in range(4)]
RIGHT = [line(560, 60 + 40 * row, f"右{row}页") for row in range(4)]


def test_an_opened_booklet_is_read_page_by_page() -> None:
    foot = line(420, 590, "虚构演示")
    text = page_text(laid_out([*LEFT, *RIGHT, foot], ruled(SPREAD), DPI, 0.0))
    assert text.split() == [*(each.text for each in (*LEFT, *RIGHT)), "虚构演示"]


def test_a_wide_table_is_no_booklet() -> None:
    rows = [(40, 50 + 40 * row, 840, 90 + 40 * row) for row in range(4)]
    text = page_text(laid_out([*LEFT, *RIGHT], ruled(SPREAD, *rows), DPI, 0.0))
    assert text.splitlines()[0].split() == ["左0页", "右0页"]
