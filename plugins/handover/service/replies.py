"""Recording the registry's answer from its reply workbook (离线答复): read, looked at, taken over, and what is left over settled.

The office takes these steps for a registry that works without the system; the workbook itself is kept as the proof. Reading
changes nothing; taking over matches each line to one item, keeps the opinions, and puts every other line on a work list. The
answer as a whole is submitted by a further step, once every item has an opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.errors import BadInput, Conflict, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.ports import Blob
from lindang.uow import UnitOfWork
from models.handover import ACCEPT, RETURN, Batch, BatchItem, Reply, ReplyLine
from plugins.handover.adapters.reply_book import ReplyBook
from plugins.handover.domain.guards import BatchFacts
from plugins.handover.domain.replies import Matched, Problem, ReplyRow, Said, match, opinion_faults, said_by
from plugins.handover.domain.states import BatchState
from plugins.handover.permissions import RECORD
from plugins.handover.queries.replies import listed_of
from plugins.handover.service.answering import Opinion, Receipt, receipt_differences, save_opinions, submit_opinions
from plugins.handover.service.steps import advance, open_batch, present_items

_ANSWERABLE = (BatchState.SENT, BatchState.RECEIVED)


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """What taking a reply over would do: the matched lines, and what the registry's count says against the list.

    `changed` counts the opinions that differ from those kept, `missing` the items of the list that the workbook says nothing of.
    """

    matched: Matched
    differences: tuple[tuple[str, str], ...]
    accepted: int
    returned: int
    changed: int
    missing: int


def plan_reply(session: Session, batch: Batch, book: ReplyBook) -> ReplyPlan:
    """Return what taking a reply over would do now; nothing is changed.

    Raises:
        BadInput: the workbook answers another batch or another version of the list.
    """
    if (book.batch_no, book.list_version) != (batch.batch_no, str(batch.list_version)):
        raise BadInput(
            _("这份工作簿答复的是批次 %(no)s 第 %(n)s 版清单", no=book.batch_no, n=book.list_version),
            where="file",
            remedy=_("请到那个批次的页面导入，或让接收单位用本批次的工作簿重填。"),
        )
    matched = match(book.rows, listed_of(session, batch))
    kept = _kept(session, matched)
    accepted = sum(one.is_accepted for one in matched.said.values())
    return ReplyPlan(
        matched=matched,
        differences=_differences(batch, book) if batch.state == BatchState.SENT else (),
        accepted=accepted,
        returned=len(matched.said) - accepted,
        changed=sum(kept[item_id] != _opinion(one) for item_id, one in matched.said.items()),
        missing=batch.cert_count - len(matched.said),
    )


def _kept(session: Session, matched: Matched) -> dict[int, Opinion]:
    query = select(BatchItem).where(BatchItem.id.in_(list(matched.said)))
    return {
        item.id: Opinion(answer=item.answer, reason=item.return_reason, note=item.return_note)
        for item in session.scalars(query)
    }


def _opinion(said: Said) -> Opinion:
    if said.is_accepted:
        return Opinion(answer=ACCEPT)
    return Opinion(answer=RETURN, reason=said.reason, note=said.note)


def _differences(batch: Batch, book: ReplyBook) -> tuple[tuple[str, str], ...]:
    """Return (where, what) of every count that is missing, or is not what was sent."""
    texts = {name: book.counted.get(name, "") for name in ("certs", "files", "check_code")}
    numbers = {name: int(text) if text.isdecimal() and len(text) < 10 else -1 for name, text in texts.items()}
    receipt = Receipt(certs=numbers["certs"], files=numbers["files"], check_code=texts["check_code"])
    absent = {"certs": _("没有填写清点本数"), "files": _("没有填写清点电子文件数")}
    return tuple(
        (where, absent[where] if where in absent and numbers[where] < 0 else what)
        for where, what in receipt_differences(batch, receipt)
    )


def note_reply(uow: UnitOfWork, batch_id: int, blob: Blob, file_name: str) -> Reply:
    """Keep a workbook that was read, to be looked at; the same file for the same list is one reply.

    Raises:
        Conflict: the batch takes no answer now.
    """
    uow.actor.require(RECORD)
    batch = open_batch(uow, batch_id, None)
    if batch.state not in _ANSWERABLE:
        raise Conflict(_("批次 %(no)s 现在不能登记答复", no=batch.batch_no), remedy=_("请刷新页面查看最新状态。"))
    same = (Reply.batch_id == batch.id, Reply.list_version == batch.list_version, Reply.sha256 == blob.sha256)
    known = uow.session.scalar(select(Reply).where(*same))
    if known is not None:
        return known
    reply = Reply(
        batch_id=batch.id,
        list_version=batch.list_version,
        division_code=batch.division_code,
        file_name=file_name[-200:],
        sha256=blob.sha256,
        bytes=blob.bytes,
        read_at=uow.now,
        read_by=uow.actor.name,
    )
    uow.session.add(reply)
    uow.session.flush()
    uow.journal(
        "reply.read", f"reply:{reply.id}", division=batch.division_code, batch_no=batch.batch_no, file=file_name
    )
    return reply


def take_reply(uow: UnitOfWork, reply_id: int, book: ReplyBook, *, version: int) -> ReplyPlan:
    """Take a reply over: receive the batch if that is still to be done, keep the opinions, list the lines with a problem.

    Raises:
        NotFound: no such reply in the actor's scope.
        Conflict: it was taken over before, or the batch takes no answer any more.
        Faults: what the registry counted is not what was sent.
    """
    uow.actor.require(RECORD)
    reply = uow.session.get(Reply, reply_id)
    if reply is None or not uow.actor.covers(reply.division_code):
        raise NotFound(_("没有这份答复工作簿"), remedy=_("它不存在，或不在您的权限范围内。"))
    if reply.taken_at is not None:
        raise Conflict(
            _("这份工作簿已由%(who)s导入过", who=reply.taken_by), remedy=_("没有重复导入任何内容，请刷新页面查看结果。")
        )
    batch = open_batch(uow, reply.batch_id, version)
    if batch.state not in _ANSWERABLE or reply.list_version != batch.list_version:
        raise Conflict(_("批次 %(no)s 现在不能登记答复", no=batch.batch_no), remedy=_("请刷新页面查看最新状态。"))
    plan = plan_reply(uow.session, batch, book)
    if batch.state == BatchState.SENT:
        facts = BatchFacts(actor_id=uow.actor.account_id, receipt_differences=plan.differences)
        who = book.counted.get("receiver", "")
        advance(uow, batch, "record_receipt", facts, note=who, reply_sha256=reply.sha256)
        uow.session.flush()
    if plan.matched.said:
        opinions = {item_id: _opinion(one) for item_id, one in plan.matched.said.items()}
        save_opinions(uow, batch.id, opinions, version=batch.version, permission=RECORD)
    _list_problems(uow, reply, plan.matched.problems)
    reply.taken_at, reply.taken_by, reply.taken_by_id = uow.now, uow.actor.name, uow.actor.account_id
    reply.accepted, reply.returned = plan.accepted, plan.returned
    uow.journal(
        "reply.taken", f"reply:{reply.id}", division=reply.division_code, batch_no=batch.batch_no, sha256=reply.sha256,
        accepted=plan.accepted, returned=plan.returned, problems=len(plan.matched.problems),
    )  # fmt: skip
    return plan


def _list_problems(uow: UnitOfWork, reply: Reply, problems: Sequence[Problem]) -> None:
    uow.session.add_all(
        ReplyLine(
            reply_id=reply.id, batch_id=reply.batch_id, division_code=reply.division_code, row_no=one.row.row_no,
            code=one.row.code, archival_code=one.row.archival_code, cert_no=one.row.cert_no, answer=one.row.answer,
            reason=one.row.reason, note=one.row.note, problem=one.text,
        )
        for one in problems
    )  # fmt: skip


def record_answer(uow: UnitOfWork, batch_id: int, *, version: int) -> Batch:
    """Submit the opinions that the registry's workbook brought. Raises Faults while an item has none."""
    return submit_opinions(uow, batch_id, version=version, action="record_answer")


