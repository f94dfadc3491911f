"""What is done in places, counted from the rows themselves: the same queries for one village, a county and `lindang verify`.

A row is *checked* (已核对) when its present version stands in a sheet that two people closed (定稿): keyed by one, closed by
another, and not changed since. A certificate is digitised when it has rows, all of them are checked, and they are no fewer than
the declared list says, where it says it.

Source: domain reference 7 (certificates whose every declared parcel row is checked; count of checked rows).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true
from sqlalchemy.orm import Session

from models.archive import Item, Page
from models.handover import BatchItem
from models.register import BaselineLine, Certificate, Parcel, RegisterBaseline, RegisterEntry, RegisterSheet

_FED_BACK: Final = ("FEEDBACK_FILED",)
_ACCEPTED: Final = (*_FED_BACK, "FEEDBACK_RECEIVED", "ACCEPTED")
_SENT: Final = (*_ACCEPTED, "SENT")
"""States of a batch item that has come at least so far. Source: domain reference 3.3."""


@dataclass(slots=True)
class Counts:
    """What is done in one place, by the columns of `PlaceProgress`."""

    pages: int = 0
    files: int = 0
    parcels: int = 0
    certificates: int = 0
    checked_parcels: int = 0
    checked_certificates: int = 0
    sent: int = 0
    accepted: int = 0
    fed_back: int = 0

    def values(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {name: getattr(self, name) for name in NAMES}


NAMES: Final = tuple(one.name for one in fields(Counts))


def count_places(session: Session, codes: Collection[str] | None = None) -> dict[str, Counts]:
    """Return the counts of the places, or of every place that has anything."""
    found: dict[str, Counts] = {code: Counts() for code in codes or ()}
    _papers(session, codes, found)
    _rows(session, codes, found)
    _handed_over(session, codes, found)
    return found


def _of(column: Any, codes: Collection[str] | None) -> ColumnElement[bool]:
    return true() if codes is None else column.in_(list(codes))


def _papers(session: Session, codes: Collection[str] | None, found: dict[str, Counts]) -> None:
    query = (
        select(Item.division_code, func.count(Page.id), func.count(Item.archive_file_id.distinct()))
        .join(Page, Page.item_id == Item.id)
        .where(_of(Item.division_code, codes))
        .group_by(Item.division_code)
    )
    for code, pages, files in session.execute(query):
        place = found.setdefault(code, Counts())
        place.pages, place.files = pages, files


def _rows(session: Session, codes: Collection[str] | None, found: dict[str, Counts]) -> None:
    declared = _declared(session, codes)
    for row in session.execute(_certificates(codes)):
        place = found.setdefault(row.division_code, Counts())
        place.certificates += 1
        place.parcels += row.rows
        place.checked_parcels += row.checked
        wanted = max((declared.get((row.division_code[:digits], row.cert_key), 0) for digits in (6, 9, 12)), default=0)
        place.checked_certificates += row.rows == row.checked and row.rows >= max(wanted, 1)


def _certificates(codes: Collection[str] | None) -> Select[*tuple[Any, ...]]:
    """Return every certificate with how many rows it has and how many of them are checked; withdrawn ones apart."""
    closed = (
        select(RegisterSheet.division_code, func.max(RegisterSheet.last_entry_id).label("upto"))
        .where(RegisterSheet.closed_at.is_not(None))
        .group_by(RegisterSheet.division_code)
        .subquery()
    )
    is_checked = and_(RegisterEntry.id <= closed.c.upto, ~RegisterEntry.is_withdrawal)
    return (
        select(
            Certificate.division_code,
            Certificate.cert_key,
            func.count(Parcel.id).label("rows"),
            func.coalesce(func.sum(case((is_checked, 1), else_=0)), 0).label("checked"),
        )
        .outerjoin(Parcel, and_(Parcel.certificate_id == Certificate.id, ~Parcel.is_withdrawn))
        .outerjoin(RegisterEntry, and_(RegisterEntry.parcel_id == Parcel.id, RegisterEntry.is_current))
        .outerjoin(closed, closed.c.division_code == Parcel.division_code)
        .where(~Certificate.is_withdrawn, _of(Certificate.division_code, codes))
        .group_by(Certificate.id, Certificate.division_code, Certificate.cert_key)
    )


def _declared(session: Session, codes: Collection[str] | None) -> dict[tuple[str, str], int]:
    """Return how many parcels the lists in force name for a certificate, by the division of the line and the key."""
    query = (
        select(BaselineLine.division_code, BaselineLine.cert_key, func.max(BaselineLine.parcels))
        .join(RegisterBaseline, RegisterBaseline.id == BaselineLine.baseline_id)
        .where(RegisterBaseline.is_current, BaselineLine.parcels.is_not(None))
        .group_by(BaselineLine.division_code, BaselineLine.cert_key)
    )
    if codes is not None:
        places = {code[:digits] for code in codes for digits in (6, 9, 12)}
        keys = select(Certificate.cert_key).where(Certificate.division_code.in_(list(codes)))
        query = query.where(BaselineLine.division_code.in_(places), BaselineLine.cert_key.in_(keys))
    return {(code, key): parcels or 0 for code, key, parcels in session.execute(query)}


def _handed_over(session: Session, codes: Collection[str] | None, found: dict[str, Counts]) -> None:
    def so_far(states: Iterable[str]) -> Any:
        reached = case((BatchItem.state.in_(list(states)), BatchItem.certificate_id))
        return func.count(reached.distinct())

    query = (
        select(BatchItem.division_code, so_far(_SENT), so_far(_ACCEPTED), so_far(_FED_BACK))
        .where(_of(BatchItem.division_code, codes), BatchItem.state.in_(_SENT))
        .group_by(BatchItem.division_code)
    )
    for code, sent, accepted, fed_back in session.execute(query):
        place = found.setdefault(code, Counts())
        place.sent, place.accepted, place.fed_back = sent, accepted, fed_back
