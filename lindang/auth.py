"""Who acts, what they may do, and which divisions they may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, false, or_, true

from lindang.errors import Forbidden
from lindang.i18n import _

EVERYWHERE = ""
"""The prefix that covers every division."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or the system itself, with everything that decides what is shown and allowed.

    ``prefixes`` are administrative-division code prefixes; ``("",)`` is everything, ``()`` nothing.
    """

    account_id: int | None
    name: str
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    channel: str = "web"
    org_id: int | None = None
    almighty: bool = field(default=False, compare=False)
    is_program: bool = False
    """A program of another body, let in by that body's own key: no account, and only what the key opens."""

    def can(self, permission: str) -> bool:
        """Say whether the actor holds the permission; the empty key asks for no more than a login."""
        return self.almighty or permission in self.permissions or (not permission and self.is_authenticated)

    def require(self, permission: str) -> None:
        """Raise Forbidden unless the actor holds the permission."""
        if not self.can(permission):
            raise Forbidden(_("您没有权限进行这项操作"), remedy=_("如确需办理，请联系安全保密管理员。"))

    def covers(self, division_code: str) -> bool:
        """Say whether the division lies inside the actor's scope."""
        return any(division_code.startswith(prefix) for prefix in self.prefixes)

    def within(self, column: Any) -> ColumnElement[bool]:
        """Return the SQL condition that keeps rows whose division code lies inside the scope."""
        if EVERYWHERE in self.prefixes:
            return true()
        if not self.prefixes:
            return false()
        return or_(*(column.startswith(prefix, autoescape=True) for prefix in self.prefixes))

    @property
    def is_authenticated(self) -> bool:
        """Say whether somebody is logged in (the anonymous actor has no account and no power)."""
        return self.account_id is not None or self.almighty or self.is_program


ANONYMOUS = Actor(account_id=None, name="—", channel="web")


def system_actor(name: str = "系统", channel: str = "worker") -> Actor:
    """Return the system's own actor: may do everything, everywhere; used by jobs, handlers and the command line."""
    return Actor(account_id=None, name=name, prefixes=(EVERYWHERE,), channel=channel, almighty=True)
