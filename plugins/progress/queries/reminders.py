"""Who is to be reminded before the day of the month: units without a report, reports without an answer, and whom to call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.progress import LIAISON, LiaisonPerson, ProgressReport
from plugins.progress.domain.period import Period, period_of
from plugins.progress.domain.states import RETURNED, SUBMITTED, parent_of
from plugins.progress.queries.places import Unit, units_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A unit that owes something: `state` is empty where nothing was handed in, else what its newest report waits for."""

    unit: Unit
    state: str
    report_id: int | None
    person: LiaisonPerson | None
    is_overdue: bool


def asked_month(today: dt.date, due_day: int, remind_days: int) -> Period:
    """Return the month that is reminded of: the present one from some days before its day on, until then the one before."""
    present = period_of(today)
    opens = present.day(due_day) - dt.timedelta(days=remind_days)
    return present if today >= opens else present.previous


def reminders(
    session: Session, actor: Actor, today: dt.date, due_day: int, remind_days: int
) -> tuple[Period, list[Reminder]]:
    """Return the month and the units of the scope that owe a report, or whose report waits for an answer.

    The month before is asked for only from units that have reported earlier; the present one from all.
    """
    period = asked_month(today, due_day, remind_days)
    units = [unit for unit in units_of(session, actor) if parent_of(unit.code)]
    codes = [unit.code for unit in units]
    newest, reported = _newest(session, codes, str(period))
    asked = set(codes) if period == period_of(today) else reported
    people, is_past = _people(session, codes), today > period.day(due_day)
    return period, [
        Reminder(
            unit=unit,
            state=report.state if report else "",
            report_id=report.id if report else None,
            person=people.get(unit.code),
            is_overdue=is_past and (report is None or report.state == RETURNED),
        )
        for unit in units
        if _waits(report := newest.get(unit.code)) or (report is None and unit.code in asked)
    ]


def _waits(report: ProgressReport | None) -> bool:
    return report is not None and report.state in {SUBMITTED, RETURNED}


def _newest(session: Session, codes: list[str], period: str) -> tuple[dict[str, ProgressReport], set[str]]:
    """Return the newest report of each unit for a month, and the units that reported for an earlier one."""
    mine = ProgressReport.division_code.in_(codes)
    of_month = select(ProgressReport).where(mine, ProgressReport.period == period).order_by(ProgressReport.report_no)
    newest = {row.division_code: row for row in session.scalars(of_month)}
    earlier = select(ProgressReport.division_code).where(mine, ProgressReport.period < period).distinct()
    return newest, set(session.scalars(earlier))


def _people(session: Session, codes: list[str]) -> dict[str, LiaisonPerson]:
    query = select(LiaisonPerson).where(
        LiaisonPerson.division_code.in_(codes), LiaisonPerson.kind == LIAISON, LiaisonPerson.valid_to.is_(None)
    )
    return {one.division_code: one for one in session.scalars(query)}
