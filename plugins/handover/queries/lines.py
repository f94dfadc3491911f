"""The lines of one batch as its page, its cover sheets and the API show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.handover import Batch, BatchItem, Feedback
from plugins.handover.domain.manifest import Totals, line_area, totals_of
from plugins.handover.domain.states import BatchState, ItemState
from plugins.handover.queries.snapshots import snapshots


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a batch as its page shows it; the values are those of the snapshot once the list was checked."""

    id: int
    seq: int
    code: str
    certificate_id: int
    archive_file_id: int
    archival_code: str
    cert_no: str
    holder_name: str
    village: str
    parcels: int
    area_mu: Decimal
    items: int
    paper_pages: int
    files: int
    bytes: int
    state: ItemState
    answer: str
    return_reason: str
    return_note: str
    fix_note: str
    replaces_code: str
    replaces_batch_id: int | None
    feedback: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, slots=True)
class BatchLines:
    """The lines of a batch and their sums."""

    rows: tuple[ItemRow, ...]
    totals: Totals


def batch_lines(session: Session, batch: Batch) -> BatchLines:
    """Return the present list of a batch in its order.

    A list that was never checked shows what the archive holds now, later ones what the check saw. Withdrawn items are
    left out, but for a cancelled batch, which has no others.
    """
    query = select(BatchItem).where(BatchItem.batch_id == batch.id, BatchItem.list_version == batch.list_version)
    if batch.state != BatchState.CANCELLED:
        query = query.where(BatchItem.state != ItemState.WITHDRAWN)
    items = session.scalars(query.order_by(BatchItem.seq, BatchItem.id)).all()
    now = snapshots(session, [item for item in items if item.snapshot is None], with_rows=False)
    seen = [item.snapshot or now[item.id] for item in items]
    replaced, feedback = _replaced(session, items), feedback_of(session, [item.id for item in items])
    rows = tuple(
        _row(item, snapshot, replaced.get(item.replaces_item_id or 0), feedback.get(item.id, ()))
        for item, snapshot in zip(items, seen, strict=True)
    )
    return BatchLines(rows, totals_of(seen))


def feedback_of(session: Session, batch_item_ids: Collection[int]) -> dict[int, tuple[tuple[int, str, int], ...]]:
    """Return (id, number, archived item) of the feedback of each batch item, in order of filing."""
    query = (
        select(Feedback.batch_item_id, Feedback.id, Feedback.feedback_no, Feedback.item_id)
        .where(Feedback.batch_item_id.in_(batch_item_ids))
        .order_by(Feedback.id)
    )
    found: dict[int, tuple[tuple[int, str, int], ...]] = {}
    for batch_item_id, feedback_id, number, item_id in session.execute(query):
        found[batch_item_id] = (*found.get(batch_item_id, ()), (feedback_id, number, item_id))
    return found


def _replaced(session: Session, items: Sequence[BatchItem]) -> dict[int, tuple[str, int]]:
    """Return (code, batch id) of the items that these items replace, by id."""
    ids = [item.replaces_item_id for item in items if item.replaces_item_id is not None]
    query = select(BatchItem.id, BatchItem.code, BatchItem.batch_id).where(BatchItem.id.in_(ids))
    return {item_id: (code or "", batch_id) for item_id, code, batch_id in session.execute(query)}


def _row(
    item: BatchItem,
    snapshot: Mapping[str, Any],
    replaced: tuple[str, int] | None,
    feedback: tuple[tuple[int, str, int], ...],
) -> ItemRow:
    return ItemRow(
        id=item.id,
        seq=item.seq,
        code=item.code or "",
        certificate_id=item.certificate_id,
        archive_file_id=item.archive_file_id,
        archival_code=snapshot["archival_code"],
        cert_no=snapshot["cert_no"],
        holder_name=snapshot["holder_name"],
        village=snapshot["village"],
        parcels=len(snapshot["parcels"]),
        area_mu=line_area(snapshot),
        items=snapshot["items"],
        paper_pages=snapshot["paper_pages"],
        files=len(snapshot["files"]),
        bytes=sum(entry["bytes"] for entry in snapshot["files"]),
        state=ItemState(item.state),
        answer=item.answer,
        return_reason=item.return_reason,
        return_note=item.return_note,
        fix_note=item.fix_note,
        replaces_code=replaced[0] if replaced else "",
        replaces_batch_id=replaced[1] if replaced else None,
        feedback=feedback,
    )
