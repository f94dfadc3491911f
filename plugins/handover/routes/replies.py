"""The reply workbook: taken away by the registry, read back by the office, looked at, taken over, and what is left over settled."""

from __future__ import annotations

import io
from typing import Final

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput, Conflict
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from plugins.handover.adapters.reply_book import ReplyBook, read_reply_book
from plugins.handover.domain.states import FROZEN_STATES
from plugins.handover.forms import ReplyForm
from plugins.handover.permissions import BROWSE, READ, RECORD
from plugins.handover.queries.batches import find_batch
from plugins.handover.queries.replies import find_reply, lines_of, replies_of, reply_workbook
from plugins.handover.routes.reading import sent_version
from plugins.handover.routes.steps import to_batch
from plugins.handover.service.replies import note_reply, plan_reply, record_answer, settle_line, take_reply

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_BYTES: Final = 20_000_000


@guard(READ, scope=DIVISION)
def reply_book(batch_id: int) -> ResponseReturnValue:
    """Send the reply workbook of a signed batch, for a registry that answers offline."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        if batch.state not in FROZEN_STATES:
            raise Conflict(_("批次 %(no)s 还没有签发，没有答复工作簿", no=batch.batch_no))
        data = reply_workbook(db, batch)
    name = f"{batch.batch_no}-答复.xlsx"
    return send_file(io.BytesIO(data), mimetype=_XLSX, as_attachment=True, download_name=name)


@guard(BROWSE, scope=DIVISION)
def replies(batch_id: int) -> ResponseReturnValue:
    """List the workbooks that came back for a batch."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        found = replies_of(db, batch.id)
    return render_template("handover/replies.html", batch=batch, rows=found, wtform=ReplyForm(formdata=None))


@guard(RECORD, scope=DIVISION)
def read(batch_id: int) -> ResponseReturnValue:
    """Read an uploaded workbook and show what it would do; nothing is taken over yet."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        found = replies_of(db, batch.id)
    form = ReplyForm()
    if form.validate_on_submit():
        data = form.file.data.read(_MOST_BYTES + 1)
        try:
            book = _read(data)
            with host.view(actor) as db:
                plan_reply(db, batch, book)
        except BadInput as error:
            form.take_error(error)
        else:
            blob = host.storage.put_bytes(data)
            with host.uow(actor) as uow:
                reply = note_reply(uow, batch_id, blob, form.file.data.filename or "")
            return redirect(url_for("handover.reply", reply_id=reply.id))
    return render_template("handover/replies.html", batch=batch, rows=found, wtform=form), 422


def _read(data: bytes) -> ReplyBook:
    if len(data) > _MOST_BYTES:
        raise BadInput(_("工作簿太大"), where="file", remedy=_("请从批次页重新下载答复工作簿填写。"))
    return read_reply_book(data)


@guard(BROWSE, scope=DIVISION)
def reply(reply_id: int) -> ResponseReturnValue:
    """Show what a workbook would do, or what it did and which of its lines wait."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch, found = find_reply(db, actor, reply_id)
        if found.taken_at is None:
            book = read_reply_book(host.storage.read(found.sha256))
            is_current = found.list_version == batch.list_version
            plan = plan_reply(db, batch, book) if is_current else None
            return render_template("handover/reply_plan.html", batch=batch, reply=found, plan=plan, book=book)
        lines = lines_of(db, found.id)
    return render_template("handover/reply.html", batch=batch, reply=found, lines=lines)


@guard(RECORD, scope=DIVISION)
def take(reply_id: int) -> ResponseReturnValue:
    """Take a workbook over."""
    host, actor, version = current_host(), current_actor(), sent_version()
    with host.view(actor) as db:
        _batch, found = find_reply(db, actor, reply_id)
    book = read_reply_book(host.storage.read(found.sha256))
    with host.uow(actor) as uow:
        plan = take_reply(uow, reply_id, book, version=version)
    notify(
        _(
            "已导入：接收 %(a)s 本，退回 %(r)s 本，待处理 %(p)s 行。",
            a=plan.accepted,
            r=plan.returned,
            p=len(plan.matched.problems),
        )
    )
    return redirect(url_for("handover.reply", reply_id=reply_id))


@guard(RECORD, scope=DIVISION)
def settle(line_id: int) -> ResponseReturnValue:
    """Settle a line that found no item."""
    with current_host().uow(current_actor()) as uow:
        line = settle_line(uow, line_id, note=request.form.get("note", ""), item_code=request.form.get("item_code", ""))
    notify(_("第 %(n)s 行已处理。", n=line.row_no))
    return redirect(url_for("handover.reply", reply_id=line.reply_id))


@guard(RECORD, scope=DIVISION)
def record(batch_id: int) -> ResponseReturnValue:
    """Submit the opinions that workbooks brought."""
    with current_host().uow(current_actor()) as uow:
        batch = record_answer(uow, batch_id, version=sent_version())
    notify(_("批次 %(no)s 的接收意见已登记。", no=batch.batch_no))
    return to_batch(batch_id)
