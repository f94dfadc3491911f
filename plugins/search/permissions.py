"""What a role may do with searching; the roles are those of a new archive and can be changed by the office."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

READ: Final = "search:text:read"
PERSON: Final = "search:person:find"
EXPORT: Final = "search:result:export"
REBUILD: Final = "search:index:rebuild"

PERMISSIONS: Final = (
    Permission(
        key=READ,
        label=lazy("检索档案"),
        roles=frozenset({"archivist", "liaison", "receiver", "auditor", "reader"}),
    ),
    Permission(key=PERSON, label=lazy("按证件号码查人（记入日志）"), roles=frozenset({"archivist", "liaison"})),
    Permission(
        key=EXPORT,
        label=lazy("导出检索结果（记入日志）"),
        roles=frozenset({"archivist", "liaison", "receiver", "auditor"}),
    ),
    Permission(key=REBUILD, label=lazy("重建检索索引"), roles=frozenset({"sysadmin"})),
)
