"""The registry's side: the receipt of a batch, its refusal as a whole, and the opinion on each item.

Opinions are kept as they are formed, over days if need be, and may be changed until they are submitted; submitting is one
deliberate act that moves every item and the batch at once. An opinion that was submitted stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lindang.errors import Conflict, Fault, Faults
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.handover import ACCEPT, RETURN, Batch, BatchItem
from plugins.handover.domain.codes import OTHER, RETURN_REASONS
from plugins.handover.domain.guards import BatchFacts
from plugins.handover.domain.manifest import digest_agrees
from plugins.handover.domain.states import BatchState
from plugins.handover.permissions import RECEIVE
from plugins.handover.service.steps import advance, move, open_batch, present_items, touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the receiver counted: certificates, electronic files, and the digest (or its check code) of the list."""

    certs: int
    files: int
    check_code: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The opinion on one item: `accept`, `return` with a reason, or empty while there is none."""

    answer: str
    reason: str = ""
    note: str = ""


def receive_batch(uow: UnitOfWork, batch_id: int, receipt: Receipt, *, version: int) -> Batch:
    """Record the receipt of a batch.

    Raises:
        Faults: what was counted is not what was sent, with every difference.
    """
    batch = open_batch(uow, batch_id, version)
    facts = BatchFacts(actor_id=uow.actor.account_id, receipt_differences=receipt_differences(batch, receipt))
    advance(uow, batch, "receive", facts, note=receipt.note.strip(), certs=receipt.certs, files=receipt.files)
    return batch


def receipt_differences(batch: Batch, receipt: Receipt) -> tuple[tuple[str, str], ...]:
    """Return (where, what) of every difference between what was counted and what was sent."""
    found = []
    if receipt.certs != batch.cert_count:
        found.append(
            ("certs", _("清点 %(found)s 本，清单 %(listed)s 本", found=receipt.certs, listed=batch.cert_count))
        )
    if receipt.files != batch.file_count:
        found.append(
            ("files", _("清点 %(found)s 个，清单 %(listed)s 个", found=receipt.files, listed=batch.file_count))
        )
    if not digest_agrees(receipt.check_code, batch.manifest_sha256):
        found.append(("check_code", _("核对码与签发的清单不一致")))
    return tuple(found)


def refuse_batch(uow: UnitOfWork, batch_id: int, *, version: int, reason: str) -> Batch:
    """Refuse a sent batch as a whole, with the reason; the office revises its list."""
    batch = open_batch(uow, batch_id, version)
    facts = BatchFacts(actor_id=uow.actor.account_id, reason=reason)
    advance(uow, batch, "refuse", facts, note=reason.strip())
    return batch


def save_opinions(
    uow: UnitOfWork, batch_id: int, opinions: Mapping[int, Opinion], *, version: int, permission: str = RECEIVE
) -> Batch:
    """Keep opinions that are not submitted yet.

    Args:
        uow: the transaction.
        batch_id: which batch.
        opinions: by batch item id; items left out keep theirs.
        version: the version of the batch that the person looked at.
        permission: what the person needs; another one where the office records what the registry wrote.

    Raises:
        Conflict: the batch is not being answered.
        Faults: a return without a known reason, or reason 99 without a note; all of them at once.
    """
    batch = open_batch(uow, batch_id, version)
    uow.actor.require(permission)
    if batch.state != BatchState.RECEIVED:
        raise Conflict(_("批次 %(no)s 现在不能填写接收意见", no=batch.batch_no), remedy=_("请刷新页面查看最新状态。"))
    items = {item.id: item for item in present_items(uow, batch)}
    unknown = set(opinions) - set(items)
    faults = [fault for item_id in opinions for fault in _faults(items.get(item_id), opinions[item_id])]
    if faults or unknown:
        raise Faults(_("接收意见没有保存"), faults or [Fault("item", _("条目不属于这个批次"))])
    for item_id, opinion in opinions.items():
        _keep(uow, items[item_id], opinion)
    touch(batch)
    _note_saved(uow, batch, sorted(opinions))
    return batch


def _note_saved(uow: UnitOfWork, batch: Batch, item_ids: list[int]) -> None:
    uow.journal(
        "batch.opinions_saved",
        f"batch:{batch.id}",
        division=batch.division_code,
        batch_no=batch.batch_no,
        items=item_ids,
    )


def _faults(item: BatchItem | None, opinion: Opinion) -> list[Fault]:
    if item is None or not opinion.answer:
        return []
    where = item.code or str(item.id)
    if opinion.answer == ACCEPT:
        return [Fault(where, _("选了接收，又选了退回原因"), _("请二者选一。"))] if opinion.reason else []
    if opinion.answer != RETURN:
        return [Fault(where, _("接收意见只能是接收或退回"))]
    if opinion.reason not in RETURN_REASONS:
        return [Fault(where, _("退回没有选择原因"), _("请选择退回原因。"))]
    if opinion.reason == OTHER and not opinion.note.strip():
        return [Fault(where, _("退回原因为“其他”时必须填写说明"), _("请写明退回的具体原因。"))]
    return []


def _keep(uow: UnitOfWork, item: BatchItem, opinion: Opinion) -> None:
    is_return = opinion.answer == RETURN
    item.answer = opinion.answer
    item.return_reason = opinion.reason if is_return else ""
    item.return_note = opinion.note.strip() if is_return else ""
    item.answered_at = uow.now if opinion.answer else None
    item.answered_by = uow.actor.name if opinion.answer else ""


def accept_rest(uow: UnitOfWork, batch: Batch) -> int:
    """Keep the opinion `accept` for every item of a batch that has none; returns for how many. Nothing is submitted."""
    rest = [item for item in present_items(uow, batch) if not item.answer]
    for item in rest:
        _keep(uow, item, Opinion(answer=ACCEPT))
    _note_saved(uow, batch, [item.id for item in rest])
    return len(rest)


def submit_opinions(uow: UnitOfWork, batch_id: int, *, version: int, action: str = "answer") -> Batch:
    """Submit the opinions on all items: accepted ones wait for feedback, returned ones leave the batch to be mended.

    `action` is the step that is taken: the registry's own, or the office's that records it.

    Raises:
        Faults: an item has no opinion yet.
    """
    batch = open_batch(uow, batch_id, version)
    items = present_items(uow, batch)
    unanswered = tuple(item.code or str(item.id) for item in items if not item.answer)
    returned = [item for item in items if item.answer == RETURN]
    facts = BatchFacts(actor_id=uow.actor.account_id, unanswered=unanswered)
    advance(uow, batch, action, facts, accepted=len(items) - len(returned), returned=len(returned))
    for item in items:
        move(item, item.answer)
        # a returned certificate may be mended and stand in another batch at once
        item.is_open = item.answer == ACCEPT
    return batch
