"""Rights: the roles and scopes that a security administrator gives to one account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lindang.errors import BadInput, Fault, Faults
from lindang.i18n import _
from plugins.accounts.domain.officers import OFFICERS, conflict
from plugins.accounts.domain.scopes import tidy


@dataclass(frozen=True, slots=True)
class Rights:
    """Roles and division prefixes that fit together."""

    roles: frozenset[str]
    prefixes: tuple[str, ...] = ()


def make_rights(roles: Iterable[str], prefixes: Iterable[str]) -> Rights:
    """Check roles and prefixes against each other.

    Raises:
        Faults: roles exclude each other, a prefix is no division code, or one of the two is missing.
    """
    chosen = frozenset(roles)
    faults = list(_role_faults(chosen))
    try:
        scope = tidy(prefixes)
    except BadInput as error:
        scope = ()
        faults.append(Fault("prefixes", error.message, error.remedy))
    else:
        if chosen - set(OFFICERS) and not scope:
            faults.append(Fault("prefixes", _("请填辖区"), _("没有辖区的业务账号什么也看不到。")))
    if faults:
        raise Faults(_("角色和辖区有问题"), faults)
    return Rights(chosen, scope)


def _role_faults(roles: frozenset[str]) -> Iterable[Fault]:
    reason = conflict(roles)
    if reason is not None:
        yield Fault("roles", reason)
    if not roles:
        yield Fault("roles", _("请至少选择一个角色"))
