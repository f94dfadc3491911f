"""The papers of a batch: complete, readable, safe to open, and the same bytes every time."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pypdfium2
import pytest
import zxingcpp

from lindang.errors import Unavailable
from lindang.fonts import CANDIDATES, FontFile, find_font
from lindang.paper import Column, Sheet
from plugins.handover.documents import covers, list_pdf, list_xlsx
from plugins.handover.documents.rows import HEADINGS, ISSUE_STATES, area, megabytes
from plugins.handover.domain import manifest as m
from tests.unit.test_handover_manifest import HEADER, line

AT = dt.datetime(2020, 8, 3, 8, 0, tzinfo=dt.UTC)
needs_font = pytest.mark.font


def manifest(count: int = 3, **changes: Any) -> dict[str, Any]:
    return m.build(
        HEADER, [m.line_of(replace(line(number, "12.3456", "0.5"), **changes)) for number in range(1, count + 1)]
    )


def pdf_text(data: bytes) -> list[str]:
    """Return each page's text without white space, as PDFium reads it."""
    with contextlib.closing(pypdfium2.PdfDocument(data)) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_bounded()) for page in document]


def test_columns_are_those_of_the_reference() -> None:
    assert len(HEADINGS) == 19
    assert sum(column.width for column in list_pdf.COLUMNS) == pytest.approx(277)


def test_the_four_issue_states_have_their_official_words() -> None:
    assert set(ISSUE_STATES.values()) == {"发放到户", "已打印盖章未发放", "已打印未盖章", "未打印未盖章"}


@pytest.mark.parametrize(
    ("value", "text"),
    [("12", "12.00"), ("12.5", "12.50"), ("12.3456", "12.3456"), ("100", "100.00"), ("0.125", "0.125")],
)
def test_areas_keep_what_is_written(value: str, text: str) -> None:
    assert area(Decimal(value)) == text


def test_megabytes_are_rounded_half_up() -> None:
    assert megabytes(1024 * 1024) == Decimal("1.00")
    assert megabytes(5243) == Decimal("0.01")
    assert megabytes(0) == Decimal("0.00")


def workbook(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data)).active


def test_the_workbook_holds_every_column_of_every_line() -> None:
    built = manifest(3)
    sheet = workbook(list_xlsx.render(built, AT))
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=7)]
    assert rows[0] == list(HEADINGS)
    assert rows[1][:5] == [1, "0123-ZY·LG-QQ01-102205-0001", "某政林证字(2010)第000001号", "发放到户", "张三"]
    assert rows[1][6:13] == [2, 12.8456, 2, 15, 2, 3, 0]
    assert rows[3][13] == built["lines"][2]["digest"]
    assert "合计：3 本，6 宗，38.5368 亩，6 件" in sheet.cell(row=8, column=1).value
    assert m.digest(m.canonical(built)) in sheet.cell(row=3, column=1).value


