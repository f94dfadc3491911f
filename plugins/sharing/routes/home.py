"""The first page: what this person can do here, and how the agreement of his organisation stands."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from lindang.web import NONE, current_actor, current_host, guard
from plugins.sharing.domain.days import office_day
from plugins.sharing.permissions import ASK, HOME
from plugins.sharing.queries.agencies import agreement_of, used_on


@guard(HOME, scope=NONE)
def home() -> ResponseReturnValue:
    """Show where to go."""
    host, actor = current_host(), current_actor()
    today = office_day(host.clock.now())
    with host.view(actor) as session:
        agreed = agreement_of(session, actor) if actor.can(ASK) else None
        used = used_on(session, agreed.id, today) if agreed else 0
    return render_template("sharing/home.html", agreed=agreed, used=used, today=today)
