"""Who is to be reminded before the day of the month, with the 联络员's number."""

from __future__ import annotations

from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.progress.domain.states import LABELS, TONES
from plugins.progress.permissions import READ
from plugins.progress.queries.reminders import reminders as find_reminders
from plugins.progress.routes.annex import office_today

GET: Final = ("GET",)


@guard(READ, scope=DIVISION)
def reminders() -> ResponseReturnValue:
    """List the units that owe a report or wait for an answer."""
    host, actor = current_host(), current_actor()
    settings, today = host.settings.plugin("progress"), office_today(host)
    with host.view(actor) as session:
        period, rows = find_reminders(session, actor, today, settings.due_day, settings.remind_days)
    return render_template(
        "progress/reminders.html",
        period=period,
        rows=rows,
        due=period.day(settings.due_day),
        labels=LABELS,
        tones=TONES,
        today=today,
    )


RULES: Final = (("/reminders", reminders, GET),)
