"""What came back from the registries and waits to be mended (待补正), and what was accepted and waits for feedback."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile
from models.handover import Batch, BatchItem
from models.register import Certificate
from plugins.handover.domain.states import BatchState, ItemState


@dataclass(frozen=True, slots=True)
class TravelRow:
    """One batch item with its batch and its certificate."""

    item: BatchItem
    batch: Batch
    cert_no: str
    holder_name: str
    archival_code: str

    @property
    def state(self) -> ItemState:
        """The item's state."""
        return ItemState(self.item.state)


def _rows() -> Select[BatchItem, Batch, str, str, str]:
    return (
        select(BatchItem, Batch, Certificate.cert_no, Certificate.holder_name, ArchiveFile.archival_code)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(Certificate, Certificate.id == BatchItem.certificate_id)
        .join(ArchiveFile, ArchiveFile.id == BatchItem.archive_file_id)
    )


def returned_page(session: Session, actor: Actor, *, page: int, per_page: int) -> tuple[list[TravelRow], int]:
    """Return one page of the returned items that wait to be mended or to enter another batch, oldest first."""
    states = (ItemState.RETURNED, ItemState.FIXING, ItemState.READY)
    return _page(session, actor, (BatchItem.state.in_(states),), page=page, per_page=per_page)


def waiting_page(session: Session, actor: Actor, *, page: int, per_page: int) -> tuple[list[TravelRow], int]:
    """Return one page of the accepted items that wait for their final feedback, oldest first."""
    states = (ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED)
    conditions = (BatchItem.state.in_(states), Batch.state == BatchState.ANSWERED)
    return _page(session, actor, conditions, page=page, per_page=per_page)


def _page(
    session: Session, actor: Actor, conditions: tuple[ColumnElement[bool], ...], *, page: int, per_page: int
) -> tuple[list[TravelRow], int]:
    query = _rows().where(actor.within(BatchItem.division_code), *conditions)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = session.execute(query.order_by(BatchItem.id).limit(per_page).offset((page - 1) * per_page))
    return [TravelRow(*row) for row in found], total


def find_travel(session: Session, actor: Actor, item_id: int) -> TravelRow:
    """Return one batch item in the actor's scope. Raises NotFound."""
    row = session.execute(_rows().where(actor.within(BatchItem.division_code), BatchItem.id == item_id)).first()
    if row is None:
        raise NotFound(_("没有这个条目"), remedy=_("它不存在，或不在您的权限范围内。"))
    return TravelRow(*row)
