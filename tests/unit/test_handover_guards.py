"""The guards of the steps: what lets a batch pass, what holds it, and that nothing passes unasked."""

from __future__ import annotations

import pytest

from plugins.handover.domain.guards import GUARDS, BatchFacts, refusals
from plugins.handover.domain.states import BATCH, BatchState

GOOD = BatchFacts(
    actor_id=7,
    reason="与实物不符",
    item_count=3,
    unready=(),
    problems=(),
    preparers=frozenset({1}),
    changes=(),
    document_kinds=frozenset({"manifest"}),
    required_kinds=frozenset({"manifest"}),
    carriers="盘-001",
    boxes="001",
    receipt_differences=(),
    unanswered=(),
    without_feedback=(),
    feedback_filers=frozenset({2, None}),
    orphans=0,
    open_lines=0,
    violations=(),
)
BAD = BatchFacts(
    actor_id=7,
    reason="  ",
    item_count=0,
    unready=(("证1", "缺少材料"), ("证2", "没有宗地")),
    problems=(("文件", "摘要不符"),),
    preparers=frozenset({7}),
    changes=(("档号", "变了"),),
    document_kinds=frozenset(),
    required_kinds=frozenset({"manifest"}),
    carriers=" ",
    boxes="",
    receipt_differences=(("certs", "少一本"),),
    unanswered=("A-1", "A-2"),
    without_feedback=("A-1",),
    feedback_filers=frozenset({7}),
    orphans=2,
    open_lines=3,
    violations=(("批次", "合计不符"),),
)


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_passes_good_facts_and_stops_bad_ones(name: str) -> None:
    assert GUARDS[name](GOOD) == ()
    faults = GUARDS[name](BAD)
    assert faults
    assert all(fault.where and fault.message for fault in faults)


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_never_passes_on_facts_that_nobody_gathered(name: str) -> None:
    with pytest.raises(LookupError):
        GUARDS[name](BatchFacts(actor_id=7))


def test_all_faults_are_told_at_once_in_the_order_of_the_guards() -> None:
    step = BATCH.step(BatchState.DRAFT, "check")
    assert [fault.where for fault in refusals(step, BAD)] == ["清单", "证1", "证2"]


def test_both_missing_carriers_and_boxes_are_named() -> None:
    step = BATCH.step(BatchState.SIGNED, "send")
    assert [fault.where for fault in refusals(step, BAD)] == ["载体编号", "纸质盒号"]


@pytest.mark.parametrize("action", ["sign", "close"])
def test_somebody_without_an_account_is_nobodys_second_person(action: str) -> None:
    name = {"sign": "second_person", "close": "other_person"}[action]
    assert GUARDS[name](BatchFacts(actor_id=None, preparers=frozenset(), feedback_filers=frozenset()))
