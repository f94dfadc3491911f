"""Batches: the list, one batch, and the changes of a draft's list."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput, NotFound, Unavailable
from lindang.host import Host
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.handover import Batch
from plugins.handover.documents.forms import TITLES as FORM_TITLES
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.manifest import check_code
from plugins.handover.domain.states import (
    ACTION_LABELS,
    BATCH_LABELS,
    FROZEN_STATES,
    ITEM_LABELS,
    RECEIVER_STATES,
    BatchState,
    ItemState,
)
from plugins.handover.domain.timers import WAITS_FOR, Deadline
from plugins.handover.forms import PAPER_LABELS, NewBatchForm
from plugins.handover.permissions import BROWSE, DRAFT, READ
from plugins.handover.queries.batches import BatchFilter, find_batch
from plugins.handover.queries.batches import batch_page as batch_rows
from plugins.handover.queries.lines import Part
from plugins.handover.queries.page import batch_view, open_drafts, work_of
from plugins.handover.queries.papers import paper_rows
from plugins.handover.queries.places import division_names, registries
from plugins.handover.queries.timers import deadline_for
from plugins.handover.routes.reading import first_number, page_size, sent_ids, sent_version
from plugins.handover.service.clockwork import clockwork
from plugins.handover.service.drafting import BatchPlan, add_certificates, create_batch, remove_items

TONES = {
    BatchState.CHECK_FAILED: "danger",
    BatchState.REFUSED: "danger",
    BatchState.CANCELLED: "neutral",
    BatchState.CLOSED: "success",
    BatchState.DRAFT: "neutral",
    BatchState.CHECKED: "warning",
    BatchState.SENT: "warning",
}
ITEM_TONES = {
    ItemState.ACCEPTED: "info",
    ItemState.FEEDBACK_FILED: "success",
    ItemState.RETURNED: "danger",
    ItemState.FIXING: "warning",
    ItemState.READY: "info",
}


@guard(READ, scope=DIVISION)
def batches() -> ResponseReturnValue:
    """List the batches this person may see."""
    host, actor, page, size = current_host(), current_actor(), page_number(), page_size()
    narrowed = BatchFilter(
        state=request.args.get("state", ""),
        text=request.args.get("text", "").strip(),
        division=request.args.get("division", ""),
    )
    sort = request.args.get("sort", "-batch_no")
    with host.view(actor) as db:
        rows, total = batch_rows(db, actor, narrowed, sort=sort, page=page, per_page=size)
    states = list(BatchState) if actor.can(BROWSE) else [one for one in BatchState if one in RECEIVER_STATES]
    choices = [("problem", _("需要处理（未通过、被退回）")), *((one.value, str(BATCH_LABELS[one])) for one in states)]
    return render_template(
        "handover/batches.html",
        rows=rows,
        total=total,
        page=page,
        size=size,
        first=first_number(page, size),
        states=choices if actor.can(BROWSE) else choices[1:],
        labels=BATCH_LABELS,
        tones=TONES,
    )


@guard(DRAFT, scope=DIVISION)
def new_batch() -> ResponseReturnValue:
    """Make a batch out of the chosen certificates."""
    host, actor, form = current_host(), current_actor(), NewBatchForm()
    county = form.county.data or ""
    if county and not actor.covers(county):
        raise NotFound(_("没有这个县"), remedy=_("它不存在，或不在您的权限范围内。"))
    ids = [int(text) for text in (form.certificate_ids.data or "").split(",") if text.isdecimal()]
    with host.view(actor) as db:
        form.offer(registries(db, county) if county else [])
        drafts, names = open_drafts(db, actor, county), division_names(db, [county])
    if form.validate_on_submit():
        plan = BatchPlan(
            county_code=county,
            registry_org_id=form.registry_org_id.data,
            title=form.title.data or "",
            paper_kind=form.paper_kind.data,
            certificate_ids=tuple(ids),
        )
        try:
            with host.uow(actor) as uow:
                batch = create_batch(uow, plan)
        except BadInput as error:
            form.take_error(error)
        else:
            notify(_("批次 %(no)s 已建立，核对清单后送检查。", no=batch.batch_no))
            return redirect(url_for("handover.batch_page", batch_id=batch.id))
    page = render_template(
        "handover/selection.html", draft_form=form, count=len(ids), drafts=drafts, county_name=names[county]
    )
    return page, 422


@guard(READ, scope=DIVISION)
def batch_page(batch_id: int) -> ResponseReturnValue:
    """Show one batch."""
    host, actor, page, size = current_host(), current_actor(), page_number(), page_size()
    with host.view(actor) as db:
        view = batch_view(db, actor, batch_id, host.settings.host.office_name, Part(page, size))
        papers = paper_rows(db, actor, view.batch)
    deadline = _deadline(host, view.batch)
    return render_template(
        "handover/batch.html",
        view=view,
        batch=view.batch,
        page=page,
        size=size,
        first=first_number(page, size),
        labels=BATCH_LABELS,
        tones=TONES,
        item_labels=ITEM_LABELS,
        item_tones=ITEM_TONES,
        actions=ACTION_LABELS,
        reasons=RETURN_REASONS,
        paper=PAPER_LABELS,
        papers=[(one, FORM_TITLES[one.kind]) for one in papers],
        papers_wait=any(one.waits for one in papers),
        deadline=deadline,
        waits_for=WAITS_FOR.get(view.state, ""),
        is_frozen=view.state in FROZEN_STATES,
        has_codes=any(row.code for row in view.lines.rows),
        code=check_code(view.batch.manifest_sha256) if view.batch.manifest_sha256 else "",
    )


def _deadline(host: Host, batch: Batch) -> Deadline | None:
    """Return until when a batch may wait; a wrong holiday table is told on the calendar, not on every batch."""
    try:
        return deadline_for(batch, clockwork(host))
    except Unavailable:
        return None


@guard(READ, scope=DIVISION)
def progress(batch_id: int) -> ResponseReturnValue:
    """Answer the fragment that shows how far the background is; when it is done, the whole page is asked for anew."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch: Batch = find_batch(db, actor, batch_id)
        work = work_of(db, batch.id)
    fragment = render_template("handover/_progress.html", batch=batch, work=work)
    return fragment, 200, {} if work and work.is_running else {"HX-Refresh": "true"}


@guard(DRAFT, scope=DIVISION)
def add_items(batch_id: int) -> ResponseReturnValue:
    """Add certificates to a draft."""
    ids = [int(text) for text in request.form.get("certificate_ids", "").split(",") if text.isdecimal()]
    with current_host().uow(current_actor()) as uow:
        count = add_certificates(uow, batch_id, ids, version=sent_version())
    notify(_("加入 %(n)s 本", n=count))
    return redirect(url_for("handover.batch_page", batch_id=batch_id))


@guard(DRAFT, scope=DIVISION)
def remove(batch_id: int) -> ResponseReturnValue:
    """Withdraw ticked items from a draft."""
    with current_host().uow(current_actor()) as uow:
        count = remove_items(uow, batch_id, sent_ids("item_id"), version=sent_version())
    notify(_("移出 %(n)s 本", n=count))
    return redirect(url_for("handover.batch_page", batch_id=batch_id))
