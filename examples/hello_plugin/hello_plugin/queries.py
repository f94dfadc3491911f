"""What is read from the archive; the person's scope is part of every query."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import TileValue
from models.archive import Item


def item_count(session: Session, actor: Actor) -> int:
    """Return how many 件 lie inside the actor's divisions."""
    return session.scalar(select(func.count()).select_from(Item).where(actor.within(Item.division_code))) or 0


def items_tile(session: Session, actor: Actor) -> TileValue:
    """Return the home tile: the count, with a link to our page."""
    return TileValue(item_count(session, actor), "hello.greeting", hint=lazy("在您的范围之内"))
