"""倒排工期 of a county: the plan in force with its months, its versions, and making a new one."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError, NotFound
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from models.progress import MEASURES
from plugins.progress.domain import words
from plugins.progress.domain.plan import from_table
from plugins.progress.forms import PlanForm
from plugins.progress.permissions import PLAN, READ
from plugins.progress.queries.board import board_of
from plugins.progress.queries.places import Unit, find_unit
from plugins.progress.queries.plans import plan_versions, proposed_totals, standing_plans
from plugins.progress.routes.annex import office_today
from plugins.progress.routes.board import calendar_of_office
from plugins.progress.service.counting import make_true
from plugins.progress.service.plans import PlanDraft, make_plan

GET, BOTH = ("GET",), ("GET", "POST")


def _county(unit: Unit) -> Unit:
    if not unit.is_county:
        raise NotFound(_("没有这个上报单位"))
    return unit


@guard(READ, scope=DIVISION)
def plan(code: str) -> ResponseReturnValue:
    """Show a county's plan: where it stands, what is due by the end of each month, the versions before."""
    host, actor = current_host(), current_actor()
    calendar, today = calendar_of_office(host), office_today(host)
    with host.view(actor) as session:
        unit = _county(find_unit(session, actor, code))
        counts = board_of(session, unit).whole.counts
        standing = standing_plans(session, [(unit, counts)], today, calendar)[0]
        versions = plan_versions(session, unit.code)
    lines = from_table(standing.plan.totals, standing.plan.targets) if standing.plan else {}
    unsure = [year for year in _years(standing.plan) if not calendar.is_sure(year)]
    return render_template(
        "progress/plan.html",
        unit=unit,
        standing=standing,
        lines=lines,
        versions=versions,
        measures=words.MEASURES,
        verdicts=words.VERDICTS,
        unsure=unsure,
    )


def _years(plan: Any) -> range:
    return range(plan.starts_on.year, plan.deadline.year + 1) if plan else range(0)


@guard(PLAN, scope=DIVISION)
def plan_new(code: str) -> ResponseReturnValue:
    """Make a plan, or a new version of one."""
    host, actor = current_host(), current_actor()
    form, status, today = PlanForm(), 200, office_today(host)
    with host.view(actor) as session:
        unit = _county(find_unit(session, actor, code))
        counts = board_of(session, unit).whole.counts
        if request.method == "GET":
            _prefill(form, proposed_totals(session, unit.code, counts), today)
    if form.validate_on_submit():
        try:
            make_true(host, unit.code)
            with host.view(actor) as session:
                counts = board_of(session, unit).whole.counts
            with host.uow(actor) as uow:
                make_plan(uow, _draft(unit.code, form), counts, calendar_of_office(host))
            notify(_("倒排工期已编排"))
            return redirect(url_for("progress.plan", code=unit.code))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("progress/plan_new.html", unit=unit, form_=form, counts=counts, names=MEASURES), status


def _prefill(form: PlanForm, totals: dict[str, int], today: dt.date) -> None:
    form.starts_on.data, form.deadline.data = today, today.replace(month=12, day=30)
    for name, total in totals.items():
        form[name].data = total


def _draft(county: str, form: PlanForm) -> PlanDraft:
    return PlanDraft(
        county=county,
        starts_on=form.starts_on.data or dt.date.min,
        deadline=form.deadline.data or dt.date.min,
        totals={name: int(form[name].data or 0) for name in MEASURES},
        reason=form.reason.data or "",
    )


RULES: Final = (
    ("/plan/<code>", plan, GET),
    ("/plan/<code>/new", plan_new, BOTH),
)
