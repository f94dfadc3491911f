"""The feedback desk: papers that are nobody's yet, the register of what was filed, and the form of one paper."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import Faults, NotFound
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.handover_terms import FEEDBACK_KINDS, RETURN_NOTICE
from plugins.handover.domain.states import ITEM_LABELS
from plugins.handover.forms import FeedbackForm, feedback_form
from plugins.handover.permissions import BROWSE, FEEDBACK
from plugins.handover.queries.desk import (
    RETURNED_STATES,
    TITLE_NO,
    candidates,
    find_feedback,
    find_orphan,
    orphans,
    parcels_of,
    register_page,
)
from plugins.handover.routes.batches import ITEM_TONES
from plugins.handover.routes.reading import first_number, page_size
from plugins.handover.service.feedback import FeedbackEntry, amend_feedback, file_feedback


@guard(BROWSE, scope=DIVISION)
def desk() -> ResponseReturnValue:
    """List the feedback papers that belong to no batch item yet."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        rows = orphans(db, actor)
    return render_template("handover/desk.html", rows=rows)


@guard(BROWSE, scope=DIVISION)
def register() -> ResponseReturnValue:
    """Show the feedback register (反馈登记簿)."""
    host, actor, page, size = current_host(), current_actor(), page_number(), page_size()
    text, kind = request.args.get("text", "").strip(), request.args.get("kind", "")
    with host.view(actor) as db:
        rows, total = register_page(db, actor, text=text, kind=kind, page=page, per_page=size)
    return render_template(
        "handover/register.html",
        rows=rows,
        total=total,
        page=page,
        size=size,
        first=first_number(page, size),
        kinds=FEEDBACK_KINDS,
    )


@guard(FEEDBACK, scope=DIVISION)
def orphan(item_id: int) -> ResponseReturnValue:
    """Offer the batch items to which a paper may belong."""
    host, actor, text = current_host(), current_actor(), request.args.get("text", "").strip()
    with host.view(actor) as db:
        item = find_orphan(db, actor, item_id)
        found = candidates(db, actor, item, text=text)
    return render_template(
        "handover/orphan.html", item=item, rows=found, labels=ITEM_LABELS, tones=ITEM_TONES, text=text
    )


@guard(FEEDBACK, scope=DIVISION)
def file(item_id: int, batch_item_id: int) -> ResponseReturnValue:
    """Ask what the paper says, then file it as this item's feedback."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        item = find_orphan(db, actor, item_id)
        found = candidates(db, actor, item, batch_item_id=batch_item_id)
        parcels = parcels_of(db, batch_item_id)
    if not found:
        raise NotFound(_("没有这个条目"), remedy=_("它不存在，或不在您的权限范围内。"))
    is_returned = found[0].state in RETURNED_STATES
    form = feedback_form(parcels, version=0, kind=RETURN_NOTICE if is_returned else "", is_final=not is_returned)
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                feedback = file_feedback(uow, item_id, batch_item_id, _entry(form))
        except Faults as error:
            form.take_error(error)
        else:
            notify(_("已登记：%(no)s", no=feedback.feedback_no))
            return redirect(url_for("handover.desk"))
    page = render_template("handover/feedback_form.html", wtform=form, item=item, candidate=found[0], row=None)
    return page, 422 if form.errors else 200


@guard(FEEDBACK, scope=DIVISION)
def amend(feedback_id: int) -> ResponseReturnValue:
    """Correct what is recorded of a feedback paper."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        row = find_feedback(db, actor, feedback_id)
        parcels = parcels_of(db, row.batch_item_id)
    titles = [value for field, value in row.numbers if field == TITLE_NO]
    form = feedback_form(
        parcels,
        version=row.version,
        kind=row.kind,
        is_final=row.is_final,
        doc_no=row.doc_no,
        doc_date=row.doc_date,
        summary=row.summary,
        title_cert_no=titles[0] if titles else "",
    )
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                amend_feedback(uow, feedback_id, _entry(form), version=int(form.version.data))
        except Faults as error:
            form.take_error(error)
        else:
            notify(_("已保存：%(no)s", no=row.feedback_no))
            return redirect(url_for("handover.register"))
    page = render_template("handover/feedback_form.html", wtform=form, item=None, candidate=None, row=row)
    return page, 422 if form.errors else 200


def _entry(form: FeedbackForm) -> FeedbackEntry:
    return FeedbackEntry(
        kind=form.kind.data or "",
        is_final=bool(form.is_final.data),
        doc_no=form.doc_no.data or "",
        doc_date=form.doc_date.data,
        summary=form.summary.data or "",
        unit_numbers=form.unit_numbers(),
        title_cert_no=form.title_cert_no.data or "",
        reason=form.reason.data or "",
    )
