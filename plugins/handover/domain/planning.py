"""Proposing a batch: how much of what is ready goes into the next one, and the short name of what holds up the rest.

A batch is cut out of the row of files as they stand on the shelf (by archival code), so that its boxes are one run and the
next batch begins where this one ends. It ends before the first certificate that would break a limit; a later, smaller one is
not pulled forward, for that would leave a hole in the boxes.

Source: domain reference 3.1 (成熟一批、移交一批) and 3.2 (count per village and first blocking reason).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lindang.i18n import lazy

CERTS, PAGES, BYTES = "certs", "pages", "bytes"
"""The three measures a batch is limited by; they name the limit at which a proposal ends."""

GIGABYTE: Final = 1_000_000_000
"""Bytes of the GB that 移交与接收登记表 counts in (Source: domain reference 3.4: 数据量 in GB to 3 decimals)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a batch may hold: certificates, scanned pages, bytes of original files; 0 means no limit."""

    certs: int = 0
    pages: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """One ready certificate with what it weighs."""

    certificate_id: int
    village_code: str
    pages: int
    bytes: int


@dataclass(slots=True)
class Filling:
    """A batch that is being filled; `stopped_by` names the limit at which it ended, empty while there is room."""

    limits: Limits
    chosen: list[Load] = field(default_factory=list)
    pages: int = 0
    bytes: int = 0
    stopped_by: str = ""

    def offer(self, load: Load) -> bool:
        """Take a certificate when it fits; after the first that does not, none is taken any more."""
        if not self.stopped_by:
            self.stopped_by = self._broken_by(load)
        if self.stopped_by:
            return False
        self.chosen.append(load)
        self.pages += load.pages
        self.bytes += load.bytes
        return True

    def _broken_by(self, load: Load) -> str:
        would_be = {
            CERTS: (len(self.chosen) + 1, self.limits.certs),
            PAGES: (self.pages + load.pages, self.limits.pages),
            BYTES: (self.bytes + load.bytes, self.limits.bytes),
        }
        return next((name for name, (weight, most) in would_be.items() if most and weight > most), "")


REASON_NAMES: Final = {
    "in_batch": lazy("已在批次中"),
    "handed_over": lazy("已移交"),
    "returned": lazy("退回待补正"),
    "no_file": lazy("没有案卷"),
    "no_code": lazy("没有档号"),
    "cert_no": lazy("证号无法识别"),
    "issue_state": lazy("证书状态不明"),
    "holder": lazy("权利人信息不全"),
    "serial": lazy("没有印刷号"),
    "issue_date": lazy("没有发证日期"),
    "issuer": lazy("没有发证机关"),
    "not_printed": lazy("未打印却有印刷号或日期"),
    "no_parcel": lazy("没有宗地"),
    "parcel": lazy("宗地信息不全"),
    "area": lazy("面积不是正数"),
    "no_item": lazy("案卷里没有文件"),
    "documents": lazy("缺少材料"),
    "unscanned": lazy("有件没有扫描"),
    "unplaced": lazy("有文件没有整理"),
    "no_paper_count": lazy("没有登记纸质页数"),
    "page_count": lazy("页数不相符"),
    "errors": lazy("检查有错误"),
    "undecided": lazy("提示没有处理"),
    "disputed": lazy("有权属争议"),
    "classified": lazy("含定密材料"),
}
"""What the reasons of `models.readiness` are called where certificates are counted by them."""

TRAVELLING: Final = frozenset({"in_batch", "handed_over"})
"""Reasons of certificates that wait for nothing: they are on their way, or were handed over."""
