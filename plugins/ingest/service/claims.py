"""Who is at a file of the desk: one person at a time, told to the next one, and free again when the page no longer reports."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import Conflict
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.intake import DeskClaim

LEASE: Final = dt.timedelta(minutes=2)
"""How long a claim lasts after the page that holds it was last heard of; the page reports every half minute."""


def holder_of(session: Session, actor: Actor, file_id: int, now: dt.datetime) -> str:
    """Return who is at a file, when that is somebody else; else nothing."""
    mine = DeskClaim.account_id == actor.account_id
    query = select(DeskClaim.name).where(DeskClaim.file_id == file_id, DeskClaim.until >= now, ~mine)
    return session.scalar(query) or ""


def claim(uow: UnitOfWork, file_id: int) -> str:
    """Take a file for the actor, or keep it; returns who holds it when that is somebody else, else nothing."""
    account_id, name, until = uow.actor.account_id, uow.actor.name, uow.now + LEASE
    if uow.session.get(DeskClaim, file_id) is None and _is_first(uow, file_id, until):
        return ""
    taken = uow.session.scalar(
        update(DeskClaim)
        .where(DeskClaim.file_id == file_id, or_(DeskClaim.account_id == account_id, DeskClaim.until < uow.now))
        .values(account_id=account_id, name=name, until=until)
        .returning(DeskClaim.file_id)
    )
    return "" if taken is not None else uow.session.get_one(DeskClaim, file_id, populate_existing=True).name


def _is_first(uow: UnitOfWork, file_id: int, until: dt.datetime) -> bool:
    """Take a file that nobody has held; returns whether nobody else did so at the same moment."""
    mine = DeskClaim(file_id=file_id, account_id=uow.actor.account_id, name=uow.actor.name, until=until)
    try:
        with uow.session.begin_nested():
            uow.session.add(mine)
    except IntegrityError:
        return False
    return True


def require_claim(uow: UnitOfWork, file_id: int) -> None:
    """Raise Conflict when somebody else is at the file."""
    holder = claim(uow, file_id)
    if holder:
        raise Conflict(
            _("%(name)s 正在处理这个文件，您的拆分没有执行", name=holder), remedy=_("请与其商量，或先处理别的文件。")
        )


def release(uow: UnitOfWork, file_id: int) -> None:
    """Give a file of the actor free."""
    uow.session.execute(
        update(DeskClaim)
        .where(DeskClaim.file_id == file_id, DeskClaim.account_id == uow.actor.account_id)
        .values(until=uow.now)
    )
