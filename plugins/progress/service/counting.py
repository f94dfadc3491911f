"""Keeping places counted: events mark the places they touch, and the marked ones are counted anew; a few at once, many by a job.

A place that changes while it is being counted keeps its mark and is counted once more; a killed job leaves the others marked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import func, select, union, update
from sqlalchemy.orm import Session

from lindang.events import IS_WAITING, Delivery, Event
from lindang.host import Host
from lindang.i18n import local_time
from lindang.jobs import JobContext
from lindang.plugin import Subscription
from models.archive import Item
from models.events import (
    ArchiveFileSaved,
    BaselineDeclared,
    BatchAnswered,
    BatchChanged,
    BatchClosed,
    BatchSent,
    BatchSigned,
    CertificatesSaved,
    FeedbackFiled,
    ItemFiled,
    SheetClosed,
)
from models.handover import BatchItem
from models.progress import MEASURES, CountyDay, PlaceProgress
from models.register import Certificate, Parcel
from plugins.progress.queries.counting import count_places

COUNT_JOB: Final = "progress.count"
SUBSCRIBER: Final = "progress.count."
"""What the names of these subscriptions begin with."""
_AT_ONCE: Final = 3
_PART: Final = 40
"""Places counted in one reading."""
_IDS: Final = 5_000
_COUNTY_DIGITS: Final = 6
_OF_BATCHES: Final = (BatchChanged, BatchSigned, BatchSent, BatchAnswered, BatchClosed, FeedbackFiled)


def mark_events(host: Host, events: Sequence[Event]) -> None:
    """Mark the places that events have touched, and count them: at once where they are few, else in the background."""
    with host.uow(host.system_actor()) as uow:
        places = _places_of(uow.session, events)
        mark_places(uow.session, places)
        if len(places) > _AT_ONCE:
            uow.enqueue(COUNT_JOB, "")
            return
    count(host, sorted(places))


def mark_places(session: Session, places: Collection[str]) -> None:
    """Say of places that they have changed; those that nobody knew of come in."""
    wanted = sorted(places)
    for start in range(0, len(wanted), _IDS):
        part = wanted[start : start + _IDS]
        known = set(session.scalars(select(PlaceProgress.division_code).where(PlaceProgress.division_code.in_(part))))
        session.execute(
            update(PlaceProgress).where(PlaceProgress.division_code.in_(part)).values(marks=PlaceProgress.marks + 1)
        )
        session.add_all(PlaceProgress(division_code=code) for code in part if code not in known)


def mark_all(host: Host, place: str) -> None:
    """Have everything below a place counted again, whatever is known of it."""
    with host.transaction() as session:
        mark_places(session, _with_anything(session, place))


def mark_unknown(host: Host, place: str = "") -> None:
    """Take in the places below a place that have something and were never counted, as after an upgrade."""
    with host.view() as session:
        known = select(PlaceProgress.division_code)
        unknown = _with_anything(session, place) - set(session.scalars(known))
    if unknown:
        with host.transaction() as session:
            mark_places(session, unknown)


def _with_anything(session: Session, place: str) -> set[str]:
    columns = (Item.division_code, Certificate.division_code, BatchItem.division_code, PlaceProgress.division_code)
    parts = [select(column).where(column.startswith(place, autoescape=True)) for column in columns]
    return set(session.scalars(union(*parts)))


def _places_of(session: Session, events: Sequence[Event]) -> set[str]:
    of_batches = {event.batch_id for event in events if isinstance(event, _OF_BATCHES)}
    certificates = {one for event in events if isinstance(event, CertificatesSaved) for one in event.certificate_ids}
    codes = {event.division_code for event in events if not isinstance(event, (*_OF_BATCHES, BaselineDeclared))} - {""}
    for column, place, keys in (
        (BatchItem.batch_id, BatchItem.division_code, sorted(of_batches)),
        (Certificate.id, Certificate.division_code, sorted(certificates)),
    ):
        codes |= _chosen(session, column, place, keys)
    for event in events:
        if isinstance(event, BaselineDeclared):
            codes |= _with_anything(session, event.division_code)
        elif isinstance(event, SheetClosed):
            codes |= _holding_rows_in(session, event.division_code)
    return codes


def _chosen(session: Session, column: object, place: object, keys: Sequence[int]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), _IDS):
        query = select(place).where(column.in_(keys[start : start + _IDS])).distinct()  # type: ignore[call-overload,attr-defined]
        found |= set(session.scalars(query))
    return found


def _holding_rows_in(session: Session, village: str) -> set[str]:
    """Return the villages of the certificates that have a row in this one; nearly always this one alone."""
    query = select(Certificate.division_code).join(Parcel, Parcel.certificate_id == Certificate.id)
    return set(session.scalars(query.where(Parcel.division_code == village).distinct()))


def stale_places(session: Session, place: str = "") -> list[str]:
    """Return the places that have changed since they were counted."""
    inside = PlaceProgress.division_code.startswith(place, autoescape=True)
    query = select(PlaceProgress.division_code).where(inside, PlaceProgress.seen_marks != PlaceProgress.marks)
    return list(session.scalars(query.order_by(PlaceProgress.division_code)))


def refresh(host: Host, place: str = "") -> int:
    """Count what is marked or unknown below a place; returns how many places that were."""
    mark_unknown(host, place)
    with host.view() as session:
        waiting = stale_places(session, place)
    count(host, waiting)
    return len(waiting)


def make_true(host: Host, place: str) -> None:
    """Count a place so that its numbers can be handed in: where an event is still on its way to us, everything is counted."""
    on_its_way = select(Delivery.id).where(Delivery.subscriber.startswith(SUBSCRIBER), IS_WAITING).limit(1)
    with host.view() as session:
        is_told = session.scalar(on_its_way) is None
    if not is_told:
        mark_all(host, place)
    refresh(host, place)


def count_marked(context: JobContext, _argument: str) -> None:
    """Count every place that is marked or unknown, and note the day of each county."""
    host = context.host
    mark_unknown(host)
    with host.view() as session:
        waiting = stale_places(session)
    for start in range(0, len(waiting), _PART):
        count(host, waiting[start : start + _PART])
        context.progress(min(start + _PART, len(waiting)), len(waiting))
    note_days(host, ())


def count(host: Host, places: Sequence[str]) -> None:
    """Count places anew and note the day of their counties."""
    for start in range(0, len(places), _PART):
        _count_part(host, places[start : start + _PART])
    if places:
        note_days(host, {code[:_COUNTY_DIGITS] for code in places})


def _count_part(host: Host, places: Sequence[str]) -> None:
    with host.view() as session:
        query = select(PlaceProgress.division_code, PlaceProgress.marks).where(PlaceProgress.division_code.in_(places))
        seen = dict(session.execute(query).all())  # before anything else is read
        counted = count_places(session, places)
    with host.transaction() as session:
        for code in sorted(seen):
            session.execute(
                update(PlaceProgress)
                .where(PlaceProgress.division_code == code)
                .values(seen_marks=seen[code], counted_at=host.clock.now(), **counted[code].values())
            )


def note_days(host: Host, counties: Collection[str]) -> None:
    """Note what counties have done so far today; none named means all of them."""
    today = local_time(host.clock.now()).date()
    with host.transaction() as session:
        for code, values in county_sums(session, counties).items():
            row = session.get(CountyDay, (code, today))
            if row is None:
                session.add(CountyDay(county_code=code, day=today, **values))
                continue
            for name, value in values.items():
                setattr(row, name, value)


def county_sums(session: Session, counties: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the measures of counties, or of all, by county and name."""
    county = func.substr(PlaceProgress.division_code, 1, _COUNTY_DIGITS)
    sums = [func.sum(getattr(PlaceProgress, name)).label(name) for name in MEASURES]
    query = select(county.label("county"), *sums).group_by(county)
    if counties:
        query = query.where(county.in_(list(counties)))
    return {
        row.county: {name: int(getattr(row, name)) for name in MEASURES}
        for row in session.execute(query)
        if len(row.county) == _COUNTY_DIGITS
    }


COUNT_SUBSCRIPTIONS: Final = tuple(
    Subscription(event=kind, name=f"{SUBSCRIBER}{kind.__name__}", handle=mark_events, batch=True)
    for kind in (*_OF_BATCHES, ArchiveFileSaved, ItemFiled, CertificatesSaved, SheetClosed, BaselineDeclared)
)
