"""What may be done with accounts, and which roles may do it in a new archive."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import Permission

_OFFICERS = frozenset({"sysadmin", "secadmin", "auditadmin"})
_WORKERS = frozenset({"archivist", "liaison", "receiver", "auditor", "reader"})

ACCOUNT_READ = "accounts:account:read"
ACCOUNT_CREATE = "accounts:account:create"
ACCOUNT_APPROVE = "accounts:account:approve"
ACCOUNT_DISABLE = "accounts:account:disable"
SESSION_END = "accounts:session:end"
ROLE_READ = "accounts:role:read"
ROLE_GRANT = "accounts:role:grant"
TOKEN_MANAGE = "accounts:token:manage"  # noqa: S105 - a permission's key
JOURNAL_READ = "accounts:journal:read"
JOURNAL_READ_ALL = "accounts:journal:read_all"
JOURNAL_EXPORT = "accounts:journal:export"
JOURNAL_VERIFY = "accounts:journal:verify"

PERMISSIONS = (
    Permission(key=ACCOUNT_READ, label=lazy("查看账号"), roles=frozenset({"sysadmin", "secadmin"})),
    Permission(key=ACCOUNT_CREATE, label=lazy("新建账号"), roles=frozenset({"sysadmin"})),
    Permission(key=ACCOUNT_APPROVE, label=lazy("审批账号，授予角色和辖区"), roles=frozenset({"secadmin"})),
    Permission(key=ACCOUNT_DISABLE, label=lazy("停用账号"), roles=frozenset({"sysadmin", "secadmin"})),
    Permission(key=SESSION_END, label=lazy("结束他人的登录"), roles=frozenset({"sysadmin", "secadmin"})),
    Permission(key=ROLE_READ, label=lazy("查看角色权限表"), roles=_OFFICERS | {"auditor"}),
    Permission(key=ROLE_GRANT, label=lazy("调整角色的权限"), roles=frozenset({"secadmin"})),
    Permission(key=TOKEN_MANAGE, label=lazy("管理本人的接口密钥"), roles=_WORKERS),
    Permission(key=JOURNAL_READ, label=lazy("查看本辖区的日志"), roles=frozenset({"auditadmin", "auditor"})),
    Permission(key=JOURNAL_READ_ALL, label=lazy("查看全部日志"), roles=frozenset({"auditadmin"})),
    Permission(key=JOURNAL_EXPORT, label=lazy("导出日志"), roles=frozenset({"auditadmin", "auditor"})),
    Permission(key=JOURNAL_VERIFY, label=lazy("核验日志链"), roles=frozenset({"auditadmin"})),
)
