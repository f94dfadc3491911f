"""What may be done at the auditor's desk, and by which roles in a new archive."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

FIXITY_READ: Final = "audit:fixity:read"

PERMISSIONS: Final = (
    Permission(key=FIXITY_READ, label=lazy("查看存储核验"), roles=frozenset({"auditor", "archivist", "sysadmin"})),
)
