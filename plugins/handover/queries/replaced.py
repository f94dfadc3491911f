"""Pages that were scanned anew after a batch with them was signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.archive import Item
from models.handover import Batch, BatchItem, BatchTransition
from plugins.handover.domain.states import FROZEN_STATES, PAGE_REPLACED, ItemState


@dataclass(frozen=True, slots=True)
class ReplacedPage:
    """One replacement as the batch's page tells it."""

    page_id: int
    note: str
    at: dt.datetime
    by: str


def batches_with(session: Session, item: Item) -> list[int]:
    """Return the batches whose frozen list names an item of a file, by number."""
    query = (
        select(Batch.id, BatchItem.snapshot)
        .join(BatchItem, BatchItem.batch_id == Batch.id)
        .where(
            BatchItem.archive_file_id == item.archive_file_id,
            BatchItem.list_version == Batch.list_version,
            BatchItem.state != ItemState.WITHDRAWN,
            Batch.state.in_(FROZEN_STATES),
        )
        .order_by(Batch.id)
    )
    return [
        batch_id
        for batch_id, snapshot in session.execute(query)
        if any(entry["item_code"] == item.archival_code for entry in (snapshot or {}).get("files", ()))
    ]


def is_flagged(session: Session, batch_id: int, page_id: int, version: int) -> bool:
    """Tell whether a batch says already that a page has this version."""
    rows = session.scalars(_flags(batch_id))
    return any((row.facts["page_id"], row.facts["version"]) == (page_id, version) for row in rows)


def replaced_pages(session: Session, batch: Batch) -> tuple[ReplacedPage, ...]:
    """Return the pages of a batch that were scanned anew after its present list was signed, in order of time."""
    rows = session.scalars(_flags(batch.id).where(BatchTransition.list_version == batch.list_version))
    return tuple(ReplacedPage(int(row.facts["page_id"]), row.note, row.at, row.actor) for row in rows)


def replaced_counts(session: Session, batch_ids: Sequence[int]) -> dict[int, int]:
    """Return how many replacements each batch tells of; batches without are left out."""
    query = select(BatchTransition.batch_id, func.count()).where(
        BatchTransition.batch_id.in_(batch_ids), BatchTransition.action == PAGE_REPLACED
    )
    return dict(session.execute(query.group_by(BatchTransition.batch_id)).all())


def _flags(batch_id: int) -> Select[BatchTransition]:
    flags = select(BatchTransition).where(BatchTransition.batch_id == batch_id, BatchTransition.action == PAGE_REPLACED)
    return flags.order_by(BatchTransition.id)
