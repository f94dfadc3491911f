"""What progress asks people to hold. That a report is accepted only by the unit above it, and by another person than handed it in,
is not left to grants but tested on scope and person.
"""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

READ: Final = "progress:board:read"
REPORT: Final = "progress:report:submit"
DECIDE: Final = "progress:report:decide"
PLAN: Final = "progress:plan:edit"
PERSONS: Final = "progress:liaison:edit"

_INSIDE: Final = frozenset({"archivist", "liaison", "auditor", "reader"})
_LIAISON: Final = frozenset({"liaison"})

PERMISSIONS: Final = (
    Permission(key=READ, label=lazy("查看进度看板、附件1、倒排工期、联络人员"), roles=_INSIDE),
    Permission(key=REPORT, label=lazy("上报附件1（本单位）、导出和导入上报文件"), roles=_LIAISON),
    Permission(key=DECIDE, label=lazy("接收、退回下级的附件1，签发本级的"), roles=_LIAISON),
    Permission(key=PLAN, label=lazy("编排倒排工期"), roles=_LIAISON),
    Permission(key=PERSONS, label=lazy("登记分管领导和联络员"), roles=_LIAISON),
)