def settle_line(uow: UnitOfWork, line_id: int, *, note: str, item_code: str = "") -> ReplyLine:
    """Settle a line of the work list: say what became of it and, where it belongs to an item without opinion, give it that.

    Raises:
        NotFound: no such line in the actor's scope.
        Conflict: it is settled already, or the batch takes no opinions any more.
        BadInput: no note, or the item is not of this list, or has an opinion.
    """
    uow.actor.require(RECORD)
    line = uow.session.get(ReplyLine, line_id)
    if line is None or not uow.actor.covers(line.division_code):
        raise NotFound(_("没有这一行"), remedy=_("它不存在，或不在您的权限范围内。"))
    if not note.strip():
        raise BadInput(_("没有写明怎样处理"), where="note", remedy=_("请写一句，例如：已电话核实，是另一批次的。"))
    batch = open_batch(uow, line.batch_id, None)
    if line.settled_at is not None:
        raise Conflict(_("这一行已由%(who)s处理", who=line.settled_by), remedy=_("请刷新页面。"))
    if item_code.strip():
        line.batch_item_id = _give_opinion(uow, batch, line, item_code.strip().upper())
    line.settled_at, line.settled_by, line.settled_note = uow.now, uow.actor.name, note.strip()
    uow.journal(
        "reply.line_settled", f"reply_line:{line.id}", division=line.division_code, batch_no=batch.batch_no, row=line.row_no,
        item=item_code.strip(), note=note.strip(),
    )  # fmt: skip
    return line


def _give_opinion(uow: UnitOfWork, batch: Batch, line: ReplyLine, code: str) -> int:
    item = next((one for one in present_items(uow, batch) if one.code == code), None)
    if item is None:
        raise BadInput(_("本批次没有条目 %(code)s", code=code), where="item_code")
    if item.answer:
        raise BadInput(
            _("条目 %(code)s 已有接收意见", code=code), where="item_code", remedy=_("确要改，请让接收单位重报。")
        )
    row = ReplyRow(row_no=line.row_no, answer=line.answer, reason=line.reason, note=line.note)
    faults = list(opinion_faults(row))
    if faults:
        raise Faults(_("这一行的接收意见不能用"), [Fault(code, text) for text in faults])
    save_opinions(uow, batch.id, {item.id: _opinion(said_by(row))}, version=batch.version, permission=RECORD)
    return item.id
