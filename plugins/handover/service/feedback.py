"""Filing feedback (反馈): one archived 件 becomes the feedback of one batch item, by its cover code or by hand.

The database holds the bijection: an item is the feedback of at most one batch item, a batch item has at most one final
feedback. What the registry says of parcels and titles is written beside what is on the certificate, never over it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from lindang.errors import Conflict, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.archive import Item
from models.digital import DigitalObject
from models.events import FeedbackFiled
from models.handover import Batch, BatchItem, Feedback, FeedbackClaim
from models.handover_terms import FEEDBACK_KINDS, RETURN_NOTICE
from models.identifiers import CODE, number_row
from models.numbering import next_number
from plugins.handover.domain.codes import FINAL_KINDS, OTHER, RETURN_REASONS
from plugins.handover.domain.cover import read_cover_code
from plugins.handover.domain.states import BatchState, ItemState
from plugins.handover.permissions import FEEDBACK
from plugins.handover.queries.desk import FEEDBACK_BATCH_STATES, FEEDBACK_ITEM_STATES, RETURNED_STATES
from plugins.handover.service.closing import complete_if_filed
from plugins.handover.service.registry_values import refuse_numbers, write_numbers
from plugins.handover.service.steps import move, open_batch, touch

BY_COVER, BY_HAND = "cover", "hand"
NOTICE_STATES: Final = (ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED)
"""States of an accepted item that a notice (F2) can still send back."""
_NOT_FINAL_IN: Final = (BatchState.FEEDBACK_FILED, BatchState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackEntry:
    """What a feedback paper says: its kind, its number and date, and the registry's numbers.

    `unit_numbers` is by parcel id; empty values say nothing about that parcel. `reason` is what a notice (F2) returns an
    accepted item for.
    """

    kind: str
    is_final: bool
    doc_no: str = ""
    doc_date: dt.date | None = None
    summary: str = ""
    unit_numbers: Mapping[int, str] = field(default_factory=dict)
    title_cert_no: str = ""
    reason: str = ""


def file_feedback(uow: UnitOfWork, item_id: int, batch_item_id: int, entry: FeedbackEntry) -> Feedback:
    """File an archived item as the feedback of a batch item.

    Raises:
        NotFound: the item or the batch item is not in the actor's scope.
        Conflict: the item is feedback already, the batch item takes none, or already has its final one.
        Faults: something in the entry cannot be.
    """
    uow.actor.require(FEEDBACK)
    item = uow.session.scalar(select(Item).where(Item.id == item_id, uow.actor.within(Item.division_code)))
    query = select(BatchItem).where(BatchItem.id == batch_item_id, uow.actor.within(BatchItem.division_code))
    batch_item = uow.session.scalar(query)
    if item is None or batch_item is None:
        raise NotFound(_("没有这份材料或这个条目"), remedy=_("它不存在，或不在您的权限范围内。"))
    return _file(uow, item, batch_item, entry, BY_HAND)


def file_by_cover(uow: UnitOfWork, item_id: int, cover_codes: Collection[str]) -> Feedback | None:
    """File an item by the cover code read on its pages; what stands in the way is kept for the desk.

    Does nothing when the item is feedback already or carries no cover code of ours.
    """
    codes = sorted({code for text in cover_codes if (code := read_cover_code(text))})
    # locked where rows can be: the same scan reported twice at once is filed by one and known to the other
    item = uow.session.get(Item, item_id, with_for_update=True)
    if item is None or not codes or _is_feedback(uow, item_id):
        return None
    batch_item = uow.session.scalar(select(BatchItem).where(BatchItem.code == codes[0]))
    obstacle = _cover_obstacle(uow, item, codes, batch_item)
    if obstacle or batch_item is None:
        _claim(uow, item, codes[0], obstacle)
        return None
    kind = uow.host.settings.plugin("handover").cover_feedback_kind
    batch = uow.session.get_one(Batch, batch_item.batch_id)
    is_final = batch.state == BatchState.ANSWERED and not _has_final(uow, batch_item.id)
    return _file(uow, item, batch_item, FeedbackEntry(kind=kind, is_final=is_final), BY_COVER)


def amend_feedback(uow: UnitOfWork, feedback_id: int, entry: FeedbackEntry, *, version: int) -> Feedback:
    """Correct what is recorded of a feedback paper; to whom it belongs and whether it is final stay.

    Raises:
        StaleVersion: somebody else amended it in between.
    """
    uow.actor.require(FEEDBACK)
    query = select(Feedback).where(Feedback.id == feedback_id, uow.actor.within(Feedback.division_code))
    feedback = uow.session.scalar(query.with_for_update())
    if feedback is None:
        raise NotFound(_("没有这份反馈登记"), remedy=_("它不存在，或不在您的权限范围内。"))
    if feedback.version != version:
        raise stale_version()
    batch_item = uow.session.get_one(BatchItem, feedback.batch_item_id)
    _refuse_other_notice(feedback, entry)
    _refuse(uow, batch_item, entry, is_final=feedback.is_final)
    before = {"kind": feedback.kind, "doc_no": feedback.doc_no}
    _describe(feedback, entry)
    write_numbers(uow, feedback, batch_item, entry.unit_numbers, entry.title_cert_no)
    uow.journal(
        "feedback.amended",
        f"feedback:{feedback.id}",
        division=feedback.division_code,
        feedback_no=feedback.feedback_no,
        kind=feedback.kind,
        doc_no=feedback.doc_no,
        before=before,
    )
    return feedback


def _file(uow: UnitOfWork, item: Item, batch_item: BatchItem, entry: FeedbackEntry, source: str) -> Feedback:
    batch = open_batch(uow, batch_item.batch_id, None)
    obstacle = _obstacle(uow, item, batch, batch_item, entry)
    if obstacle:
        raise Conflict(obstacle, remedy=_("请在反馈登记页核对后重新选择。"))
    _refuse(uow, batch_item, entry, is_final=entry.is_final)
    feedback = _new_feedback(uow, item, batch, batch_item, entry, source=source)
    _move_item(uow, batch_item, entry)
    touch(batch)
    write_numbers(uow, feedback, batch_item, entry.unit_numbers, entry.title_cert_no)
    _announce(uow, feedback, batch, batch_item)
    uow.session.flush()
    complete_if_filed(uow, batch)
    return feedback


def _new_feedback(
    uow: UnitOfWork, item: Item, batch: Batch, batch_item: BatchItem, entry: FeedbackEntry, *, source: str
) -> Feedback:
    number = next_number(uow, f"feedback:{batch.batch_no}")
    feedback = Feedback(
        feedback_no=f"{batch.batch_no}-FK{number:04d}",
        batch_item_id=batch_item.id,
        item_id=item.id,
        division_code=batch_item.division_code,
        is_final=entry.is_final,
        source=source,
        filed_at=uow.now,
        filed_by=uow.actor.name,
        filed_by_id=uow.actor.account_id,
    )
    _describe(feedback, entry)
    try:
        with uow.session.begin_nested():
            uow.session.add(feedback)
    except IntegrityError as error:
        raise Conflict(_("这份材料或这个条目刚刚被别人登记了反馈"), remedy=_("请刷新反馈登记页核对。")) from error
    return feedback


def _describe(feedback: Feedback, entry: FeedbackEntry) -> None:
    feedback.kind = entry.kind
    feedback.doc_no = entry.doc_no.strip()
    feedback.doc_date = entry.doc_date
    feedback.summary = entry.summary.strip()


def _move_item(uow: UnitOfWork, batch_item: BatchItem, entry: FeedbackEntry) -> None:
    if entry.kind == RETURN_NOTICE:
        if batch_item.state in NOTICE_STATES:
            _send_back(uow, batch_item, entry)
        return
    if batch_item.state == ItemState.ACCEPTED:
        move(batch_item, "receive_feedback")
    if entry.is_final:
        move(batch_item, "file_feedback")


def _send_back(uow: UnitOfWork, batch_item: BatchItem, entry: FeedbackEntry) -> None:
    """A notice returns what had been accepted: the certificate is open for mending, and only a new batch can carry it."""
    move(batch_item, "send_back")
    batch_item.return_reason, batch_item.return_note = entry.reason, entry.summary.strip()
    batch_item.is_open = False
    uow.journal(
        "batch_item.sent_back",
        f"batch_item:{batch_item.id}",
        division=batch_item.division_code,
        code=batch_item.code,
        reason=entry.reason,
        note=batch_item.return_note,
    )


def _announce(uow: UnitOfWork, feedback: Feedback, batch: Batch, batch_item: BatchItem) -> None:
    uow.session.add(
        number_row(
            "feedback_no",
            feedback.feedback_no,
            source=CODE,
            division_code=feedback.division_code,
            batch_id=batch.id,
            item_id=feedback.item_id,
            archive_file_id=batch_item.archive_file_id,
        )
    )
    uow.journal(
        "feedback.filed",
        f"feedback:{feedback.id}",
        division=feedback.division_code,
        feedback_no=feedback.feedback_no,
        item_id=feedback.item_id,
        batch_item=batch_item.code,
        kind=feedback.kind,
        is_final=feedback.is_final,
        source=feedback.source,
    )
    uow.emit(
        FeedbackFiled(
            feedback_id=feedback.id, batch_id=batch.id, item_id=feedback.item_id, division_code=feedback.division_code
        )
    )


def _refuse(uow: UnitOfWork, batch_item: BatchItem, entry: FeedbackEntry, *, is_final: bool) -> None:
    faults = []
    if entry.kind not in FEEDBACK_KINDS:
        faults.append(Fault("kind", _("没有选择反馈类型")))
    elif is_final and entry.kind not in FINAL_KINDS:
        faults.append(Fault("kind", _("这一类材料不能作为办结材料"), _("请改选类型，或不勾选“办结”。")))
    faults += _reason_faults(batch_item, entry)
    faults += refuse_numbers(uow, batch_item, entry.unit_numbers, entry.title_cert_no)
    if faults:
        raise Faults(_("反馈没有登记"), faults)


def _refuse_other_notice(feedback: Feedback, entry: FeedbackEntry) -> None:
    """What a notice did to its item is not undone, and not done, by another word in the register."""
    if RETURN_NOTICE in {feedback.kind, entry.kind} and feedback.kind != entry.kind:
        text = _("退回补正通知不能改成别的类型，别的类型也不能改成它")
        raise Faults(_("反馈没有登记"), [Fault("kind", text, _("请在内容摘要里说明。"))])


def _reason_faults(batch_item: BatchItem, entry: FeedbackEntry) -> list[Fault]:
    """A notice that returns an accepted item names a reason, and says what is meant where the reason is 99."""
    if entry.kind != RETURN_NOTICE or batch_item.state not in NOTICE_STATES:
        return []
    if entry.reason not in RETURN_REASONS:
        return [
            Fault(
                "reason", _("退回补正通知没有选择退回原因"), _("这一条目已接收；登记通知就是把它退回补正，请选择原因。")
            )
        ]
    if entry.reason == OTHER and not entry.summary.strip():
        return [Fault("summary", _("退回原因为“其他”时必须填写说明"))]
    return []


def _obstacle(uow: UnitOfWork, item: Item, batch: Batch, batch_item: BatchItem, entry: FeedbackEntry) -> str:
    """Return why this paper cannot be this item's feedback, empty when it can."""
    if _is_feedback(uow, item.id):
        return _("这份材料已经登记为反馈")
    if not uow.session.scalar(select(exists().where(DigitalObject.item_id == item.id, DigitalObject.is_current))):
        return _("这份材料还没有数字化图像")
    if batch.state not in FEEDBACK_BATCH_STATES or batch_item.list_version != batch.list_version:
        return _("批次 %(no)s 还没有答复，不能登记反馈", no=batch.batch_no)
    if not _fits_state(batch_item, entry):
        return _("条目 %(code)s 的状态与这类反馈不符", code=batch_item.code)
    if entry.is_final and (batch.state in _NOT_FINAL_IN or _has_final(uow, batch_item.id)):
        return _("条目 %(code)s 已有办结材料", code=batch_item.code)
    return ""


