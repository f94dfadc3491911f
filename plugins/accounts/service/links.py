"""One-time links: the first officers, a newly approved account, a password that is forgotten or has run out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lindang.errors import NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.account import FIRST_START, SetupToken
from plugins.accounts.adapters.secret_texts import digest_of, new_secret


def issue_link(uow: UnitOfWork, purpose: str, account_id: int | None, lifetime: dt.timedelta) -> str:
    """Make a link for the account (None: for the first officers) and end the earlier ones; returns its secret part."""
    secret = new_secret()
    _end_live_links(uow, account_id)
    link = SetupToken(
        digest=digest_of(secret),
        purpose=purpose,
        account_id=account_id,
        created_at=uow.now,
        created_by=uow.actor.account_id,
        expires_at=uow.now + lifetime,
    )
    uow.session.add(link)
    subject = f"account:{account_id}" if account_id else "archive:first_start"
    uow.journal("link.issued", subject, purpose=purpose, expires=link.expires_at.isoformat(timespec="seconds"))
    return secret


def _end_live_links(uow: UnitOfWork, account_id: int | None) -> None:
    whose = SetupToken.account_id.is_(None) if account_id is None else SetupToken.account_id == account_id
    uow.session.execute(
        update(SetupToken)
        .where(whose, SetupToken.used_at.is_(None), SetupToken.revoked_at.is_(None))
        .values(revoked_at=uow.now)
    )


def find_link(session: Session, secret: str, now: dt.datetime) -> SetupToken:
    """Return a link that can still be used. Raises NotFound, in the same words whatever is wrong with it."""
    link = session.scalar(
        select(SetupToken).where(
            SetupToken.digest == digest_of(secret),
            SetupToken.used_at.is_(None),
            SetupToken.revoked_at.is_(None),
            SetupToken.expires_at > now,
        )
    )
    if link is None:
        raise NotFound(_("链接无效、已使用或已过期"), remedy=_("请向安全保密管理员索取新的链接。"))
    return link


def use_link(uow: UnitOfWork, secret: str) -> SetupToken:
    """Spend a link, inside the transaction that does what it is for. Raises NotFound."""
    link = find_link(uow.session, secret, uow.now)
    link.used_at = uow.now
    if link.purpose == FIRST_START:
        _end_live_links(uow, None)
    return link
