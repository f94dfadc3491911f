"""Accounts as their pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lindang.i18n import Text, _, lazy
from models.account import (
    ACTIVE,
    DISABLED,
    PENDING,
    Account,
    AccountRole,
    ApiToken,
    LoginSession,
)
from models.place import Division, Org
from plugins.accounts.domain.journal_words import END_REASONS
from plugins.accounts.domain.officers import ROLES
from plugins.accounts.queries.paging import Page, Place, read_page
from plugins.accounts.queries.standing import get_account, prefixes_of, roles_of

STATE_LABELS: dict[str, Text] = {PENDING: lazy("待审批"), ACTIVE: lazy("在用"), DISABLED: lazy("停用")}
STATE_TONES = {PENDING: "warning", ACTIVE: "success", DISABLED: "neutral"}


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What the list is narrowed to; empty means everything."""

    words: str = ""
    state: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account in the list."""

    id: int
    login: str
    name: str
    org: str
    state: str
    roles: tuple[str, ...]
    prefixes: tuple[str, ...]
    last_login_at: dt.datetime | None

    @property
    def state_label(self) -> Text:
        """The state in words."""
        return STATE_LABELS[self.state]

    @property
    def state_tone(self) -> str:
        """The colour that goes with the state."""
        return STATE_TONES[self.state]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One login of an account."""

    id: int
    created_at: dt.datetime
    last_seen_at: dt.datetime
    address: str
    agent: str
    ended_at: dt.datetime | None
    end_label: Text
    is_this: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One API token of an account."""

    id: int
    label: str
    prefixes: tuple[str, ...]
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def is_live(self, now: dt.datetime) -> bool:
        """Say whether the token still opens anything."""
        return self.revoked_at is None and self.expires_at > now


@dataclass(frozen=True, slots=True)
class AccountCard:
    """One account with all that its page shows."""

    id: int
    login: str
    name: str
    org: str
    remark: str
    state: str
    state_label: Text
    state_tone: str
    role_keys: frozenset[str]
    roles: tuple[str, ...]
    prefixes: tuple[tuple[str, str], ...]
    created_at: dt.datetime
    created_by: str
    approved_at: dt.datetime | None
    approved_by: str
    password_changed_at: dt.datetime | None
    last_login_at: dt.datetime | None
    version: int
    creator_id: int | None


def role_titles(keys: Iterable[str]) -> tuple[str, ...]:
    """Return the roles as people read them, in the order of the roles."""
    held = set(keys)
    return tuple(str(role.title) for role in ROLES if role.key in held)


def account_list(session: Session, wanted: AccountFilter, place: Place) -> Page[AccountRow]:
    """Return a page of accounts: those that wait for approval first, then by login name."""
    orgs = dict(session.execute(select(Org.id, Org.name)).all())

    def make(account: Account) -> AccountRow:
        return AccountRow(
            id=account.id,
            login=account.login,
            name=account.name,
            org=orgs.get(account.org_id or 0, ""),
            state=account.state,
            roles=role_titles(roles_of(session, account.id)),
            prefixes=prefixes_of(session, account.id),
            last_login_at=account.last_login_at,
        )

    return read_page(session, _filtered(wanted), place).turned(make)


def _filtered(wanted: AccountFilter) -> Select[Account]:
    query = select(Account).order_by(Account.state != PENDING, Account.login)
    if wanted.words:
        query = query.where(
            or_(
                Account.login.contains(wanted.words, autoescape=True),
                Account.name.contains(wanted.words, autoescape=True),
            )
        )
    if wanted.state:
        query = query.where(Account.state == wanted.state)
    if wanted.role:
        held = select(AccountRole.account_id).where(
            AccountRole.role_key == wanted.role, AccountRole.revoked_at.is_(None)
        )
        query = query.where(Account.id.in_(held))
    return query


def account_card(session: Session, account_id: int) -> AccountCard:
    """Return everything about one account. Raises NotFound."""
    account = get_account(session, account_id)
    keys = roles_of(session, account_id)
    org = session.get(Org, account.org_id) if account.org_id else None
    return AccountCard(
        id=account.id,
        login=account.login,
        name=account.name,
        org=org.name if org else "",
        remark=account.remark,
        state=account.state,
        state_label=STATE_LABELS[account.state],
        state_tone=STATE_TONES[account.state],
        role_keys=keys,
        roles=role_titles(keys),
        prefixes=_named(session, prefixes_of(session, account_id)),
        created_at=account.created_at,
        created_by=_who(session, account.created_by),
        approved_at=account.approved_at,
        approved_by=_who(session, account.approved_by) if account.approved_at else "",
        password_changed_at=account.password_changed_at,
        last_login_at=account.last_login_at,
        version=account.version,
        creator_id=account.created_by,
    )


def _who(session: Session, account_id: int | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return f"{account.name} ({account.login})" if account else _("开通链接或命令行")


def _named(session: Session, prefixes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Pair each prefix with the division's present name, where the archive knows it."""
    query = select(Division.code, Division.name).where(Division.code.in_(prefixes), Division.valid_to.is_(None))
    names = dict(session.execute(query).all())
    return tuple((prefix, names.get(prefix, "")) for prefix in prefixes)


def org_choices(session: Session) -> list[tuple[str, str]]:
    """Return the organisations for a select list: the id as text, and the name."""
    query = select(Org.id, Org.name).where(Org.is_active).order_by(Org.division_code, Org.name)
    return [(str(key), name) for key, name in session.execute(query)]


def sessions_of(session: Session, account_id: int, *, this: str = "", limit: int = 20) -> tuple[SessionRow, ...]:
    """Return the latest logins of an account, live ones first; ``this`` is the digest of the one that asks."""
    query = (
        select(LoginSession)
        .where(LoginSession.account_id == account_id)
        .order_by(LoginSession.ended_at.is_not(None), LoginSession.id.desc())
        .limit(limit)
    )
    return tuple(
        SessionRow(
            id=login.id,
            created_at=login.created_at,
            last_seen_at=login.last_seen_at,
            address=login.address,
            agent=login.agent,
            ended_at=login.ended_at,
            end_label=END_REASONS.get(login.end_reason, login.end_reason),
            is_this=login.digest == this,
        )
        for login in session.scalars(query)
    )


def tokens_of(session: Session, account_id: int) -> tuple[TokenRow, ...]:
    """Return the tokens of an account, the newest first."""
    query = select(ApiToken).where(ApiToken.account_id == account_id).order_by(ApiToken.id.desc())
    return tuple(
        TokenRow(
            id=token.id,
            label=token.label,
            prefixes=tuple(token.prefixes),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
        )
        for token in session.scalars(query)
    )
