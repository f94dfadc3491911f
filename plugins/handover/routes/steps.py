"""The steps of a batch's life that the office takes, one view each. Errors are shown by the host's error page."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from lindang.errors import Faults
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from plugins.handover.forms import SendForm
from plugins.handover.permissions import CLOSE, DRAFT, FEEDBACK, READ, SEND, SIGN
from plugins.handover.queries.batches import find_batch
from plugins.handover.queries.places import boxes_of
from plugins.handover.routes.reading import sent_version
from plugins.handover.service.checking import start_check
from plugins.handover.service.closing import close_batch, complete_feedback
from plugins.handover.service.drafting import cancel_batch, reopen_batch, revise_batch
from plugins.handover.service.resuming import resume_batch
from plugins.handover.service.sending import start_sending
from plugins.handover.service.signing import make_documents, refuse_to_sign, sign_batch


def to_batch(batch_id: int) -> Response:
    """Go to the page of a batch."""
    return redirect(url_for("handover.batch_page", batch_id=batch_id))


@guard(DRAFT, scope=DIVISION)
def check(batch_id: int) -> ResponseReturnValue:
    """Send a draft to the check."""
    with current_host().uow(current_actor()) as uow:
        start_check(uow, batch_id, version=sent_version())
    return to_batch(batch_id)


@guard(DRAFT, scope=DIVISION)
def reopen(batch_id: int) -> ResponseReturnValue:
    """Take a batch whose check failed back to the draft."""
    with current_host().uow(current_actor()) as uow:
        reopen_batch(uow, batch_id, version=sent_version())
    return to_batch(batch_id)


@guard(SIGN, scope=DIVISION)
def sign(batch_id: int) -> ResponseReturnValue:
    """Sign a checked batch; its documents are made before the transaction."""
    host, actor, version = current_host(), current_actor(), sent_version()
    made = make_documents(host, actor, batch_id)
    with host.uow(actor) as uow:
        batch = sign_batch(uow, batch_id, version=version, documents=made)
    notify(_("批次 %(no)s 已签发，清单和摘要已冻结。", no=batch.batch_no))
    return to_batch(batch_id)


@guard(SIGN, scope=DIVISION)
def refuse_signature(batch_id: int) -> ResponseReturnValue:
    """Send a checked batch back to who prepared it."""
    with current_host().uow(current_actor()) as uow:
        batch = refuse_to_sign(uow, batch_id, version=sent_version(), reason=request.form.get("reason", ""))
    notify(_("批次 %(no)s 已退回填表人。", no=batch.batch_no))
    return to_batch(batch_id)


@guard(SEND, scope=DIVISION)
def send(batch_id: int) -> ResponseReturnValue:
    """Ask for carriers and boxes, then send."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        boxes = boxes_of(db, batch)
    form = SendForm(
        version=batch.version, boxes="\n".join(f"{box}（{place}）" if place else box for box, place in boxes)
    )
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                start_sending(
                    uow,
                    batch_id,
                    version=int(form.version.data),
                    carriers=form.carriers.data or "",
                    boxes=form.boxes.data or "",
                )
        except Faults as error:
            form.take_error(error)
        else:
            return to_batch(batch_id)
    return render_template("handover/send.html", wtform=form, batch=batch), 422 if form.errors else 200


@guard(READ, scope=DIVISION)
def resume(batch_id: int) -> ResponseReturnValue:
    """Ask again for the background job of a batch that waits for it."""
    with current_host().uow(current_actor()) as uow:
        resume_batch(uow, batch_id, version=sent_version())
    return to_batch(batch_id)


@guard(DRAFT, scope=DIVISION)
def cancel(batch_id: int) -> ResponseReturnValue:
    """Call a batch off."""
    with current_host().uow(current_actor()) as uow:
        batch = cancel_batch(uow, batch_id, version=sent_version(), reason=request.form.get("reason", ""))
    notify(_("批次 %(no)s 已取消，其中的林权证可以重新组批。", no=batch.batch_no))
    return to_batch(batch_id)


@guard(DRAFT, scope=DIVISION)
def revise(batch_id: int) -> ResponseReturnValue:
    """Begin a new version of the list of a refused batch."""
    with current_host().uow(current_actor()) as uow:
        batch = revise_batch(uow, batch_id, version=sent_version())
    notify(_("已建立第 %(n)s 版清单，修改后重新送检查。", n=batch.list_version))
    return to_batch(batch_id)


@guard(FEEDBACK, scope=DIVISION)
def complete(batch_id: int) -> ResponseReturnValue:
    """Declare the feedback of a batch complete."""
    with current_host().uow(current_actor()) as uow:
        complete_feedback(uow, batch_id, version=sent_version())
    return to_batch(batch_id)


@guard(CLOSE, scope=DIVISION)
def close(batch_id: int) -> ResponseReturnValue:
    """Close a batch."""
    with current_host().uow(current_actor()) as uow:
        batch = close_batch(uow, batch_id, version=sent_version())
    notify(_("批次 %(no)s 已结案。", no=batch.batch_no))
    return to_batch(batch_id)
