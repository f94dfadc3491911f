"""Batches that wait for somebody, with their last day; and what happened to batches on the days of a month."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import Text, lazy, local_time
from models.handover import Batch, BatchTransition
from models.place import Org
from plugins.handover.domain.states import BatchState
from plugins.handover.domain.timers import WAITS_FOR, Clockwork, Deadline, deadline_of
from plugins.handover.queries.batches import visible

_SHOWN = {
    "confirm_sent": lazy("送出"),
    "receive": lazy("接收"),
    "record_receipt": lazy("接收"),
    "answer": lazy("答复"),
    "record_answer": lazy("答复"),
    "close": lazy("结案"),
}
"""The steps that the calendar shows, and what it calls them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One batch that waits, for what, and until when."""

    batch_id: int
    batch_no: str
    title: str
    registry: str
    what: Text
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the batch calendar: whether the office works, what was done, what is due."""

    day: dt.date
    is_working: bool
    done: tuple[tuple[int, str, Text], ...] = ()
    due: tuple[Waiting, ...] = ()


def deadline_for(batch: Batch, works: Clockwork) -> Deadline | None:
    """Return until when a batch may wait, None when it waits for nobody."""
    return deadline_of(BatchState(batch.state), local_time(batch.state_since).date(), works)


def waiting_batches(session: Session, actor: Actor, works: Clockwork) -> list[Waiting]:
    """Return the batches the actor may see that wait for somebody, the most urgent first."""
    query = (
        select(Batch, Org.name)
        .join(Org, Org.id == Batch.registry_org_id)
        .where(visible(actor), Batch.state.in_(list(WAITS_FOR)))
    )
    found = [
        Waiting(batch.id, batch.batch_no, batch.title, registry, WAITS_FOR[BatchState(batch.state)], deadline)
        for batch, registry in session.execute(query)
        if (deadline := deadline_for(batch, works))
    ]
    return sorted(found, key=lambda one: (one.deadline.due.day, one.batch_no))


def month_of(session: Session, actor: Actor, works: Clockwork, first: dt.date) -> list[list[Day]]:
    """Return the weeks, Monday first, that hold the month beginning on `first`, with what was done and what is due."""
    days = _days(first)
    done, due = _done(session, actor, days), defaultdict[dt.date, list[Waiting]](list)
    for one in waiting_batches(session, actor, works):
        due[one.deadline.due.day].append(one)
    shown = [Day(day, works.calendar.is_working(day), tuple(done.get(day, ())), tuple(due[day])) for day in days]
    return [shown[start : start + 7] for start in range(0, len(shown), 7)]


def _days(first: dt.date) -> Sequence[dt.date]:
    start = first - dt.timedelta(days=first.weekday())
    beyond = (first + dt.timedelta(days=32)).replace(day=1)
    weeks = -(-(beyond - start).days // 7)
    return [start + dt.timedelta(days=number) for number in range(weeks * 7)]


def _done(session: Session, actor: Actor, days: Sequence[dt.date]) -> dict[dt.date, list[tuple[int, str, Text]]]:
    """Return (batch id, number, what) of the steps of these days; a day too many on each side makes up for the time zone."""
    begin, end = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (days[0], days[-1]))
    query = (
        select(BatchTransition.at, BatchTransition.action, Batch.id, Batch.batch_no)
        .join(Batch, Batch.id == BatchTransition.batch_id)
        .where(
            visible(actor),
            BatchTransition.action.in_(list(_SHOWN)),
            BatchTransition.at >= begin - dt.timedelta(days=1),
            BatchTransition.at < end + dt.timedelta(days=2),
        )
        .order_by(BatchTransition.id)
    )
    found: dict[dt.date, list[tuple[int, str, Text]]] = defaultdict(list)
    for at, action, batch_id, batch_no in session.execute(query):
        found[local_time(at).date()].append((batch_id, batch_no, _SHOWN[action]))
    return found
