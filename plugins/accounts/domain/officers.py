"""Separation of duties: which roles one account may hold, who may approve whom, and who may not be removed.

Three officers run the system and no account is two of them: the system administrator (系统管理员) runs it and creates
accounts but sees no content and grants no rights, the security administrator (安全保密管理员) approves accounts and grants
rights, the audit administrator (安全审计员) reads the journal only. The business auditor (审计员) is a fourth separate role,
because what checks the archive must not also be able to change it.

Source: GB/T 22239-2019, 访问控制 (least privilege, separation of administrators), as read in a transcription.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lindang.i18n import Text, _, lazy

SYSADMIN, SECADMIN, AUDITADMIN = "sysadmin", "secadmin", "auditadmin"
ARCHIVIST, LIAISON, RECEIVER, AUDITOR, READER = "archivist", "liaison", "receiver", "auditor", "reader"

OFFICERS = (SYSADMIN, SECADMIN, AUDITADMIN)
SEPARATE = frozenset({*OFFICERS, AUDITOR})
"""Roles that stand alone: an account that holds one of them holds no other role, and their rights are fixed."""

SEPARATE_GROUP = "separate"


@dataclass(frozen=True, slots=True)
class RoleKind:
    """A role as it exists in a new archive."""

    key: str
    title: Text
    duty: Text


ROLES = (
    RoleKind(ARCHIVIST, lazy("档案员"), lazy("扫描、著录、整理和检索本辖区的档案")),
    RoleKind(LIAISON, lazy("联络员"), lazy("组批、签发、移交，登记反馈材料")),
    RoleKind(RECEIVER, lazy("登记机构接收员"), lazy("逐件接收或退回移交给本机构的材料")),
    RoleKind(AUDITOR, lazy("审计员"), lazy("只读核查档案、批次和日志，不改动任何内容")),
    RoleKind(READER, lazy("市/省查阅员"), lazy("查阅下级辖区的档案和进度")),
    RoleKind(SYSADMIN, lazy("系统管理员"), lazy("维护系统运行、新建账号；不授权，不接触档案内容")),
    RoleKind(SECADMIN, lazy("安全保密管理员"), lazy("审批账号、授予角色和辖区；不能审批自己")),
    RoleKind(AUDITADMIN, lazy("安全审计员"), lazy("只查看和核验操作日志")),
)
ROLE_KEYS = tuple(role.key for role in ROLES)


def group_of(role: str) -> str | None:
    """Return the exclusive group of a role: of one group an account holds at most one role."""
    return SEPARATE_GROUP if role in SEPARATE else None


def conflict(roles: Collection[str]) -> str | None:
    """Say why one account may not hold all of these roles, or None when it may."""
    held = set(roles)
    if len(held & set(OFFICERS)) > 1:
        return _("系统管理员、安全保密管理员、安全审计员不得由同一账号兼任")
    if held & SEPARATE and len(held) > 1:
        return _("三员和审计员须单独设账号，不能兼任其他角色")
    return None


def approval_obstacle(*, account: int, creator: int | None, approver: int | None) -> str | None:
    """Say why this approver may not approve this account, or None when the two steps lie in two hands.

    Args:
        account: the account that waits.
        creator: who created it; None when it was the set-up link or the command line.
        approver: who wants to approve; None when it is the command line.
    """
    if approver is None:
        return None
    if approver == creator:
        return _("新建和审批须由两个人完成，您不能审批自己新建的账号")
    if approver == account:
        return _("不能审批自己的账号")
    return None


def self_obstacle(*, account: int, actor: int | None) -> str | None:
    """Say why the actor may not change the rights or state of this account, or None when it is somebody else's."""
    return _("不能更改自己的角色、辖区或状态，请由另一位管理员办理") if account == actor else None


def loss_obstacle(lost: Collection[str], holders_left: dict[str, int]) -> str | None:
    """Say why an account may not lose these roles: the last holder of an officer role stays.

    Args:
        lost: the roles that the account would no longer exercise.
        holders_left: for each officer role, how many *other* active accounts hold it.
    """
    for role in ROLES:
        if role.key in OFFICERS and role.key in lost and not holders_left.get(role.key, 0):
            return _("这是最后一个在用的“%(role)s”账号，请先启用接任者", role=str(role.title))
    return None


def is_reserved(default_roles: Collection[str]) -> bool:
    """Say whether a permission belongs to the officers: given to an officer by default and to no ordinary role."""
    given = set(default_roles)
    return bool(given & set(OFFICERS)) and given <= SEPARATE


def grant_obstacle(role: str, default_roles: Collection[str]) -> str | None:
    """Say why a role's holding of a permission may not be changed, or None when the security officer may decide.

    Args:
        role: the role whose rights would change.
        default_roles: the roles that hold the permission in a new archive.
    """
    if role in SEPARATE:
        return _("三员和审计员的权限是固定的，不能增减")
    if is_reserved(default_roles):
        return _("这是三员专有的权限，不能授予业务角色")
    return None
