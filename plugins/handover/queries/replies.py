"""Reads of reply workbooks: what is written for the registry, what came back, and the lines that wait for somebody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _, official
from models.handover import ACCEPT, RETURN, Batch, BatchItem, Reply, ReplyLine
from plugins.handover.adapters.reply_book import ReplyLine as SheetLine
from plugins.handover.adapters.reply_book import write_reply_book
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.replies import Listed, row_key
from plugins.handover.queries.batches import visible
from plugins.handover.queries.lines import ItemRow, line_rows
from plugins.handover.queries.snapshots import current_items

_WORDS = {ACCEPT: "接收", RETURN: "退回", "": ""}


def reply_workbook(session: Session, batch: Batch) -> bytes:
    """Return the reply workbook of a signed batch, with the opinions given so far."""
    lines = [_sheet_line(batch, row) for row in line_rows(session, batch)]
    return write_reply_book(batch.batch_no, batch.list_version, lines)


def _sheet_line(batch: Batch, row: ItemRow) -> SheetLine:
    with official():
        reason = f"{row.return_reason} {RETURN_REASONS[row.return_reason]}" if row.return_reason else ""
    return SheetLine(
        key=row_key(batch.manifest_sha256, row.code),
        code=row.code,
        texts=(
            row.archival_code,
            row.cert_no,
            row.holder_name,
            row.village,
            str(row.parcels),
            f"{row.area_mu:f}",
            str(row.paper_pages),
        ),
        answer=_WORDS[row.answer],
        reason=reason,
        note=row.return_note,
    )


def listed_of(session: Session, batch: Batch) -> list[Listed]:
    """Return the items of a batch's list as lines of a reply are matched to them."""
    return [
        Listed(
            item.id,
            row_key(batch.manifest_sha256, item.code or ""),
            item.code or "",
            str((item.snapshot or {}).get("cert_no", "")),
        )
        for item in current_items(session, batch.id, batch.list_version)
    ]


def replies_of(session: Session, batch_id: int) -> list[Reply]:
    """Return the reply workbooks that came for a batch, newest first."""
    return list(session.scalars(select(Reply).where(Reply.batch_id == batch_id).order_by(Reply.id.desc())))


def find_reply(session: Session, actor: Actor, reply_id: int) -> tuple[Batch, Reply]:
    """Return a reply and its batch, when the actor may see it. Raises NotFound."""
    query = select(Batch, Reply).join(Reply, Reply.batch_id == Batch.id).where(visible(actor), Reply.id == reply_id)
    found = session.execute(query).first()
    if found is None:
        raise NotFound(_("没有这份答复工作簿"), remedy=_("它不存在，或不在您的权限范围内。"))
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A problem line of a taken reply with the item it was settled to, if any."""

    line: ReplyLine
    settled_code: str


def lines_of(session: Session, reply_id: int) -> list[OpenLine]:
    """Return the problem lines of a reply, those that still wait first."""
    query = (
        select(ReplyLine, func.coalesce(BatchItem.code, ""))
        .outerjoin(BatchItem, BatchItem.id == ReplyLine.batch_item_id)
        .where(ReplyLine.reply_id == reply_id)
        .order_by(ReplyLine.settled_at.is_not(None), ReplyLine.row_no)
    )
    return [OpenLine(line, code) for line, code in session.execute(query)]


def open_line_count(session: Session, batch_id: int) -> int:
    """Count the problem lines of a batch's replies that nobody has settled."""
    query = select(func.count(ReplyLine.id)).where(ReplyLine.batch_id == batch_id, ReplyLine.settled_at.is_(None))
    return session.scalar(query) or 0
