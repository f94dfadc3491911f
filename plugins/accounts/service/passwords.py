"""Passwords: checked and hashed before the transaction, stored inside it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.errors import Fault, Faults
from lindang.host import Host
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.account import Account, PasswordHistory
from plugins.accounts.adapters.hashing import hash_password, matches
from plugins.accounts.adapters.known_passwords import known_passwords
from plugins.accounts.domain.passwords import POLICIES, PasswordPolicy, faults


@dataclass(frozen=True, slots=True)
class PasswordOwner:
    """Whose password it will be: words it may not contain, and hashes of the ones it may not repeat."""

    login: str
    name: str
    earlier: tuple[str, ...] = ()


def policy_of(host: Host) -> PasswordPolicy:
    """Return the password profile in force."""
    return POLICIES[host.settings.plugin("accounts").password_profile]


def owner_of(session: Session, account: Account, policy: PasswordPolicy) -> PasswordOwner:
    """Return the account as the owner of its next password."""
    query = (
        select(PasswordHistory.password_hash)
        .where(PasswordHistory.account_id == account.id)
        .order_by(PasswordHistory.id.desc())
        .limit(policy.history)
    )
    return PasswordOwner(account.login, account.name, tuple(session.scalars(query)))


def accepted_hash(policy: PasswordPolicy, owner: PasswordOwner, password: str) -> str:
    """Check a new password against every rule and return its hash. Slow on purpose: call it before the transaction.

    Raises:
        Faults: everything that is wrong with it, at once.
    """
    found = faults(password, policy, known=known_passwords(), about=(owner.login, owner.name))
    if not found and any(matches(stored, password) for stored in owner.earlier):
        found.append(Fault("password", _("最近 %(n)s 次用过的密码不能再用", n=policy.history), _("请换一个新密码。")))
    if found:
        raise Faults(_("密码不符合要求"), found)
    return hash_password(password)


def store_password(uow: UnitOfWork, account: Account, password_hash: str) -> None:
    """Make the hash the account's password and remember it."""
    account.password_hash = password_hash
    account.password_changed_at = uow.now
    uow.session.add(PasswordHistory(account_id=account.id, password_hash=password_hash, set_at=uow.now))
    uow.journal("password.changed", f"account:{account.id}")