def _fits_state(batch_item: BatchItem, entry: FeedbackEntry) -> bool:
    if entry.kind == RETURN_NOTICE:
        return batch_item.state in (*RETURNED_STATES, *NOTICE_STATES) and not entry.is_final
    return batch_item.state in FEEDBACK_ITEM_STATES


def _cover_obstacle(uow: UnitOfWork, item: Item, codes: list[str], batch_item: BatchItem | None) -> str:
    if len(codes) > 1:
        return _("同一份材料上读出多个封面码：%(codes)s", codes="、".join(codes))
    if batch_item is None or batch_item.division_code[:6] != item.division_code[:6]:
        return _("没有代码为 %(code)s 的移交条目", code=codes[0])
    batch = uow.session.get_one(Batch, batch_item.batch_id)
    kind = uow.host.settings.plugin("handover").cover_feedback_kind
    return _obstacle(uow, item, batch, batch_item, FeedbackEntry(kind=kind, is_final=False))


def _claim(uow: UnitOfWork, item: Item, code: str, reason: str) -> None:
    """Keep the code and the reason for the desk; a later try replaces the reason."""
    known = select(FeedbackClaim).where(FeedbackClaim.item_id == item.id, FeedbackClaim.code == code)
    claim = uow.session.scalar(known)
    if claim is None:
        claim = FeedbackClaim(item_id=item.id, code=code, division_code=item.division_code, reason=reason, at=uow.now)
        uow.session.add(claim)
        uow.journal("feedback.claimed", f"item:{item.id}", division=item.division_code, code=code, reason=reason)
    claim.reason, claim.at = reason, uow.now


def _is_feedback(uow: UnitOfWork, item_id: int) -> bool:
    return bool(uow.session.scalar(select(exists().where(Feedback.item_id == item_id))))


def _has_final(uow: UnitOfWork, batch_item_id: int) -> bool:
    final = exists().where(Feedback.batch_item_id == batch_item_id, Feedback.is_final)
    return bool(uow.session.scalar(select(final)))
