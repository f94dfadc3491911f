"""Monthly lists: the list of lists, ordering one, its documents."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number, send_attachment
from models.sharing import CONTENT, LIST_PDF, LIST_XLSX
from plugins.sharing.domain.days import office_day
from plugins.sharing.domain.lists import month_before
from plugins.sharing.forms import ListForm
from plugins.sharing.permissions import LIST_ISSUE, LIST_READ
from plugins.sharing.queries.excerpts import open_agencies
from plugins.sharing.queries.lists import counties, find_list_document, list_page
from plugins.sharing.service.lists import order_list

_SIZE: Final = 20
_TYPES: Final = {
    CONTENT: "application/json",
    LIST_XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    LIST_PDF: "application/pdf",
}


@guard(LIST_READ, scope=DIVISION)
def lists() -> ResponseReturnValue:
    """List the monthly lists, the latest month first."""
    return _page(_form(), 200)


@guard(LIST_ISSUE, scope=DIVISION)
def order() -> ResponseReturnValue:
    """Order the list of a month."""
    host, actor, form = current_host(), current_actor(), _form()
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                row = order_list(uow, form.agency_id.data, form.county.data, (form.month.data or "").strip())
        except LindangError as error:
            form.take_error(error)
        else:
            notify(_("月报 %(no)s 正在生成，片刻后刷新本页下载", no=row.list_no))
            return redirect(url_for("sharing.lists"))
    return _page(form, 422)


def _form() -> ListForm:
    host, actor = current_host(), current_actor()
    form = ListForm(month=month_before(f"{office_day(host.clock.now()):%Y-%m}"))
    with host.view(actor) as session:
        form.offer(open_agencies(session, actor), counties(session, actor))
    return form


def _page(form: ListForm, status: int) -> ResponseReturnValue:
    host, actor, page = current_host(), current_actor(), page_number()
    with host.view(actor) as session:
        rows, total = list_page(session, actor, page, _SIZE)
    shown = render_template("sharing/lists.html", form=form, rows=rows, total=total, page=page, size=_SIZE)
    return shown, status


@guard(LIST_READ, scope=DIVISION)
def list_file(list_id: int, kind: str) -> ResponseReturnValue:
    """Send a document of a list; every time is a line in the journal."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        row, doc = find_list_document(session, actor, list_id, kind)
    with host.uow(actor) as uow:
        uow.journal("shared_list.downloaded", f"sharing_list:{row.id}", division=row.county_code, kind=kind)
    return send_attachment(Path(host.storage.path(doc.sha256)), f"{row.list_no}.{kind}", _TYPES[kind])
