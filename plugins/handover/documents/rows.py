"""The rows of 移交清单, made once from the manifest for both the printed and the workbook form.

Source: domain reference 3.4, nineteen columns in their order; 接收意见, 退回原因 and 备注 stay empty for the receiver's pen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from plugins.handover.domain.manifest import line_area

TITLE: Final = "林权登记资料移交清单"
HEADINGS: Final = (
    "序号",
    "档号",
    "林权证号",
    "证书状态",
    "权利人",
    "村",
    "宗地数",
    "面积（亩）",
    "件数",
    "纸质页数",
    "电子文件数",
    "电子页数",
    "数据量（MB）",
    "摘要（SHA-256）",
    "原件/复印件",
    "盒号",
    "接收意见",
    "退回原因",
    "备注",
)
ISSUE_STATES: Final = {
    "ISSUED": "发放到户",
    "PRINTED_SEALED": "已打印盖章未发放",
    "PRINTED_UNSEALED": "已打印未盖章",
    "UNPRINTED": "未打印未盖章",
}
PAPER_KINDS: Final = {"original": "原件", "copy": "复印件", "none": "—"}
_MEGABYTE: Final = Decimal(1024 * 1024)


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on one cover sheet."""

    item_code: str
    batch_no: str
    archival_code: str
    cert_no: str
    holder_name: str
    village: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, typed; `digest` is the whole digest, `code` the batch item's code."""

    seq: int
    code: str
    archival_code: str
    cert_no: str
    issue_state: str
    holder_name: str
    village: str
    parcels: int
    area_mu: Decimal
    items: int
    paper_pages: int
    files: int
    pages: int
    megabytes: Decimal
    digest: str
    paper_kind: str
    box_no: str


def rows_of(manifest: Mapping[str, Any]) -> list[Row]:
    """Return the rows of the list, in manifest order."""
    paper = PAPER_KINDS[manifest["paper_kind"]]
    return [_row(line, paper) for line in manifest["lines"]]


def _row(line: Mapping[str, Any], paper_kind: str) -> Row:
    return Row(
        seq=line["seq"],
        code=line["code"],
        archival_code=line["archival_code"],
        cert_no=line["cert_no"],
        issue_state=ISSUE_STATES[line["issue_state"]],
        holder_name=line["holder_name"],
        village=line["village"],
        parcels=len(line["parcels"]),
        area_mu=line_area(line),
        items=line["items"],
        paper_pages=line["paper_pages"],
        files=len(line["files"]),
        pages=sum(entry["pages"] for entry in line["files"]),
        megabytes=megabytes(sum(entry["bytes"] for entry in line["files"])),
        digest=line["digest"],
        paper_kind=paper_kind,
        box_no=line["box_no"],
    )


def megabytes(count: int) -> Decimal:
    """Return bytes in MB with two decimals, rounded half up."""
    return (Decimal(count) / _MEGABYTE).quantize(Decimal("0.01"), ROUND_HALF_UP)


def area(value: Decimal) -> str:
    """Return an area with at least two decimals, and as many more as are written (up to four)."""
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:.{places}f}"


def totals_text(manifest: Mapping[str, Any]) -> str:
    """Return the totals under the list in the units of the reports: 本, 宗, 亩, 件, 页, MB."""
    totals = manifest["totals"]
    return (
        f"合计：{totals['certs']} 本，{totals['parcels']} 宗，{area(Decimal(totals['area_mu']))} 亩，"
        f"{totals['items']} 件，纸质 {totals['paper_pages']} 页，电子文件 {totals['files']} 个、{totals['pages']} 页，"
        f"数据量 {megabytes(totals['bytes'])} MB"
    )
