"""API tokens: keys for programs, within the rights of the account that made them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from lindang.errors import BadInput, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.account import ApiToken
from plugins.accounts.adapters.secret_texts import digest_of, new_token
from plugins.accounts.domain.scopes import is_inside, tidy
from plugins.accounts.queries.standing import prefixes_of


def issue_token(uow: UnitOfWork, account_id: int, label: str, *, days: int, prefixes: tuple[str, ...] = ()) -> str:
    """Make a token for an account; returns it, for the only time.

    Args:
        uow: the unit of work.
        account_id: whose rights the token has.
        label: what it is for, so that it can be told from others.
        days: how long it lives.
        prefixes: a scope smaller than the account's; empty means the account's own, as it will be at each use.

    Raises:
        Faults: no label, too long a life, or a scope outside the account's.
    """
    faults = list(_token_faults(uow, account_id, label, days, prefixes))
    if faults:
        raise Faults(_("密钥没有建立"), faults)
    secret = new_token()
    token = ApiToken(
        account_id=account_id,
        digest=digest_of(secret),
        label=label.strip(),
        prefixes=list(tidy(prefixes)),
        created_at=uow.now,
        expires_at=uow.now + dt.timedelta(days=days),
    )
    uow.session.add(token)
    uow.session.flush()
    uow.journal("token.issued", f"account:{account_id}", token=token.id, label=token.label, prefixes=token.prefixes)
    return secret


def _token_faults(uow: UnitOfWork, account_id: int, label: str, days: int, prefixes: tuple[str, ...]) -> list[Fault]:
    longest: int = uow.host.settings.plugin("accounts").token_days
    faults = []
    if not label.strip():
        faults.append(Fault("label", _("请写明用途"), _("例如：扫描工作站上传。")))
    if not 1 <= days <= longest:
        faults.append(Fault("days", _("有效期须在 1 到 %(n)s 天之间", n=longest)))
    try:
        inside = is_inside(tidy(prefixes), prefixes_of(uow.session, account_id))
    except BadInput as error:
        return [*faults, Fault("prefixes", error.message, error.remedy)]
    if prefixes and not inside:
        faults.append(Fault("prefixes", _("密钥的辖区须在账号的辖区之内")))
    return faults


def revoke_token(uow: UnitOfWork, account_id: int, token_id: int) -> None:
    """Make a token of the account useless. Raises NotFound when it has no such live token."""
    token = uow.session.scalar(
        select(ApiToken).where(
            ApiToken.id == token_id, ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None)
        )
    )
    if token is None:
        raise NotFound(_("没有这个密钥，或它已经撤销"))
    token.revoked_at = uow.now
    uow.journal("token.revoked", f"account:{account_id}", token=token_id)
