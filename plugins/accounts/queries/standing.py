"""What stands now: the roles, scopes and permissions that have been given and not taken back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.account import ACTIVE, Account, AccountRole, AccountScope, LoginFailure, RoleGrant
from plugins.accounts.domain.officers import OFFICERS
from plugins.accounts.domain.throttle import ThrottlePolicy, locked_until


def get_account(session: Session, account_id: int) -> Account:
    """Return the account. Raises NotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(_("没有这个账号"))
    return account


def account_of_login(session: Session, login: str) -> Account | None:
    """Return the account with this normalised login name, or None."""
    return session.scalar(select(Account).where(Account.login == login))


def roles_of(session: Session, account_id: int) -> frozenset[str]:
    """Return the keys of the roles that the account holds."""
    query = select(AccountRole.role_key).where(AccountRole.account_id == account_id, AccountRole.revoked_at.is_(None))
    return frozenset(session.scalars(query))


def prefixes_of(session: Session, account_id: int) -> tuple[str, ...]:
    """Return the division prefixes of the account, sorted."""
    query = select(AccountScope.prefix).where(AccountScope.account_id == account_id, AccountScope.revoked_at.is_(None))
    return tuple(sorted(session.scalars(query)))


def permissions_of(session: Session, roles: frozenset[str]) -> frozenset[str]:
    """Return the permissions that any of the roles holds."""
    query = select(RoleGrant.permission).where(RoleGrant.role_key.in_(roles), RoleGrant.revoked_at.is_(None))
    return frozenset(session.scalars(query.distinct()))


def actor_of(session: Session, account: Account, channel: str) -> Actor:
    """Return the account as an actor with everything it may do and see now."""
    roles = roles_of(session, account.id)
    return Actor(
        account_id=account.id,
        name=account.name,
        roles=roles,
        permissions=permissions_of(session, roles),
        prefixes=prefixes_of(session, account.id),
        channel=channel,
        org_id=account.org_id,
    )


def holders(session: Session, *, except_account: int | None = None) -> dict[str, int]:
    """Count the active accounts that hold each officer role, leaving one account out."""
    query = (
        select(AccountRole.role_key, func.count())
        .join(Account, Account.id == AccountRole.account_id)
        .where(Account.state == ACTIVE, AccountRole.revoked_at.is_(None), AccountRole.role_key.in_(OFFICERS))
        .group_by(AccountRole.role_key)
    )
    if except_account is not None:
        query = query.where(Account.id != except_account)
    return dict(session.execute(query).all())


def login_lock(
    session: Session, policy: ThrottlePolicy, now: dt.datetime, *, login_digest: str = "", address: str = ""
) -> dt.datetime | None:
    """Return until when this login name or this address has to wait, or None."""
    waits = [
        _lock(session, policy, now, LoginFailure.login_digest == login_digest) if login_digest else None,
        _lock(session, policy, now, LoginFailure.address == address) if address else None,
    ]
    return max((until for until in waits if until is not None), default=None)


def _lock(
    session: Session, policy: ThrottlePolicy, now: dt.datetime, condition: ColumnElement[bool]
) -> dt.datetime | None:
    query = select(LoginFailure.at).where(
        condition,
        LoginFailure.at > now - policy.memory,
        LoginFailure.cleared_at.is_(None),
    )
    return locked_until(list(session.scalars(query)), policy, now)
