"""Background jobs: the whole journal is checked every day, and accounts that nobody uses are closed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from lindang import journal
from lindang.errors import Forbidden
from lindang.i18n import _
from lindang.jobs import JobContext
from lindang.journal import JournalRow
from models.account import ACTIVE, Account
from plugins.accounts.queries.journal_pages import CHAIN_CHECKED
from plugins.accounts.service.accounts import disable_account


def check_journal(context: JobContext, _argument: str) -> None:
    """Check the whole chain and write what was found into the journal."""
    with context.host.view() as db:
        lines = db.scalar(select(func.max(JournalRow.seq))) or 0
        broken = [place.seq for place in journal.breaks(db)]
    with context.host.uow(context.host.system_actor()) as uow:
        uow.journal(
            CHAIN_CHECKED, "journal:all", lines=lines, breaks=len(broken), first_break=broken[0] if broken else 0
        )


def disable_stale(context: JobContext, _argument: str) -> None:
    """Close active accounts that have not been used for too long; the last officers stay open."""
    host = context.host
    days = host.settings.plugin("accounts").stale_days
    if not days:
        return
    limit = host.clock.now() - dt.timedelta(days=days)
    last_use = func.coalesce(Account.last_login_at, Account.approved_at, Account.created_at)
    with host.view() as db:
        stale = list(db.execute(select(Account.id, Account.version).where(Account.state == ACTIVE, last_use < limit)))
    for account_id, version in stale:
        try:
            with host.uow(host.system_actor()) as uow:
                disable_account(uow, account_id, version=version, reason=_("%(n)s 天未登录，自动停用", n=days))
        except Forbidden:
            continue  # the last holder of an officer role: closing it would lock the office out
