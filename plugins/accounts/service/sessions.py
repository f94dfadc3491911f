"""Logins: attempts, throttling, sessions.

An attempt is written down as a failure *before* the password is compared and cleared when it was right, so that a hundred
guesses sent at once cannot all be made before the first is counted. The comparison itself is outside every transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from lindang.auth import ANONYMOUS, Actor
from lindang.errors import LindangError, NotFound
from lindang.host import Host
from lindang.i18n import _, format_when
from lindang.uow import UnitOfWork
from models.account import ACTIVE, RESET, Account, LoginFailure, LoginSession
from plugins.accounts.adapters.hashing import matches
from plugins.accounts.adapters.secret_texts import digest_of, new_secret
from plugins.accounts.domain.lifetimes import LOGOUT, REPLACED
from plugins.accounts.domain.logins import normalise_login
from plugins.accounts.domain.passwords import has_run_out
from plugins.accounts.domain.throttle import ThrottlePolicy
from plugins.accounts.queries.standing import account_of_login, get_account, login_lock
from plugins.accounts.service.links import issue_link
from plugins.accounts.service.passwords import policy_of

EXPIRED_LINK_LIFETIME = dt.timedelta(minutes=15)


class LoginRefused(LindangError):
    """The name and the password do not fit, or the account may not log in: nobody is told which."""

    code = "login_refused"
    http_status = 401
    exit_code = 4


class LockedOut(LoginRefused):
    """Too many wrong passwords for this name or from this address."""

    code = "locked_out"
    http_status = 429


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: its address and its browser's own description."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A successful login: the new session's secret, or the link with which to renew a password that has run out."""

    session: str = ""
    renewal: str = ""


@dataclass(frozen=True, slots=True)
class _Attempt:
    failure_id: int
    account: Account | None


def log_in(host: Host, login: str, password: str, client: Client) -> Entry:
    """Check the password and open a session.

    Raises:
        LockedOut: too many failures; says from when it may be tried again, and does not look at the password.
        LoginRefused: wrong name, wrong password, or an account that is not active.
    """
    account = check_password(host, login, password, client)
    with host.uow(Actor(account_id=account.id, name=account.name)) as uow:
        if has_run_out(account.password_changed_at or uow.now, policy_of(host), uow.now):
            return Entry(renewal=issue_link(uow, RESET, account.id, EXPIRED_LINK_LIFETIME))
        return Entry(session=_open_session(uow, account.id, client))


def check_password(host: Host, login: str, password: str, client: Client) -> Account:
    """Return the active account whose password this is, counting a wrong one.

    Raises:
        LockedOut: too many failures.
        LoginRefused: it is not the password of an active account.
    """
    attempt = _begin_attempt(host, normalise_login(login), client)
    account = attempt.account
    right = matches(account.password_hash if account else "", password)
    if account is None or not right or account.state != ACTIVE:
        _record_failure(host, attempt, login, client)
        raise LoginRefused(_("登录名或密码不正确"), remedy=_("请核对后重试；忘记密码请联系安全保密管理员。"))
    _clear_failures(host, login, client.address)
    return account


def throttle_of(host: Host) -> ThrottlePolicy:
    """Return the lock-out figures in force."""
    settings = host.settings.plugin("accounts")
    return ThrottlePolicy(
        attempts=settings.lock_attempts,
        pause=dt.timedelta(minutes=settings.lock_minutes),
        longest=dt.timedelta(hours=settings.lock_longest_hours),
    )


def _begin_attempt(host: Host, login: str, client: Client) -> _Attempt:
    digest = host.vault.digest(login)
    with host.transaction() as db:
        _take_turns(db)
        now = host.clock.now()
        until = login_lock(db, throttle_of(host), now, login_digest=digest, address=client.address)
        if until is not None:
            raise _locked(until)
        failure = LoginFailure(login_digest=digest, address=client.address, at=now)
        db.add(failure)
        db.flush()
        return _Attempt(failure.id, account_of_login(db, login))


