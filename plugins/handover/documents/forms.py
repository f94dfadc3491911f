"""The further papers of a batch, filled in but not yet drawn: what stands on each, for the printed and the workbook form alike.

Source: domain reference 3.4. 电子档案移交与接收登记表 and its second sheet follow the real form; 交接文据, 退回清单, 反馈登记簿 and
批次结案报告 are proposals of the reference, not published forms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from plugins.handover.documents.rows import PAPER_KINDS, area, totals_text
from plugins.handover.documents.rows import TITLE as LIST_TITLE
from plugins.handover.domain.manifest import check_code

LIST: Final = "list"
TRANSFER, DEED, RETURNS, REGISTER, REPORT = "transfer-form", "deed", "returns", "feedback-register", "closing-report"
TITLES: Final = {
    LIST: LIST_TITLE,
    TRANSFER: "电子档案移交与接收登记表",
    DEED: "林权登记资料交接文据",
    RETURNS: "林权登记资料退回清单",
    REGISTER: "反馈材料登记簿",
    REPORT: "移交批次结案报告",
}
_CHECKS: Final = ("准确性检验", "完整性检验", "可用性检验", "安全性检验", "载体外观检验", "数字摘要")
_BY_HAND: Final = ("填表人（签名）", "审核人（签名）", "单位（印章）", "日期")
ONLINE: Final = "在线"
_GIGABYTE: Final = Decimal(1024**3)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a paper: its heading, the columns with their shares of the width, and its rows, texts all of them."""

    caption: str
    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A paper: title, what stands under it, tables, remarks, and who signs at its end (nobody where the form has its own places).

    ``paper_no`` is given when the paper is filed; before, it is a draft without one.
    """

    title: str
    batch_no: str
    facts: tuple[str, ...]
    tables: tuple[Table, ...]
    remarks: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    is_landscape: bool = False
    paper_no: str = ""

    @property
    def numbers(self) -> str:
        """Return the line with the numbers under the title."""
        own = f"    文件编号：{self.paper_no}" if self.paper_no else ""
        return f"批次号：{self.batch_no}{own}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """On what the batch travelled: as the officer wrote it down (empty: online), and the digest of the package's description."""

    carriers: str
    boxes: str
    package_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One returned item: why, in words."""

    code: str
    archival_code: str
    cert_no: str
    holder_name: str
    village: str
    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """One feedback document as it was filed; ``digest`` is that of its first stored file."""

    feedback_no: str
    archival_code: str
    cert_no: str
    kind: str
    doc_no: str
    doc_date: str
    summary: str
    unit_no: str
    title_no: str
    filed_as: str
    pages: int
    digest: str
    filed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a batch ended: counts, and its steps as (when, who, what)."""

    accepted: int
    returned: int
    feedback: int
    steps: tuple[tuple[str, str, str], ...]


def gigabytes(count: int) -> str:
    """Return bytes in GB with three decimals, as the form's rule asks."""
    return f"{(Decimal(count) / _GIGABYTE).quantize(Decimal('0.001'), ROUND_HALF_UP)} GB"


def transfer_form(manifest: Mapping[str, Any], manifest_sha256: str, sent: Carriers) -> Form:
    """Return 电子档案移交与接收登记表 with its second sheet, 数字摘要."""
    totals = manifest["totals"]
    is_online = sent.carriers.strip() in {"", ONLINE}
    carrier = ONLINE if is_online else sent.carriers
    facts = (
        ("交接工作名称", f"{manifest['title']}（{manifest['batch_no']}）"),
        ("内容描述", f"{manifest['from_org']}向{manifest['to_org']}移交的林权登记电子档案，一户一卷，随附移交清单。"),
        ("移交电子档案数量", f"案卷 {totals['certs']} 卷，文件 {totals['files']} 个，{totals['pages']} 页"),
        ("移交数据量", gigabytes(totals["bytes"])),
        ("载体起止顺序号", "—" if is_online else sent.carriers),
        ("移交载体类型、规格", ONLINE if is_online else "见载体起止顺序号"),
    )
    by_both = tuple((name, "", "") for name in (*_CHECKS[:-1],))
    digest = f"SHA-256\n{manifest_sha256}"
    sheets = (
        Table("", (("项目", 30), ("内容", 70)), facts),
        Table(
            "检验内容",
            (("项目", 30), ("移交单位", 35), ("接收单位", 35)),
            (*by_both, (_CHECKS[-1], digest, "")),
        ),
        Table(
            "电子档案数字摘要",
            (("载体（包）编号", 18), ("内容说明", 22), ("数字摘要（SHA-256）", 46), ("实际容量", 14)),
            (
                (carrier, "移交清单（manifest.json），含全部文件的摘要", manifest_sha256, gigabytes(totals["bytes"])),
                *(((carrier, "移交包说明", sent.package_sha256, "—"),) if sent.package_sha256 else ()),
            ),
        ),
    )
    remarks = (
        "数量为文件总数和案卷总数；数据量以 GB 计，保留三位小数；在线移交的，载体类型填“在线”。本表一式两份，双方签字盖章。",
    )
    signers = tuple(f"{side}单位{name.removeprefix('单位')}" for name in _BY_HAND for side in ("移交", "接收"))
    return Form(TITLES[TRANSFER], manifest["batch_no"], (), sheets, remarks, signers)


