"""The outbox: what happened, written in the transaction in which it happened, delivered afterwards.

An event is a frozen dataclass of ids and scalars. ``UnitOfWork.emit`` writes one row for it and one delivery row for
each subscriber. The worker's :class:`Dispatcher` hands deliveries to the subscribers in order, at least once; a handler
that fails is retried with growing pauses and holds up nobody else.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from sqlalchemy import ForeignKey, Index, String, Text, func, literal_column, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from lindang.db import Base, DivisionCode
from lindang.errors import LindangError

if TYPE_CHECKING:
    from lindang.host import Host
    from lindang.plugin import Subscription

log = structlog.get_logger()

BATCH_SIZE = 200
RETRY_SECONDS = (1, 5, 30, 120, 600, 3600)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events; subclasses add ids and scalars. ``division_code`` places the event for scope."""

    division_code: str = ""

    schema: ClassVar[int] = 1


class EventRow(Base):
    """One thing that happened."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, default="")
    payload: Mapped[dict[str, Any]]
    happened_at: Mapped[dt.datetime]
    actor_name: Mapped[str]


class Delivery(Base):
    """One event on its way to one subscriber: ``waiting``, ``done`` or ``failed`` (still retried)."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        # of millions of deliveries some dozens wait: whoever asks for these never looks at the others
        Index(
            "ix_event_delivery_waiting",
            "subscriber",
            "next_at",
            sqlite_where=text("state != 'done'"),
            postgresql_where=text("state != 'done'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    subscriber: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime]
    error: Mapped[str] = mapped_column(Text, default="")


IS_WAITING = Delivery.state != literal_column("'done'")
"""The condition of the index, spelt out: with a bound value SQLite would not know that the index serves."""


def write_event(session: Session, event: Event, subscribers: Sequence[str], *, now: dt.datetime, actor: str) -> None:
    """Add the event row and a delivery row per subscriber to the running transaction."""
    row = EventRow(
        name=type(event).__name__,
        division_code=event.division_code,
        payload=dataclasses.asdict(event),
        happened_at=now,
        actor_name=actor,
    )
    session.add(row)
    session.flush()
    session.add_all(Delivery(event_id=row.id, subscriber=name, next_at=now) for name in subscribers)


class Dispatcher:
    """Hands waiting deliveries to their subscribers. One instance runs, in the worker process."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def run_once(self) -> int:
        """Deliver what is due, for every subscription; returns the number delivered."""
        waiting = self._with_due()
        return sum(self._serve(each) for each in self._host.subscriptions if each.name in waiting)

    def _with_due(self) -> frozenset[str]:
        """Return the subscribers that something is due for: one short query, five times a second, on an idle machine."""
        query = select(Delivery.subscriber).where(IS_WAITING, Delivery.next_at <= self._host.clock.now())
        with self._host.view() as session:
            return frozenset(session.scalars(query.distinct()))

    def _serve(self, subscription: Subscription) -> int:
        now = self._host.clock.now()
        due = self._due(subscription, now)
        if not due:
            return 0
        if subscription.batch:
            return self._deliver(subscription, due)
        return sum(self._deliver(subscription, [one]) for one in due)

    def _due(self, subscription: Subscription, now: dt.datetime) -> list[tuple[int, Event]]:
        query = (
            select(Delivery.id, EventRow.payload)
            .join(EventRow, EventRow.id == Delivery.event_id)
            .where(Delivery.subscriber == subscription.name, IS_WAITING, Delivery.next_at <= now)
            .order_by(Delivery.id)
            .limit(BATCH_SIZE)
        )
        with self._host.view() as session:
            rows = session.execute(query).all()
        return [(delivery, _revive(subscription.event, payload)) for delivery, payload in rows]

    def _deliver(self, subscription: Subscription, due: list[tuple[int, Event]]) -> int:
        ids = [delivery for delivery, _event in due]
        events = [event for _delivery, event in due]
        try:
            if subscription.batch:
                subscription.handle(self._host, events)
            else:
                subscription.handle(self._host, events[0])
        except Exception as error:  # noqa: BLE001 - a handler of any plugin must not stop the others
            log.warning("event.delivery_failed", subscriber=subscription.name, deliveries=ids, error=repr(error))
            self._postpone(ids, _reason(error))
            return 0
        self._finish(ids)
        return len(ids)

    def _finish(self, ids: list[int]) -> None:
        with self._host.transaction() as session:
            session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(state="done", error=""))

    def _postpone(self, ids: list[int], reason: str) -> None:
        now = self._host.clock.now()
        with self._host.transaction() as session:
            for delivery in session.scalars(select(Delivery).where(Delivery.id.in_(ids))):
                pause = RETRY_SECONDS[min(delivery.attempts, len(RETRY_SECONDS) - 1)]
                delivery.attempts += 1
                delivery.state = "failed"
                delivery.error = reason
                delivery.next_at = now + dt.timedelta(seconds=pause)


def pending(session: Session, subscriber: str | None = None) -> int:
    """Count deliveries that have not been made, of one subscriber or of all."""
    query = select(func.count()).select_from(Delivery).where(IS_WAITING)
    return session.scalar(query.where(Delivery.subscriber == subscriber) if subscriber else query) or 0


def _revive(kind: type[Event], payload: dict[str, Any]) -> Event:
    """Rebuild the event; fields that newer code added take their defaults, fields it dropped are ignored."""
    known = {field.name for field in dataclasses.fields(kind)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in payload.items() if key in known
    }
    return kind(**values)


def _reason(error: Exception) -> str:
    if isinstance(error, LindangError):
        return str(error)
    return "".join(traceback.format_exception_only(error)).strip()[:2000]
