"""What the handover plugin asks people to hold. The constants are the keys used by guards, steps and pages; the default
grants follow the actors of the batch's life (Source: domain reference, section 3.3) and are data once the system runs.
Two separations are not left to grants but tested on persons: who signs has not prepared the list, and who closes has not
filed the feedback.
"""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

READ: Final = "handover:batch:read"
BROWSE: Final = "handover:batch:browse"
READY: Final = "handover:ready:read"
DRAFT: Final = "handover:batch:draft"
SIGN: Final = "handover:batch:sign"
SEND: Final = "handover:batch:send"
RECEIVE: Final = "handover:batch:receive"
RECORD: Final = "handover:reply:record"
CLOSE: Final = "handover:batch:close"
CORRECT: Final = "handover:item:correct"
FEEDBACK: Final = "handover:feedback:file"

_INSIDE = frozenset({"archivist", "liaison", "auditor", "reader"})

PERMISSIONS: Final = (
    Permission(key=READ, label=lazy("查看移交批次"), roles=_INSIDE | {"receiver"}),
    Permission(key=BROWSE, label=lazy("查看本辖区全部批次（含未送出的）和反馈登记"), roles=_INSIDE),
    Permission(key=READY, label=lazy("查看成熟清单"), roles=_INSIDE),
    Permission(key=DRAFT, label=lazy("拟定、检查、取消批次"), roles=frozenset({"liaison"})),
    Permission(key=SIGN, label=lazy("审核签发批次"), roles=frozenset({"liaison", "archivist"})),
    Permission(key=SEND, label=lazy("送出批次"), roles=frozenset({"liaison"})),
    Permission(key=RECEIVE, label=lazy("接收批次并逐件答复"), roles=frozenset({"receiver"})),
    Permission(key=RECORD, label=lazy("登记接收单位离线的答复（导入答复工作簿）"), roles=frozenset({"liaison"})),
    Permission(key=CORRECT, label=lazy("补正退回的案卷"), roles=frozenset({"archivist"})),
    Permission(key=FEEDBACK, label=lazy("登记反馈材料"), roles=frozenset({"archivist"})),
    Permission(key=CLOSE, label=lazy("批次结案"), roles=frozenset({"liaison"})),
)
