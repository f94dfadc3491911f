"""缺件说明: asking from the file's page, the list that waits for a second person, approving."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from plugins.catalogue.permissions import WAIVER_APPROVE, WAIVER_REQUEST
from plugins.catalogue.queries.filepage import doc_titles
from plugins.catalogue.queries.overview import waiting_waivers
from plugins.catalogue.routes.common import GET, POST, Rule
from plugins.catalogue.service.waivers import approve_waiver, request_waiver


@guard(WAIVER_APPROVE, scope=DIVISION)
def waivers() -> ResponseReturnValue:
    """List what waits for a second person."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template(
            "catalogue/waivers.html", rows=waiting_waivers(session, actor), titles=doc_titles(session)
        )


@guard(WAIVER_REQUEST, scope=DIVISION)
def waiver_request(file_id: int) -> ResponseReturnValue:
    """Ask to do without a document."""
    host = current_host()
    with host.uow(current_actor()) as uow:
        request_waiver(uow, file_id, request.form.get("doc_type", ""), request.form.get("reason", ""))
    notify(_("缺件说明已提交，请另一位同事批准"))
    return redirect(url_for("catalogue.file_page", file_id=file_id, _anchor="checklist"))


@guard(WAIVER_APPROVE, scope=DIVISION)
def waiver_approve(waiver_id: int) -> ResponseReturnValue:
    """Agree, as the second person."""
    host = current_host()
    with host.uow(current_actor()) as uow:
        file_id = approve_waiver(uow, waiver_id).archive_file_id
    notify(_("已批准缺件说明"))
    if request.form.get("next") == "list":
        return redirect(url_for("catalogue.waivers"))
    return redirect(url_for("catalogue.file_page", file_id=file_id, _anchor="checklist"))


RULES: Final[tuple[Rule, ...]] = (
    ("/waivers", waivers, GET),
    ("/files/<int:file_id>/waivers", waiver_request, POST),
    ("/waivers/<int:waiver_id>/approve", waiver_approve, POST),
)
