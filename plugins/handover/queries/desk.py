"""The feedback desk (反馈登记): what was filed, what is nobody's yet, and to which batch item a paper may belong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile, Item, Page
from models.digital import MASTER, DigitalObject
from models.evidence import FEEDBACK_DOC_TYPE
from models.handover import Batch, BatchItem, Feedback, FeedbackClaim
from models.register import Certificate, Parcel, RegistryValue
from plugins.handover.domain.states import BatchState, ItemState

FEEDBACK_BATCH_STATES: Final = (BatchState.ANSWERED, BatchState.FEEDBACK_FILED, BatchState.CLOSED)
"""States of a batch in which feedback can be filed to it; to a closed one only what is not final."""
FEEDBACK_ITEM_STATES: Final = (ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED, ItemState.FEEDBACK_FILED)
RETURNED_STATES: Final = (ItemState.RETURNED, ItemState.FIXING, ItemState.READY, ItemState.REPLACED)
UNIT_NO, TITLE_NO = "bdc_unit_no", "title_cert_no"


@dataclass(frozen=True, slots=True)
class Orphan:
    """An archived feedback paper that belongs to no batch item yet; `claim` says why its cover code did not do it."""

    item_id: int
    archival_code: str
    title: str
    pages: int
    filed_at: dt.datetime
    code: str
    claim: str


def _is_orphan() -> ColumnElement[bool]:
    claimed = exists().where(FeedbackClaim.item_id == Item.id)
    filed = exists().where(Feedback.item_id == Item.id)
    return and_(or_(Item.doc_type == FEEDBACK_DOC_TYPE, claimed), ~filed)


def orphan_count(session: Session, division_code: str) -> int:
    """Count the feedback papers of a division that belong to no batch item yet."""
    inside = Item.division_code.startswith(division_code, autoescape=True)
    return session.scalar(select(func.count(Item.id)).where(_is_orphan(), inside)) or 0


def orphans(session: Session, actor: Actor, *, limit: int = 200) -> list[Orphan]:
    """Return the feedback papers in the actor's scope that belong to no batch item yet, oldest first."""
    query = (
        select(Item, func.count(Page.id))
        .outerjoin(Page, Page.item_id == Item.id)
        .where(_is_orphan(), actor.within(Item.division_code))
        .group_by(Item.id)
        .order_by(Item.id)
        .limit(limit)
    )
    found = session.execute(query).all()
    claims = _claims(session, [item.id for item, _count in found])
    return [
        Orphan(item.id, item.archival_code, item.title, pages, item.created_at, *claims.get(item.id, ("", "")))
        for item, pages in found
    ]


