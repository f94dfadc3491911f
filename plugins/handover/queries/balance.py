"""The balance: invariants of batches, items and feedback as queries that must find nothing.

Each finding says which invariant, where, what was expected and what was found. Closing asks for one batch, `lindang verify`
for all. Findings that need the stored bytes are in `checks`.

Source: trust reference 7 (I3, I5), domain reference 3.5 (I6 to I9).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, select, true
from sqlalchemy.orm import Session

from lindang.i18n import _
from models.archive import Item
from models.digital import DigitalObject
from models.handover import Batch, BatchItem, BatchTransition, Feedback
from models.register import RegistryValue
from plugins.handover.domain.manifest import line_digest, totals_of
from plugins.handover.domain.states import BATCH, FROZEN_STATES, LIVE_BATCH_STATES, PAGE_REPLACED, BatchState, ItemState
from plugins.handover.queries.desk import TITLE_NO, UNIT_NO
from plugins.handover.queries.snapshots import current_items

WHOLE, ONE_OPEN, ANSWERED_BY_ONE, FILED, SUMS, UNIQUE = "I3", "I5", "H6", "H7", "H8", "H9"
"""Codes of the invariants: those of the trust reference, and H for the domain reference's own numbers 6 to 9."""

_NO_STATE: Final = ""


@dataclass(frozen=True, slots=True)
class Imbalance:
    """One place where an invariant does not hold; `kind` and `id` say which object's page shows it."""

    code: str
    subject: str
    expected: str
    found: str
    kind: str = ""
    id: int | None = None

    @property
    def text(self) -> str:
        """Return the finding as a sentence."""
        return _("应为 %(expected)s，实为 %(found)s", expected=self.expected, found=self.found)


def imbalances(session: Session, batch_id: int | None = None) -> Iterator[Imbalance]:
    """Yield every imbalance of one batch, or of all batches."""
    yield from imbalances_among(session, true() if batch_id is None else Batch.id == batch_id)


def imbalances_among(session: Session, among: ColumnElement[bool]) -> Iterator[Imbalance]:
    """Yield every imbalance of the batches that a condition on `Batch` keeps."""
    for batch in session.scalars(select(Batch).where(among).order_by(Batch.id)):
        items = current_items(session, batch.id, batch.list_version)
        for found in (*_whole(session, batch, items), *_sums(batch, items), *_answered_by_one(session, batch, items)):
            yield replace(found, kind="batch", id=batch.id)
    yield from _one_open(session, among)
    yield from _filed(session, among)
    yield from _unique(session, among)


def _whole(session: Session, batch: Batch, items: Sequence[BatchItem]) -> Iterator[Imbalance]:
    """I3: a frozen list is numbered from 1 without a gap, its lines are what they hash to, its states followed the table."""
    if batch.state in FROZEN_STATES:
        numbers = [item.seq for item in items]
        if numbers != list(range(1, len(items) + 1)):
            yield Imbalance(WHOLE, batch.batch_no, f"1..{len(items)}", f"{numbers}")
        for item in items:
            if line_digest(item.snapshot or {}) != item.snapshot_sha256:
                yield Imbalance(WHOLE, item.code or f"batch_item:{item.id}", item.snapshot_sha256, "changed snapshot")
    yield from _allowed_steps(session, batch)


def _allowed_steps(session: Session, batch: Batch) -> Iterator[Imbalance]:
    query = (
        select(BatchTransition.action, BatchTransition.from_state, BatchTransition.to_state)
        .where(BatchTransition.batch_id == batch.id)
        .order_by(BatchTransition.id)
    )
    state = _NO_STATE
    for action, before, after in session.execute(query):
        if before != state or not _is_step(action, before, after):
            yield Imbalance(
                WHOLE, batch.batch_no, f"a step from {state or 'nothing'}", f"{action}: {before} -> {after}"
            )
        state = after
    if state != batch.state:
        yield Imbalance(WHOLE, batch.batch_no, f"state {state}", f"state {batch.state}")


def _is_step(action: str, before: str, after: str) -> bool:
    if action == "create":
        return before == _NO_STATE and after == BATCH.initial
    if action == "edit":
        return before == after == BatchState.DRAFT
    if action == PAGE_REPLACED:
        return before == after and before in FROZEN_STATES
    return any(step.action == action and step.target == after for step in BATCH.steps_from(BatchState(before)))


