"""Copies to take away: the searchable PDF of an item with what was looked for lit on its pages."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from lindang.web import DIVISION, current_actor, current_host, guard, send_attachment
from models.codes import file_name
from plugins.ingest.permissions import COPY_TAKE
from plugins.ingest.service.marked import marked_pdf, note_marked


@guard(COPY_TAKE, scope=DIVISION)
def marked(item_id: int) -> ResponseReturnValue:
    """Send the searchable PDF of an item with the ``?mark=`` words lit."""
    host, actor = current_host(), current_actor()
    marks = [word for value in request.args.getlist("mark") for word in value.split()]
    with host.uow(actor) as uow:
        plan = note_marked(uow, item_id)
    response = send_attachment(marked_pdf(host, plan, marks), f"{file_name(plan.code)}-marked.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response
