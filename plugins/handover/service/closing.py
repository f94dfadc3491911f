"""Closing: when every accepted item has its final feedback, and when all is in balance, by another person."""

from __future__ import annotations

from sqlalchemy import select

from lindang.uow import UnitOfWork
from models.handover import Batch, BatchItem, Feedback
from plugins.handover.domain.guards import BatchFacts
from plugins.handover.domain.states import BatchState, ItemState
from plugins.handover.queries.balance import imbalances
from plugins.handover.queries.desk import orphan_count
from plugins.handover.queries.replies import open_line_count
from plugins.handover.service.steps import advance, open_batch, present_items

_WAITING = frozenset({ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED})


def complete_feedback(uow: UnitOfWork, batch_id: int, *, version: int) -> Batch:
    """Declare the feedback of a batch complete; done by itself when the last one is filed.

    Raises:
        Faults: an accepted item has no final feedback yet.
    """
    batch = open_batch(uow, batch_id, version)
    advance(uow, batch, "complete_feedback", _feedback_facts(uow, batch))
    return batch


def complete_if_filed(uow: UnitOfWork, batch: Batch) -> None:
    """Take the step to `FEEDBACK_FILED` when the last accepted item has just got its final feedback."""
    facts = _feedback_facts(uow, batch)
    if batch.state == BatchState.ANSWERED and not facts.without_feedback:
        advance(uow, batch, "complete_feedback", facts)


def _feedback_facts(uow: UnitOfWork, batch: Batch) -> BatchFacts:
    items = present_items(uow, batch)
    waiting = tuple(item.code or "" for item in items if item.state in _WAITING)
    return BatchFacts(actor_id=uow.actor.account_id, without_feedback=waiting)


def close_batch(uow: UnitOfWork, batch_id: int, *, version: int) -> Batch:
    """Close a batch whose feedback is complete.

    Raises:
        Faults: the person filed feedback of it, feedback of the county is nobody's yet, a line of the
            registry's reply is not settled, or something is out of balance.
    """
    batch = open_batch(uow, batch_id, version)
    filers = (
        select(Feedback.filed_by_id)
        .join(BatchItem, BatchItem.id == Feedback.batch_item_id)
        .where(BatchItem.batch_id == batch.id)
    )
    facts = BatchFacts(
        actor_id=uow.actor.account_id,
        feedback_filers=frozenset(uow.session.scalars(filers)),
        orphans=orphan_count(uow.session, batch.division_code),
        open_lines=open_line_count(uow.session, batch.id),
        violations=tuple((found.subject, found.text) for found in imbalances(uow.session, batch.id)),
    )
    advance(uow, batch, "close", facts)
    for item in present_items(uow, batch):
        item.is_open = False
    return batch
