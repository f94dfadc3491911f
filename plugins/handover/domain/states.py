"""The life of a batch and of a batch item, as tables.

The states, their order, actors and guards are those of the domain reference, section 3.3. Four things are added and
marked so: `SENDING`, the state between the decision to send and the verified package, from which a crash resumes; the
reviewer's own way to refuse (`CHECKED -> REFUSED`), since a list that nobody will sign must find its way back; the office's
own way to record a receipt and an answer that came as a workbook, for a registry that works offline; and
`REPLACED`, where a returned item ends once a new batch names it, or an old list's line once a new list stands.

`CANDIDATE` and the first `READY` of the reference are not states of a row: before a batch holds it, a certificate is
judged anew by `readiness` each time it is looked at. A batch item is born `IN_BATCH`.

Source: domain reference 3.3; trust reference 7 (order of writing when sending).
"""

from __future__ import annotations

import enum
from typing import Final

from lindang.i18n import lazy
from models.handover_terms import ITEM_STATES
from plugins.handover.domain.machine import Machine, Step
from plugins.handover.permissions import CLOSE, CORRECT, DRAFT, FEEDBACK, RECEIVE, RECORD, SEND, SIGN


class BatchState(enum.StrEnum):
    """Where a batch stands."""

    DRAFT = "DRAFT"
    CHECKING = "CHECKING"
    CHECK_FAILED = "CHECK_FAILED"
    CHECKED = "CHECKED"
    SIGNED = "SIGNED"
    SENDING = "SENDING"
    SENT = "SENT"
    RECEIVED = "RECEIVED"
    ANSWERED = "ANSWERED"
    FEEDBACK_FILED = "FEEDBACK_FILED"
    CLOSED = "CLOSED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


class ItemState(enum.StrEnum):
    """Where one certificate stands inside its batch."""

    IN_BATCH = "IN_BATCH"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    FEEDBACK_RECEIVED = "FEEDBACK_RECEIVED"
    FEEDBACK_FILED = "FEEDBACK_FILED"
    RETURNED = "RETURNED"
    FIXING = "FIXING"
    READY = "READY"
    REPLACED = "REPLACED"
    WITHDRAWN = "WITHDRAWN"


_B, _I = BatchState, ItemState

BATCH: Final = Machine(
    _B.DRAFT,
    (
        Step(action="check", source=_B.DRAFT, target=_B.CHECKING, permission=DRAFT, guards=("has_items", "all_ready")),
        Step(action="pass_check", source=_B.CHECKING, target=_B.CHECKED, guards=("nothing_wrong",)),
        Step(action="fail_check", source=_B.CHECKING, target=_B.CHECK_FAILED),
        Step(action="reopen", source=_B.CHECK_FAILED, target=_B.DRAFT, permission=DRAFT),
        Step(
            action="sign",
            source=_B.CHECKED,
            target=_B.SIGNED,
            permission=SIGN,
            guards=("second_person", "unchanged", "documents_made"),
        ),
        Step(
            action="refuse_to_sign",
            source=_B.CHECKED,
            target=_B.REFUSED,
            permission=SIGN,
            guards=("reason_given",),
        ),
        Step(action="send", source=_B.SIGNED, target=_B.SENDING, permission=SEND, guards=("carriers_listed",)),
        Step(action="confirm_sent", source=_B.SENDING, target=_B.SENT, guards=("nothing_wrong", "documents_made")),
        Step(action="fail_sending", source=_B.SENDING, target=_B.SIGNED),
        Step(action="receive", source=_B.SENT, target=_B.RECEIVED, permission=RECEIVE, guards=("receipt_agrees",)),
        Step(
            action="record_receipt", source=_B.SENT, target=_B.RECEIVED, permission=RECORD, guards=("receipt_agrees",)
        ),
        Step(action="refuse", source=_B.SENT, target=_B.REFUSED, permission=RECEIVE, guards=("reason_given",)),
        Step(action="answer", source=_B.RECEIVED, target=_B.ANSWERED, permission=RECEIVE, guards=("all_answered",)),
        Step(
            action="record_answer", source=_B.RECEIVED, target=_B.ANSWERED, permission=RECORD, guards=("all_answered",)
        ),
        Step(
            action="complete_feedback",
            source=_B.ANSWERED,
            target=_B.FEEDBACK_FILED,
            permission=FEEDBACK,
            guards=("all_feedback_filed",),
        ),
        Step(
            action="close",
            source=_B.FEEDBACK_FILED,
            target=_B.CLOSED,
            permission=CLOSE,
            guards=("other_person", "no_orphans", "no_open_lines", "invariants_hold"),
        ),
        Step(action="revise", source=_B.REFUSED, target=_B.DRAFT, permission=DRAFT),
        *(
            Step(action="cancel", source=state, target=_B.CANCELLED, permission=DRAFT, guards=("reason_given",))
            for state in (_B.DRAFT, _B.CHECKING, _B.CHECK_FAILED, _B.CHECKED, _B.SIGNED)
        ),
    ),
)
"""The batch. `CANCELLED` is reached before `SENT` only; a refused batch comes back as a new version of its list."""

