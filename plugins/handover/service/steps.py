"""Taking a step: the one place where a batch or a batch item changes its state.

`advance` asks the tables in `domain.states` whether the step exists, the actor whether it may, and the guards whether it
should; then it writes the state, the row of who did what when, the journal line and the event, all in the caller's
transaction. Whoever edits a batch names the version that was looked at; who comes second gets a readable conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from lindang.errors import Faults, NotFound
from lindang.events import Event
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.events import BatchAnswered, BatchChanged, BatchClosed, BatchSent, BatchSigned
from models.handover import Batch, BatchItem, BatchTransition
from plugins.handover.domain.guards import BatchFacts, refusals
from plugins.handover.domain.states import ACTION_LABELS, BATCH, ITEM, PAGE_REPLACED, BatchState, ItemState
from plugins.handover.queries.batches import visible
from plugins.handover.queries.snapshots import current_items

JOURNAL: Final = {
    "create": "batch.created",
    "edit": "batch.edited",
    "check": "batch.check_started",
    "pass_check": "batch.check_passed",
    "fail_check": "batch.check_failed",
    "reopen": "batch.reopened",
    "sign": "batch.signed",
    "refuse_to_sign": "batch.signing_refused",
    "send": "batch.sending_started",
    "confirm_sent": "batch.sent",
    "fail_sending": "batch.sending_failed",
    "receive": "batch.received",
    "record_receipt": "batch.receipt_recorded",
    "record_answer": "batch.answer_recorded",
    "refuse": "batch.refused",
    "answer": "batch.answered",
    "complete_feedback": "batch.feedback_completed",
    "close": "batch.closed",
    "revise": "batch.revised",
    "cancel": "batch.cancelled",
    PAGE_REPLACED: "batch.page_replaced",
}
"""What each step is called in the journal."""

_EVENTS: Final[dict[str, Callable[..., Event]]] = {
    "sign": BatchSigned,
    "confirm_sent": BatchSent,
    "answer": BatchAnswered,
    "record_answer": BatchAnswered,
    "close": BatchClosed,
}


def open_batch(uow: UnitOfWork, batch_id: int, version: int | None) -> Batch:
    """Return the batch for changing, locked for this transaction.

    Args:
        uow: the transaction.
        batch_id: which batch.
        version: the version the person looked at; None for the system's own steps, which look for themselves.

    Raises:
        NotFound: it does not exist or is not the actor's to see.
        StaleVersion: somebody else changed it in between.
    """
    query = select(Batch).where(Batch.id == batch_id, visible(uow.actor)).with_for_update()
    batch = uow.session.scalar(query)
    if batch is None:
        raise NotFound(_("没有这个批次"), remedy=_("它不存在，或不在您的权限范围内。"))
    if version is not None and batch.version != version:
        raise stale_version()
    return batch


def advance(
    uow: UnitOfWork, batch: Batch, action: str, facts: BatchFacts, *, note: str = "", **particulars: Any
) -> None:
    """Take a step of the batch's machine.

    Raises:
        Conflict: the step does not lead from the present state.
        Forbidden: the actor does not hold the step's permission.
        Faults: a guard refuses, with everything that stands against it.
    """
    step = BATCH.step(BatchState(batch.state), action)
    if step.permission:
        uow.actor.require(step.permission)
    faults = refusals(step, facts)
    if faults:
        label = str(ACTION_LABELS[action])
        raise Faults(_("批次 %(no)s 还不能%(action)s", no=batch.batch_no, action=label), faults)
    before, batch.state, batch.state_since = batch.state, step.target.value, uow.now
    touch(batch)
    record(uow, batch, action, before, note=note, **particulars)


def record(
    uow: UnitOfWork,
    batch: Batch,
    action: str,
    before: str,
    *,
    note: str = "",
    left: Sequence[BatchItem] = (),
    **particulars: Any,
) -> None:
    """Write down what was done to a batch: the row on its page, the journal line, the event (also for items that `left`)."""
    uow.session.add(
        BatchTransition(
            batch_id=batch.id,
            list_version=batch.list_version,
            action=action,
            from_state=before,
            to_state=batch.state,
            at=uow.now,
            actor=uow.actor.name,
            actor_id=uow.actor.account_id,
            note=note,
            facts=particulars,
        )
    )
    uow.journal(
        JOURNAL[action],
        f"batch:{batch.id}",
        division=batch.division_code,
        batch_no=batch.batch_no,
        state=batch.state,
        list_version=batch.list_version,
        note=note,
        **particulars,
    )
    _emit(uow, batch, action, left)


def _emit(uow: UnitOfWork, batch: Batch, action: str, left: Sequence[BatchItem]) -> None:
    if action in _EVENTS:
        uow.emit(_EVENTS[action](batch_id=batch.id, division_code=batch.division_code))
        return
    files = tuple(item.archive_file_id for item in (*present_items(uow, batch), *left))
    uow.emit(BatchChanged(batch_id=batch.id, archive_file_ids=files, division_code=batch.division_code))


def touch(batch: Batch) -> None:
    """Make sure that the batch's version rises, also when only its items changed."""
    flag_modified(batch, "state_since")


def move(item: BatchItem, action: str) -> None:
    """Take a step of an item's machine. Raises Conflict when it does not lead from the present state."""
    item.state = ITEM.next_state(ItemState(item.state), action).value


def present_items(uow: UnitOfWork, batch: Batch) -> list[BatchItem]:
    """Return the items of the batch's present list, withdrawn ones left out."""
    return current_items(uow.session, batch.id, batch.list_version)