def deed(manifest: Mapping[str, Any], sent: Carriers) -> Form:
    """Return 交接文据 for the paper that goes along."""
    totals = manifest["totals"]
    boxes = f"，盒号 {sent.boxes}" if sent.boxes else ""
    facts = (
        ("移交单位", manifest["from_org"]),
        ("接收单位", manifest["to_org"]),
        ("交接性质", "不动产统一登记资料移交"),
        ("档案名称", manifest["title"]),
        ("纸质材料", PAPER_KINDS[manifest["paper_kind"]]),
        ("数量", f"{totals['certs']} 卷，{totals['items']} 件，{totals['paper_pages']} 页{boxes}"),
        ("宗地、面积", f"{totals['parcels']} 宗，{area(Decimal(totals['area_mu']))} 亩"),
        ("移交说明", "随附移交清单一份；清单与实物逐卷核对无误后签字。"),
        ("附目录", f"移交清单 {manifest['batch_no']}（第 {manifest['list_version']} 版）"),
    )
    table = Table("", (("项目", 25), ("内容", 75)), facts)
    signers = (
        "移交单位（印章）",
        "接收单位（印章）",
        "经手人（签字）",
        "经手人（签字）",
        "负责人（签字）",
        "负责人（签字）",
    )
    return Form(TITLES[DEED], manifest["batch_no"], (), (table,), (), (*signers, "监交人（签字）", "日期"))


def return_list(header: Mapping[str, Any], returned: Sequence[Returned]) -> Form:
    """Return 退回清单: what the registry sent back, and why."""
    columns = (
        ("序号", 5),
        ("条目代码", 17),
        ("档号", 17),
        ("林权证号", 17),
        ("权利人", 9),
        ("村", 10),
        ("退回原因", 12),
        ("说明", 13),
    )
    rows = tuple(
        (
            str(number),
            each.code,
            each.archival_code,
            each.cert_no,
            each.holder_name,
            each.village,
            each.reason,
            each.note,
        )
        for number, each in enumerate(returned, 1)
    )
    return Form(
        TITLES[RETURNS],
        header["batch_no"],
        (f"退回单位：{header['to_org']}   原移交单位：{header['from_org']}   共退回 {len(rows)} 卷",),
        (Table("", columns, rows),),
        ("退回的林权证补正后编入新的批次移交，新清单注明所替代的条目。",),
        ("退回单位（印章）", "签收单位（印章）", "经手人（签字）", "签收人（签字）", "日期", "日期"),
        is_landscape=True,
    )


def feedback_register(header: Mapping[str, Any], filed: Sequence[Filed]) -> Form:
    """Return 反馈登记簿: every feedback document of the batch with what it belongs to."""
    columns = (
        ("反馈编号", 12), ("档号", 11), ("林权证号", 11), ("反馈类型", 7), ("文号", 8), ("日期", 6), ("内容摘要", 9),
        ("不动产单元号", 9), ("不动产权证号", 9), ("附件档号", 11), ("页数", 3), ("摘要值", 6), ("归档人", 5), ("关联核对", 4),
    )  # fmt: skip
    rows = tuple(
        (
            each.feedback_no, each.archival_code, each.cert_no, each.kind, each.doc_no, each.doc_date, each.summary,
            each.unit_no, each.title_no, each.filed_as, str(each.pages), check_code(each.digest), each.filed_by, "",
        )
        for each in filed
    )  # fmt: skip
    return Form(
        TITLES[REGISTER],
        header["batch_no"],
        (f"移交单位：{header['from_org']}   反馈单位：{header['to_org']}   共 {len(rows)} 份",),
        (Table("", columns, rows),),
        ("摘要值为反馈材料首个文件 SHA-256 的前 16 位；关联核对栏由核对人逐份签 Y 或 N。",),
        ("登记人（签字）", "核对人（签字）", "日期", "日期"),
        is_landscape=True,
    )


def closing_report(manifest: Mapping[str, Any], manifest_sha256: str, sent: Carriers, ending: Ending) -> Form:
    """Return 批次结案报告: what was sent, what came of it, and the steps on record."""
    facts = (
        ("批次", f"{manifest['title']}（{manifest['batch_no']}，清单第 {manifest['list_version']} 版）"),
        ("移交单位、接收单位", f"{manifest['from_org']}、{manifest['to_org']}"),
        ("移交", totals_text(manifest).removeprefix("合计：")),
        ("接收意见", f"接收 {ending.accepted} 本，退回 {ending.returned} 本"),
        ("反馈归档", f"{ending.feedback} 份，逐份与移交条目一一对应"),
        ("清单摘要（SHA-256）", manifest_sha256),
        ("移交包摘要（SHA-256）", sent.package_sha256 or "—"),
    )  # fmt: skip
    steps = Table("办理记录", (("时间", 22), ("经手人", 18), ("事项", 60)), ending.steps)
    return Form(
        TITLES[REPORT],
        manifest["batch_no"],
        (),
        (Table("", (("项目", 25), ("内容", 75)), facts), steps),
        (),
        ("报告人（签字）", "审核人（签字）", "单位（印章）", "日期"),
    )
