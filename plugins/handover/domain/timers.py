"""The three timers of a batch: no receipt, no answer, no feedback after so many working days.

A timer begins on the day the batch entered its state (at the office) and is overdue from the first working day after its last day. Nothing
happens by itself when it runs out: it is a reminder.

Source: domain reference 3.3 (10, 20 and 60 working days, a proposal of ours; the figures are settings).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lindang.i18n import lazy
from models.workdays import Calendar, Due
from plugins.handover.domain.states import BatchState

WAITS_FOR: Final = {
    BatchState.SENT: lazy("等接收单位接收"),
    BatchState.RECEIVED: lazy("等接收单位逐件答复"),
    BatchState.ANSWERED: lazy("等反馈材料归档"),
}
"""What a batch in these states waits for."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when a batch may wait: since when, how many working days, the last day, and how many working days lie behind it
    (0 = in time) or before it.
    """

    state: BatchState
    since: dt.date
    days: int
    due: Due
    overdue: int
    left: int

    @property
    def is_overdue(self) -> bool:
        """Say whether the last day is past."""
        return self.overdue > 0


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What deadlines are counted with at this office today."""

    calendar: Calendar
    allowed: Mapping[BatchState, int]
    today: dt.date


def deadline_of(state: BatchState, since: dt.date, works: Clockwork) -> Deadline | None:
    """Return the deadline of a batch, None when it waits for nobody else or its timer is switched off (0 days)."""
    days = works.allowed.get(state, 0)
    if not days:
        return None
    due = works.calendar.after(since, days)
    overdue, left = works.calendar.between(due.day, works.today), works.calendar.between(works.today, due.day)
    return Deadline(state, since, days, due, overdue, left)