def _sums(batch: Batch, items: Sequence[BatchItem]) -> Iterator[Imbalance]:
    """H8: the sums of the batch are the sums of its lines."""
    if batch.state not in FROZEN_STATES:
        return
    totals = totals_of([item.snapshot or {"parcels": [], "files": [], "items": 0, "paper_pages": 0} for item in items])
    expected = (
        totals.certs, totals.parcels, totals.area_mu, totals.items, totals.paper_pages, totals.files, totals.bytes
    )  # fmt: skip
    found = (
        batch.cert_count, batch.parcel_count, batch.area_mu, batch.item_count, batch.page_count, batch.file_count,
        batch.byte_count,
    )  # fmt: skip
    if expected != found:
        yield Imbalance(SUMS, batch.batch_no, _tuple(expected), _tuple(found))


def _tuple(values: tuple[object, ...]) -> str:
    return " / ".join(str(value) for value in values)


def _answered_by_one(session: Session, batch: Batch, items: Sequence[BatchItem]) -> Iterator[Imbalance]:
    """H6: an item whose feedback is filed has exactly one final paper; past ANSWERED no accepted item lacks it."""
    query = (
        select(Feedback.batch_item_id, func.count(Feedback.id))
        .where(Feedback.batch_item_id.in_([item.id for item in items]), Feedback.is_final)
        .group_by(Feedback.batch_item_id)
    )
    finals = dict(session.execute(query).all())
    complete = batch.state in {BatchState.FEEDBACK_FILED, BatchState.CLOSED}
    unfiled = {ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED} if complete else set()
    for item in items:
        wanted = 1 if item.state == ItemState.FEEDBACK_FILED else 0
        if finals.get(item.id, 0) != wanted or item.state in unfiled:
            where = item.code or f"batch_item:{item.id}"
            yield Imbalance(ANSWERED_BY_ONE, where, "1 final feedback", f"{finals.get(item.id, 0)} ({item.state})")


def _one_open(session: Session, among: ColumnElement[bool]) -> Iterator[Imbalance]:
    """I5: a certificate is open in at most one batch, and only in one on which work remains."""
    doubled = (
        select(BatchItem.certificate_id, func.count(BatchItem.id))
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.is_open, among)
        .group_by(BatchItem.certificate_id)
        .having(func.count(BatchItem.id) > 1)
    )
    for certificate_id, count in session.execute(doubled):
        yield Imbalance(ONE_OPEN, f"certificate:{certificate_id}", "1", str(count), "certificate", certificate_id)
    stray = (
        select(BatchItem.id, Batch.id, Batch.batch_no, Batch.state)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.is_open, Batch.state.not_in(LIVE_BATCH_STATES), among)
    )
    for item_id, batch_id, batch_no, state in session.execute(stray):
        yield Imbalance(
            ONE_OPEN, f"batch_item:{item_id}", "not open", f"open in {batch_no} ({state})", "batch", batch_id
        )


def _filed(session: Session, among: ColumnElement[bool]) -> Iterator[Imbalance]:
    """H7: every feedback paper has an archival code and at least one stored image."""
    stored = exists().where(DigitalObject.item_id == Item.id, DigitalObject.is_current)
    query = (
        select(Feedback.feedback_no, Item.archival_code, Item.id)
        .join(Item, Item.id == Feedback.item_id)
        .join(BatchItem, BatchItem.id == Feedback.batch_item_id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(and_(Item.archival_code == "") | ~stored, among)
    )
    for number, code, item_id in session.execute(query):
        yield Imbalance(FILED, number, "archival code and image", code or "no archival code", "item", item_id)


def _unique(session: Session, among: ColumnElement[bool]) -> Iterator[Imbalance]:
    """H9: a unit number or a title number, of those that this batch's feedback brought, stands in one place only."""
    brought = (
        select(RegistryValue.value)
        .join(Feedback, Feedback.id == RegistryValue.source_feedback_id)
        .join(BatchItem, BatchItem.id == Feedback.batch_item_id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(among)
    )
    query = (
        select(RegistryValue.field, RegistryValue.value, func.count(RegistryValue.id))
        .where(RegistryValue.field.in_((UNIT_NO, TITLE_NO)), RegistryValue.is_current, RegistryValue.value.in_(brought))
        .group_by(RegistryValue.field, RegistryValue.value)
        .having(func.count(RegistryValue.id) > 1)
    )
    for field, value, count in session.execute(query):
        yield Imbalance(UNIQUE, f"{field} {value}", "1", str(count))
