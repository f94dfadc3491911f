"""附件1 of a unit for a month: as it stands now, what was handed in, who below is missing; and handing it in."""

from __future__ import annotations

import datetime as dt
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.errors import BadInput, LindangError
from lindang.host import Host
from lindang.i18n import _, local_time
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from models.progress import LEADER, LIAISON
from plugins.progress.domain.annex import is_over
from plugins.progress.domain.changes import changes_of
from plugins.progress.domain.period import Period, period_of, read_period
from plugins.progress.domain.snapshot import form_of
from plugins.progress.forms import SubmitForm
from plugins.progress.permissions import READ, REPORT
from plugins.progress.queries.columns import declared_versions, form_now
from plugins.progress.queries.liaison import current_person
from plugins.progress.queries.places import Unit, children_of, find_unit, first_unit, units_of
from plugins.progress.queries.reports import last_before, month_lines, periods_of, versions_of
from plugins.progress.service.counting import make_true
from plugins.progress.service.reports import Filling, submit_report

GET, BOTH = ("GET",), ("GET", "POST")


def office_today(host: Host) -> dt.date:
    """Return today in the office's zone."""
    return local_time(host.clock.now()).date()


def asked_period(today: dt.date) -> Period:
    """Return the month of ``?period=``, the present one by default. Raises BadInput for nonsense."""
    text = request.args.get("period", "")
    period = read_period(text) if text else period_of(today)
    if period is None or not 2000 <= period.year <= 2200:
        raise BadInput(_("月份不是“年-月”的样子：%(text)s", text=text), where="period")
    return period


@guard(READ, scope=DIVISION)
def annex_home() -> ResponseReturnValue:
    """Open the form of the person's own unit."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        unit = first_unit(session, actor)
    return annex(unit.code)


@guard(READ, scope=DIVISION)
def annex(code: str) -> ResponseReturnValue:
    """Show a unit's form for a month."""
    host, actor = current_host(), current_actor()
    today, settings = office_today(host), host.settings.plugin("progress")
    period = asked_period(today)
    with host.view(actor) as session:
        unit = find_unit(session, actor, code)
        form = form_now(session, unit, str(period))
        before = last_before(session, unit.code, str(period))
        return render_template(
            "progress/annex.html",
            unit=unit,
            units=units_of(session, actor),
            period=period,
            periods=_periods(session, unit, today),
            form=form,
            table_=form_of(unit.code, unit.name, form.columns),
            over=[column.name for column in form.columns if is_over(column.figures)],
            before=before,
            declared=declared_versions(session, unit.code, form.columns[0].figures) if unit.is_county else [],
            changes=changes_of(form.columns, before.values if before else None),
            versions=versions_of(session, unit.code, str(period)),
            lines=month_lines(session, children_of(session, unit.code), period, today, settings.due_day),
            today=today,
            due=period.day(settings.due_day),
            cutoff=period.day(settings.cutoff_day),
        )


def _periods(session: Session, unit: Unit, today: dt.date) -> list[str]:
    now = period_of(today)
    return sorted({*periods_of(session, unit.code), str(now), str(now.previous)}, reverse=True)


@guard(REPORT, scope=DIVISION)
def annex_submit(code: str) -> ResponseReturnValue:
    """Hand a unit's form in for a month."""
    host, actor = current_host(), current_actor()
    today = office_today(host)
    period, form, status = asked_period(today), SubmitForm(), 200
    with host.view(actor) as session:
        unit = find_unit(session, actor, code)
        if request.method == "GET":
            _prefill(session, unit, form, today)
    if form.validate_on_submit():
        try:
            if unit.is_county:
                make_true(host, unit.code)
            with host.uow(actor) as uow:
                report_id = submit_report(uow, unit.code, period, _filling(form)).id
            notify(_("附件1已上报，数据已冻结"))
            return redirect(url_for("progress.report", report_id=report_id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    with host.view(actor) as session:
        now = form_now(session, unit, str(period))
    table = form_of(unit.code, unit.name, now.columns)
    return (
        render_template("progress/submit.html", unit=unit, period=period, form_=form, form=now, table_=table),
        status,
    )


def _prefill(session: Session, unit: Unit, form: SubmitForm, today: dt.date) -> None:
    """The 联络员 fills in, the 分管领导 approves, unless somebody else is named."""
    filler, leader = (current_person(session, unit.code, kind) for kind in (LIAISON, LEADER))
    form.filled_by.data, form.phone.data = (filler.name, filler.phone) if filler else ("", "")
    form.approved_by.data, form.filled_on.data = leader.name if leader else "", today


def _filling(form: SubmitForm) -> Filling:
    return Filling(
        filled_by=form.filled_by.data or "",
        phone=form.phone.data or "",
        filled_on=form.filled_on.data or dt.date.min,
        approved_by=form.approved_by.data or "",
        reason=form.reason.data or "",
    )


RULES: Final = (
    ("/annex", annex_home, GET),
    ("/annex/<code>", annex, GET),
    ("/annex/<code>/submit", annex_submit, BOTH),
)
