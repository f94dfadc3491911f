"""证书状态: one certificate's state with its past, moving it forward, asking that it goes back, deciding that."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from plugins.register.permissions import REGISTER_READ, ROW_EDIT, STATE_APPROVE
from plugins.register.queries.states import state_view, waiting_requests
from plugins.register.service.states import ask_back, decide, move_forward
from plugins.register.words import SOURCE_LABELS, STATE_LABELS

GET: Final = ("GET",)
POST: Final = ("POST",)
STATE_TONES: Final = {
    "ISSUED": "success",
    "PRINTED_SEALED": "info",
    "PRINTED_UNSEALED": "warning",
    "UNPRINTED": "neutral",
}


@guard(REGISTER_READ, scope=DIVISION)
def state_page(certificate_id: int) -> ResponseReturnValue:
    """Show a certificate's state, what it may become, and the requests about it."""
    return _page(certificate_id)


def _page(certificate_id: int, error: LindangError | None = None) -> ResponseReturnValue:
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = state_view(session, actor, certificate_id)
    page = render_template(
        "register/state.html",
        view=shown,
        labels=STATE_LABELS,
        tones=STATE_TONES,
        sources=SOURCE_LABELS,
        error=error,
        given=request.form,
        me=actor.account_id,
    )
    return page, error.http_status if error else 200


@guard(ROW_EDIT, scope=DIVISION)
def state_move(certificate_id: int) -> ResponseReturnValue:
    """Move the state forward, or ask that it goes back."""
    state, version = request.form.get("state", ""), request.form.get("version", 0, type=int)
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        state_view(session, actor, certificate_id)
    try:
        with host.uow(actor) as uow:
            if request.form.get("do") == "ask":
                ask_back(uow, certificate_id, state, request.form.get("reason", ""), version)
                notify(_("申请已提出，等另一人批准"))
            else:
                move_forward(uow, certificate_id, state, version)
                notify(_("证书状态已改为：%(state)s", state=STATE_LABELS[state]))
    except LindangError as error:
        return _page(certificate_id, error)
    return redirect(url_for("register.state_page", certificate_id=certificate_id))


@guard(STATE_APPROVE, scope=DIVISION)
def states() -> ResponseReturnValue:
    """List the requests that wait for a second person."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        rows = waiting_requests(session, actor)
    return render_template("register/states.html", rows=rows, labels=STATE_LABELS, me=actor.account_id)


@guard(STATE_APPROVE, scope=DIVISION)
def state_decide(request_id: int) -> ResponseReturnValue:
    """Grant or refuse a request."""
    is_granted = request.form.get("do") == "grant"
    with current_host().uow(current_actor()) as uow:
        decided = decide(uow, request_id, is_granted=is_granted)
    notify(_("已批准，证书状态已改") if is_granted else _("已不批准，证书状态不变"))
    return redirect(url_for("register.state_page", certificate_id=decided.certificate_id))


RULES: Final = (
    ("/certificates/<int:certificate_id>/state", state_page, GET),
    ("/certificates/<int:certificate_id>/state", state_move, POST),
    ("/states", states, GET),
    ("/states/<int:request_id>", state_decide, POST),
)
