"""The table of roles and permissions, as it stands now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.i18n import Text
from lindang.plugin import Plugin
from models.account import Role, RoleGrant
from plugins.accounts.domain.officers import ROLES, SEPARATE, grant_obstacle

_WORDS = {role.key: role for role in ROLES}


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role of the archive."""

    key: str
    title: Text
    duty: Text
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """A permission of a plugin, the roles that hold it now, and the roles for which that may be changed."""

    group: Text
    key: str
    label: Text
    held_by: frozenset[str]
    open_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class RightsTable:
    """Who may do what, plugin by plugin."""

    roles: tuple[RoleRow, ...]
    lines: tuple[PermissionLine, ...]

    @property
    def groups(self) -> tuple[tuple[str, tuple[PermissionLine, ...]], ...]:
        """The lines under the names of their plugins, in the plugins' order."""
        return tuple((title, tuple(lines)) for title, lines in groupby(self.lines, lambda line: str(line.group)))


def rights_table(session: Session, plugins: Iterable[Plugin]) -> RightsTable:
    """Return every permission of the active plugins against every role."""
    roles = tuple(
        RoleRow(
            key=role.key,
            title=_WORDS[role.key].title if role.key in _WORDS else role.title,
            duty=_WORDS[role.key].duty if role.key in _WORDS else role.duty,
            is_fixed=role.key in SEPARATE,
        )
        for role in session.scalars(select(Role).order_by(Role.position))
    )
    granted = select(RoleGrant.permission, RoleGrant.role_key).where(RoleGrant.revoked_at.is_(None))
    holders: dict[str, set[str]] = {}
    for permission, role_key in session.execute(granted):
        holders.setdefault(permission, set()).add(role_key)
    lines = tuple(
        PermissionLine(
            group=plugin.title,
            key=permission.key,
            label=permission.label,
            held_by=frozenset(holders.get(permission.key, ())),
            open_for=frozenset(role.key for role in roles if grant_obstacle(role.key, permission.roles) is None),
        )
        for plugin in plugins
        for permission in plugin.permissions
    )
    return RightsTable(roles, lines)
