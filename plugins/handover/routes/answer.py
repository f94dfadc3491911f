"""The registry's pages: receive or refuse a batch, and give the opinion on each item."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import Conflict, Faults, LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from models.handover import ACCEPT, RETURN, Batch
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.states import BatchState
from plugins.handover.forms import ReceiptForm
from plugins.handover.permissions import RECEIVE
from plugins.handover.queries.batches import find_batch
from plugins.handover.queries.lines import ItemRow, batch_lines
from plugins.handover.routes.reading import sent_version
from plugins.handover.routes.steps import to_batch
from plugins.handover.service.answering import (
    Opinion,
    Receipt,
    receive_batch,
    refuse_batch,
    save_opinions,
    submit_opinions,
)


@guard(RECEIVE, scope=DIVISION)
def receive(batch_id: int) -> ResponseReturnValue:
    """Ask what was counted, and record the receipt when it agrees."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
    form = ReceiptForm(version=batch.version)
    if form.validate_on_submit():
        receipt = Receipt(
            certs=form.certs.data or 0,
            files=form.files.data or 0,
            check_code=form.check_code.data or "",
            note=form.note.data or "",
        )
        try:
            with host.uow(actor) as uow:
                receive_batch(uow, batch_id, receipt, version=int(form.version.data))
        except Faults as error:
            form.take_error(error)
        else:
            notify(_("批次 %(no)s 已接收，请逐件答复。", no=batch.batch_no))
            return redirect(url_for("handover.answer", batch_id=batch_id))
    return render_template("handover/receive.html", wtform=form, batch=batch), 422 if form.errors else 200


@guard(RECEIVE, scope=DIVISION)
def refuse(batch_id: int) -> ResponseReturnValue:
    """Refuse a batch as a whole; it is then no longer this office's to see."""
    with current_host().uow(current_actor()) as uow:
        batch = refuse_batch(uow, batch_id, version=sent_version(), reason=request.form.get("reason", ""))
    notify(_("批次 %(no)s 已整批拒收，退回移交单位。", no=batch.batch_no))
    return redirect(url_for("handover.batches"))


@guard(RECEIVE, scope=DIVISION)
def answer(batch_id: int) -> ResponseReturnValue:
    """Show all items with their opinions; keep what is entered, or submit everything."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        rows = batch_lines(db, batch).rows
    if batch.state != BatchState.RECEIVED:
        raise Conflict(_("批次 %(no)s 现在不能填写接收意见", no=batch.batch_no), remedy=_("请打开批次页查看最新状态。"))
    if request.method != "POST":
        return _answer_page(
            batch,
            rows,
            {row.id: Opinion(answer=row.answer, reason=row.return_reason, note=row.return_note) for row in rows},
        )
    return _take_answers(batch, rows)


def _take_answers(batch: Batch, rows: tuple[ItemRow, ...]) -> ResponseReturnValue:
    opinions, submits = _sent_opinions(rows), request.form.get("do") == "submit"
    try:
        with current_host().uow(current_actor()) as uow:
            saved = save_opinions(uow, batch.id, opinions, version=sent_version())
            if submits:
                uow.session.flush()
                submit_opinions(uow, batch.id, version=saved.version)
    except Faults as error:
        return _answer_page(batch, rows, opinions, error), 422
    if submits:
        notify(_("批次 %(no)s 的接收意见已提交。", no=batch.batch_no))
        return to_batch(batch.id)
    notify(_("接收意见已保存，还没有提交。"), "info")
    return redirect(url_for("handover.answer", batch_id=batch.id))


def _sent_opinions(rows: tuple[ItemRow, ...]) -> dict[int, Opinion]:
    accepts_rest = request.form.get("do") == "accept_rest"
    return {row.id: _sent_opinion(row.id, accepts_rest=accepts_rest) for row in rows}


def _sent_opinion(item_id: int, *, accepts_rest: bool) -> Opinion:
    """Return what was sent about one item; who chooses a reason means to return it, even without ticking so."""
    answer, reason = request.form.get(f"answer_{item_id}", ""), request.form.get(f"reason_{item_id}", "")
    if not answer:
        answer = RETURN if reason else ACCEPT if accepts_rest else ""
    return Opinion(answer=answer, reason=reason, note=request.form.get(f"note_{item_id}", ""))


def _answer_page(
    batch: Batch, rows: tuple[ItemRow, ...], opinions: dict[int, Opinion], error: LindangError | None = None
) -> str:
    wrong = {fault.where: fault for fault in error.faults} if isinstance(error, Faults) else {}
    return render_template(
        "handover/answer.html",
        batch=batch,
        rows=rows,
        opinions=opinions,
        reasons=RETURN_REASONS,
        wrong=wrong,
        given=sum(1 for opinion in opinions.values() if opinion.answer),
    )
