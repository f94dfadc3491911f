"""林权信息共享月报 as a workbook: the list and its sums, every text a text and never a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook

from lindang.sheets import append_texts, begin_list
from plugins.sharing.domain.lists import TITLE, headings, table_rows, totals_text
from plugins.sharing.domain.papers import content_digest


def render(content: Mapping[str, Any]) -> bytes:
    """Return the list as XLSX."""
    book = Workbook(write_only=True)
    widths = [6, 8, *(round(column["weight"] * 13) for column in content["columns"]), 20, 10]
    sheet = begin_list(book, "清单", headings(content), widths)
    for row in table_rows(content):
        append_texts(sheet, row)
    sums = begin_list(book, "汇总", ["项目", "内容"], [18, 90])
    for name, text in (
        ("名称", f"{content['county']}{TITLE}（{content['month']}）"),
        ("编号", content["list_no"]),
        ("提供单位", content["office"]),
        ("接收单位", content["agency"]),
        ("协议", content["document"]),
        ("合计和比较", totals_text(content)),
        ("清单摘要（SHA-256）", content_digest(content)),
    ):
        append_texts(sums, [name, text])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
