"""The life of a batch and of its items: the tables against the reference, and random walks against the tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lindang.errors import Conflict
from plugins.handover import permissions
from plugins.handover.domain.guards import GUARDS
from plugins.handover.domain.machine import SYSTEM, Machine
from plugins.handover.domain.states import (
    ACTION_LABELS,
    BATCH,
    BATCH_LABELS,
    FROZEN_STATES,
    ITEM,
    ITEM_LABELS,
    MAIN_LINE,
    OPEN_ITEM_STATES,
    PAGE_REPLACED,
    RECEIVER_STATES,
    BatchState,
    ItemState,
    station,
)
from plugins.handover.service.steps import JOURNAL

DRAFT, SIGN, SEND = permissions.DRAFT, permissions.SIGN, permissions.SEND
RECEIVE, FEEDBACK, CLOSE = permissions.RECEIVE, permissions.FEEDBACK, permissions.CLOSE

REFERENCE = {
    ("DRAFT", "CHECKING", DRAFT),
    ("CHECKING", "CHECKED", SYSTEM),
    ("CHECKED", "SIGNED", SIGN),
    ("RECEIVED", "ANSWERED", RECEIVE),
    ("SENT", "RECEIVED", RECEIVE),
    ("ANSWERED", "FEEDBACK_FILED", FEEDBACK),
    ("FEEDBACK_FILED", "CLOSED", CLOSE),
    ("CHECKING", "CHECK_FAILED", SYSTEM),
    ("CHECK_FAILED", "DRAFT", DRAFT),
    ("REFUSED", "DRAFT", DRAFT),
    ("SENT", "REFUSED", RECEIVE),
    *((state, "CANCELLED", DRAFT) for state in ("DRAFT", "CHECKING", "CHECK_FAILED", "CHECKED", "SIGNED")),
}
ADDED = {
    ("SIGNED", "SENDING", SEND),
    ("SENDING", "SENT", SYSTEM),
    ("SENDING", "SIGNED", SYSTEM),
    ("CHECKED", "REFUSED", SIGN),
    ("SENT", "RECEIVED", permissions.RECORD),
    ("RECEIVED", "ANSWERED", permissions.RECORD),
}
ITEM_REFERENCE = {
    ("IN_BATCH", "SENT"),
    ("SENT", "ACCEPTED"),
    ("ACCEPTED", "FEEDBACK_RECEIVED"),
    ("FEEDBACK_RECEIVED", "FEEDBACK_FILED"),
    ("SENT", "RETURNED"),
    ("RETURNED", "FIXING"),
    ("FIXING", "READY"),
    ("IN_BATCH", "WITHDRAWN"),
}
ITEM_ADDED = {("READY", "REPLACED"), ("REPLACED", "READY"), ("IN_BATCH", "REPLACED"), ("SENT", "REPLACED")} | {
    ("ACCEPTED", "RETURNED"),
    ("FEEDBACK_RECEIVED", "RETURNED"),
}


def test_the_batch_table_is_the_reference_and_what_we_added() -> None:
    assert {(step.source, step.target, step.permission) for step in BATCH.steps} == REFERENCE | ADDED


def test_the_item_table_is_the_reference_and_what_we_added() -> None:
    assert {(step.source, step.target) for step in ITEM.steps} == ITEM_REFERENCE | ITEM_ADDED


def test_the_main_line_can_be_walked_from_draft_to_closed() -> None:
    state = BATCH.initial
    for action in (
        "check", "pass_check", "sign", "send", "confirm_sent", "receive", "answer", "complete_feedback", "close",
    ):  # fmt: skip
        state = BATCH.next_state(state, action)
    assert state is BatchState.CLOSED
    assert MAIN_LINE[0] is BATCH.initial
    assert MAIN_LINE[-1] is BatchState.CLOSED


def test_only_closed_and_cancelled_batches_are_final() -> None:
    assert {state for state in BatchState if BATCH.is_final(state)} == {BatchState.CLOSED, BatchState.CANCELLED}


@pytest.mark.parametrize("state", ["SENDING", "SENT", "RECEIVED", "ANSWERED", "FEEDBACK_FILED", "CLOSED", "REFUSED"])
def test_nothing_is_cancelled_once_it_is_on_its_way(state: str) -> None:
    with pytest.raises(Conflict, match=state):
        BATCH.step(BatchState(state), "cancel")


def test_an_action_leads_from_a_state_to_one_state_only() -> None:
    for machine in (BATCH, ITEM):
        keys = [(step.source, step.action) for step in machine.steps]
        assert len(keys) == len(set(keys))


def test_every_guard_permission_and_label_exists() -> None:
    known = {permission.key for permission in permissions.PERMISSIONS}
    for step in (*BATCH.steps, *ITEM.steps):
        assert step.permission in known | {SYSTEM}
        assert set(step.guards) <= set(GUARDS)
    assert (
        {step.action for step in BATCH.steps} | {"create", "edit", PAGE_REPLACED} == set(JOURNAL) == set(ACTION_LABELS)
    )
    assert set(BATCH_LABELS) == set(BatchState)
    assert set(ITEM_LABELS) == set(ItemState)
    assert {guard for step in BATCH.steps for guard in step.guards} == set(GUARDS)


def test_who_may_take_a_step_is_read_off_the_table() -> None:
    assert [step.action for step in BATCH.allowed(BatchState.CHECKED, {SIGN})] == ["sign", "refuse_to_sign"]
    assert [step.action for step in BATCH.allowed(BatchState.CHECKED, {DRAFT})] == ["cancel"]
    assert BATCH.allowed(BatchState.CHECKING, {SIGN, SYSTEM}) == ()


def test_sets_of_states_fit_together() -> None:
    assert RECEIVER_STATES < FROZEN_STATES
    assert BatchState.REFUSED not in RECEIVER_STATES
    assert ItemState.RETURNED not in OPEN_ITEM_STATES
    assert {station(state) for state in BatchState} <= set(MAIN_LINE)


class Walk(RuleBasedStateMachine):
    """A batch walks at random; the machine may only ever be where the reference allows it to have come from."""

    machine: Machine[Any]

    def __init__(self) -> None:
        super().__init__()
        self.state = BATCH.initial
        self.was_signed = False
        self.was_sent = False

    @rule(action=st.sampled_from(sorted(set(ACTION_LABELS) | {"destroy"})))
    def take(self, action: str) -> None:
        before = self.state
        try:
            after = BATCH.next_state(before, action)
        except Conflict:
            assert not any(step.action == action for step in BATCH.steps_from(before))
            return
        assert any((before, after, step.permission) in REFERENCE | ADDED for step in BATCH.steps_from(before))
        self.was_signed = (self.was_signed or action == "sign") and action != "revise"
        self.was_sent = (self.was_sent or action == "confirm_sent") and action != "revise"
        self.state = after

    @precondition(lambda self: self.state in FROZEN_STATES)
    @invariant()
    def frozen_means_signed(self) -> None:
        assert self.was_signed

    @precondition(lambda self: self.state in RECEIVER_STATES)
    @invariant()
    def the_registry_sees_only_what_was_sent(self) -> None:
        assert self.was_sent

    @precondition(lambda self: self.state is BatchState.CANCELLED)
    @invariant()
    def a_cancelled_batch_was_not_sent_in_this_version(self) -> None:
        assert not self.was_sent


class ItemWalk(RuleBasedStateMachine):
    """An item walks at random: what was accepted comes back by a notice of return (F2) only, what was returned is never accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ITEM.initial
        self.seen: set[ItemState] = {ITEM.initial}
        self.sent_back = False

    @rule(action=st.sampled_from(sorted({step.action for step in ITEM.steps})))
    def take(self, action: str) -> None:
        if any(step.action == action for step in ITEM.steps_from(self.state)):
            self.state = ITEM.next_state(self.state, action)
            assert self.state is not ItemState.ACCEPTED or ItemState.RETURNED not in self.seen
            self.seen.add(self.state)
            self.sent_back |= action == "send_back"
        else:
            with pytest.raises(Conflict):
                ITEM.next_state(self.state, action)

    @invariant()
    def accepted_or_returned(self) -> None:
        assert self.sent_back or not {ItemState.ACCEPTED, ItemState.RETURNED} <= self.seen
        assert not (self.sent_back and ItemState.FEEDBACK_FILED in self.seen)
        assert not {ItemState.WITHDRAWN, ItemState.SENT} <= self.seen

    @invariant()
    def feedback_is_received_before_it_is_filed(self) -> None:
        if ItemState.FEEDBACK_FILED in self.seen:
            assert {ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED} <= self.seen


TestWalk = Walk.TestCase
TestItemWalk = ItemWalk.TestCase
TestWalk.settings = TestItemWalk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