@pytest.mark.parametrize("evil", ["=1+1", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_text_ever_becomes_a_formula(evil: str) -> None:
    data = list_xlsx.render(manifest(1, holder_name=evil, village=evil, box_no=evil), AT)
    cells = [cell for row in workbook(data).iter_rows() for cell in row]
    assert evil in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}


def test_a_workbook_is_the_same_bytes_at_any_time() -> None:
    first = list_xlsx.render(manifest(), AT)
    time.sleep(2.1)  # archive entries count time in steps of two seconds
    assert list_xlsx.render(manifest(), AT) == first


@needs_font
def test_a_pdf_is_the_same_bytes_at_any_time_and_another_for_another_list() -> None:
    font = find_font()
    first = list_pdf.render(manifest(), font, AT)
    time.sleep(1.1)
    assert list_pdf.render(manifest(), font, AT) == first
    assert list_pdf.render(manifest(4), font, AT) != first


@needs_font
def test_the_printed_list_shows_its_lines_its_totals_and_where_to_sign() -> None:
    built = manifest(45)
    pages = pdf_text(list_pdf.render(built, find_font(), AT))
    text = "".join(pages)
    assert all(one["archival_code"] in text for one in built["lines"])
    assert all(m.check_code(one["digest"]).replace(" ", "") in text for one in built["lines"])
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in page
        assert "林权登记资料移交清单" in page
        assert "权利人" in page
    assert len(pages) > 1
    for words in (
        "合计：45本，90宗",
        "移交单位（印章）",
        "接收单位（印章）",
        "移交人（签字）",
        "接收人（签字）",
        "监交人（签字）",
    ):
        assert words in pages[-1]
        assert words not in pages[0]


@needs_font
def test_every_page_is_a4_landscape_and_the_font_is_inside() -> None:
    reader = pypdf.PdfReader(io.BytesIO(list_pdf.render(manifest(30), find_font(), AT)))
    for page in reader.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
        (font,) = page["/Resources"]["/Font"].values()
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


@needs_font
@pytest.mark.parametrize("count", [18, 20, 22])
def test_signatures_are_never_torn_from_their_page_nor_rows_lost(count: int) -> None:
    pages = pdf_text(list_pdf.render(manifest(count), find_font(), AT))
    assert sum("移交单位（印章）" in page and "接收单位（印章）" in page for page in pages) == 1
    assert sum(page.count("某政林证字(2010)") for page in pages) == count


@needs_font
def test_a_character_that_the_font_lacks_is_spelled_out() -> None:
    text = "".join(pdf_text(list_pdf.render(manifest(1, holder_name="张\U0001f600"), find_font(), AT)))
    assert "〓(U+1F600)" in text


@needs_font
def test_long_names_are_broken_and_nothing_is_cut_off() -> None:
    name = "某县某某某乡前青塘村村民委员会集体经济组织联合社第三村民小组"
    assert name in "".join(pdf_text(list_pdf.render(manifest(1, holder_name=name), find_font(), AT)))


@needs_font
def test_lines_break_behind_hyphens_and_brackets_where_they_can() -> None:
    sheet = Sheet(find_font(), orientation="portrait", title="", identity="", made_at=AT)
    width = sheet.get_string_width("0123-ZY·LG-QQ01-10")
    assert sheet.broken("0123-ZY·LG-QQ01-102205-0001", width) == ["0123-ZY·LG-QQ01-", "102205-0001"]
    assert "".join(sheet.broken("一二三四五六七八九十" * 5, width)) == "一二三四五六七八九十" * 5
    assert sheet.row_height([Column("", 10)], ["一二三四五六七八九十"]) > sheet.row_height([Column("", 10)], ["一"])
    sheet.release()


def test_without_a_font_the_message_names_the_package() -> None:
    with pytest.raises(Unavailable, match="fonts-noto-cjk"):
        find_font(candidates=[FontFile(Path("/nowhere/x.ttc"))])


def test_a_configured_font_that_is_not_there_is_named() -> None:
    with pytest.raises(Unavailable, match=r"/nowhere/x\.ttf"):
        find_font("/nowhere/x.ttf")


@needs_font
def test_a_configured_font_wins() -> None:
    other = next(font for font in CANDIDATES if font.path.is_file())
    assert find_font(str(other.path)).path == other.path


@needs_font
def test_the_code_on_a_printed_cover_sheet_is_read_by_a_machine() -> None:
    sheets = [
        covers.Cover(
            item_code=f"141124-2020-YJ003-{number:04d}",
            batch_no="141124-2020-YJ003",
            archival_code="0123-ZY·LG-QQ01-102205-0007",
            cert_no="某政林证字(2010)第000007号",
            holder_name="张三",
            village="前青塘村",
        )
        for number in (7, 12)
    ]
    data = covers.render(sheets, find_font(), AT)
    assert covers.render(sheets, find_font(), AT) == data
    with contextlib.closing(pypdfium2.PdfDocument(data)) as document:
        images = [page.render(scale=150 / 72).to_pil().convert("L") for page in document]
    read = [code.text for image in images for code in zxingcpp.read_barcodes(image)]
    assert read == [f"LD:{cover.item_code}" for cover in sheets]
    text = pdf_text(data)
    assert "LD:141124-2020-YJ003-0012" in text[1]
    assert "张三" in text[0]
