"""The identity provider: who is behind a session id or an API token.

Our own eighty lines instead of a login extension: the host already has the request's actor, and what is left is one look-up
(``docs/decisions/0018-own-sessions.md``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.host import Host
from models.account import ACTIVE, Account, ApiToken, LoginSession
from plugins.accounts.adapters.secret_texts import digest_of
from plugins.accounts.domain.lifetimes import Lifetimes
from plugins.accounts.domain.scopes import narrowed
from plugins.accounts.queries.people import role_titles
from plugins.accounts.queries.standing import actor_of
from plugins.accounts.settings import AccountSettings


class AccountIdentity:
    """Answers from the tables of sessions and tokens; keeps what it meets alive, and closes what has run out."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._settings: AccountSettings = host.settings.plugin("accounts")
        self._lifetimes = lifetimes(host)

    def from_session(self, token: str, address: str) -> Actor | None:
        """Return the actor of a live session, or None; also keeps the session alive."""
        now = self._host.clock.now()
        with self._host.view() as db:
            query = select(LoginSession).where(LoginSession.digest == digest_of(token), LoginSession.ended_at.is_(None))
            login = db.scalar(query)
            if login is None or (self._settings.bind_address and login.address != address):
                return None
            over = self._lifetimes.end_reason(login.created_at, login.last_seen_at, now)
            actor = None if over else _active_actor(db, login.account_id, "web")
        if over:
            self._write(LoginSession, login.id, ended_at=now, end_reason=over)
        elif now - login.last_seen_at >= self._lifetimes.touch_every:
            self._write(LoginSession, login.id, last_seen_at=now)
        return actor

    def from_bearer(self, token: str) -> Actor | None:
        """Return the actor of a live API token, or None; the token's scope lies within that of its account."""
        now = self._host.clock.now()
        with self._host.view() as db:
            query = select(ApiToken).where(ApiToken.digest == digest_of(token), ApiToken.revoked_at.is_(None))
            key = db.scalar(query)
            if key is None or key.expires_at <= now:
                return None
            actor = _active_actor(db, key.account_id, "api")
        if actor is not None and (key.last_used_at is None or now - key.last_used_at >= dt.timedelta(minutes=1)):
            self._write(ApiToken, key.id, last_used_at=now)
        if actor is not None and key.prefixes:
            actor = replace(actor, prefixes=narrowed(key.prefixes, actor.prefixes))
        return actor

    @staticmethod
    def role_labels(actor: Actor) -> tuple[str, ...]:
        """Return the actor's roles as people read them."""
        return role_titles(actor.roles)

    def _write(self, table: type[LoginSession | ApiToken], row_id: int, **values: object) -> None:
        with self._host.transaction() as db:
            db.execute(update(table).where(table.id == row_id).values(**values))


def lifetimes(host: Host) -> Lifetimes:
    """Return the time-outs in force."""
    settings = host.settings.host
    return Lifetimes(
        idle=dt.timedelta(minutes=settings.session_idle_minutes), absolute=dt.timedelta(hours=settings.session_hours)
    )


def _active_actor(db: Session, account_id: int, channel: str) -> Actor | None:
    account = db.get(Account, account_id)
    return actor_of(db, account, channel) if account is not None and account.state == ACTIVE else None
