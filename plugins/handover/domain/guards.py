"""What must hold before a step of a batch is taken: pure tests over gathered facts.

The steps in `states` name their guards; the service gathers what they need into one `BatchFacts` and asks `refusals`. A
fact that nobody gathered is not "fine" but a programming error, so that no step can slip past its guard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from lindang.errors import Fault
from lindang.i18n import _
from plugins.handover.domain.machine import Step
from plugins.handover.domain.states import BatchState

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFacts:
    """What is known of a batch when a step is tried; None means that it was not looked up.

    Faults are listed as (where, what) pairs, already worded.
    """

    actor_id: int | None = None
    reason: str | None = None
    item_count: int | None = None
    unready: tuple[tuple[str, str], ...] | None = None
    problems: tuple[tuple[str, str], ...] | None = None
    preparers: frozenset[int | None] | None = None
    changes: tuple[tuple[str, str], ...] | None = None
    document_kinds: frozenset[str] | None = None
    required_kinds: frozenset[str] | None = None
    carriers: str | None = None
    boxes: str | None = None
    receipt_differences: tuple[tuple[str, str], ...] | None = None
    unanswered: tuple[str, ...] | None = None
    without_feedback: tuple[str, ...] | None = None
    feedback_filers: frozenset[int | None] | None = None
    orphans: int | None = None
    open_lines: int | None = None
    violations: tuple[tuple[str, str], ...] | None = None


def _known(fact: T | None) -> T:
    if fact is None:
        raise LookupError("a guard needs a fact that was not gathered")
    return fact


def _faults(pairs: tuple[tuple[str, str], ...] | None, remedy: str) -> tuple[Fault, ...]:
    return tuple(Fault(where, what, remedy) for where, what in _known(pairs))


def _has_items(facts: BatchFacts) -> tuple[Fault, ...]:
    if _known(facts.item_count):
        return ()
    return (Fault(_("清单"), _("批次里还没有林权证"), _("请先从成熟清单加入林权证。")),)


def _all_ready(facts: BatchFacts) -> tuple[Fault, ...]:
    return _faults(facts.unready, _("请补齐后再送检查，或把它移出批次。"))


def _nothing_wrong(facts: BatchFacts) -> tuple[Fault, ...]:
    return _faults(facts.problems, _("请处理后重新检查。"))


def _second_person(facts: BatchFacts) -> tuple[Fault, ...]:
    if facts.actor_id is not None and facts.actor_id not in _known(facts.preparers):
        return ()
    return (Fault(_("签发人"), _("拟定、修改或送检查的人不能签发同一批次"), _("请由另一位有签发权限的人签发。")),)


def _unchanged(facts: BatchFacts) -> tuple[Fault, ...]:
    return _faults(facts.changes, _("检查之后内容有变动：请不予签发，由填表人修订后重新检查。"))


def _documents_made(facts: BatchFacts) -> tuple[Fault, ...]:
    missing = _known(facts.required_kinds) - _known(facts.document_kinds)
    return tuple(
        Fault(kind, _("移交文件没有生成"), _("请重试；仍不成功请联系系统管理员。")) for kind in sorted(missing)
    )


def _carriers_listed(facts: BatchFacts) -> tuple[Fault, ...]:
    faults = []
    if not _known(facts.carriers).strip():
        faults.append(Fault(_("载体编号"), _("没有填写电子载体编号"), _("在线移交请填“在线”。")))
    if not _known(facts.boxes).strip():
        faults.append(Fault(_("纸质盒号"), _("没有填写纸质档案盒号"), _("没有纸质档案请填“无”并在备注说明。")))
    return tuple(faults)


def _receipt_agrees(facts: BatchFacts) -> tuple[Fault, ...]:
    return _faults(facts.receipt_differences, _("请重新清点；确实不符的，请整批拒收并写明原因。"))


def _reason_given(facts: BatchFacts) -> tuple[Fault, ...]:
    if _known(facts.reason).strip():
        return ()
    return (Fault(_("原因"), _("没有写明原因"), _("请写明原因，它会记入批次的办理记录。")),)


def _all_answered(facts: BatchFacts) -> tuple[Fault, ...]:
    return tuple(Fault(code, _("还没有接收意见"), _("请选择接收或退回。")) for code in _known(facts.unanswered))


def _all_feedback_filed(facts: BatchFacts) -> tuple[Fault, ...]:
    missing = _known(facts.without_feedback)
    return tuple(Fault(code, _("还没有归档办结的反馈材料"), _("请扫描反馈材料并登记。")) for code in missing)


def _other_person(facts: BatchFacts) -> tuple[Fault, ...]:
    if facts.actor_id is not None and facts.actor_id not in _known(facts.feedback_filers):
        return ()
    return (Fault(_("结案人"), _("登记反馈材料的人不能结案同一批次"), _("请由另一位有结案权限的人结案。")),)


def _no_orphans(facts: BatchFacts) -> tuple[Fault, ...]:
    orphans = _known(facts.orphans)
    if not orphans:
        return ()
    text = _("本县还有 %(n)s 份反馈材料没有对应到移交条目", n=orphans)
    return (Fault(_("反馈登记"), text, _("请在反馈登记页逐份对应。")),)


def _no_open_lines(facts: BatchFacts) -> tuple[Fault, ...]:
    lines = _known(facts.open_lines)
    if not lines:
        return ()
    text = _("答复工作簿还有 %(n)s 行没有对应到条目", n=lines)
    return (Fault(_("答复工作簿"), text, _("请在批次的答复工作簿页逐行处理。")),)


def _invariants_hold(facts: BatchFacts) -> tuple[Fault, ...]:
    return _faults(facts.violations, _("请先改正，再结案。"))


GUARDS: Final[dict[str, Callable[[BatchFacts], tuple[Fault, ...]]]] = {
    "has_items": _has_items,
    "all_ready": _all_ready,
    "nothing_wrong": _nothing_wrong,
    "second_person": _second_person,
    "unchanged": _unchanged,
    "documents_made": _documents_made,
    "carriers_listed": _carriers_listed,
    "receipt_agrees": _receipt_agrees,
    "reason_given": _reason_given,
    "all_answered": _all_answered,
    "all_feedback_filed": _all_feedback_filed,
    "other_person": _other_person,
    "no_orphans": _no_orphans,
    "no_open_lines": _no_open_lines,
    "invariants_hold": _invariants_hold,
}


def refusals(step: Step[BatchState], facts: BatchFacts) -> tuple[Fault, ...]:
    """Return every fault that stands against the step, in the order of its guards; empty when it may be taken.

    Raises:
        LookupError: a guard needs a fact that was not gathered.
    """
    return tuple(fault for name in step.guards for fault in GUARDS[name](facts))
