"""Invariants for ``lindang verify``: each yields what is broken, and nothing when all is well."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from lindang.host import Host
from lindang.plugin import Violation
from models.archive import Item


def titles(host: Host) -> Iterator[Violation]:
    """Yield every 件 whose title is empty."""
    with host.view() as session:
        untitled = session.scalars(select(Item.id).where(func.trim(Item.title) == "").order_by(Item.id)).all()
    for item_id in untitled:
        yield Violation(
            code="X1", subject=f"item:{item_id}", expected="题名", found="空", remedy="请在目录中补录题名。"
        )
