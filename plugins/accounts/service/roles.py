"""Roles and what they may do: seeded from the plugins' declarations, changed by the security administrator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from lindang.errors import BadInput, Forbidden, NotFound
from lindang.host import Host
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.account import Role, RoleGrant
from plugins.accounts.domain.officers import ROLE_KEYS, ROLES, grant_obstacle


def seed_roles(host: Host) -> None:
    """Write the roles and the plugins' default grants into the archive; what was changed since stays as it is.

    A grant is added when its pair of role and permission has never been in the table, so that a permission that the
    security administrator took back does not return with the next start.
    """
    declared = {(role, p.key) for p in host.permissions.values() for role in p.roles}
    unknown = sorted(role for role, _key in declared if role not in ROLE_KEYS)
    if unknown:
        raise LookupError(f"a permission names the unknown role {unknown[0]!r}")
    with host.view() as db:
        missing = declared - set(db.execute(select(RoleGrant.role_key, RoleGrant.permission)))
        new_roles = set(ROLE_KEYS) - set(db.scalars(select(Role.key)))
    if not missing and not new_roles:
        return
    with host.uow(host.system_actor(channel="init")) as uow:
        for position, role in enumerate(ROLES):
            if role.key in new_roles:
                uow.session.add(Role(key=role.key, title=str(role.title), duty=str(role.duty), position=position))
        uow.session.flush()
        for role_key, permission in sorted(missing):
            uow.session.add(RoleGrant(role_key=role_key, permission=permission, granted_at=uow.now))
        uow.journal("role.seeded", "role:all", roles=sorted(new_roles), grants=len(missing))


def change_grants(uow: UnitOfWork, role: str, wanted: Iterable[str]) -> None:
    """Make ``wanted`` the changeable permissions of a role; fixed and reserved ones stay as they are.

    Raises:
        NotFound: there is no such role.
        Forbidden: the rights of the role, or the permission, are not for the security administrator to change.
        BadInput: there is no such permission.
    """
    if uow.session.get(Role, role) is None:
        raise NotFound(_("没有这个角色"))
    defaults = {key: permission.roles for key, permission in uow.host.permissions.items()}
    standing = _standing(uow, role)
    changed = (set(wanted) ^ set(standing)) & set(defaults) | (set(wanted) - set(defaults))
    for permission in sorted(changed):
        _refuse_fixed(role, permission, defaults)
    given, taken = sorted(changed - set(standing)), sorted(changed & set(standing))
    for permission in taken:
        grant = standing[permission]
        grant.revoked_at, grant.revoked_by = uow.now, uow.actor.account_id
    for permission in given:
        uow.session.add(
            RoleGrant(role_key=role, permission=permission, granted_at=uow.now, granted_by=uow.actor.account_id)
        )
    if changed:
        uow.journal("role.grants_changed", f"role:{role}", given=given, taken=taken)


def _standing(uow: UnitOfWork, role: str) -> dict[str, RoleGrant]:
    query = select(RoleGrant).where(RoleGrant.role_key == role, RoleGrant.revoked_at.is_(None))
    return {grant.permission: grant for grant in uow.session.scalars(query)}


def _refuse_fixed(role: str, permission: str, defaults: Mapping[str, frozenset[str]]) -> None:
    if permission not in defaults:
        raise BadInput(_("没有权限“%(key)s”", key=permission), where="permissions")
    obstacle = grant_obstacle(role, defaults[permission])
    if obstacle is not None:
        raise Forbidden(obstacle, remedy=permission)
