"""What the sharing plugin asks people to hold. What an agency may see is not a permission but its agreement: divisions and groups
of fields, kept as data by the security administrator.
"""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

HOME: Final = "sharing:home:read"
ASK: Final = "sharing:query:ask"
AGENCY_READ: Final = "sharing:agency:read"
AGENCY_MANAGE: Final = "sharing:agency:manage"
LOG_READ: Final = "sharing:log:read"
LOG_READ_ALL: Final = "sharing:log:read_all"
LOG_EXPORT: Final = "sharing:log:export"
EXCERPT_READ: Final = "sharing:excerpt:read"
EXCERPT_BROWSE: Final = "sharing:excerpt:browse"
EXCERPT_ISSUE: Final = "sharing:excerpt:issue"
EXCERPT_VERIFY: Final = "sharing:excerpt:verify"
LIST_READ: Final = "sharing:list:read"
LIST_BROWSE: Final = "sharing:list:browse"
LIST_ISSUE: Final = "sharing:list:issue"
INBOX_READ: Final = "sharing:inbox:read"
INBOX_POST: Final = "sharing:inbox:post"
INBOX_WORK: Final = "sharing:inbox:work"

_OFFICE = frozenset({"archivist", "liaison", "auditor"})
_LOG_READERS = frozenset({"auditor", "auditadmin"})

PERMISSIONS: Final = (
    Permission(
        key=HOME,
        label=lazy("打开信息共享"),
        roles=_OFFICE | {"receiver", "reader", "secadmin"} | _LOG_READERS,
    ),
    Permission(key=ASK, label=lazy("按共享协议查询林权信息"), roles=frozenset({"receiver"})),
    Permission(key=AGENCY_READ, label=lazy("查看共享单位"), roles=frozenset({"secadmin", "liaison", "auditor"})),
    Permission(key=AGENCY_MANAGE, label=lazy("登记共享单位，管理协议和接口密钥"), roles=frozenset({"secadmin"})),
    Permission(key=LOG_READ, label=lazy("查看本辖区的共享查询记录"), roles=_LOG_READERS),
    Permission(key=LOG_READ_ALL, label=lazy("查看全部共享查询记录"), roles=frozenset({"auditadmin"})),
    Permission(key=LOG_EXPORT, label=lazy("导出共享查询记录"), roles=_LOG_READERS),
    Permission(key=EXCERPT_READ, label=lazy("查看、下载查询证明"), roles=_OFFICE | {"receiver"}),
    Permission(key=EXCERPT_BROWSE, label=lazy("查看本辖区出具的全部查询证明"), roles=_OFFICE),
    Permission(key=EXCERPT_ISSUE, label=lazy("出具查询证明"), roles=frozenset({"archivist"})),
    Permission(key=EXCERPT_VERIFY, label=lazy("核验查询证明"), roles=_OFFICE | {"receiver", "reader"}),
    Permission(key=LIST_READ, label=lazy("查看、下载共享月报"), roles=_OFFICE | {"receiver"}),
    Permission(key=LIST_BROWSE, label=lazy("查看本辖区全部共享月报"), roles=_OFFICE),
    Permission(key=LIST_ISSUE, label=lazy("出具共享月报"), roles=frozenset({"liaison"})),
    Permission(key=INBOX_READ, label=lazy("查看登记机构报送的登记结果"), roles=_OFFICE),
    Permission(key=INBOX_POST, label=lazy("报送登记结果"), roles=frozenset({"receiver", "archivist"})),
    Permission(key=INBOX_WORK, label=lazy("登记结果登账入库"), roles=frozenset({"archivist"})),
)

OF_A_PROGRAM: Final = frozenset({ASK, INBOX_POST})
"""What the key of an agency's program opens."""
