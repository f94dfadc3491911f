"""Reports that were handed in: one, the versions of a month, the last one before a month, who has and who has not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _, local_time
from models.progress import ProgressReport
from plugins.progress.domain.annex import Figures
from plugins.progress.domain.period import Period, is_late, read_period
from plugins.progress.domain.snapshot import whole_of
from plugins.progress.domain.states import STANDING
from plugins.progress.queries.places import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One unit in the list of a month: its newest report, if any, and whether that came late."""

    unit: Unit
    report: ProgressReport | None
    is_late: bool
    is_overdue: bool


def find_report(session: Session, actor: Actor, report_id: int) -> ProgressReport:
    """Return a report. Raises NotFound, also out of scope."""
    report = session.scalar(
        select(ProgressReport).where(ProgressReport.id == report_id, actor.within(ProgressReport.division_code))
    )
    if report is None:
        raise NotFound(_("没有这份附件1"))
    return report


def versions_of(session: Session, code: str, period: str) -> list[ProgressReport]:
    """Return the versions of a unit's report for a month, newest first."""
    mine = ProgressReport.division_code == code, ProgressReport.period == period
    return list(session.scalars(select(ProgressReport).where(*mine).order_by(ProgressReport.report_no.desc())))


def last_before(session: Session, code: str, period: str) -> ProgressReport | None:
    """Return the last report of an earlier month that was not returned: what a new one is compared with."""
    query = (
        select(ProgressReport)
        .where(ProgressReport.division_code == code, ProgressReport.period < period, ProgressReport.state.in_(STANDING))
        .order_by(ProgressReport.period.desc(), ProgressReport.report_no.desc())
        .limit(1)
    )
    return session.scalar(query)


def compared_with(session: Session, code: str, period: str) -> ProgressReport | None:
    """Return what a new report must not fall below: this month's version that stands, else the last of an earlier month."""
    mine = [one for one in versions_of(session, code, period) if one.state in STANDING]
    return mine[0] if mine else last_before(session, code, period)


def figures_of(report: ProgressReport | None) -> Figures | None:
    """Return the whole of a report's numbers."""
    return whole_of(report.values) if report else None


def is_report_late(report: ProgressReport, due_day: int) -> bool:
    """Say whether a report was handed in after the day of its month."""
    period = read_period(report.period)
    return period is not None and is_late(local_time(report.submitted_at).date(), period, due_day)


def month_lines(
    session: Session, units: Sequence[Unit], period: Period, today: dt.date, due_day: int
) -> list[ReportLine]:
    """Return the units of a month with their newest report; who has none after the day is overdue."""
    codes = [unit.code for unit in units]
    mine = ProgressReport.division_code.in_(codes), ProgressReport.period == str(period)
    newest = {
        row.division_code: row
        for row in session.scalars(select(ProgressReport).where(*mine).order_by(ProgressReport.report_no))
    }
    past = today > period.day(due_day)
    return [
        ReportLine(
            unit=unit,
            report=newest.get(unit.code),
            is_late=unit.code in newest and is_report_late(newest[unit.code], due_day),
            is_overdue=bool(past and unit.code not in newest),
        )
        for unit in units
    ]


def periods_of(session: Session, code: str) -> list[str]:
    """Return the months for which a unit or one below it has reported, newest first."""
    inside = ProgressReport.division_code.startswith(code, autoescape=True)
    query = select(ProgressReport.period).where(inside).distinct().order_by(ProgressReport.period.desc())
    return list(session.scalars(query))
