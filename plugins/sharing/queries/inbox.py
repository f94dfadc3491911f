"""The inbox of reported rights, as the office works it off."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import Text, lazy
from models.place import Org
from models.register import Certificate
from models.sharing import BOOKED, MATCHED, ORPHAN, PROBLEM, SET_ASIDE, SharingAgency, SharingInbox
from plugins.sharing.domain.reports import KINDS

STATES: Final[dict[str, Text]] = {
    MATCHED: lazy("待登账"),
    ORPHAN: lazy("无对应条目"),
    PROBLEM: lazy("待核对"),
    BOOKED: lazy("已登账"),
    SET_ASIDE: lazy("不登账"),
}
TONES: Final = {MATCHED: "info", ORPHAN: "warning", PROBLEM: "warning", BOOKED: "success", SET_ASIDE: "neutral"}


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A reported right in the list."""

    id: int
    version: int
    case_no: str
    kind: str
    cert_no: str
    item_code: str
    parcel_no: str
    unit_no: str
    title_no: str
    registered_on: dt.date | None
    state: str
    reason: str
    agency: str
    received_at: dt.datetime
    decided_at: dt.datetime | None
    decided_by: str
    archive_file_id: int | None


def inbox_page(
    session: Session, actor: Actor, state: str, text: str, *, page: int, size: int
) -> tuple[list[InboxRow], int]:
    """Return one page of the inbox, the oldest first, and how many rows there are."""
    query = (
        select(SharingInbox, Org.name, Certificate.archive_file_id)
        .join(SharingAgency, SharingAgency.id == SharingInbox.agency_id)
        .join(Org, Org.id == SharingAgency.org_id)
        .outerjoin(Certificate, Certificate.id == SharingInbox.certificate_id)
        .where(actor.within(SharingInbox.division_code))
        .order_by(SharingInbox.id)
    )
    if state:
        query = query.where(SharingInbox.state == state)
    if text:
        query = query.where(
            SharingInbox.case_no.contains(text, autoescape=True) | SharingInbox.cert_no.contains(text, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = session.execute(query.limit(size).offset((page - 1) * size)).all()
    return [_row(row, agency, file_id) for row, agency, file_id in found], total


def _row(row: SharingInbox, agency: str, file_id: int | None) -> InboxRow:
    return InboxRow(
        id=row.id,
        version=row.version,
        case_no=row.case_no,
        kind=f"{row.kind} {KINDS.get(row.kind, '')}".strip(),
        cert_no=row.cert_no,
        item_code=row.item_code,
        parcel_no=row.parcel_no,
        unit_no=row.unit_no,
        title_no=row.title_no,
        registered_on=row.registered_on,
        state=row.state,
        reason=row.reason,
        agency=agency,
        received_at=row.received_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        archive_file_id=file_id,
    )


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """Return how many rows stand in each state."""
    query = select(SharingInbox.state, func.count()).where(actor.within(SharingInbox.division_code))
    return dict(session.execute(query.group_by(SharingInbox.state)).all())


def rows_of_delivery(session: Session, delivery_id: int) -> list[SharingInbox]:
    """Return the rows that a delivery brought."""
    query = select(SharingInbox).where(SharingInbox.delivery_id == delivery_id).order_by(SharingInbox.id)
    return list(session.scalars(query))
