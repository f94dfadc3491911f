"""What the papers of a batch are filled in with, and which of them there is something to fill in for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import format_date, format_when
from models.archive import ArchiveFile, Item, Page
from models.digital import MASTER, DigitalObject
from models.handover import Batch, BatchItem, Feedback
from models.handover_terms import FEEDBACK_KINDS
from models.register import Certificate, RegistryValue
from plugins.handover.documents.forms import (
    DEED,
    REGISTER,
    REPORT,
    RETURNS,
    TRANSFER,
    Carriers,
    Ending,
    Filed,
    Returned,
)
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.states import ACTION_LABELS, FROZEN_STATES, BatchState
from plugins.handover.permissions import BROWSE
from plugins.handover.queries.batches import transitions
from plugins.handover.queries.lines import batch_lines


def forms_of(session: Session, actor: Actor, batch: Batch) -> tuple[str, ...]:
    """Return which papers the batch has by now for this person, in the order in which they come about.

    Who filed and who did what inside the office is not the registry's business.
    """
    returned = _answered(session, batch, BatchItem.return_reason != "")
    filed = session.scalar(_feedback(batch).with_only_columns(func.count())) or 0
    is_frozen = batch.state in FROZEN_STATES
    there = {
        TRANSFER: is_frozen,
        DEED: is_frozen,
        RETURNS: returned > 0,
        REGISTER: filed > 0 and actor.can(BROWSE),
        REPORT: batch.state == BatchState.CLOSED and actor.can(BROWSE),
    }
    return tuple(kind for kind, is_there in there.items() if is_there and batch.manifest_sha256)


def dated(session: Session, batch: Batch, kind: str) -> dt.datetime:
    """Return the date that a paper bears inside: that of the last thing on it, so that it can be printed again alike."""
    query = {
        RETURNS: select(func.max(BatchItem.answered_at)).where(BatchItem.batch_id == batch.id),
        REGISTER: _feedback(batch).with_only_columns(func.max(Feedback.filed_at)),
    }.get(kind)
    last = session.scalar(query) if query is not None else None
    if last is None:
        last = batch.state_since if kind == REPORT else batch.checked_at or batch.created_at
    return last if last.tzinfo else last.replace(tzinfo=dt.UTC)


def carriers_of(batch: Batch) -> Carriers:
    """Return on what the batch travelled."""
    return Carriers(carriers=batch.carriers, boxes=batch.boxes, package_sha256=batch.package_sha256)


def returned_of(session: Session, batch: Batch) -> list[Returned]:
    """Return the items that the registry sent back, in the order of the list."""
    return [
        Returned(
            code=row.code,
            archival_code=row.archival_code,
            cert_no=row.cert_no,
            holder_name=row.holder_name,
            village=row.village,
            reason=f"{row.return_reason} {RETURN_REASONS[row.return_reason]}",
            note=row.return_note,
        )
        for row in batch_lines(session, batch).rows
        if row.return_reason
    ]


def filed_of(session: Session, batch: Batch) -> list[Filed]:
    """Return the feedback documents of the batch, in order of their numbers."""
    pages = select(func.count(Page.id)).where(Page.item_id == Feedback.item_id).correlate(Feedback).scalar_subquery()
    columns = (Feedback, Item.archival_code, ArchiveFile.archival_code, Certificate.cert_no, pages)
    query = _feedback(batch).with_only_columns(*columns).order_by(Feedback.feedback_no)
    rows = session.execute(query).all()
    numbers = _registry_numbers(session, [row[0].id for row in rows])
    digests = _digests(session, [row[0].item_id for row in rows])
    return [
        Filed(
            feedback_no=feedback.feedback_no,
            archival_code=file_code,
            cert_no=cert_no,
            kind=f"{feedback.kind} {FEEDBACK_KINDS[feedback.kind]}",
            doc_no=feedback.doc_no,
            doc_date=format_date(feedback.doc_date),
            summary=feedback.summary,
            unit_no=numbers.get((feedback.id, "bdc_unit_no"), ""),
            title_no=numbers.get((feedback.id, "title_cert_no"), ""),
            filed_as=item_code,
            pages=count,
            digest=digests.get(feedback.item_id, ""),
            filed_by=feedback.filed_by,
        )
        for feedback, item_code, file_code, cert_no, count in rows
    ]


def ending_of(session: Session, batch: Batch) -> Ending:
    """Return how the batch ended."""
    steps = tuple(
        (
            format_when(step.at),
            step.actor,
            f"{ACTION_LABELS.get(step.action, step.action)}{f'：{step.note}' if step.note else ''}",
        )
        for step in transitions(session, batch.id)
    )
    return Ending(
        accepted=_answered(session, batch, BatchItem.answer == "accept", BatchItem.return_reason == ""),
        returned=_answered(session, batch, BatchItem.return_reason != ""),
        feedback=session.scalar(_feedback(batch).with_only_columns(func.count())) or 0,
        steps=steps,
    )


def _answered(session: Session, batch: Batch, *conditions: ColumnElement[bool]) -> int:
    mine = (BatchItem.batch_id == batch.id, BatchItem.list_version == batch.list_version)
    return session.scalar(select(func.count(BatchItem.id)).where(*mine, *conditions)) or 0


def _feedback(batch: Batch) -> Select[Any]:
    return (
        select(Feedback)
        .join(BatchItem, BatchItem.id == Feedback.batch_item_id)
        .join(Item, Item.id == Feedback.item_id)
        .join(ArchiveFile, ArchiveFile.id == BatchItem.archive_file_id)
        .join(Certificate, Certificate.id == BatchItem.certificate_id)
        .where(BatchItem.batch_id == batch.id)
    )


def _registry_numbers(session: Session, feedback_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    query = select(RegistryValue.source_feedback_id, RegistryValue.field, RegistryValue.value)
    found = session.execute(query.where(RegistryValue.source_feedback_id.in_(feedback_ids), RegistryValue.is_current))
    return {(feedback_id or 0, field): value for feedback_id, field, value in found}


def _digests(session: Session, item_ids: Sequence[int]) -> dict[int, str]:
    """Return the digest of the first current original of each item."""
    query = (
        select(DigitalObject.item_id, DigitalObject.sha256)
        .where(DigitalObject.item_id.in_(item_ids), DigitalObject.role == MASTER, DigitalObject.is_current)
        .order_by(DigitalObject.id.desc())
    )
    return dict(session.execute(query).all())  # the first one is read last
