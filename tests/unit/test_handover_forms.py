"""The further papers of a batch: every field of the reference on them, complete over any number of pages, the same bytes again."""

from __future__ import annotations

import datetime as dt
import io
import time

import openpyxl
import pypdf
import pytest

from lindang.fonts import find_font
from plugins.handover.documents import form_pdf, form_xlsx, forms
from plugins.handover.documents.forms import Carriers, Ending, Filed, Form, Returned
from plugins.handover.domain.manifest import canonical, digest
from tests.unit.test_handover_documents import manifest, pdf_text

AT = dt.datetime(2020, 8, 3, 8, 0, tzinfo=dt.UTC)
SENT = Carriers(carriers="U001—U002", boxes="3、4", package_sha256="b" * 64)
BUILT = manifest(3)
SHA = digest(canonical(BUILT))


def returned(count: int) -> list[Returned]:
    return [
        Returned(
            code=f"141124-2020-YJ003-{n:04d}",
            archival_code=f"0123-ZY·LG-CQ-{n:04d}",
            cert_no=f"某政林证字(2010)第{n:06d}号",
            holder_name="王建国",
            village="柳树沟村",
            reason="03 四至不清",
            note="=1+1",
        )
        for n in range(1, count + 1)
    ]


def filed(count: int) -> list[Filed]:
    return [
        Filed(
            feedback_no=f"141124-2020-YJ003-FK{n:04d}",
            archival_code=f"0123-ZY·LG-CQ-{n:04d}",
            cert_no=f"某政林证字(2010)第{n:06d}号",
            kind="F5 登簿换证结果",
            doc_no="晋不动产字1号",
            doc_date="2020-09-01",
            summary="已登簿",
            unit_no="141124001001JC00001F00000001",
            title_no="晋（2020）某县不动产权第0000001号",
            filed_as=f"0123-ZY·FK-{n:04d}",
            pages=2,
            digest="c" * 64,
            filed_by="档案员",
        )
        for n in range(1, count + 1)
    ]


def every_form() -> list[Form]:
    steps = tuple((f"2020-08-0{n} 09:00", "移交员", f"第 {n} 步") for n in range(1, 8))
    return [
        forms.transfer_form(BUILT, SHA, SENT),
        forms.deed(BUILT, SENT),
        forms.return_list(BUILT, returned(2)),
        forms.feedback_register(BUILT, filed(2)),
        forms.closing_report(BUILT, SHA, SENT, Ending(accepted=2, returned=1, feedback=2, steps=steps)),
    ]


def test_the_transfer_form_has_the_fields_of_the_real_one_and_its_second_sheet() -> None:
    paper = forms.transfer_form(BUILT, SHA, SENT)
    first, checks, digests = paper.tables
    assert [row[0] for row in first.rows] == [
        "交接工作名称",
        "内容描述",
        "移交电子档案数量",
        "移交数据量",
        "载体起止顺序号",
        "移交载体类型、规格",
    ]
    assert [row[0] for row in checks.rows[:6]] == [
        "准确性检验",
        "完整性检验",
        "可用性检验",
        "安全性检验",
        "载体外观检验",
        "数字摘要",
    ]
    assert [title for title, _share in checks.columns] == ["项目", "移交单位", "接收单位"]
    assert {SHA, SENT.package_sha256} == {row[2] for row in digests.rows}
    for said in ("", "在线"):
        online = forms.transfer_form(BUILT, SHA, Carriers(carriers=said, boxes="", package_sha256=""))
        facts = dict(row[:2] for row in online.tables[0].rows)
        assert (facts["移交载体类型、规格"], facts["载体起止顺序号"]) == ("在线", "—")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0.000 GB"), (1024**3, "1.000 GB"), (536_870_912 + 536_871, "0.501 GB")]
)
def test_volume_is_in_gigabytes_with_three_decimals(count: int, text: str) -> None:
    assert forms.gigabytes(count) == text


@pytest.mark.font
@pytest.mark.parametrize("paper", every_form(), ids=lambda paper: paper.title)
def test_a_printed_form_says_everything_on_a4_and_is_the_same_bytes_again(paper: Form) -> None:
    font = find_font()
    data = form_pdf.render(paper, font, AT)
    time.sleep(0.01)
    assert form_pdf.render(paper, font, AT) == data
    text = "".join(pdf_text(data))
    wanted = [
        paper.title,
        *paper.facts,
        *paper.signers,
        *(cell for table in paper.tables for row in table.rows for cell in row),
    ]
    assert [cell for cell in wanted if "".join(cell.split()) not in text] == []
    size = (842, 595) if paper.is_landscape else (595, 842)
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == size


@pytest.mark.font
@pytest.mark.parametrize("count", [1, 20, 60])
def test_a_long_list_repeats_its_heading_loses_no_row_and_keeps_its_signatures_together(count: int) -> None:
    pages = pdf_text(form_pdf.render(forms.return_list(BUILT, returned(count)), find_font(), AT))
    assert sum(page.count("四至不清") for page in pages) == count
    assert sum("退回单位（印章）" in page and "签收人（签字）" in page for page in pages) == 1
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in page
        assert "条目代码" in page or number == len(pages)


@pytest.mark.parametrize("paper", every_form(), ids=lambda paper: paper.title)
def test_a_workbook_has_every_cell_as_a_text_and_is_the_same_bytes_again(paper: Form) -> None:
    data = form_xlsx.render(paper, AT)
    time.sleep(0.01)
    assert form_xlsx.render(paper, AT) == data
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    values = {cell.value for cell in cells}
    assert [c for table in paper.tables for row in table.rows for c in row if c and c not in values] == []
