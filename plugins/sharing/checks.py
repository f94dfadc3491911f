"""The invariants that ``lindang verify`` asks of the sharing service.

Source: domain reference, section 6; trust reference 7 (what was given out is whole, numbers have no gap).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from lindang.errors import NotFound
from lindang.host import Host
from lindang.i18n import lazy
from lindang.plugin import Check, Violation
from models.archive import NumberCounter
from models.sharing import CONTENT, ISSUED, LIST_XLSX, SharingExcerpt, SharingList, SharingListDoc
from plugins.sharing.service.excerpts import COUNTER
from plugins.sharing.service.verifying import record_faults

_REMEDY: Final = "请保留现场，核对备份和日志，并报告安全保密管理员。"


def excerpts_whole(host: Host) -> Iterator[Violation]:
    """G1: what every excerpt tells is what it was, its code fits, and its paper is there unchanged."""
    with host.view() as session:
        for row in session.scalars(select(SharingExcerpt).order_by(SharingExcerpt.id)):
            for fault in record_faults(host, row):
                yield Violation(code="G1", subject=row.excerpt_no, expected="as issued", found=fault, remedy=_REMEDY)


def excerpt_numbers(host: Host) -> Iterator[Violation]:
    """G2: the excerpts of a county and year are numbered 1 to the counter's last, each once."""
    with host.view() as session:
        given: dict[str, list[int]] = defaultdict(list)
        for number in session.scalars(select(SharingExcerpt.excerpt_no)):
            scope, _mark, digits = number.rpartition("-GX")
            given[scope].append(int(digits))
        counters = session.execute(
            select(NumberCounter.key, NumberCounter.last).where(NumberCounter.key.startswith(COUNTER))
        )
        expected = {key.removeprefix(COUNTER): last for key, last in counters}
    for scope in sorted({*given, *expected}):
        found, last = sorted(given[scope]), expected.get(scope, 0)
        if found != list(range(1, last + 1)):
            yield Violation(code="G2", subject=scope, expected=f"1 to {last}", found=str(found[-10:]), remedy=_REMEDY)


def lists_whole(host: Host) -> Iterator[Violation]:
    """G3: every monthly list that was issued has its content and its workbook, and they are what they were."""
    with host.view() as session:
        for row in session.scalars(select(SharingList).where(SharingList.state == ISSUED).order_by(SharingList.id)):
            docs = session.scalars(select(SharingListDoc).where(SharingListDoc.list_id == row.id)).all()
            missing = {CONTENT, LIST_XLSX} - {doc.kind for doc in docs}
            broken = [doc.kind for doc in docs if _digest(host, doc.sha256) != doc.sha256]
            for kind in sorted({*missing, *broken}):
                yield Violation(
                    code="G3",
                    subject=row.list_no,
                    expected=f"{kind} as issued",
                    found="missing or changed",
                    remedy=_REMEDY,
                )


def _digest(host: Host, sha256: str) -> str:
    try:
        return hashlib.sha256(host.storage.read(sha256)).hexdigest()
    except NotFound:
        return ""


CHECKS: Final = (
    Check(code="G1", title=lazy("出具的查询证明内容、核验码、文件都相符"), run=excerpts_whole),
    Check(code="G2", title=lazy("查询证明编号连续"), run=excerpt_numbers),
    Check(code="G3", title=lazy("出具的共享月报文件齐全、摘要相符"), run=lists_whole),
)
