"""What could not be checked, and how much of it: a rule without data is never counted as passed."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from models.archive import ArchiveFile, Item, Page
from models.digital import Identifier
from models.identifiers import CERT_NO, OCR
from models.keying import FieldReading, SecondEntry
from models.register import ISSUED, UNPRINTED, BaselineLine, Certificate, Parcel, RegisterBaseline, RegisterSheet
from plugins.register.queries.checks_baseline import has_list, names_certificate
from plugins.register.queries.checks_files import BOOK_COPY, CONFIDENT, MAP
from plugins.register.queries.checks_scope import Coverage, Scope, live, live_parcels

_UNFILED: Final = Certificate.archive_file_id.is_(None)


def unchecked(session: Session, scope: Scope) -> dict[str, int]:
    """Return for each rule how many certificates (rows, villages) it could not be applied to; none is left out."""
    counted = {code: count(session, scope) for code, count in COVERAGE.items()}
    return {code: number for code, number in counted.items() if number}


def _certificates(*conditions: Any) -> Coverage:
    def count(session: Session, scope: Scope) -> int:
        query = select(func.count()).select_from(Certificate).where(live(scope), *conditions)
        return session.scalar(query) or 0

    return count


def _reading_on(doc_type: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    read = FieldReading.__table__
    return exists().where(
        Item.archive_file_id == Certificate.archive_file_id,
        *([Item.doc_type == doc_type] if doc_type else []),
        Page.item_id == Item.id,
        read.c.page_id == Page.id,
        read.c.is_current,
        read.c.confidence >= CONFIDENT,
        *conditions,
    )


def _number_on_book() -> ColumnElement[bool]:
    return exists().where(
        Item.archive_file_id == Certificate.archive_file_id,
        Item.doc_type == BOOK_COPY,
        Page.item_id == Item.id,
        Identifier.page_id == Page.id,
        Identifier.kind == CERT_NO,
        Identifier.source == OCR,
        Identifier.is_current,
    )


def _named_file() -> ColumnElement[bool]:
    return exists().where(ArchiveFile.id == Certificate.archive_file_id, ArchiveFile.holder_name != "")


def _declared_area() -> ColumnElement[bool]:
    return exists().where(names_certificate(), BaselineLine.area_mu.is_not(None))


def _villages(*conditions: ColumnElement[bool]) -> Coverage:
    """Count the villages with certificates that have no baseline of their own (meeting the conditions)."""

    def count(session: Session, scope: Scope) -> int:
        declared = exists().where(
            RegisterBaseline.division_code == Certificate.division_code, RegisterBaseline.is_current, *conditions
        )
        query = select(func.count(Certificate.division_code.distinct())).where(live(scope), ~declared)
        return session.scalar(query) or 0

    return count


def _rows_never_checked(session: Session, scope: Scope) -> int:
    closed = exists().where(RegisterSheet.division_code == Parcel.division_code, RegisterSheet.closed_at.is_not(None))
    second = exists().where(SecondEntry.parcel_id == Parcel.id, SecondEntry.keyed_at.is_not(None))
    query = select(func.count(Parcel.id)).where(live_parcels(scope), ~closed, ~second)
    return session.scalar(query) or 0


COVERAGE: Final[dict[str, Coverage]] = {
    "R06": _certificates(_UNFILED, Certificate.issue_state == ISSUED),
    "R12": _certificates(~_declared_area()),
    "R13": _villages(RegisterBaseline.area_mu.is_not(None)),
    "R17": _certificates(),
    "R20": _certificates(~_named_file(), ~_reading_on("", FieldReading.__table__.c.field == "holder_name")),
    "R25": _certificates(),
    "R34": _certificates(_UNFILED),
    "R35": _certificates(Certificate.issue_state != UNPRINTED, ~_number_on_book(), ~_reading_on(BOOK_COPY)),
    "R36": _certificates(~_reading_on(MAP)),
    "R37": _certificates(_UNFILED),
    "R38": _certificates(),
    "R43": _rows_never_checked,
    "R44": _villages(),
    "R45": _certificates(~has_list(Certificate.division_code)),
}
"""How much of a part each rule misses; a rule that is not here needs nothing but the row."""
