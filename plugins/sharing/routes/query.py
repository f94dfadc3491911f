"""The query page of a receiver: asked by POST, so that no number gets into an address; the answer is a page to print."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.sharing.domain.asked import ID_NO
from plugins.sharing.domain.days import office_day
from plugins.sharing.domain.groups import FIELDS, GROUPS
from plugins.sharing.forms import AskForm
from plugins.sharing.permissions import ASK
from plugins.sharing.queries.agencies import agreement_of, used_on
from plugins.sharing.queries.places import villages
from plugins.sharing.routes.pictures import picture
from plugins.sharing.service.asking import Answer, ask


@guard(ASK, scope=DIVISION)
def query() -> ResponseReturnValue:
    """Ask, and show the answer."""
    host, actor, form = current_host(), current_actor(), AskForm()
    found: Answer | None = None
    status = 200
    if form.validate_on_submit():
        try:
            found = ask(host, actor, form.asked())
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    elif request.method == "POST":
        status = 422
    if form.kind.data == ID_NO:
        form.value.data = ""  # never written back into the page
    with host.view(actor) as session:
        today = office_day(host.clock.now())
        agreed = agreement_of(session, actor)
        used = used_on(session, agreed.id, today) if agreed else 0
        places = villages(session, actor, agreed) if agreed else []
    page = render_template(
        "sharing/query.html",
        form=form,
        answer=found,
        agreed=agreed,
        used=used,
        today=today,
        villages=places,
        groups=GROUPS,
        fields=FIELDS,
    )
    return page, status


@guard(ASK, scope=DIVISION)
def image(query_id: int, page_id: int) -> ResponseReturnValue:
    """Show a page image that a query has opened; every time is a line in the journal."""
    return picture(current_host(), current_actor(), query_id, page_id)
