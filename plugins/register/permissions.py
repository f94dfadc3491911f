"""What a role may do with the register; the roles are those of a new archive and can be changed by the office."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

_READERS: Final = frozenset({"archivist", "liaison", "auditor", "reader"})
_WRITERS: Final = frozenset({"archivist"})
_OFFICE: Final = frozenset({"archivist", "liaison"})

REGISTER_READ: Final = "register:row:read"
ROW_EDIT: Final = "register:row:edit"
SHEET_CLOSE: Final = "register:sheet:close"
IMPORT_RUN: Final = "register:import:run"
STATE_APPROVE: Final = "register:state:approve"
CHECK_RUN: Final = "register:check:run"
FINDING_ASK: Final = "register:finding:ask"
FINDING_WAIVE: Final = "register:finding:waive"
BASELINE_EDIT: Final = "register:baseline:edit"
SECOND_ORDER: Final = "register:second:order"
SECOND_KEY: Final = "register:second:key"
SECOND_SETTLE: Final = "register:second:settle"
EXPORT: Final = "register:export:run"
EXPORT_IDS: Final = "register:export:idno"

PERMISSIONS: Final = (
    Permission(key=REGISTER_READ, label=lazy("查看登记册：林权证、宗地、检查结果"), roles=_READERS),
    Permission(key=ROW_EDIT, label=lazy("录入和修改林权证、宗地"), roles=_WRITERS),
    Permission(key=SHEET_CLOSE, label=lazy("村登记表定稿"), roles=_OFFICE),
    Permission(key=IMPORT_RUN, label=lazy("导入数字化表"), roles=_WRITERS),
    Permission(key=STATE_APPROVE, label=lazy("批准证书状态往回改（须为另一人）"), roles=_OFFICE),
    Permission(key=CHECK_RUN, label=lazy("运行登记册检查"), roles=_OFFICE | {"auditor"}),
    Permission(key=FINDING_ASK, label=lazy("申请对检查结果不作处理"), roles=_OFFICE),
    Permission(key=FINDING_WAIVE, label=lazy("批准对检查结果不作处理（须为另一人）"), roles=_OFFICE),
    Permission(key=BASELINE_EDIT, label=lazy("登记上报基数"), roles=_OFFICE),
    Permission(key=SECOND_ORDER, label=lazy("安排双人录入"), roles=_OFFICE),
    Permission(key=SECOND_KEY, label=lazy("第二遍录入"), roles=_WRITERS),
    Permission(key=SECOND_SETTLE, label=lazy("裁定两遍录入的差异"), roles=_OFFICE),
    Permission(key=EXPORT, label=lazy("导出数字化表"), roles=_OFFICE | {"auditor"}),
    Permission(key=EXPORT_IDS, label=lazy("导出含完整证件号码的表（须写明事由）"), roles=_OFFICE),
)
