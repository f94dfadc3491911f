"""What ``lindang verify`` tests about accounts: separation of duties holds in the rows as they are."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from lindang.host import Host
from lindang.plugin import Violation
from models.account import DISABLED, Account
from plugins.accounts.domain.officers import conflict
from plugins.accounts.queries.standing import roles_of


def duties_separated(host: Host) -> Iterator[Violation]:
    """Yield accounts that hold roles which exclude each other, or that were approved by their own creator."""
    with host.view() as db:
        for account in db.scalars(select(Account).where(Account.state != DISABLED).order_by(Account.id)):
            roles = roles_of(db, account.id)
            if conflict(roles):
                yield _violation(account, "separate roles", "+".join(sorted(roles)))
            if account.approved_by is not None and account.approved_by in {account.created_by, account.id}:
                yield _violation(account, "two persons", f"account:{account.approved_by}")


def _violation(account: Account, expected: str, found: str) -> Violation:
    return Violation(
        code="S1",
        subject=f"account:{account.id}",
        expected=expected,
        found=found,
        remedy="请由安全保密管理员停用该账号，核对日志后另建账号。",
    )
