"""Accounts, their roles and scopes, sessions, tokens and one-time links.

What an account may do is never overwritten: a role, a scope or a grant is a row that was given by somebody and, later, taken
back by somebody. The rules that must not depend on any code path are constraints: an account holds at most one of the roles
that stand alone (三员分立 and the business auditor), and nobody approves an account of his own making. Secrets (session ids,
tokens, links) are kept as SHA-256 only.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

PENDING, ACTIVE, DISABLED = "pending", "active", "disabled"
"""States of an account: created by the system administrator; approved by the security administrator; closed."""

SEPARATE_ROLES = ("sysadmin", "secadmin", "auditadmin", "auditor")
"""Roles of which an account holds at most one. Source: GB/T 22239-2019, 访问控制."""

FIRST_START, ACTIVATE, RESET = "first_start", "activate", "reset"
"""Purposes of a one-time link: the first officers, a newly approved account, a forgotten password."""

_STANDS = text("revoked_at IS NULL")
_IS_SEPARATE = "role_key IN ({})".format(", ".join(f"'{role}'" for role in SEPARATE_ROLES))


def _at_most_one(name: str, *columns: str, where: str = "") -> Index:
    """Return a unique index over the rows that stand: those not taken back."""
    condition = text(f"revoked_at IS NULL AND {where}") if where else _STANDS
    return Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


class Account(Base):
    """A person's account. ``login`` is in its normalised spelling; an empty ``password_hash`` matches nothing."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'active', 'disabled')", name="state"),
        CheckConstraint("created_by IS NULL OR approved_by IS NULL OR created_by <> approved_by", name="two_persons"),
        CheckConstraint("state <> 'active' OR approved_at IS NOT NULL", name="approved"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    password_changed_at: Mapped[dt.datetime | None]
    state: Mapped[str] = mapped_column(String(10), default=PENDING)
    org_id: Mapped[int | None] = mapped_column(ForeignKey("org.id"))
    remark: Mapped[str] = mapped_column(default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[dt.datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[dt.datetime | None]
    last_login_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class Role(Base):
    """A role: a named bundle of permissions."""

    __tablename__ = "role"

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str] = mapped_column(String(40))
    duty: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)


class RoleGrant(Base):
    """A permission that a role holds while ``revoked_at`` is empty."""

    __tablename__ = "role_grant"
    __table_args__ = (_at_most_one("uq_role_grant_standing", "role_key", "permission"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    role_key: Mapped[str] = mapped_column(ForeignKey("role.key"), index=True)
    permission: Mapped[str] = mapped_column(String(80))
    granted_at: Mapped[dt.datetime]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class AccountRole(Base):
    """A role that an account holds while ``revoked_at`` is empty."""

    __tablename__ = "account_role"
    __table_args__ = (
        _at_most_one("uq_account_role_standing", "account_id", "role_key"),
        _at_most_one("uq_account_role_exclusive", "account_id", where="exclusive_group IS NOT NULL"),
        # without this a writer could slip a second officer role past the index by leaving the group empty
        CheckConstraint(f"({_IS_SEPARATE}) = (exclusive_group IS NOT NULL)", name="exclusive_group"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role_key: Mapped[str] = mapped_column(ForeignKey("role.key"))
    exclusive_group: Mapped[str | None] = mapped_column(String(20))
    granted_at: Mapped[dt.datetime]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class AccountScope(Base):
    """A division prefix that an account may see while ``revoked_at`` is empty."""

    __tablename__ = "account_scope"
    __table_args__ = (_at_most_one("uq_account_scope_standing", "account_id", "prefix"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    prefix: Mapped[str] = mapped_column(DivisionCode)
    granted_at: Mapped[dt.datetime]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class PasswordHistory(Base):
    """A password that an account has had, so that it is not used again too soon."""

    __tablename__ = "password_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[dt.datetime]


class LoginSession(Base):
    """A login, from the password to the log-out: it is live while ``ended_at`` is empty and no time-out has passed."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[str] = mapped_column(Sha256, unique=True)
    created_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str] = mapped_column(String(20), default="")


class LoginFailure(Base):
    """An attempt to log in that has not succeeded. The name is kept as a keyed digest: people type passwords there."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_address_at", "address", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login_digest: Mapped[str] = mapped_column(Sha256, index=True)
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime]
    cleared_at: Mapped[dt.datetime | None]


class ApiToken(Base):
    """A key for a program: it may what its account may, within the same or a smaller scope, until it expires."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[str] = mapped_column(Sha256, unique=True)
    label: Mapped[str] = mapped_column(String(60))
    prefixes: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class SetupToken(Base):
    """A one-time link: lets whoever holds it set a password, once, until it expires or a newer one replaces it."""

    __tablename__ = "setup_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Sha256, unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
