"""The batch calendar: who is waited for, until when, and what happened on which day."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput
from lindang.i18n import _, lazy
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.handover.permissions import READ
from plugins.handover.queries.timers import month_of, waiting_batches
from plugins.handover.service.clockwork import clockwork

WEEKDAYS = (lazy("周一"), lazy("周二"), lazy("周三"), lazy("周四"), lazy("周五"), lazy("周六"), lazy("周日"))


@guard(READ, scope=DIVISION)
def calendar() -> ResponseReturnValue:
    """Show the waiting batches by their last day, and one month."""
    host, actor = current_host(), current_actor()
    works = clockwork(host)
    first = _month(works.today)
    with host.view(actor) as db:
        waiting = waiting_batches(db, actor, works)
        weeks = month_of(db, actor, works, first)
    return render_template(
        "handover/calendar.html",
        waiting=waiting,
        weeks=weeks,
        first=first,
        weekdays=WEEKDAYS,
        earlier=(first - dt.timedelta(days=1)).strftime("%Y-%m"),
        later=(first + dt.timedelta(days=32)).strftime("%Y-%m"),
        today=works.today,
        is_known=first.year in works.calendar.years,
        is_sure=works.calendar.is_sure(first.year),
        unsure=sorted({year for one in waiting for year in one.deadline.due.unsure}),
    )


def _month(today: dt.date) -> dt.date:
    text = request.args.get("month", "")
    if not text:
        return today.replace(day=1)
    try:
        found = dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month of the office's calendar
    except ValueError as error:
        raise BadInput(_("月份不是“年-月”的样子：%(text)s", text=text), where="month") from error
    if not 1950 <= found.year <= 2200:
        raise BadInput(_("月份太远：%(text)s", text=text), where="month")
    return found
