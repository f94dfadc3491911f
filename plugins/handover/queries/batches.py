"""Reads of batches: which an actor may see, their list, and everything that one batch's page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.handover import Batch, BatchItem, BatchTransition, TransferDoc
from models.place import Org
from plugins.handover.domain.states import RECEIVER_STATES, BatchState, ItemState
from plugins.handover.permissions import BROWSE
from plugins.handover.queries.replaced import replaced_counts

SORTS: Final[Mapping[str, Any]] = {
    "batch_no": Batch.batch_no,
    "state_since": Batch.state_since,
    "cert_count": Batch.cert_count,
}


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition on `Batch` that keeps what the actor may see.

    Who browses sees every batch of the own divisions; a registry's receiver only those that were sent to the own office.
    """
    within = actor.within(Batch.division_code)
    if actor.can(BROWSE):
        return within
    return and_(within, Batch.registry_org_id == actor.org_id, Batch.state.in_(RECEIVER_STATES))


def find_batch(session: Session, actor: Actor, batch_id: int) -> Batch:
    """Return a batch the actor may see.

    Raises:
        NotFound: it does not exist, or is not the actor's to see: the two answer alike.
    """
    return _one(session, select(Batch).where(visible(actor), Batch.id == batch_id))


def find_batch_by_number(session: Session, actor: Actor, batch_no: str) -> Batch:
    """Return a batch by its number. Raises NotFound like `find_batch`."""
    return _one(session, select(Batch).where(visible(actor), Batch.batch_no == batch_no.strip().upper()))


def _one(session: Session, query: Select[Batch]) -> Batch:
    batch = session.scalar(query)
    if batch is None:
        raise NotFound(_("没有这个批次"), remedy=_("它不存在，或不在您的权限范围内。"))
    return batch


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch in a list."""

    id: int
    batch_no: str
    title: str
    registry: str
    state: BatchState
    state_since: dt.datetime
    certs: int
    accepted: int
    returned: int
    filed: int
    replaced_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFilter:
    """What a list of batches is narrowed to; empty values do not narrow."""

    state: str = ""
    text: str = ""
    division: str = ""


def batch_page(
    session: Session, actor: Actor, narrowed: BatchFilter, *, sort: str = "-batch_no", page: int = 1, per_page: int = 20
) -> tuple[list[BatchRow], int]:
    """Return one page of the batches the actor may see, and how many there are."""
    query = _narrow(select(Batch, Org.name).join(Org, Org.id == Batch.registry_org_id).where(visible(actor)), narrowed)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    column = SORTS.get(sort.lstrip("-"), Batch.batch_no)
    ordered = query.order_by(column.desc() if sort.startswith("-") else column, Batch.id.desc())
    found = session.execute(ordered.limit(per_page).offset((page - 1) * per_page)).all()
    counts = item_counts(session, [batch.id for batch, _name in found])
    replaced = replaced_counts(session, list(counts))
    return [_row(batch, name, counts.get(batch.id, {}), replaced.get(batch.id, 0)) for batch, name in found], total


def _narrow(query: Select[Batch, str], narrowed: BatchFilter) -> Select[Batch, str]:
    if narrowed.state in set(BatchState):
        query = query.where(Batch.state == narrowed.state)
    if narrowed.division:
        query = query.where(Batch.division_code.startswith(narrowed.division, autoescape=True))
    if narrowed.text:
        like = Batch.batch_no.contains(narrowed.text.upper(), autoescape=True)
        query = query.where(like | Batch.title.contains(narrowed.text, autoescape=True))
    return query


def _row(batch: Batch, registry: str, counts: Mapping[str, int], replaced: int) -> BatchRow:
    filed = counts.get(ItemState.FEEDBACK_FILED, 0)
    answered = sum(counts.get(state, 0) for state in (ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED))
    returned = sum(counts.get(state, 0) for state in (ItemState.RETURNED, ItemState.FIXING, ItemState.READY))
    return BatchRow(
        id=batch.id,
        batch_no=batch.batch_no,
        title=batch.title,
        registry=registry,
        state=BatchState(batch.state),
        state_since=batch.state_since,
        certs=batch.cert_count,
        accepted=answered + filed,
        returned=returned + counts.get(ItemState.REPLACED, 0),
        filed=filed,
        replaced_pages=replaced,
    )


def item_counts(session: Session, batch_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return how many items of each batch's present list are in which state."""
    query = (
        select(BatchItem.batch_id, BatchItem.state, func.count(BatchItem.id))
        .join(Batch, and_(Batch.id == BatchItem.batch_id, Batch.list_version == BatchItem.list_version))
        .where(BatchItem.batch_id.in_(batch_ids))
        .group_by(BatchItem.batch_id, BatchItem.state)
    )
    counts: dict[int, dict[str, int]] = {}
    for batch_id, state, count in session.execute(query):
        counts.setdefault(batch_id, {})[state] = count
    return counts


def transitions(session: Session, batch_id: int) -> list[BatchTransition]:
    """Return what was done to a batch, oldest first."""
    query = select(BatchTransition).where(BatchTransition.batch_id == batch_id).order_by(BatchTransition.id)
    return list(session.scalars(query))


def preparers(session: Session, batch: Batch) -> frozenset[int | None]:
    """Return the accounts that created, edited, revised or checked the present list: they do not sign it."""
    query = select(BatchTransition.actor_id).where(
        BatchTransition.batch_id == batch.id,
        BatchTransition.list_version == batch.list_version,
        BatchTransition.action.in_(("create", "edit", "check", "reopen", "revise")),
    )
    return frozenset({*session.scalars(query), batch.created_by_id})


def documents(session: Session, batch_id: int) -> list[TransferDoc]:
    """Return the documents of a batch, newest list version first."""
    query = select(TransferDoc).where(TransferDoc.batch_id == batch_id)
    return list(session.scalars(query.order_by(TransferDoc.list_version.desc(), TransferDoc.id)))


def find_document(session: Session, actor: Actor, batch_id: int, doc_id: int) -> tuple[Batch, TransferDoc]:
    """Return a document of a batch the actor may see. Raises NotFound."""
    batch = find_batch(session, actor, batch_id)
    doc = session.scalar(select(TransferDoc).where(TransferDoc.id == doc_id, TransferDoc.batch_id == batch.id))
    if doc is None or (not actor.can(BROWSE) and doc.list_version != batch.list_version):
        raise NotFound(_("没有这份文件"), remedy=_("它不存在，或不在您的权限范围内。"))
    return batch, doc
