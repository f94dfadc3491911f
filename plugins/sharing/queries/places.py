"""The villages that can be asked about."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.place import Division
from plugins.sharing.queries.agencies import Agreement


def villages(session: Session, actor: Actor, agreed: Agreement) -> list[tuple[str, str]]:
    """Return (code, name) of the villages inside the agreement and the actor's divisions."""
    query = (
        select(Division.code, Division.name)
        .where(
            Division.level == "village",
            Division.valid_to.is_(None),
            actor.within(Division.code),
            agreed.within(Division.code),
        )
        .order_by(Division.code)
    )
    return list(session.execute(query).all())
