"""The registry's pages: receive or refuse a batch, and give the opinion on each item."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.errors import Conflict, Faults, LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.handover import RETURN, Batch
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.states import BatchState
from plugins.handover.forms import ReceiptForm
from plugins.handover.permissions import RECEIVE
from plugins.handover.queries.batches import find_batch
from plugins.handover.queries.lines import UNANSWERED, ItemRow, Part, answer_counts, line_rows
from plugins.handover.routes.reading import page_size, sent_version
from plugins.handover.routes.steps import to_batch
from plugins.handover.service.answering import (
    Opinion,
    Receipt,
    accept_rest,
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
    """Show one page of the items with their opinions; keep what is entered, or submit everything."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        sheet = _sheet(db, batch)
    if batch.state != BatchState.RECEIVED:
        raise Conflict(_("批次 %(no)s 现在不能填写接收意见", no=batch.batch_no), remedy=_("请打开批次页查看最新状态。"))
    if request.method != "POST":
        return _answer_page(batch, sheet, {row.id: _kept(row) for row in sheet.rows})
    return _take_answers(batch, sheet)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The page of items that a person sees: its rows, and how many there are of each kind in the whole batch."""

    rows: tuple[ItemRow, ...]
    counts: dict[str, int]
    only: str
    page: int
    size: int


def _sheet(session: Session, batch: Batch) -> _Sheet:
    """Return the page that was asked for; when a form comes back, the very rows that it showed."""
    only = request.args.get("show", "")
    counts = answer_counts(session, batch)
    only = only if only in counts else ""
    page, size = page_number(), page_size()
    shown = request.form.getlist("item", type=int)
    rows = line_rows(session, batch, tuple(shown) if shown else Part(page, size, only))
    return _Sheet(rows, counts, only, page, size)


def _take_answers(batch: Batch, sheet: _Sheet) -> ResponseReturnValue:
    opinions, wish = {row.id: _sent_opinion(row.id) for row in sheet.rows}, request.form.get("do")
    try:
        with current_host().uow(current_actor()) as uow:
            saved = save_opinions(uow, batch.id, opinions, version=sent_version())
            if wish == "accept_rest":
                accept_rest(uow, saved)
            if wish == "submit":
                uow.session.flush()
                submit_opinions(uow, batch.id, version=saved.version)
    except Faults as error:
        return _answer_page(batch, sheet, opinions, error), 422
    if wish == "submit":
        notify(_("批次 %(no)s 的接收意见已提交。", no=batch.batch_no))
        return to_batch(batch.id)
    notify(_("接收意见已保存，还没有提交。"), "info")
    return redirect(_place(batch, sheet, sheet.page + (wish == "next")))


def _place(batch: Batch, sheet: _Sheet, page: int) -> str:
    """Return the address of a page of the sheet; one that is narrowed loses the rows that were answered, and begins anew."""
    asked = {"show": sheet.only} if sheet.only else {"page": page}
    return url_for("handover.answer", batch_id=batch.id, per_page=sheet.size, **asked)


def _kept(row: ItemRow) -> Opinion:
    return Opinion(answer=row.answer, reason=row.return_reason, note=row.return_note)


def _sent_opinion(item_id: int) -> Opinion:
    """Return what was sent about one item; who chooses a reason means to return it, even without ticking so."""
    answer, reason = request.form.get(f"answer_{item_id}", ""), request.form.get(f"reason_{item_id}", "")
    return Opinion(
        answer=answer or (RETURN if reason else ""), reason=reason, note=request.form.get(f"note_{item_id}", "")
    )


def _answer_page(batch: Batch, sheet: _Sheet, opinions: dict[int, Opinion], error: LindangError | None = None) -> str:
    wrong = {fault.where: fault for fault in error.faults} if isinstance(error, Faults) else {}
    return render_template(
        "handover/answer.html",
        batch=batch,
        sheet=sheet,
        opinions=opinions,
        reasons=RETURN_REASONS,
        wrong=wrong,
        given=sheet.counts[""] - sheet.counts[UNANSWERED],
    )
