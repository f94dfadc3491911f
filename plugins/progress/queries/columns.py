"""The columns of 附件1 as they are now: a county's from its baseline and its counts, a city's from the reports it has accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.i18n import _
from models.progress import PlaceProgress, ProgressReport
from models.register import RegisterBaseline
from plugins.progress.domain.annex import Figures
from plugins.progress.domain.snapshot import Column, whole_of
from plugins.progress.domain.states import COUNTING, COUNTY_DIGITS
from plugins.progress.queries.places import Unit, children_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a unit could hand in now: its columns, the units that are missing, and the places still to be counted."""

    columns: tuple[Column, ...]
    missing: tuple[Unit, ...] = ()
    stale: int = 0
    counted_at: dt.datetime | None = None


def form_now(session: Session, unit: Unit, period: str) -> Form:
    """Return the form of a unit for a month as it stands."""
    return _of_county(session, unit) if unit.is_county else _of_reports(session, unit, period)


def _of_county(session: Session, unit: Unit) -> Form:
    columns = county_columns(session, [unit])
    inside = PlaceProgress.division_code.startswith(unit.code, autoescape=True)
    is_stale = PlaceProgress.seen_marks != PlaceProgress.marks
    stale = session.scalar(select(func.count()).select_from(PlaceProgress).where(inside, is_stale)) or 0
    counted_at = session.scalar(select(func.max(PlaceProgress.counted_at)).where(inside))
    return Form(columns=tuple(columns), stale=stale, counted_at=counted_at)


def county_columns(session: Session, counties: Sequence[Unit]) -> list[Column]:
    """Return the columns of counties as they are counted now, in their order."""
    codes = [unit.code for unit in counties]
    county = func.substr(PlaceProgress.division_code, 1, COUNTY_DIGITS)
    query = select(county, func.sum(PlaceProgress.checked_certificates), func.sum(PlaceProgress.checked_parcels)).where(
        county.in_(codes)
    )
    done = {code: (int(books), int(rows)) for code, books, rows in session.execute(query.group_by(county))}
    standing = select(RegisterBaseline).where(RegisterBaseline.is_current, RegisterBaseline.division_code.in_(codes))
    declared = {row.division_code: row for row in session.scalars(standing)}
    return [_column(unit, declared.get(unit.code), done.get(unit.code, (0, 0))) for unit in counties]


def _column(unit: Unit, declared: RegisterBaseline | None, done: tuple[int, int]) -> Column:
    figures = Figures(
        certificates=declared.certificates if declared else None,
        parcels=declared.parcels if declared else None,
        area_mu=declared.area_mu if declared else None,
        done_certificates=done[0],
        done_parcels=done[1],
    )
    return Column(code=unit.code, name=unit.name, figures=figures, source=_declared_by(declared) if declared else "")


def _declared_by(declared: RegisterBaseline) -> str:
    return _("%(document)s（基数第 %(n)s 版）", document=declared.document, n=declared.baseline_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredVersion:
    """One version of a county's declared numbers, and what the counted ones would be in percent of it."""

    baseline_no: int
    is_current: bool
    document: str
    declared_on: dt.date | None
    figures: Figures


def declared_versions(session: Session, county: str, done: Figures) -> list[DeclaredVersion]:
    """Return the versions of a county's declared numbers, newest first, each with the present counts."""
    query = select(RegisterBaseline).where(RegisterBaseline.division_code == county)
    return [
        DeclaredVersion(
            baseline_no=row.baseline_no,
            is_current=row.is_current,
            document=row.document,
            declared_on=row.declared_on,
            figures=replace(done, certificates=row.certificates, parcels=row.parcels, area_mu=row.area_mu),
        )
        for row in session.scalars(query.order_by(RegisterBaseline.baseline_no.desc()))
    ]


def _of_reports(session: Session, unit: Unit, period: str) -> Form:
    children = children_of(session, unit.code)
    standing = counting_reports(session, [child.code for child in children], period)
    columns = tuple(
        Column(
            code=child.code,
            name=child.name,
            figures=whole_of(report.values),
            source=_("第 %(n)s 版 %(digest)s", n=report.report_no, digest=report.data_sha256),
        )
        for child in children
        if (report := standing.get(child.code))
    )
    missing = tuple(child for child in children if child.code not in standing)
    return Form(columns=columns, missing=missing)


def counting_reports(session: Session, codes: Sequence[str], period: str) -> dict[str, ProgressReport]:
    """Return the report of each unit that counts for a month, where there is one."""
    query = select(ProgressReport).where(
        ProgressReport.division_code.in_(codes), ProgressReport.period == period, ProgressReport.state.in_(COUNTING)
    )
    return {row.division_code: row for row in session.scalars(query.order_by(ProgressReport.report_no))}
