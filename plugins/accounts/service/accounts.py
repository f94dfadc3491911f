"""Accounts: created by one person, approved by another, closed and opened again; never removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.attributes import flag_modified

from lindang.errors import BadInput, Conflict, Fault, Faults, Forbidden
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.account import (
    ACTIVATE,
    ACTIVE,
    DISABLED,
    PENDING,
    RESET,
    Account,
    AccountRole,
    AccountScope,
    Role,
)
from models.place import Org
from plugins.accounts.domain.lifetimes import DISABLED as ACCOUNT_DISABLED
from plugins.accounts.domain.lifetimes import PASSWORD, RIGHTS
from plugins.accounts.domain.logins import parse_login
from plugins.accounts.domain.officers import OFFICERS, approval_obstacle, group_of, loss_obstacle, self_obstacle
from plugins.accounts.domain.rights import Rights
from plugins.accounts.queries.standing import account_of_login, get_account, holders, prefixes_of, roles_of
from plugins.accounts.service.links import issue_link, use_link
from plugins.accounts.service.passwords import store_password
from plugins.accounts.service.sessions import end_sessions


@dataclass(frozen=True, slots=True)
class Person:
    """Who a new account is for."""

    login: str
    name: str
    org_id: int | None = None
    remark: str = ""


def create_account(uow: UnitOfWork, person: Person) -> Account:
    """Create an account that waits for approval: no role, no scope, no password.

    Raises:
        Faults: the login name is unusable or taken, the name is empty, or there is no such organisation.
    """
    login = _checked_login(uow, person)
    account = Account(
        login=login,
        name=person.name.strip(),
        org_id=person.org_id,
        remark=person.remark.strip(),
        state=PENDING,
        created_by=uow.actor.account_id,
        created_at=uow.now,
    )
    uow.session.add(account)
    uow.session.flush()
    uow.journal("account.created", f"account:{account.id}", login=login, org=person.org_id)
    return account


def _checked_login(uow: UnitOfWork, person: Person) -> str:
    faults, login = [], ""
    try:
        login = parse_login(person.login)
    except BadInput as error:
        faults.append(Fault(error.where, error.message, error.remedy))
    if login and account_of_login(uow.session, login) is not None:
        faults.append(Fault("login", _("登录名“%(login)s”已有人使用", login=login), _("请换一个。")))
    if not person.name.strip():
        faults.append(Fault("name", _("请填姓名")))
    if person.org_id is not None and uow.session.get(Org, person.org_id) is None:
        faults.append(Fault("org_id", _("没有这个单位")))
    if faults:
        raise Faults(_("账号没有建立"), faults)
    return login


def approve_account(uow: UnitOfWork, account_id: int, rights: Rights, *, version: int) -> str:
    """Make a waiting account active with these rights; returns the secret of its activation link.

    Raises:
        Forbidden: the approver created the account, or it is his own.
        Conflict: it does not wait for approval, or somebody was faster.
    """
    account = _opened(uow, account_id, version)
    _refuse(approval_obstacle(account=account.id, creator=account.created_by, approver=uow.actor.account_id))
    if account.state != PENDING:
        raise Conflict(_("这个账号不在待审批状态"), remedy=_("请刷新页面。"))
    account.state, account.approved_by, account.approved_at = ACTIVE, uow.actor.account_id, uow.now
    _give(uow, account.id, rights)
    uow.journal("account.approved", f"account:{account.id}", **_facts(rights))
    uow.session.flush()
    return issue_link(uow, ACTIVATE, account.id, uow.host.settings.plugin("accounts").link_lifetime)


def set_rights(uow: UnitOfWork, account_id: int, rights: Rights, *, version: int) -> None:
    """Replace the roles and scopes of an account; its sessions end, so that nobody works on with old rights.

    Raises:
        Forbidden: it is the actor's own account, or the last one with an officer role.
        Conflict: it still waits for approval, or somebody was faster.
    """
    account = _opened(uow, account_id, version)
    _refuse(self_obstacle(account=account.id, actor=uow.actor.account_id))
    if account.state == PENDING:
        raise Conflict(_("这个账号还没有审批"), remedy=_("请在审批时授予角色和辖区。"))
    before = roles_of(uow.session, account.id)
    if account.state == ACTIVE:
        _refuse(loss_obstacle(before - rights.roles, _holders_left(uow, account.id)))
    _give(uow, account.id, rights)
    _touch(account)
    end_sessions(uow, account.id, RIGHTS)
    uow.journal("account.rights_changed", f"account:{account.id}", **_facts(rights))


def disable_account(uow: UnitOfWork, account_id: int, *, version: int, reason: str = "") -> None:
    """Close an account: its sessions end, its tokens stop working; nothing of it is removed.

    Raises:
        Forbidden: it is the actor's own account, or the last one with an officer role.
        Conflict: it is closed already, or somebody was faster.
    """
    account = _opened(uow, account_id, version)
    _refuse(self_obstacle(account=account.id, actor=uow.actor.account_id))
    if account.state == DISABLED:
        raise Conflict(_("这个账号已经停用"), remedy=_("请刷新页面。"))
    if account.state == ACTIVE:
        _refuse(loss_obstacle(roles_of(uow.session, account.id), _holders_left(uow, account.id)))
    account.state = DISABLED
    end_sessions(uow, account.id, ACCOUNT_DISABLED)
    uow.journal("account.disabled", f"account:{account.id}", reason=reason.strip())


def enable_account(uow: UnitOfWork, account_id: int, *, version: int) -> None:
    """Open a closed account again with the rights it had.

    Raises:
        Conflict: it is not closed, was never approved, or somebody was faster.
    """
    account = _opened(uow, account_id, version)
    _refuse(self_obstacle(account=account.id, actor=uow.actor.account_id))
    if account.state != DISABLED:
        raise Conflict(_("这个账号没有停用"), remedy=_("请刷新页面。"))
    account.state = PENDING if account.approved_at is None else ACTIVE
    uow.journal("account.enabled", f"account:{account.id}", state=account.state)


def reset_password(uow: UnitOfWork, account_id: int, *, version: int) -> str:
    """Make the password useless at once, end the sessions, and return the secret of a link for a new one.

    Raises:
        Forbidden: it is an officer's account; those are reset on the server, so that no officer can become another.
        Conflict: the account is not active, or somebody was faster.
    """
    account = _opened(uow, account_id, version)
    if roles_of(uow.session, account.id) & set(OFFICERS):
        raise Forbidden(
            _("三员账号的密码不能在网页上重置"),
            remedy=_("请在服务器上运行 lindang user passwd %(login)s，由本人到场输入。", login=account.login),
        )
    if account.state != ACTIVE:
        raise Conflict(_("只有在用的账号可以重置密码"), remedy=_("请先审批或启用。"))
    account.password_hash = ""
    end_sessions(uow, account.id, PASSWORD)
    uow.journal("password.reset", f"account:{account.id}")
    return issue_link(uow, RESET, account.id, uow.host.settings.plugin("accounts").link_lifetime)


def set_password_by_link(uow: UnitOfWork, secret: str, password_hash: str) -> Account:
    """Spend an activation or reset link: the hash becomes the password, older sessions end.

    Raises:
        NotFound: the link is spent, replaced or too old, or its account is no longer active.
    """
    link = use_link(uow, secret)
    account = get_account(uow.session, link.account_id or 0)
    store_password(uow, account, password_hash)
    end_sessions(uow, account.id, PASSWORD)
    return account


def admit(uow: UnitOfWork, person: Person, rights: Rights) -> Account:
    """Create an active account in one step: only for the set-up link and the command line, where no account acts."""
    account = create_account(uow, person)
    account.state, account.approved_at = ACTIVE, uow.now
    _give(uow, account.id, rights)
    uow.session.flush()
    uow.journal("account.approved", f"account:{account.id}", **_facts(rights))
    return account


# --- shared steps -----------------------------------------------------------------------------------------------------


def _opened(uow: UnitOfWork, account_id: int, version: int) -> Account:
    account = get_account(uow.session, account_id)
    if account.version != version:
        raise stale_version()
    return account


def _touch(account: Account) -> None:
    """Raise the version although only rows beside the account change: rights are part of what its form shows."""
    flag_modified(account, "remark")


def _refuse(obstacle: str | None) -> None:
    if obstacle is not None:
        raise Forbidden(obstacle)


def _facts(rights: Rights) -> dict[str, Any]:
    return {"roles": sorted(rights.roles), "prefixes": list(rights.prefixes)}


def _holders_left(uow: UnitOfWork, account_id: int) -> dict[str, int]:
    """Count the other officers; the lock makes two removals that run at once take turns (SQLite has one writer anyway)."""
    uow.session.execute(select(Role.key).where(Role.key.in_(OFFICERS)).with_for_update())
    return holders(uow.session, except_account=account_id)


def _give(uow: UnitOfWork, account_id: int, rights: Rights) -> None:
    unknown = rights.roles - set(uow.session.scalars(select(Role.key)))
    if unknown:
        fault = Fault("roles", _("没有角色“%(role)s”", role=min(unknown)))
        raise Faults(_("角色和辖区有问题"), [fault])
    _take_back(uow, AccountRole, AccountRole.role_key, account_id, rights.roles)
    _take_back(uow, AccountScope, AccountScope.prefix, account_id, rights.prefixes)
    given = {"account_id": account_id, "granted_at": uow.now, "granted_by": uow.actor.account_id}
    for role in sorted(rights.roles - roles_of(uow.session, account_id)):
        uow.session.add(AccountRole(role_key=role, exclusive_group=group_of(role), **given))
    for prefix in sorted(set(rights.prefixes) - set(prefixes_of(uow.session, account_id))):
        uow.session.add(AccountScope(prefix=prefix, **given))


def _take_back(
    uow: UnitOfWork,
    table: type[AccountRole | AccountScope],
    key: InstrumentedAttribute[str],
    account_id: int,
    wanted: Iterable[str],
) -> None:
    uow.session.execute(
        update(table)
        .where(table.account_id == account_id, table.revoked_at.is_(None), key.not_in(list(wanted)))
        .values(revoked_at=uow.now, revoked_by=uow.actor.account_id)
    )
