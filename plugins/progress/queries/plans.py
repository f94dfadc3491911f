"""Plans (倒排工期): the one in force, its versions, and where each measure stands today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select, union_all
from sqlalchemy.orm import Session

from models.progress import MEASURES, CountyDay, ProgressPlan
from models.register import RegisterBaseline
from models.workdays import Calendar
from plugins.progress.domain.plan import (
    FORECAST_DAYS,
    PAGES_PER_FILE,
    Standing,
    forecast_end,
    from_table,
    mean_per_day,
    required_per_day,
    target_on,
)
from plugins.progress.queries.counting import Counts
from plugins.progress.queries.places import Unit


@dataclass(frozen=True, slots=True)
class CountyPlan:
    """A county's plan in force and where its measures stand; None and nothing where there is no plan."""

    unit: Unit
    plan: ProgressPlan | None
    standings: tuple[Standing, ...] = ()


def plan_versions(session: Session, code: str) -> list[ProgressPlan]:
    """Return the versions of a county's plan, newest first."""
    query = select(ProgressPlan).where(ProgressPlan.division_code == code).order_by(ProgressPlan.plan_no.desc())
    return list(session.scalars(query))


def standing_plans(
    session: Session, counties: Sequence[tuple[Unit, Counts]], today: dt.date, calendar: Calendar
) -> list[CountyPlan]:
    """Return the counties with their plans and where they stand on a day."""
    codes = [unit.code for unit, _counts in counties]
    query = select(ProgressPlan).where(ProgressPlan.is_current, ProgressPlan.division_code.in_(codes))
    plans = {row.division_code: row for row in session.scalars(query)}
    history = _history(session, codes, today)
    return [
        CountyPlan(unit, plan, _standings(plan, counts, history.get(unit.code, []), today, calendar))
        if (plan := plans.get(unit.code))
        else CountyPlan(unit, None)
        for unit, counts in counties
    ]


def _history(session: Session, codes: Sequence[str], today: dt.date) -> dict[str, list[CountyDay]]:
    """Return the days of counties that a forecast looks back to: the newest that is fourteen days old, and the oldest since."""
    since = today - dt.timedelta(days=FORECAST_DAYS)
    mine = CountyDay.county_code.in_(codes)
    chosen = union_all(
        select(CountyDay.county_code, func.max(CountyDay.day).label("day"))
        .where(mine, CountyDay.day <= since)
        .group_by(CountyDay.county_code),
        select(CountyDay.county_code, func.min(CountyDay.day).label("day"))
        .where(mine, CountyDay.day > since, CountyDay.day < today)
        .group_by(CountyDay.county_code),
    ).subquery()
    is_chosen = and_(CountyDay.county_code == chosen.c.county_code, CountyDay.day == chosen.c.day)
    found: dict[str, list[CountyDay]] = {}
    for row in session.scalars(select(CountyDay).join(chosen, is_chosen).order_by(CountyDay.day)):
        found.setdefault(row.county_code, []).append(row)
    return found


def _standings(
    plan: ProgressPlan, counts: Counts, history: Sequence[CountyDay], today: dt.date, calendar: Calendar
) -> tuple[Standing, ...]:
    lines = from_table(plan.totals, plan.targets)
    found = []
    for name in MEASURES:
        line, done = lines[name], int(getattr(counts, name))
        left = max(line.total - done, 0)
        mean = mean_per_day([(row.day, int(getattr(row, name))) for row in history], today, done)
        found.append(
            Standing(
                measure=name,
                total=line.total,
                done=done,
                target=target_on(line, plan.starts_on, plan.deadline, today, calendar),
                required=required_per_day(left, today, plan.deadline, calendar),
                forecast=forecast_end(left, mean, today),
            )
        )
    return tuple(found)


def proposed_totals(session: Session, county: str, counts: Counts) -> dict[str, int]:
    """Return what there is to do in all, as far as is known: files and certificates as declared, pages by the mean so far."""
    standing = select(RegisterBaseline).where(RegisterBaseline.is_current, RegisterBaseline.division_code == county)
    declared = session.scalar(standing)
    certificates = max(declared.certificates if declared else 0, counts.certificates)
    parcels = max(declared.parcels if declared else 0, counts.parcels)
    files = max(certificates, counts.files)
    each = counts.pages / counts.files if counts.files else PAGES_PER_FILE
    pages = max(round(files * each), counts.pages)
    return {"pages": pages, "files": files, "parcels": parcels, "sent": certificates}