ITEM: Final = Machine(
    _I.IN_BATCH,
    (
        Step(action="withdraw", source=_I.IN_BATCH, target=_I.WITHDRAWN, permission=DRAFT),
        Step(action="send", source=_I.IN_BATCH, target=_I.SENT),
        Step(action="accept", source=_I.SENT, target=_I.ACCEPTED, permission=RECEIVE),
        Step(action="return", source=_I.SENT, target=_I.RETURNED, permission=RECEIVE),
        Step(action="receive_feedback", source=_I.ACCEPTED, target=_I.FEEDBACK_RECEIVED, permission=FEEDBACK),
        Step(action="file_feedback", source=_I.FEEDBACK_RECEIVED, target=_I.FEEDBACK_FILED, permission=FEEDBACK),
        Step(action="fix", source=_I.RETURNED, target=_I.FIXING, permission=CORRECT),
        Step(action="finish_fixing", source=_I.FIXING, target=_I.READY, permission=CORRECT),
        Step(action="send_back", source=_I.ACCEPTED, target=_I.RETURNED, permission=FEEDBACK),
        Step(action="send_back", source=_I.FEEDBACK_RECEIVED, target=_I.RETURNED, permission=FEEDBACK),
        Step(action="replace", source=_I.READY, target=_I.REPLACED, permission=DRAFT),
        Step(action="restore", source=_I.REPLACED, target=_I.READY, permission=DRAFT),
        Step(action="supersede", source=_I.IN_BATCH, target=_I.REPLACED, permission=DRAFT),
        Step(action="supersede", source=_I.SENT, target=_I.REPLACED, permission=DRAFT),
    ),
)
"""The item. One that was accepted is sent back by a notice (F2) as long as its final feedback is not filed. A returned one re-enters only through a new batch item that names it; if that is withdrawn, it is restored."""

OPEN_ITEM_STATES: Final = frozenset({_I.IN_BATCH, _I.SENT, _I.ACCEPTED, _I.FEEDBACK_RECEIVED, _I.FEEDBACK_FILED})
"""States in which an item keeps its certificate out of every other batch, until its batch is closed."""

LIVE_BATCH_STATES: Final = frozenset(BatchState) - {_B.CLOSED, _B.CANCELLED}
"""States of a batch on which work remains."""

RECEIVER_STATES: Final = frozenset({_B.SENT, _B.RECEIVED, _B.ANSWERED, _B.FEEDBACK_FILED, _B.CLOSED})
"""States in which the registry may see a batch."""

FROZEN_STATES: Final = RECEIVER_STATES | {_B.SIGNED, _B.SENDING}
"""States in which the list and its digests stand fixed."""

PAGE_REPLACED: Final = "page_replaced"
"""No step: what the batch is told when a page of its frozen list was scanned anew; the state stays."""

MAIN_LINE: Final = (
    _B.DRAFT,
    _B.CHECKED,
    _B.SIGNED,
    _B.SENT,
    _B.RECEIVED,
    _B.ANSWERED,
    _B.FEEDBACK_FILED,
    _B.CLOSED,
)
"""The stations of the straight way, as the state line on the page shows them."""

_STATION: Final = {
    _B.CHECKING: _B.DRAFT,
    _B.CHECK_FAILED: _B.DRAFT,
    _B.SENDING: _B.SIGNED,
    _B.REFUSED: _B.DRAFT,
    _B.CANCELLED: _B.DRAFT,
}

BATCH_LABELS: Final = {
    _B.DRAFT: lazy("拟稿"),
    _B.CHECKING: lazy("检查中"),
    _B.CHECK_FAILED: lazy("检查未通过"),
    _B.CHECKED: lazy("待签发"),
    _B.SIGNED: lazy("已签发"),
    _B.SENDING: lazy("送出中"),
    _B.SENT: lazy("已送出"),
    _B.RECEIVED: lazy("已接收"),
    _B.ANSWERED: lazy("已答复"),
    _B.FEEDBACK_FILED: lazy("反馈已归档"),
    _B.CLOSED: lazy("已结案"),
    _B.REFUSED: lazy("已退回"),
    _B.CANCELLED: lazy("已取消"),
}

STATION_LABELS: Final = {_B.CHECKED: lazy("已检查")}
"""Labels of stations that are called otherwise once they lie behind, or still ahead."""

ITEM_LABELS: Final = {state: ITEM_STATES[state] for state in _I}

ACTION_LABELS: Final = {
    "create": lazy("建立批次"),
    "edit": lazy("修改清单"),
    "check": lazy("送检查"),
    "pass_check": lazy("检查通过"),
    "fail_check": lazy("检查未通过"),
    "reopen": lazy("退回修改"),
    "sign": lazy("签发"),
    "refuse_to_sign": lazy("不予签发"),
    "send": lazy("送出"),
    "confirm_sent": lazy("送达包核验完成"),
    "fail_sending": lazy("送出核验未通过"),
    "receive": lazy("接收"),
    "record_receipt": lazy("登记接收（离线）"),
    "refuse": lazy("整批拒收"),
    "answer": lazy("提交接收意见"),
    "record_answer": lazy("登记答复（离线）"),
    "complete_feedback": lazy("反馈办结"),
    "close": lazy("结案"),
    "revise": lazy("建立新版本清单"),
    "cancel": lazy("取消批次"),
    PAGE_REPLACED: lazy("签发后换页"),
}


def station(state: BatchState) -> BatchState:
    """Return the station of the main line at or behind which `state` lies."""
    return _STATION.get(state, state)
