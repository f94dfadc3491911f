"""What the handover shows on an archive file's page: the batches in which its certificate stood, and what came back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import format_when, lazy
from lindang.plugin import Cell, Panel, PanelTable
from models.handover import Batch, BatchItem
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.states import ITEM_LABELS, ItemState
from plugins.handover.permissions import READ
from plugins.handover.queries.batches import visible
from plugins.handover.queries.lines import feedback_of

_HEADERS = (lazy("批次"), lazy("条目代码"), lazy("状态"), lazy("退回原因"), lazy("反馈材料"), lazy("加入时间"))


def batches_of_file(session: Session, actor: Actor, archive_file_id: int) -> PanelTable:
    """Return the batches of a file, newest first."""
    query = (
        select(BatchItem, Batch.batch_no)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(visible(actor), actor.within(BatchItem.division_code), BatchItem.archive_file_id == archive_file_id)
        .order_by(BatchItem.id.desc())
    )
    found = session.execute(query).all()
    feedback = feedback_of(session, [item.id for item, _no in found])
    rows = tuple(_row(item, batch_no, feedback.get(item.id, ())) for item, batch_no in found)
    return PanelTable(_HEADERS, rows, lazy("还没有移交过"))


def _row(item: BatchItem, batch_no: str, feedback: tuple[tuple[int, str, int], ...]) -> tuple[Cell | str, ...]:
    returned = str(RETURN_REASONS[item.return_reason]) if item.return_reason else ""
    latest = feedback[-1] if feedback else None
    return (
        Cell(batch_no, "batch", item.batch_id),
        item.code or "",
        str(ITEM_LABELS[ItemState(item.state)]),
        f"{returned} {item.return_note}".strip(),
        Cell(latest[1], "item", latest[2]) if latest else "",
        format_when(item.added_at),
    )


PANELS = (
    Panel(key="handover.batches", title=lazy("移交批次"), permission=READ, kind="archive_file", load=batches_of_file),
)
