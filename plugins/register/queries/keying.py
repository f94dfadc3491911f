"""What the keying grid shows of a village: a window of its rows, drafts, what the village's rows can suggest, and the next
household without a certificate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile
from models.checklist import household_classes
from models.keying import KeyingDraft, SecondEntry, SecondKeying
from models.place import Division
from models.register import Certificate, Parcel, RegisterEntry
from plugins.register.domain.keying import LEARNT

ROWS_SHOWN: Final = 50
"""Rows in the browser at once; the others are a page away."""

SUGGESTED: Final = 40


@dataclass(frozen=True, slots=True)
class Village:
    """The village of a grid."""

    code: str
    name: str
    town: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One parcel: its texts as written; ``seen`` is the version shown; ``is_withheld`` while somebody keys it blind."""

    parcel_id: int
    certificate_id: int
    file_id: int | None
    number: int
    seen: int
    cells: Mapping[str, str]
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Some rows of a village: page ``number`` of ``pages``, and how many rows there are."""

    rows: tuple[GridRow, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Household:
    """A household file that has no certificate in the register yet."""

    file_id: int
    archival_code: str
    holder_name: str


def village(session: Session, actor: Actor, code: str) -> Village:
    """Return the village. Raises NotFound, also out of scope."""
    query = select(Division.name, Division.parent_code).where(Division.code == code, Division.level == "village")
    found = session.execute(query.order_by(Division.valid_from.desc())).first()
    if found is None or not actor.covers(code):
        raise NotFound(_("没有这个村"))
    towns = select(Division.name).where(Division.code == found.parent_code).order_by(Division.valid_from.desc())
    return Village(code, found.name, session.scalar(towns) or "")


def window(session: Session, actor: Actor, code: str, page: int | None) -> Window:
    """Return one page of a village's rows in the order they came; without a page number the last one."""
    total = session.scalar(_rows(actor, code, select(func.count()))) or 0
    pages = max(1, -(-total // ROWS_SHOWN))
    number = min(max(page or pages, 1), pages)
    query = _rows(
        actor,
        code,
        select(
            Parcel.id,
            Parcel.certificate_id,
            Certificate.archive_file_id,
            RegisterEntry.entry_no,
            RegisterEntry.cells,
            withheld_from(actor).label("withheld"),
        ),
    )
    skipped = (number - 1) * ROWS_SHOWN
    found = session.execute(query.order_by(Parcel.id).offset(skipped).limit(ROWS_SHOWN)).all()
    rows = tuple(_row(row, position) for position, row in enumerate(found, start=skipped + 1))
    return Window(rows, number, pages, total)


def _rows(actor: Actor, code: str, query: Select[Any]) -> Select[Any]:
    current = (RegisterEntry.parcel_id == Parcel.id) & RegisterEntry.is_current
    return (
        query.select_from(Parcel)
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .join(RegisterEntry, current)
        .where(Parcel.division_code == code, ~Parcel.is_withdrawn, actor.within(Parcel.division_code))
    )


def _row(found: Any, number: int) -> GridRow:
    return GridRow(
        parcel_id=found.id,
        certificate_id=found.certificate_id,
        file_id=found.archive_file_id,
        number=number,
        seen=found.entry_no,
        cells={} if found.withheld else found.cells,
        is_withheld=bool(found.withheld),
    )


def withheld_from(actor: Actor) -> ColumnElement[bool]:
    """Say of a `Parcel` whether its values are kept from this person: an open order has them key it blind."""
    return (
        select(SecondEntry.id)
        .join(SecondKeying, SecondKeying.id == SecondEntry.second_keying_id)
        .where(
            SecondEntry.parcel_id == Parcel.id,
            SecondEntry.keyed_at.is_(None),
            SecondKeying.closed_at.is_(None),
            SecondKeying.keyer_id == actor.account_id,
        )
        .exists()
    )


def grid_row(session: Session, actor: Actor, parcel_id: int) -> GridRow:
    """Return one row as the grid shows it now. Raises NotFound, also out of scope."""
    row = session.get(Parcel, parcel_id)
    if row is None:
        raise NotFound(_("没有这一行"))
    query = _rows(
        actor,
        row.division_code,
        select(
            Parcel.id,
            Parcel.certificate_id,
            Certificate.archive_file_id,
            RegisterEntry.entry_no,
            RegisterEntry.cells,
            withheld_from(actor).label("withheld"),
        ),
    )
    found = session.execute(query.where(Parcel.id == parcel_id)).one_or_none()
    if found is None:
        raise NotFound(_("没有这一行"))
    return _row(found, 0)


def drafts(session: Session, actor: Actor, code: str) -> tuple[KeyingDraft, ...]:
    """Return what this person typed in this village that the register could not take yet."""
    query = select(KeyingDraft).where(
        KeyingDraft.division_code == code,
        KeyingDraft.by_id == actor.account_id,
        KeyingDraft.closed_at.is_(None),
        actor.within(KeyingDraft.division_code),
    )
    return tuple(session.scalars(query.order_by(KeyingDraft.id)))


def learnt(session: Session, actor: Actor, code: str) -> dict[str, list[str]]:
    """Return the usual values of the columns that the village's rows can teach, the most frequent first."""
    return {key: _usual(session, actor, code, key) for key in LEARNT}


def _usual(session: Session, actor: Actor, code: str, key: str) -> list[str]:
    table = Parcel if hasattr(Parcel, key) else Certificate
    column = getattr(table, key)
    query = (
        select(column)
        .where(table.division_code == code, column != "", ~table.is_withdrawn, actor.within(table.division_code))
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return list(session.scalars(query.limit(SUGGESTED)))


def households_without_certificate(
    session: Session, actor: Actor, code: str, *, after: str = "", taken: Collection[int] = (), limit: int = 1
) -> tuple[Household, ...]:
    """Return household files of the village, by 档号, whose certificate is not in the register, those after one first."""
    keyed = select(Certificate.id).where(Certificate.archive_file_id == ArchiveFile.id).exists()
    query = (
        select(ArchiveFile.id, ArchiveFile.archival_code, ArchiveFile.holder_name)
        .where(
            ArchiveFile.division_code == code,
            ArchiveFile.class_code.in_(household_classes(session)),
            ArchiveFile.id.not_in(taken),
            actor.within(ArchiveFile.division_code),
            ~keyed,
        )
        .order_by(ArchiveFile.archival_code <= after, ArchiveFile.archival_code)
    )
    return tuple(Household(*row) for row in session.execute(query.limit(limit)))


def file_by_code(session: Session, actor: Actor, village_code: str, code: str) -> Household | None:
    """Return the village's household file with this 档号, None when there is none."""
    query = select(ArchiveFile.id, ArchiveFile.archival_code, ArchiveFile.holder_name).where(
        ArchiveFile.archival_code == code,
        ArchiveFile.division_code == village_code,
        actor.within(ArchiveFile.division_code),
    )
    found = session.execute(query).one_or_none()
    return Household(*found) if found else None
