"""Double keying: orders and quality, one order, keying a row blind beside the scan, settling what differs."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput, LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.keying import KEYED_BOOK, KEYED_PAGE
from plugins.register.permissions import REGISTER_READ, SECOND_KEY, SECOND_ORDER, SECOND_SETTLE
from plugins.register.queries.keying import village
from plugins.register.queries.labels import code_labels
from plugins.register.queries.scans import file_scan
from plugins.register.queries.second import (
    BlindRow,
    Dispute,
    dispute,
    entry_lines,
    keyers,
    next_blind_row,
    order,
    orders,
    quality,
)
from plugins.register.routes.scans import scan_context
from plugins.register.service.second import Ruling, key_second, order_second_keying
from plugins.register.service.settling import settle

GET: Final = ("GET",)
POST: Final = ("POST",)
FORM: Final = ("GET", "POST")


@guard(REGISTER_READ, scope=DIVISION)
def second() -> ResponseReturnValue:
    """List the orders, and how well everybody keyed."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template("register/second.html", orders=orders(session, actor), quality=quality(session, actor))


@guard(SECOND_ORDER, scope=DIVISION)
def second_new(village_code: str) -> ResponseReturnValue:
    """Order a village's rows to be keyed again."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        place = village(session, actor, village_code)
        people = keyers(session, village_code)
    error, status = None, 200
    if request.method == "POST":
        try:
            chosen = next((each for each in people if str(each.account_id) == request.form.get("keyer")), None)
            if chosen is None:
                raise BadInput(_("请选择由谁来录第二遍"), where="keyer")
            with host.uow(actor) as uow:
                made = order_second_keying(uow, village_code, _percent(), chosen)
            notify(_("双人录入已安排给 %(name)s", name=chosen.name))
            return redirect(url_for("register.second_page", order_id=made.id))
        except LindangError as problem:
            error, status = problem, problem.http_status
    return render_template("register/second_new.html", place=place, keyers=people, error=error), status


def _percent() -> int:
    return request.form.get("percent", 0, type=int) or 0


@guard(REGISTER_READ, scope=DIVISION)
def second_page(order_id: int) -> ResponseReturnValue:
    """Show one order: its rows, what differs, the quality."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = order(session, actor, order_id)
        rows = entry_lines(session, order_id)
        found = quality(session, actor, order_id)
    return render_template("register/second_page.html", order=shown, rows=rows, quality=found)


@guard(SECOND_KEY, scope=DIVISION)
def second_key(order_id: int) -> ResponseReturnValue:
    """Key the next row of an order blind: the scan is shown, the first keying is not."""
    host, actor = current_host(), current_actor()
    error, status = None, 200
    if request.method == "POST":
        try:
            with host.uow(actor) as uow:
                count = key_second(uow, order_id, _number("entry"), request.form, _number("version"))
            notify(_("这一行已录，与第一遍有 %(n)s 处不同", n=count) if count else _("这一行已录，两遍一致"))
            return redirect(url_for("register.second_key", order_id=order_id))
        except LindangError as problem:
            error, status = problem, problem.http_status
    with host.view(actor) as session:
        of_order = order(session, actor, order_id)
        row = next_blind_row(session, actor, of_order)
        if row is None:
            notify(_("这项双人录入的行已全部录完"))
            return redirect(url_for("register.second_page", order_id=order_id))
        context = {**_columns(), "choices": code_labels(session), **_blind_scan(session, actor, row)}
    given = {key: request.form.get(key, "") for key in (*KEYED_BOOK, *KEYED_PAGE)}
    page = render_template("register/second_key.html", order=of_order, row=row, given=given, error=error, **context)
    return page, status


def _columns() -> dict[str, Any]:
    return {"book": [BY_KEY[key] for key in KEYED_BOOK], "page": [BY_KEY[key] for key in KEYED_PAGE]}


def _blind_scan(session: Any, actor: Any, row: BlindRow) -> dict[str, Any]:
    """The pages alone: what a machine read would not be blind either."""
    scan = file_scan(session, actor, row.file_id) if row.file_id else None
    return scan_context(scan, None, url_for("register.second_key", order_id=0))


@guard(SECOND_SETTLE, scope=DIVISION)
def second_settle(entry_id: int) -> ResponseReturnValue:
    """Settle the differences of one row beside its scan."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = dispute(session, actor, entry_id)
        scan = file_scan(session, actor, shown.file_id) if shown.file_id else None
        context = scan_context(scan, None, url_for("register.second_settle", entry_id=entry_id))
    error, status = None, 200
    if request.method == "POST":
        try:
            with host.uow(actor) as uow:
                settle(uow, entry_id, _rulings(shown), _number("version"))
            notify(_("差异已裁定"))
            return redirect(url_for("register.second_page", order_id=shown.order.id))
        except LindangError as problem:
            error, status = problem, problem.http_status
    page = render_template(
        "register/second_settle.html", dispute=shown, columns=BY_KEY, error=error, given=request.form, **context
    )
    return page, status


def _rulings(shown: Dispute) -> dict[int, Ruling]:
    rulings = {}
    for each in shown.differences:
        right = request.form.get(f"right-{each.id}", "")
        if right:
            rulings[each.id] = Ruling(each.id, right, request.form.get(f"value-{each.id}", ""))
    return rulings


def _number(name: str) -> int:
    return request.form.get(name, 0, type=int) or 0


RULES: Final = (
    ("/second", second, GET),
    ("/villages/<village_code>/second", second_new, FORM),
    ("/second/<int:order_id>", second_page, GET),
    ("/second/<int:order_id>/key", second_key, FORM),
    ("/second/entries/<int:entry_id>", second_settle, FORM),
)
