"""The boards of a province, city, county, township: done, target, forecast; stage by stage; a heat table with a way down."""

from __future__ import annotations

from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.host import Host
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard
from models.office_calendar import office_calendar
from models.workdays import Calendar
from plugins.progress.domain.charts import Value, chart_of, heat
from plugins.progress.domain.plan import Standing
from plugins.progress.domain.words import MEASURES, STAGES, UNITS, VERDICTS
from plugins.progress.permissions import READ
from plugins.progress.queries.board import Board, board_of
from plugins.progress.queries.places import find_place, first_unit, names_of
from plugins.progress.queries.plans import standing_plans
from plugins.progress.routes.annex import office_today

GET: Final = ("GET",)
_COUNTY, _VILLAGE = 6, 12
_LEVELS: Final = (2, 4, 6, 9)


@guard(READ, scope=DIVISION)
def home() -> ResponseReturnValue:
    """Open the board of the person's own unit."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        unit = first_unit(session, actor)
    return board(unit.code)


@guard(READ, scope=DIVISION)
def board(code: str) -> ResponseReturnValue:
    """Show the board of a place."""
    host, actor = current_host(), current_actor()
    calendar, today = calendar_of_office(host), office_today(host)
    with host.view(actor) as session:
        place = find_place(session, actor, code)
        villages = len(code) == _COUNTY and request.args.get("by") == "village"
        found = board_of(session, place, _VILLAGE if villages else 0, lenient=_is_lenient(host))
        counties = [found.whole] if len(code) == _COUNTY else list(found.parts) if len(code) < _COUNTY else []
        counted = [(row.unit, row.counts) for row in counties if len(row.unit.code) == _COUNTY]
        plans = standing_plans(session, counted, today, calendar)
        above = names_of(
            session, [code[:digits] for digits in _LEVELS if digits < len(code) and actor.covers(code[:digits])]
        )
    plan = plans[0] if len(code) == _COUNTY and plans[0].plan else None
    return render_template(
        "progress/board.html",
        place=place,
        board=found,
        plan=plan,
        plans=plans if len(code) < _COUNTY else [],
        stages=STAGES,
        measures=MEASURES,
        units=UNITS,
        verdicts=VERDICTS,
        stage_chart=chart_of(_stage_values(found)),
        plan_chart=chart_of([_plan_value(one) for one in plan.standings]) if plan else None,
        heat=heat,
        by_village=villages,
        above=above,
        is_sure=calendar.is_sure(today.year),
        today=today,
    )


def calendar_of_office(host: Host) -> Calendar:
    """Return the calendar that plans count by."""
    return office_calendar(host.settings.plugin("progress").holidays_file, section="progress")


def _is_lenient(host: Host) -> bool:
    """Whether this office hands over without a count of the paper: said by the handover's setting, where that is on."""
    names = {plugin.name for plugin in host.plugins}
    return "handover" in names and not host.settings.plugin("handover").needs_paper_count


def _stage_values(board: Board) -> list[Value]:
    whole = max(board.whole.whole, *board.whole.steps)
    return [
        Value(label=str(label), text=f"{done} / {whole}", done=done, whole=whole)
        for label, done in zip(STAGES, board.whole.steps, strict=True)
    ]


def _plan_value(one: Standing) -> Value:
    text = _("%(done)s / %(total)s，应 %(target)s", done=one.done, total=one.total, target=one.target)
    return Value(
        label=str(MEASURES[one.measure]), text=text, done=one.done, whole=one.total, target=one.target, tone=one.verdict
    )


RULES: Final = (
    ("/", home, GET),
    ("/board/<code>", board, GET),
)
