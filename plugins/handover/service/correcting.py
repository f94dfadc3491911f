"""Mending what came back (补正): a returned item is taken up, mended in the archive, and declared ready for another batch.

The returned item itself never changes place: a new item of a new batch names it.
"""

from __future__ import annotations

from sqlalchemy import Select, select

from lindang.errors import BadInput, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.handover import Batch, BatchItem
from models.register import Certificate
from plugins.handover.permissions import CORRECT
from plugins.handover.queries.ready import ready_rows
from plugins.handover.service.steps import move, open_batch, touch


def start_fixing(uow: UnitOfWork, item_id: int, *, version: int) -> BatchItem:
    """Take up a returned item. Raises Conflict when it is not waiting to be mended."""
    batch, item = _open_item(uow, item_id, version)
    _step(uow, batch, item, "fix", "batch_item.fixing_started")
    return item


def finish_fixing(uow: UnitOfWork, item_id: int, *, version: int, note: str) -> BatchItem:
    """Declare a returned item mended; it may now be named by an item of another batch.

    Raises:
        BadInput: nothing is said about what was mended.
        Faults: the certificate or its file is still not ready.
    """
    if not note.strip():
        raise BadInput(_("没有填写补正说明"), where="note", remedy=_("请写明补正了什么。"))
    batch, item = _open_item(uow, item_id, version)
    settings = uow.host.settings.plugin("handover")
    (row,) = ready_rows(
        uow.session,
        uow.actor,
        Certificate.id == item.certificate_id,
        needs_paper_count=settings.needs_paper_count,
    )
    faults = [Fault(row.cert_no, reason.text) for reason in row.reasons if reason.code != "returned"]
    if faults:
        raise Faults(_("补正还没有完成"), faults)
    item.fix_note = note.strip()
    _step(uow, batch, item, "finish_fixing", "batch_item.fixed", note=item.fix_note)
    return item


def _batch_of(uow: UnitOfWork, item_id: int) -> Select[int]:
    mine = uow.actor.within(BatchItem.division_code)
    return select(BatchItem.batch_id).where(BatchItem.id == item_id, mine)


def _open_item(uow: UnitOfWork, item_id: int, version: int) -> tuple[Batch, BatchItem]:
    uow.actor.require(CORRECT)
    batch_id = uow.session.scalar(_batch_of(uow, item_id))
    if batch_id is None:
        raise NotFound(_("没有这个条目"), remedy=_("它不存在，或不在您的权限范围内。"))
    batch = open_batch(uow, batch_id, version)
    return batch, uow.session.get_one(BatchItem, item_id)


def _step(uow: UnitOfWork, batch: Batch, item: BatchItem, action: str, entry: str, **particulars: str) -> None:
    move(item, action)
    touch(batch)
    uow.journal(
        entry,
        f"batch_item:{item.id}",
        division=item.division_code,
        code=item.code,
        return_reason=item.return_reason,
        state=item.state,
        **particulars,
    )
