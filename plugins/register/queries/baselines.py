"""Declared numbers beside counted ones, division by division; never one in place of the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import Item
from models.place import Division
from models.register import BaselineLine, Certificate, Parcel, RegisterBaseline

LINES_PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Counted:
    """What is in the register: certificates, parcels, area."""

    certificates: int = 0
    parcels: int = 0
    area_mu: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One declared version with what is counted for the same division today."""

    id: int
    division_code: str
    place: str
    baseline_no: int
    is_current: bool
    certificates: int
    parcels: int
    area_mu: Decimal | None
    document: str
    item_id: int | None
    item_code: str
    declared_on: dt.date | None
    at: dt.datetime
    by: str
    lines: int
    counted: Counted = field(default_factory=Counted)


def current_baselines(session: Session, actor: Actor) -> list[BaselineRow]:
    """Return the declared numbers in force, counties before their villages."""
    return _rows(session, actor, session.scalars(_query(actor).where(RegisterBaseline.is_current)))


def baseline_versions(session: Session, actor: Actor, baseline_id: int) -> tuple[BaselineRow, list[BaselineRow]]:
    """Return one version and all versions of its division, newest first. Raises NotFound, also out of scope."""
    division = session.scalar(
        select(RegisterBaseline.division_code).where(
            RegisterBaseline.id == baseline_id, actor.within(RegisterBaseline.division_code)
        )
    )
    if division is None:
        raise NotFound(_("没有这份基数"))
    query = _query(actor).where(RegisterBaseline.division_code == division)
    rows = _rows(session, actor, session.scalars(query.order_by(None).order_by(RegisterBaseline.baseline_no.desc())))
    return next(row for row in rows if row.id == baseline_id), rows


def baseline_lines(session: Session, baseline_id: int, page: int) -> list[BaselineLine]:
    """Return one page of the certificates on the list of a version."""
    query = select(BaselineLine).where(BaselineLine.baseline_id == baseline_id).order_by(BaselineLine.line_no)
    return list(session.scalars(query.offset((page - 1) * LINES_PER_PAGE).limit(LINES_PER_PAGE)))


def _query(actor: Actor) -> Select[RegisterBaseline]:
    query = select(RegisterBaseline).where(actor.within(RegisterBaseline.division_code))
    return query.order_by(RegisterBaseline.division_code)


def _rows(session: Session, actor: Actor, found: Iterable[RegisterBaseline]) -> list[BaselineRow]:
    baselines = list(found)
    counted = _counted(session, actor)
    names = _names(session, {row.division_code for row in baselines})
    lines = _line_counts(session, [row.id for row in baselines])
    codes = _item_codes(session, [row.item_id for row in baselines if row.item_id])
    return [
        BaselineRow(
            id=row.id,
            division_code=row.division_code,
            place=names.get(row.division_code, row.division_code),
            baseline_no=row.baseline_no,
            is_current=row.is_current,
            certificates=row.certificates,
            parcels=row.parcels,
            area_mu=row.area_mu,
            document=row.document,
            item_id=row.item_id,
            item_code=codes.get(row.item_id or 0, ""),
            declared_on=row.declared_on,
            at=row.at,
            by=row.by,
            lines=lines.get(row.id, 0),
            counted=_sum(counted, row.division_code),
        )
        for row in baselines
    ]


def _counted(session: Session, actor: Actor) -> dict[str, Counted]:
    """Return what is counted in each village, withdrawn rows apart."""
    books = (
        select(Certificate.division_code, func.count())
        .where(actor.within(Certificate.division_code), Certificate.is_withdrawn.is_(False))
        .group_by(Certificate.division_code)
    )
    pages = (
        select(Parcel.division_code, func.count(), func.sum(Parcel.area_mu))
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .where(actor.within(Parcel.division_code), Parcel.is_withdrawn.is_(False), Certificate.is_withdrawn.is_(False))
        .group_by(Parcel.division_code)
    )
    certificates = dict(session.execute(books).all())
    parcels = {code: (count, area or Decimal(0)) for code, count, area in session.execute(pages)}
    return {code: Counted(count, *parcels.get(code, (0, Decimal(0)))) for code, count in certificates.items()}


def _sum(counted: dict[str, Counted], division: str) -> Counted:
    inside = [one for code, one in counted.items() if code.startswith(division)]
    return Counted(
        sum(one.certificates for one in inside),
        sum(one.parcels for one in inside),
        sum((one.area_mu for one in inside), Decimal(0)),
    )


def _names(session: Session, codes: set[str]) -> dict[str, str]:
    wanted = {code[:digits] for code in codes for digits in (6, 9, 12) if digits <= len(code)}
    query = select(Division.code, Division.name).where(Division.code.in_(wanted)).order_by(Division.valid_from)
    names = dict(session.execute(query).all())
    return {
        code: "".join(names[code[:digits]] for digits in (6, 9, 12) if digits <= len(code) and code[:digits] in names)
        or code
        for code in codes
    }


def _line_counts(session: Session, ids: list[int]) -> dict[int, int]:
    query = select(BaselineLine.baseline_id, func.count()).where(BaselineLine.baseline_id.in_(ids))
    return dict(session.execute(query.group_by(BaselineLine.baseline_id)).all())


def _item_codes(session: Session, ids: list[int]) -> dict[int, str]:
    return dict(session.execute(select(Item.id, Item.archival_code).where(Item.id.in_(ids))).all())


def division_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the divisions in scope from county down, as (code, indented name)."""
    query = (
        select(Division.code, Division.name)
        .where(actor.within(Division.code), func.length(Division.code) >= 6)
        .order_by(Division.code, Division.valid_from)
    )
    names = dict(session.execute(query).all())
    return [(code, f"{_INDENT.get(len(code), '')}{name}（{code}）") for code, name in names.items()]


_INDENT: Final = {9: "\u3000", 12: "\u3000\u3000"}
