"""What came back to be mended (待补正), and what was accepted and waits for its feedback (待反馈)."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput, Faults
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.states import ITEM_LABELS
from plugins.handover.forms import FixForm
from plugins.handover.permissions import BROWSE, CORRECT
from plugins.handover.queries.returns import find_travel, returned_page, waiting_page
from plugins.handover.routes.batches import ITEM_TONES
from plugins.handover.routes.reading import first_number, page_size, sent_version
from plugins.handover.service.correcting import finish_fixing, start_fixing


@guard(BROWSE, scope=DIVISION)
def returns() -> ResponseReturnValue:
    """List returned items that wait to be mended or to enter another batch."""
    host, actor, page, size = current_host(), current_actor(), page_number(), page_size()
    with host.view(actor) as db:
        rows, total = returned_page(db, actor, page=page, per_page=size)
    return render_template(
        "handover/returns.html",
        rows=rows,
        total=total,
        page=page,
        size=size,
        first=first_number(page, size),
        labels=ITEM_LABELS,
        tones=ITEM_TONES,
        reasons=RETURN_REASONS,
    )


@guard(BROWSE, scope=DIVISION)
def waiting() -> ResponseReturnValue:
    """List accepted items that wait for their final feedback."""
    host, actor, page, size = current_host(), current_actor(), page_number(), page_size()
    with host.view(actor) as db:
        rows, total = waiting_page(db, actor, page=page, per_page=size)
    return render_template(
        "handover/waiting.html",
        rows=rows,
        total=total,
        page=page,
        size=size,
        first=first_number(page, size),
        labels=ITEM_LABELS,
        tones=ITEM_TONES,
    )


@guard(CORRECT, scope=DIVISION)
def fix(item_id: int) -> ResponseReturnValue:
    """Take up a returned item."""
    with current_host().uow(current_actor()) as uow:
        item = start_fixing(uow, item_id, version=sent_version())
    notify(_("条目 %(code)s 已开始补正。", code=item.code))
    return redirect(url_for("handover.returns"))


@guard(CORRECT, scope=DIVISION)
def finish(item_id: int) -> ResponseReturnValue:
    """Say what was mended and declare the item ready for another batch."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        row = find_travel(db, actor, item_id)
    form = FixForm(version=row.batch.version)
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                finish_fixing(uow, item_id, version=int(form.version.data), note=form.note.data or "")
        except (BadInput, Faults) as error:
            form.take_error(error)
        else:
            notify(_("条目 %(code)s 补正完成，可以进入新的批次。", code=row.item.code))
            return redirect(url_for("handover.returns"))
    page = render_template("handover/finish_fixing.html", wtform=form, row=row, reasons=RETURN_REASONS)
    return page, 422 if form.errors else 200
