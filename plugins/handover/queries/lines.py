"""The lines of one batch as its page, its cover sheets and the API show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from models.handover import RETURN, Batch, BatchItem, Feedback
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
    """The lines of a batch, all or one page of them; the sums and counts are those of the whole list.

    `waiting` counts the accepted items that wait for feedback, `answered` those with an opinion.
    """

    rows: tuple[ItemRow, ...]
    totals: Totals
    count: int
    waiting: int
    answered: int


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a list, from 1; `only` narrows it to items in these states, or to those without an opinion."""

    page: int
    per_page: int
    only: str = ""


UNANSWERED, SENT_BACK = "unanswered", "returned"
"""What a list may be narrowed to."""
_WAITING = (ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED)
_NARROWED = {UNANSWERED: BatchItem.answer == "", SENT_BACK: BatchItem.answer == RETURN}


def batch_lines(session: Session, batch: Batch, part: Part | None = None) -> BatchLines:
    """Return the present list of a batch in its order, or one page of it.

    A list that was never checked shows what the archive holds now, later ones what the check saw. Withdrawn items are
    left out, but for a cancelled batch, which has no others.
    """
    listed = select(BatchItem.id, BatchItem.state, BatchItem.answer).where(*_listed(batch))
    known = session.execute(listed).all()
    return BatchLines(
        rows=line_rows(session, batch, part),
        totals=_totals(session, batch),
        count=len(known),
        waiting=sum(state in _WAITING for _id, state, _answer in known),
        answered=sum(bool(answer) for _id, _state, answer in known),
    )


def line_rows(session: Session, batch: Batch, part: Part | tuple[int, ...] | None = None) -> tuple[ItemRow, ...]:
    """Return the rows of a batch's list, of one page of it, or of the items with the given ids."""
    query = select(BatchItem).where(*_listed(batch)).order_by(BatchItem.seq, BatchItem.id)
    if isinstance(part, tuple):
        query = query.where(BatchItem.id.in_(part))
    elif part is not None:
        query = _narrowed(query, part.only).limit(part.per_page).offset((part.page - 1) * part.per_page)
    items = session.scalars(query).all()
    now = snapshots(session, [item for item in items if item.snapshot is None], with_rows=False)
    replaced, feedback = _replaced(session, items), feedback_of(session, [item.id for item in items])
    return tuple(
        _row(item, item.snapshot or now[item.id], replaced.get(item.replaces_item_id or 0), feedback.get(item.id, ()))
        for item in items
    )


def answer_counts(session: Session, batch: Batch) -> dict[str, int]:
    """Return how many items of the list there are, have no opinion yet, and are to be returned, by the word that narrows."""
    return {only: _count(session, batch, only) for only in ("", UNANSWERED, SENT_BACK)}


def _count(session: Session, batch: Batch, only: str) -> int:
    query = _narrowed(select(func.count(BatchItem.id)).where(*_listed(batch)), only)
    return session.scalar(query) or 0


def _narrowed(query: Select[Any], only: str) -> Select[Any]:
    return query.where(_NARROWED[only]) if only in _NARROWED else query


def _listed(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    listed = (BatchItem.batch_id == batch.id, BatchItem.list_version == batch.list_version)
    return listed if batch.state == BatchState.CANCELLED else (*listed, BatchItem.state != ItemState.WITHDRAWN)


def _totals(session: Session, batch: Batch) -> Totals:
    """Return the sums of the whole list: of what the check saw, where it saw it."""
    kept = session.execute(select(BatchItem.id, BatchItem.snapshot).where(*_listed(batch))).all()
    unseen = [item_id for item_id, snapshot in kept if snapshot is None]
    items = session.scalars(select(BatchItem).where(BatchItem.id.in_(unseen))).all() if unseen else []
    now = snapshots(session, items, with_rows=False) if items else {}
    return totals_of([snapshot or now[item_id] for item_id, snapshot in kept])


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
