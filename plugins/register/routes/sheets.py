"""The register's home, village by village, and the sheet of one village."""

from __future__ import annotations

import datetime as dt
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput, LindangError
from lindang.i18n import _, local_time
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from plugins.register.domain.columns import BY_KEY
from plugins.register.permissions import REGISTER_READ, ROW_EDIT, SHEET_CLOSE
from plugins.register.queries.keying import village
from plugins.register.queries.sheets import (
    ROWS_PER_PAGE,
    VILLAGES_PER_PAGE,
    figures_of,
    sheet_rows,
    sheet_versions,
    totals,
    village_lines,
)
from plugins.register.queries.versions import closed_sheet, row_view
from plugins.register.service.sheets import close_sheet, withdraw_row
from plugins.register.words import SOURCE_LABELS, STATE_LABELS

GET: Final = ("GET",)
POST: Final = ("POST",)
ROWS, WITHDRAWN = "rows", "withdrawn"

SHEET_COLUMNS: Final = tuple(
    BY_KEY[key]
    for key in (
        "cert_no",
        "holder_name",
        "id_no",
        "parcel_no",
        "place_name",
        "area_mu",
        "bound_e",
        "bound_s",
        "bound_w",
        "bound_n",
        "main_species",
        "forest_category",
        "issue_state",
        "archival_code",
    )
)
"""What a closed version shows and prints; the whole row is in the export."""


@guard(REGISTER_READ, scope=DIVISION)
def home() -> ResponseReturnValue:
    """List the villages with what is keyed, declared and found wrong."""
    host, actor = current_host(), current_actor()
    name, page = request.args.get("name", "").strip(), page_number()
    with host.view(actor) as session:
        lines, total = village_lines(session, actor, name=name, page=page)
        sums = totals(session, actor)
    return render_template(
        "register/home.html", lines=lines, total=total, sums=sums, name=name, page=page, per_page=VILLAGES_PER_PAGE
    )


@guard(REGISTER_READ, scope=DIVISION)
def village_page(village_code: str) -> ResponseReturnValue:
    """Show the sheet of one village."""
    return _village(village_code)


def _village(village_code: str, error: LindangError | None = None) -> ResponseReturnValue:
    host, actor = current_host(), current_actor()
    page, tab = page_number(), request.args.get("tab", ROWS)
    with host.view(actor) as session:
        place = village(session, actor, village_code)
        figures = figures_of(session, village_code)
        rows, total = sheet_rows(session, actor, village_code, page, withdrawn=tab == WITHDRAWN)
        versions = sheet_versions(session, actor, village_code)
    shown = render_template(
        "register/village.html",
        place=place,
        figures=figures,
        rows=rows,
        total=total,
        versions=versions,
        open_sheet=next((each for each in versions if each.closed_at is None), None),
        tab=tab,
        page=page,
        per_page=ROWS_PER_PAGE,
        states=STATE_LABELS,
        today=local_time(host.clock.now()).date(),
        error=error,
    )
    return shown, error.http_status if error else 200


@guard(SHEET_CLOSE, scope=DIVISION)
def sheet_close(village_code: str) -> ResponseReturnValue:
    """Close the open version of a village's sheet (定稿)."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        village(session, actor, village_code)
    try:
        with host.uow(actor) as uow:
            filled_on = _day(request.form.get("filled_on", ""))
            version = request.form.get("version", 0, type=int)
            closed = close_sheet(uow, village_code, version, request.form.get("filled_by", ""), filled_on)
            sheet_no, count = closed.sheet_no, closed.row_count
    except LindangError as error:
        return _village(village_code, error)
    notify(_("第 %(n)s 版已定稿，共 %(rows)s 行", n=sheet_no, rows=count))
    return redirect(url_for("register.sheet_page", village_code=village_code, sheet_no=sheet_no))


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("填表日期不是日期"), where="filled_on", remedy=_("请从日历中选择。")) from error


@guard(REGISTER_READ, scope=DIVISION)
def sheet_page(village_code: str, sheet_no: int) -> ResponseReturnValue:
    """Show a closed version as it was, and whether its rows still make its digest."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        place = village(session, actor, village_code)
        sheet = closed_sheet(session, actor, village_code, sheet_no)
    return render_template("register/sheet.html", place=place, sheet=sheet, columns=SHEET_COLUMNS)


@guard(REGISTER_READ, scope=DIVISION)
def row_page(parcel_id: int) -> ResponseReturnValue:
    """Show one row in its three layers, with everything that was ever written in it."""
    return _row(parcel_id)


def _row(parcel_id: int, error: LindangError | None = None) -> ResponseReturnValue:
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = row_view(session, actor, parcel_id)
    page = render_template("register/row.html", view=shown, sources=SOURCE_LABELS, error=error)
    return page, error.http_status if error else 200


@guard(ROW_EDIT, scope=DIVISION)
def row_withdraw(parcel_id: int) -> ResponseReturnValue:
    """Withdraw a row (作废)."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        code = row_view(session, actor, parcel_id).division_code
    try:
        with host.uow(actor) as uow:
            withdraw_row(uow, parcel_id, request.form.get("reason", ""), request.form.get("version", 0, type=int))
    except LindangError as error:
        return _row(parcel_id, error)
    notify(_("这一行已作废"))
    return redirect(url_for("register.village_page", village_code=code))


RULES: Final = (
    ("/", home, GET),
    ("/villages/<village_code>", village_page, GET),
    ("/villages/<village_code>/close", sheet_close, POST),
    ("/villages/<village_code>/sheets/<int:sheet_no>", sheet_page, GET),
    ("/parcels/<int:parcel_id>", row_page, GET),
    ("/parcels/<int:parcel_id>/withdraw", row_withdraw, POST),
)
