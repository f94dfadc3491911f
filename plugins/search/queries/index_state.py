"""What the ledgers say about the index: events on their way to it, its jobs, and what last went wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.events import IS_WAITING, Delivery, EventRow
from lindang.jobs import DONE, FAILED, QUEUED, RUNNING, JobRow
from plugins.search.queries.changes import SUBSCRIBER


@dataclass(frozen=True, slots=True)
class Lag:
    """Events that the index has not taken in yet: how many, and when the oldest happened."""

    events: int
    oldest: dt.datetime | None


@dataclass(frozen=True, slots=True)
class JobState:
    """A job of the index that waits or runs."""

    kind: str
    is_running: bool
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that went wrong and is not mended yet.

    Attributes:
        error: What was said.
        at: When it went wrong; for an event, when that happened.
        again_at: When it is tried again by itself; None when it waits for a person.
    """

    error: str
    at: dt.datetime
    again_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """The last comparison of index and database: when it ended, and what it found in words."""

    at: dt.datetime
    found: str


def lag_of(session: Session) -> Lag:
    """Return how far the index is behind the database."""
    query = (
        select(func.count(), func.min(EventRow.happened_at))
        .select_from(Delivery)
        .join(EventRow, EventRow.id == Delivery.event_id)
        .where(Delivery.subscriber.startswith(SUBSCRIBER), IS_WAITING)
    )
    count, oldest = session.execute(query).one()
    return Lag(count, oldest)


def open_jobs(session: Session, kinds: Sequence[str]) -> list[JobState]:
    """Return the jobs of these kinds that wait or run, the oldest first."""
    query = select(JobRow).where(JobRow.kind.in_(kinds), JobRow.state.in_([QUEUED, RUNNING])).order_by(JobRow.id)
    return [JobState(row.kind, row.state == RUNNING, row.done, row.total) for row in session.scalars(query)]


def last_fault(session: Session, kinds: Sequence[str]) -> Fault | None:
    """Return the failed delivery that is tried again soonest, else the last job of these kinds if it failed."""
    delivery = session.execute(
        select(Delivery.error, EventRow.happened_at, Delivery.next_at)
        .join(EventRow, EventRow.id == Delivery.event_id)
        .where(Delivery.subscriber.startswith(SUBSCRIBER), IS_WAITING, Delivery.error != "")
        .order_by(Delivery.next_at)
        .limit(1)
    ).one_or_none()
    if delivery is not None:
        return Fault(delivery.error, delivery.happened_at, delivery.next_at)
    job = session.scalar(select(JobRow).where(JobRow.kind.in_(kinds)).order_by(JobRow.id.desc()).limit(1))
    if job is None or not job.error or job.state not in (FAILED, QUEUED):
        return None
    at = job.finished_at or job.heartbeat_at or job.created_at
    return Fault(job.error, at, job.due_at if job.state == QUEUED else None)


def last_compared(session: Session, kind: str) -> Compared | None:
    """Return what the last comparison found."""
    query = select(JobRow).where(JobRow.kind == kind, JobRow.state == DONE).order_by(JobRow.id.desc()).limit(1)
    job = session.scalar(query)
    return Compared(job.finished_at, job.note) if job is not None and job.finished_at is not None else None
