"""Two persons: what one asked for, another decides."""

from __future__ import annotations

from lindang.uow import UnitOfWork


def is_own(uow: UnitOfWork, asked_by_id: int | None, asked_by: str) -> bool:
    """Say whether who acts now is who asked; an account is compared by its id, the command line, which has none, by name."""
    if uow.actor.account_id is not None and asked_by_id is not None:
        return uow.actor.account_id == asked_by_id
    return uow.actor.name == asked_by