def _claims(session: Session, item_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    query = (
        select(FeedbackClaim.item_id, FeedbackClaim.code, FeedbackClaim.reason)
        .where(FeedbackClaim.item_id.in_(item_ids))
        .order_by(FeedbackClaim.id)
    )
    return {item_id: (code, reason) for item_id, code, reason in session.execute(query)}


def find_orphan(session: Session, actor: Actor, item_id: int) -> Item:
    """Return a feedback paper that belongs to no batch item yet. Raises NotFound."""
    item = session.scalar(select(Item).where(Item.id == item_id, _is_orphan(), actor.within(Item.division_code)))
    if item is None:
        raise NotFound(_("没有这份待对应的反馈材料"), remedy=_("它可能刚刚被登记，请刷新反馈登记页。"))
    return item


@dataclass(frozen=True, slots=True)
class Candidate:
    """A batch item to which a feedback paper may belong; `is_own_file` when the paper lies in its very file."""

    batch_item_id: int
    code: str
    batch_no: str
    cert_no: str
    holder_name: str
    archival_code: str
    state: ItemState
    is_own_file: bool


def candidates(
    session: Session, actor: Actor, item: Item, *, text: str = "", batch_item_id: int | None = None, limit: int = 50
) -> list[Candidate]:
    """Return the batch items to which feedback may be filed: those of the paper's own file first, then by code.

    `text` narrows by item code, certificate number, holder or archival code; `batch_item_id` asks for one.
    """
    own_file = BatchItem.archive_file_id == item.archive_file_id
    one = () if batch_item_id is None else (BatchItem.id == batch_item_id,)
    query = (
        select(
            BatchItem, Batch.batch_no, Certificate.cert_no, Certificate.holder_name, ArchiveFile.archival_code, own_file
        )
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(Certificate, Certificate.id == BatchItem.certificate_id)
        .join(ArchiveFile, ArchiveFile.id == BatchItem.archive_file_id)
        .where(actor.within(BatchItem.division_code), _takes_feedback(), *_matching(text), *one)
        .order_by(own_file.desc(), BatchItem.code)
        .limit(limit)
    )
    return [
        Candidate(found.id, found.code or "", batch_no, cert_no, holder, code, ItemState(found.state), bool(is_own))
        for found, batch_no, cert_no, holder, code, is_own in session.execute(query)
    ]


def _takes_feedback() -> ColumnElement[bool]:
    return and_(
        Batch.state.in_(FEEDBACK_BATCH_STATES),
        BatchItem.code.is_not(None),
        BatchItem.list_version == Batch.list_version,
        BatchItem.state.in_((*FEEDBACK_ITEM_STATES, *RETURNED_STATES)),
    )


def _matching(text: str) -> tuple[ColumnElement[bool], ...]:
    if not text:
        return ()
    columns = (BatchItem.code, Certificate.cert_no, Certificate.holder_name, ArchiveFile.archival_code)
    return (or_(*(column.contains(text, autoescape=True) for column in columns)),)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One line of the feedback register (反馈登记簿)."""

    id: int
    version: int
    feedback_no: str
    batch_item_id: int
    batch_id: int
    batch_no: str
    code: str
    archive_file_id: int
    cert_no: str
    kind: str
    is_final: bool
    source: str
    doc_no: str
    doc_date: dt.date | None
    summary: str
    item_id: int
    item_code: str
    pages: int
    sha256: str
    filed_by: str
    filed_at: dt.datetime
    numbers: tuple[tuple[str, str], ...]


def register_page(
    session: Session, actor: Actor, *, text: str = "", kind: str = "", page: int = 1, per_page: int = 20
) -> tuple[list[RegisterRow], int]:
    """Return one page of the feedback register, newest first, and how many lines there are."""
    query = _register().where(actor.within(Feedback.division_code), *_register_matching(text))
    if kind:
        query = query.where(Feedback.kind == kind)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(Feedback.id.desc()).limit(per_page).offset((page - 1) * per_page)).all()
    return _register_rows(session, rows), total


def find_feedback(session: Session, actor: Actor, feedback_id: int) -> RegisterRow:
    """Return one line of the feedback register. Raises NotFound."""
    query = _register().where(actor.within(Feedback.division_code), Feedback.id == feedback_id)
    rows = _register_rows(session, session.execute(query).all())
    if not rows:
        raise NotFound(_("没有这份反馈登记"), remedy=_("它不存在，或不在您的权限范围内。"))
    return rows[0]


def _register() -> Select[*tuple[Any, ...]]:
    return (
        select(Feedback, Batch.id, Batch.batch_no, BatchItem, Certificate.cert_no, Item.archival_code)
        .join(BatchItem, BatchItem.id == Feedback.batch_item_id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(Certificate, Certificate.id == BatchItem.certificate_id)
        .join(Item, Item.id == Feedback.item_id)
    )


def _register_matching(text: str) -> tuple[ColumnElement[bool], ...]:
    if not text:
        return ()
    columns = (Feedback.feedback_no, BatchItem.code, Certificate.cert_no, Feedback.doc_no, Item.archival_code)
    return (or_(*(column.contains(text, autoescape=True) for column in columns)),)


def _register_rows(session: Session, rows: Collection[Any]) -> list[RegisterRow]:
    item_ids = [row[0].item_id for row in rows]
    pages, digests = _page_counts(session, item_ids), _digests(session, item_ids)
    numbers = numbers_of(session, [row[0].id for row in rows])
    return [
        RegisterRow(
            id=feedback.id,
            version=feedback.version,
            feedback_no=feedback.feedback_no,
            batch_item_id=batch_item.id,
            batch_id=batch_id,
            batch_no=batch_no,
            code=batch_item.code or "",
            archive_file_id=batch_item.archive_file_id,
            cert_no=cert_no,
            kind=feedback.kind,
            is_final=feedback.is_final,
            source=feedback.source,
            doc_no=feedback.doc_no,
            doc_date=feedback.doc_date,
            summary=feedback.summary,
            item_id=feedback.item_id,
            item_code=item_code,
            pages=pages.get(feedback.item_id, 0),
            sha256=digests.get(feedback.item_id, ""),
            filed_by=feedback.filed_by,
            filed_at=feedback.filed_at,
            numbers=numbers.get(feedback.id, ()),
        )
        for feedback, batch_id, batch_no, batch_item, cert_no, item_code in rows
    ]


def _page_counts(session: Session, item_ids: Collection[int]) -> dict[int, int]:
    query = select(Page.item_id, func.count(Page.id)).where(Page.item_id.in_(item_ids)).group_by(Page.item_id)
    return dict(session.execute(query).all())


def _digests(session: Session, item_ids: Collection[int]) -> dict[int, str]:
    query = select(DigitalObject.item_id, func.min(DigitalObject.sha256)).where(
        DigitalObject.item_id.in_(item_ids), DigitalObject.role == MASTER, DigitalObject.is_current
    )
    return dict(session.execute(query.group_by(DigitalObject.item_id)).all())


def numbers_of(session: Session, feedback_ids: Collection[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Return the registry's numbers (field, value) that each feedback brought and that still stand."""
    query = (
        select(RegistryValue.source_feedback_id, RegistryValue.field, RegistryValue.value)
        .where(
            RegistryValue.source_feedback_id.in_(feedback_ids),
            RegistryValue.field.in_((UNIT_NO, TITLE_NO)),
            RegistryValue.is_current,
        )
        .order_by(RegistryValue.id)
    )
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for feedback_id, field, value in session.execute(query):
        if feedback_id is not None:
            found[feedback_id] = (*found.get(feedback_id, ()), (field, value))
    return found


def parcels_of(session: Session, batch_item_id: int) -> list[tuple[int, str, str]]:
    """Return (parcel id, parcel number, the unit number that stands) of the certificate of a batch item."""
    standing = (
        select(RegistryValue.value)
        .where(
            RegistryValue.kind == "parcel",
            RegistryValue.object_id == Parcel.id,
            RegistryValue.field == UNIT_NO,
            RegistryValue.is_current,
        )
        .order_by(RegistryValue.id.desc())
        .limit(1)
        .correlate(Parcel)
        .scalar_subquery()
    )
    query = (
        select(Parcel.id, Parcel.parcel_no, func.coalesce(standing, ""))
        .join(BatchItem, BatchItem.certificate_id == Parcel.certificate_id)
        .where(BatchItem.id == batch_item_id)
        .where(~Parcel.is_withdrawn)
        .order_by(Parcel.seq)
    )
    return list(session.execute(query).all())
