"""Which units an event has touched, and which are touched by events still on their way to the index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.events import IS_WAITING, Delivery, Event, EventRow
from models.archive import Item
from models.events import (
    ArchiveFileSaved,
    BatchAnswered,
    BatchChanged,
    BatchClosed,
    CertificatesSaved,
    FeedbackFiled,
    ItemFiled,
    PageTextStored,
)
from models.handover import BatchItem
from models.register import Certificate

SUBSCRIBER = "search."
"""What the names of this plugin's subscriptions begin with."""

INDEXED_EVENTS: tuple[type[Event], ...] = (
    ArchiveFileSaved,
    ItemFiled,
    PageTextStored,
    CertificatesSaved,
    BatchChanged,
    BatchAnswered,
    FeedbackFiled,
    BatchClosed,
)
"""The events after which something is found that was not, or no longer is."""


def touched_units(session: Session, events: Iterable[Event]) -> set[int]:
    """Return the keys of all units that the events may have changed."""
    files: set[int] = set()
    items, certificates, batches = set(), set(), set()
    for event in events:
        match event:
            case ArchiveFileSaved(archive_file_id=file_id) | ItemFiled(archive_file_id=file_id):
                files.add(file_id)
            case PageTextStored(item_id=item_id):
                items.add(item_id)
            case CertificatesSaved(certificate_ids=saved, archive_file_ids=linked):
                certificates |= set(saved)
                files |= set(linked)
            case BatchChanged(batch_id=batch_id, archive_file_ids=members):
                batches.add(batch_id)
                files |= set(members)
            case BatchAnswered(batch_id=batch_id) | FeedbackFiled(batch_id=batch_id) | BatchClosed(batch_id=batch_id):
                batches.add(batch_id)
            case _:
                raise TypeError(f"not an indexed event: {event!r}")
    files |= set(session.scalars(select(Item.archive_file_id).where(Item.id.in_(items))))
    files |= set(session.scalars(select(BatchItem.archive_file_id).where(BatchItem.batch_id.in_(batches))))
    linked_to = select(Certificate.archive_file_id).where(Certificate.id.in_(certificates))
    files |= {file_id for file_id in session.scalars(linked_to) if file_id}
    return files | {-certificate for certificate in certificates}


def pending_units(session: Session) -> set[int]:
    """Return the keys of units that events not yet delivered to the index may have changed."""
    by_name: dict[str, Any] = {kind.__name__: kind for kind in INDEXED_EVENTS}
    query = (
        select(EventRow.name, EventRow.payload)
        .join(Delivery, Delivery.event_id == EventRow.id)
        .where(Delivery.subscriber.startswith(SUBSCRIBER), IS_WAITING)
    )
    events = [by_name[row.name](**_plain(row.payload)) for row in session.execute(query) if row.name in by_name]
    return touched_units(session, events)


def _plain(payload: dict[str, object]) -> dict[str, object]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in payload.items()}


def units_changed_since(session: Session, moment: dt.datetime) -> set[int]:
    """Return the keys of all units that an event later than this may have changed."""
    by_name: dict[str, Any] = {kind.__name__: kind for kind in INDEXED_EVENTS}
    query = select(EventRow.name, EventRow.payload).where(EventRow.name.in_(by_name), EventRow.happened_at > moment)
    return touched_units(session, (by_name[row.name](**_plain(row.payload)) for row in session.execute(query)))