def _take_turns(db: Session) -> None:
    """Let attempts be counted one after the other; SQLite's single writer does so by itself."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("LOCK TABLE login_failure IN EXCLUSIVE MODE"))


def _locked(until: dt.datetime) -> LockedOut:
    return LockedOut(
        _("输错次数过多，暂时不能登录"),
        remedy=_(
            "请在 %(when)s 之后再试，或联系安全保密管理员解除锁定。", when=format_when(until + dt.timedelta(minutes=1))
        ),
    )


def _record_failure(host: Host, attempt: _Attempt, login: str, client: Client) -> None:
    """Journal the failure. The typed name is not repeated: people type their password there."""
    digest = host.vault.digest(normalise_login(login))
    subject = f"account:{attempt.account.id}" if attempt.account else "account:unknown"
    with host.uow(ANONYMOUS) as uow:
        until = login_lock(uow.session, throttle_of(host), uow.now, login_digest=digest, address=client.address)
        uow.journal("login.failed", subject, address=client.address)
        if until is not None:
            uow.journal("login.locked", subject, address=client.address, until=until.isoformat(timespec="seconds"))


def _clear_failures(host: Host, login: str, address: str) -> None:
    """Forgive the failures of this name from this address; guesses at others from here still count."""
    digest = host.vault.digest(normalise_login(login))
    with host.transaction() as db:
        db.execute(
            update(LoginFailure)
            .where(
                LoginFailure.login_digest == digest,
                LoginFailure.address == address,
                LoginFailure.cleared_at.is_(None),
            )
            .values(cleared_at=host.clock.now())
        )


def unlock(uow: UnitOfWork, account_id: int) -> None:
    """Forgive all failures of an account's name, from everywhere."""
    account = get_account(uow.session, account_id)
    uow.session.execute(
        update(LoginFailure)
        .where(LoginFailure.login_digest == uow.host.vault.digest(account.login), LoginFailure.cleared_at.is_(None))
        .values(cleared_at=uow.now)
    )
    uow.journal("login.unlocked", f"account:{account_id}")


# --- sessions ---------------------------------------------------------------------------------------------------------


def _open_session(uow: UnitOfWork, account_id: int, client: Client) -> str:
    secret = new_secret()
    limit: int = uow.host.settings.plugin("accounts").parallel_sessions
    live = select(LoginSession.id).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
    oldest_first = list(uow.session.scalars(live.order_by(LoginSession.last_seen_at, LoginSession.id)))
    _end(uow, oldest_first[: max(0, len(oldest_first) - limit + 1)], REPLACED)
    login = LoginSession(
        account_id=account_id,
        digest=digest_of(secret),
        created_at=uow.now,
        last_seen_at=uow.now,
        address=client.address,
        agent=client.agent[:200],
    )
    uow.session.add(login)
    # not through the object: a login must not make somebody's open form on this account stale
    uow.session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(last_login_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    uow.session.flush()
    uow.journal("session.opened", f"account:{account_id}", session=login.id, address=client.address)
    return secret


def log_out(uow: UnitOfWork, secret: str) -> None:
    """End the session with this secret; nothing happens when it has ended already."""
    found = uow.session.scalar(
        select(LoginSession.id).where(LoginSession.digest == digest_of(secret), LoginSession.ended_at.is_(None))
    )
    if found is not None:
        _end(uow, [found], LOGOUT)


def end_session(uow: UnitOfWork, account_id: int, session_id: int, reason: str) -> None:
    """End one session of an account. Raises NotFound when the account has no such live session."""
    query = select(LoginSession.id).where(
        LoginSession.id == session_id, LoginSession.account_id == account_id, LoginSession.ended_at.is_(None)
    )
    if uow.session.scalar(query) is None:
        raise NotFound(_("没有这个登录，或它已经结束"))
    _end(uow, [session_id], reason)


def end_sessions(uow: UnitOfWork, account_id: int, reason: str, *, keep: str = "") -> int:
    """End the sessions of an account, but for the one whose secret is ``keep``; returns how many ended."""
    query = select(LoginSession.id).where(
        LoginSession.account_id == account_id,
        LoginSession.ended_at.is_(None),
        LoginSession.digest != digest_of(keep),
    )
    ids = list(uow.session.scalars(query))
    _end(uow, ids, reason)
    return len(ids)


def _end(uow: UnitOfWork, ids: Iterable[int], reason: str) -> None:
    for login in uow.session.scalars(select(LoginSession).where(LoginSession.id.in_(list(ids)))):
        login.ended_at, login.end_reason = uow.now, reason
        uow.journal("session.ended", f"account:{login.account_id}", session=login.id, reason=reason)
