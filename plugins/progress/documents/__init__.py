"""附件1 as PDF, workbook and CSV, in the layout of the work plan's form: official, so Chinese whatever the language of the page.

The same report gives the same bytes: no clock, no random identifiers. The libraries cost a second of start-up and are imported
when a paper is made.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from lindang.fonts import FontFile
from plugins.progress.documents.paper import Paper
from plugins.progress.domain.annex import DASH, ROWS


def pdf(paper: Paper, font: FontFile) -> bytes:
    """Return the form as PDF, A4 landscape."""
    from plugins.progress.documents import form_pdf  # noqa: PLC0415 - because it imports fpdf, see above

    return form_pdf.render(paper, font)


def workbook(paper: Paper) -> bytes:
    """Return the form as XLSX."""
    from plugins.progress.documents import form_xlsx  # noqa: PLC0415 - because it imports openpyxl, see above

    return form_xlsx.render(paper)


def stacking_csv(papers: Sequence[Paper]) -> bytes:
    """Return one line for each unit of each form, for stacking many; UTF-8 with a mark, as spreadsheets want it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("月份", "代码", "单位", *ROWS, "状态", "第几版", "数据摘要"))
    for paper in papers:
        for code, number in paper.units:
            cells = (paper.heads[number], *(row[number] for row in paper.rows))
            about = (paper.state, paper.report_no, paper.data_sha256)
            writer.writerow((paper.period, code, *map(_plain, cells), *about))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a dash is an empty cell."""
    if text == DASH:
        return ""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
