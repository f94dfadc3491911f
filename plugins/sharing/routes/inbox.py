"""登账入库: the inbox and its work, and delivering a workbook – read first, taken in when it is right."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.auth import Actor
from lindang.errors import LindangError
from lindang.host import Host
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.sharing import BOOKED, SharingDelivery
from plugins.sharing.domain.asked import plain_filter
from plugins.sharing.domain.reports import HEADINGS
from plugins.sharing.forms import AsideForm, DeliveryForm
from plugins.sharing.permissions import INBOX_POST, INBOX_READ, INBOX_WORK
from plugins.sharing.queries.excerpts import open_agencies
from plugins.sharing.queries.inbox import STATES, TONES, counts, inbox_page, rows_of_delivery
from plugins.sharing.service.inbox import (
    book,
    delivering_agreement,
    digest_of_file,
    find_delivery,
    keep_delivery,
    read_workbook,
    receive,
    rematch,
    set_aside,
)

_SIZE: Final = 50
_SHOWN: Final = 200


@guard(INBOX_READ, scope=DIVISION)
def inbox() -> ResponseReturnValue:
    """List the reported rights, the oldest first."""
    return _inbox_page(AsideForm(formdata=None), 200)


def _inbox_page(aside: AsideForm, status: int) -> ResponseReturnValue:
    host, actor, page = current_host(), current_actor(), page_number()
    state, text = request.args.get("state", ""), plain_filter(request.args.get("text", ""))
    with host.view(actor) as session:
        rows, total = inbox_page(session, actor, state, text, page=page, size=_SIZE)
        counted = counts(session, actor)
    shown = render_template(
        "sharing/inbox.html",
        rows=rows,
        total=total,
        page=page,
        size=_SIZE,
        states=STATES,
        tones=TONES,
        counted=counted,
        aside=aside,
        closed=(BOOKED, "aside"),
    )
    return shown, status


@guard(INBOX_WORK, scope=DIVISION)
def book_rows() -> ResponseReturnValue:
    """Book the ticked rows."""
    ids = [int(text) for text in request.form.getlist("row_id") if text.isascii() and text.isdecimal()]
    with current_host().uow(current_actor()) as uow:
        booked = book(uow, ids[:_SHOWN])
    notify(_("登账 %(n)s 条", n=booked), "success" if booked == len(ids) else "warning")
    if booked < len(ids):
        notify(_("有 %(n)s 条没有登账，原因见各行", n=len(ids) - booked), "warning")
    return redirect(url_for("sharing.inbox"))


@guard(INBOX_WORK, scope=DIVISION)
def match_again() -> ResponseReturnValue:
    """Match the rows again on which work remains."""
    with current_host().uow(current_actor()) as uow:
        ready = rematch(uow)
    notify(_("重新匹配后有 %(n)s 条可以登账", n=ready))
    return redirect(url_for("sharing.inbox"))


@guard(INBOX_WORK, scope=DIVISION)
def aside(row_id: int) -> ResponseReturnValue:
    """Close a row that will not be booked."""
    form = AsideForm()
    with current_host().uow(current_actor()) as uow:
        set_aside(uow, row_id, form.reason.data or "", version=form.version.data or 0)
    notify(_("已记为不登账"))
    return redirect(url_for("sharing.inbox"))


@guard(INBOX_POST, scope=DIVISION)
def new_delivery() -> ResponseReturnValue:
    """Read a workbook and show what is in it; nothing is taken in yet."""
    host, actor, form = current_host(), current_actor(), _delivery_form()
    if form.validate_on_submit():
        try:
            delivery = _read(host, actor, form)
        except LindangError as error:
            form.take_error(error)
        else:
            return redirect(url_for("sharing.delivery", delivery_id=delivery.id))
    headings = [(names[0], names[1:]) for names in HEADINGS.values()]
    page = render_template("sharing/delivery_new.html", form=form, headings=headings)
    return page, 422 if form.errors else 200


def _delivery_form() -> DeliveryForm:
    host, actor, form = current_host(), current_actor(), DeliveryForm()
    if not actor.can(INBOX_WORK):
        del form.agency_id
        return form
    with host.view(actor) as session:
        form.offer(open_agencies(session, actor))
    return form


def _read(host: Host, actor: Actor, form: DeliveryForm) -> SharingDelivery:
    upload = form.file.data
    data: bytes = upload.stream.read()
    name = Path(str(upload.filename).replace("\\", "/")).name[:200]
    with tempfile.TemporaryDirectory(prefix="lindang-rights-") as folder:
        path = Path(folder) / f"list{Path(name).suffix.lower()}"
        path.write_bytes(data)
        reports, faults = read_workbook(host, path)
    agency_id = form.agency_id.data if "agency_id" in form else None
    with host.uow(actor) as uow:
        agreed = delivering_agreement(uow, agency_id)
        source = {"source": "workbook", "file_name": name, "file_sha256": digest_of_file(data)}
        return keep_delivery(uow, agreed, reports, faults, **source)


@guard(INBOX_POST, scope=DIVISION)
def delivery(delivery_id: int) -> ResponseReturnValue:
    """Show a delivery: its faults by cell, or what became of its rows."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = find_delivery(session, actor, delivery_id)
        rows = rows_of_delivery(session, found.id)
    return render_template(
        "sharing/delivery.html",
        delivery=found,
        rows=rows[:_SHOWN],
        faults=found.faults[:_SHOWN],
        states=STATES,
        tones=TONES,
    )


@guard(INBOX_POST, scope=DIVISION)
def receive_delivery(delivery_id: int) -> ResponseReturnValue:
    """Take the rows of a delivery in."""
    with current_host().uow(current_actor()) as uow:
        found = receive(uow, delivery_id)
    notify(_("接收 %(n)s 条，%(same)s 条以前收过", n=found.taken, same=found.unchanged))
    return redirect(url_for("sharing.delivery", delivery_id=delivery_id))
