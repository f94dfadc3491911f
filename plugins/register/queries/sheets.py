"""The villages of the register and the rows of one: what is keyed, what is declared, what stands in the way, which sheet is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile
from models.finding import ERROR, STANDING, WARNING, Finding
from models.place import LEVEL_LENGTHS, Division
from models.register import Certificate, Parcel, RegisterBaseline, RegisterSheet

ROWS_PER_PAGE: Final = 50
VILLAGES_PER_PAGE: Final = 50
_TOWN_DIGITS: Final = LEVEL_LENGTHS["town"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageLine:
    """One village: what is counted in the register, what is declared, open findings, its sheet."""

    code: str
    name: str
    town: str
    certificates: int = 0
    parcels: int = 0
    area_mu: Decimal = Decimal(0)
    declared: int | None = None
    errors: int = 0
    warnings: int = 0
    sheet_no: int = 0
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over all villages that a list is about."""

    villages: int
    certificates: int
    parcels: int
    area_mu: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row of a village's sheet as a reader sees it."""

    parcel_id: int
    certificate_id: int
    number: int | None
    cert_no: str
    holder_name: str
    issue_state: str
    parcel_no: str
    place_name: str
    area_mu: Decimal
    archive_file_id: int | None
    archival_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetVersion:
    """One version of a village's sheet; the open one has no end."""

    sheet_no: int
    filled_by: str
    filled_on: dt.date | None
    closed_at: dt.datetime | None
    closed_by: str
    row_count: int
    rows_digest: str
    version: int


def village_lines(session: Session, actor: Actor, *, name: str, page: int) -> tuple[list[VillageLine], int]:
    """Return one page of the villages in scope, and how many there are; a name or the beginning of a code narrows it."""
    wanted = _villages(actor, name)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    query = wanted.order_by(Division.code).limit(VILLAGES_PER_PAGE).offset((page - 1) * VILLAGES_PER_PAGE)
    found = session.execute(query).all()
    codes = [row.code for row in found]
    figures, towns = _figures(session, codes), _names(session, {code[:_TOWN_DIGITS] for code in codes})
    lines = [
        VillageLine(code=row.code, name=row.name, town=towns.get(row.code[:_TOWN_DIGITS], ""), **figures[row.code])
        for row in found
    ]
    return lines, total


def _villages(actor: Actor, name: str) -> Select[*tuple[Any, ...]]:
    """Return the villages in force, and those of old that still have rows."""
    has_rows = select(Parcel.id).where(Parcel.division_code == Division.code, ~Parcel.is_withdrawn).exists()
    query = (
        select(Division.code, func.max(Division.name).label("name"))
        .where(Division.level == "village", actor.within(Division.code), or_(Division.valid_to.is_(None), has_rows))
        .group_by(Division.code)
    )
    if name:
        towns = select(Division.code).where(Division.level == "town", Division.name.contains(name, autoescape=True))
        query = query.where(
            or_(
                Division.name.contains(name, autoescape=True),
                Division.code.startswith(name, autoescape=True),
                func.substr(Division.code, 1, _TOWN_DIGITS).in_(towns),
            )
        )
    return query


def _names(session: Session, codes: set[str]) -> dict[str, str]:
    found = session.execute(
        select(Division.code, Division.name).where(Division.code.in_(codes)).order_by(Division.valid_from)
    )
    return dict(found.all())


def _figures(session: Session, codes: list[str]) -> dict[str, dict[str, Any]]:
    figures: dict[str, dict[str, Any]] = {code: {} for code in codes}
    for names, query in _counts(codes):
        for code, *values in session.execute(query):
            figures[code].update(zip(names, values, strict=True))
    return figures


def _counts(codes: list[str]) -> list[tuple[tuple[str, ...], Select[*tuple[Any, ...]]]]:
    live = and_(Parcel.division_code.in_(codes), ~Parcel.is_withdrawn)
    standing = and_(Finding.division_code.in_(codes), Finding.state.in_(STANDING))
    return [
        (
            ("parcels", "area_mu"),
            select(Parcel.division_code, func.count(), func.sum(Parcel.area_mu))
            .where(live)
            .group_by(Parcel.division_code),
        ),
        (
            ("certificates",),
            select(Certificate.division_code, func.count())
            .where(Certificate.division_code.in_(codes), ~Certificate.is_withdrawn)
            .group_by(Certificate.division_code),
        ),
        (
            ("declared",),
            select(RegisterBaseline.division_code, RegisterBaseline.parcels).where(
                RegisterBaseline.division_code.in_(codes), RegisterBaseline.is_current
            ),
        ),
        (
            ("errors", "warnings"),
            select(Finding.division_code, _how_many(Finding.severity == ERROR), _how_many(Finding.severity == WARNING))
            .where(standing)
            .group_by(Finding.division_code),
        ),
        (
            ("sheet_no", "is_closed"),
            select(
                RegisterSheet.division_code,
                func.max(RegisterSheet.sheet_no),
                _how_many(RegisterSheet.closed_at.is_(None)) == 0,
            )
            .where(RegisterSheet.division_code.in_(codes))
            .group_by(RegisterSheet.division_code),
        ),
    ]


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def totals(session: Session, actor: Actor) -> Totals:
    """Return what is counted in the whole scope."""
    live = and_(actor.within(Parcel.division_code), ~Parcel.is_withdrawn)
    villages, parcels, area = session.execute(
        select(func.count(Parcel.division_code.distinct()), func.count(), func.sum(Parcel.area_mu)).where(live)
    ).one()
    books = select(func.count()).where(actor.within(Certificate.division_code), ~Certificate.is_withdrawn)
    return Totals(villages, session.scalar(books) or 0, parcels, area or Decimal(0))


def figures_of(session: Session, code: str) -> Mapping[str, Any]:
    """Return the figures of one village."""
    return _figures(session, [code])[code]


def sheet_rows(
    session: Session, actor: Actor, code: str, page: int, *, withdrawn: bool = False
) -> tuple[list[SheetRow], int]:
    """Return one page of a village's rows in the order of the sheet, and how many there are; or of its withdrawn rows."""
    live = (Parcel.division_code == code, Parcel.is_withdrawn == withdrawn, actor.within(Parcel.division_code))
    total = session.scalar(select(func.count()).select_from(Parcel).where(*live)) or 0
    query = (
        select(
            Parcel.id.label("parcel_id"),
            Parcel.certificate_id,
            Parcel.row_no.label("number"),
            Certificate.cert_no,
            Certificate.holder_name,
            Certificate.issue_state,
            Parcel.parcel_no,
            Parcel.place_name,
            Parcel.area_mu,
            Certificate.archive_file_id,
            func.coalesce(ArchiveFile.archival_code, "").label("archival_code"),
        )
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .outerjoin(ArchiveFile, ArchiveFile.id == Certificate.archive_file_id)
        .where(*live)
        .order_by(Parcel.row_no, Parcel.id)
    )
    found = session.execute(query.limit(ROWS_PER_PAGE).offset((page - 1) * ROWS_PER_PAGE)).mappings()
    return [SheetRow(**row) for row in found], total


def sheet_versions(session: Session, actor: Actor, code: str) -> list[SheetVersion]:
    """Return the versions of a village's sheet, newest first."""
    query = select(RegisterSheet).where(RegisterSheet.division_code == code, actor.within(RegisterSheet.division_code))
    names = SheetVersion.__dataclass_fields__
    found = session.scalars(query.order_by(RegisterSheet.sheet_no.desc()))
    return [SheetVersion(**{name: getattr(sheet, name) for name in names}) for sheet in found]
