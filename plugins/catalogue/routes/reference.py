"""Reference data: the scheme with its checklist, code lists, divisions and fonds; each can be replaced by the office's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from lindang.web import DIVISION, NONE, current_actor, current_host, guard, notify, page_number
from plugins.catalogue.forms import FondsForm, OrgForm, TableForm
from plugins.catalogue.permissions import REFERENCE_EDIT, REFERENCE_READ
from plugins.catalogue.queries import reference as queries
from plugins.catalogue.queries.files import SIZES
from plugins.catalogue.queries.places import fonds_list
from plugins.catalogue.routes.common import FORM, GET, Rule, number
from plugins.catalogue.service.reference import (
    Loaded,
    add_fonds,
    add_org,
    load_checklist,
    load_codes,
    load_divisions,
    load_scheme,
)
from plugins.catalogue.words import ORG_KINDS


@guard(REFERENCE_READ, scope=NONE)
def scheme() -> ResponseReturnValue:
    """Show the classification scheme and the household checklist."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template(
            "catalogue/scheme.html", categories=queries.scheme(session), rules=queries.checklist(session)
        )


@guard(REFERENCE_READ, scope=NONE)
def code_lists() -> ResponseReturnValue:
    """Show the code lists."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template("catalogue/code_lists.html", lists=queries.code_lists(session))


@guard(REFERENCE_READ, scope=DIVISION)
def divisions() -> ResponseReturnValue:
    """Show the divisions in scope."""
    host, actor = current_host(), current_actor()
    size = number("per_page", SIZES[1])
    size = size if size in SIZES else SIZES[1]
    with host.view(actor) as session:
        page = queries.divisions(session, actor, request.args.get("q", "").strip()[:40], page_number(), size or 50)
        return render_template("catalogue/divisions.html", page=page)


@guard(REFERENCE_READ, scope=DIVISION)
def fonds() -> ResponseReturnValue:
    """Show the fonds."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template("catalogue/fonds.html", rows=fonds_list(session, actor))


@guard(REFERENCE_EDIT, scope=DIVISION)
def fonds_new() -> ResponseReturnValue:
    """Register a fonds."""
    host, actor = current_host(), current_actor()
    form, status = FondsForm(), 200
    with host.view(actor) as session:
        form.offer(session, actor)
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                add_fonds(
                    uow,
                    code=(form.code.data or "").strip().upper(),
                    name=form.name.data or "",
                    creator=form.creator.data or "",
                    division_code=form.division_code.data or "",
                )
            notify(_("全宗已登记"))
            return redirect(url_for("catalogue.fonds"))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("catalogue/fonds_new.html", form_=form), status


@guard(REFERENCE_READ, scope=DIVISION)
def orgs() -> ResponseReturnValue:
    """Show the organisations."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template("catalogue/orgs.html", rows=queries.orgs(session, actor), kinds=ORG_KINDS)


@guard(REFERENCE_EDIT, scope=DIVISION)
def org_new() -> ResponseReturnValue:
    """Register an organisation."""
    host, actor = current_host(), current_actor()
    form, status = OrgForm(), 200
    with host.view(actor) as session:
        form.offer(session, actor)
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                add_org(
                    uow,
                    code=(form.code.data or "").strip(),
                    name=form.name.data or "",
                    kind=form.kind.data,
                    division_code=form.division_code.data or "",
                )
            notify(_("单位已登记"))
            return redirect(url_for("catalogue.orgs"))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("catalogue/org_new.html", form_=form), status


def _load_divisions(uow: UnitOfWork, data: bytes) -> Loaded:
    return load_divisions(uow, data, source="office")


_TABLES: Final[dict[str, tuple[Callable[..., Loaded], str]]] = {
    "scheme": (load_scheme, "catalogue.scheme"),
    "checklist": (load_checklist, "catalogue.scheme"),
    "codes": (load_codes, "catalogue.code_lists"),
    "divisions": (_load_divisions, "catalogue.divisions"),
}


@guard(REFERENCE_EDIT, scope=NONE)
def table_load(table: str) -> ResponseReturnValue:
    """Put an office's own table in force."""
    if table not in _TABLES:
        raise NotFound(_("没有这种表"))
    load, back = _TABLES[table]
    form, status = TableForm(), 200
    if form.validate_on_submit():
        data: Any = form.table.data
        try:
            with current_host().uow(current_actor()) as uow:
                loaded = load(uow, data.read())
            _tell(loaded)
            return redirect(url_for(back))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("catalogue/table_load.html", form_=form, table=table, back=url_for(back)), status


def _tell(loaded: Loaded) -> None:
    if loaded.is_new:
        notify(_("已载入 %(n)s 行，旧版本保留", n=loaded.rows))
    else:
        notify(_("与现行的表完全相同，没有变化"), "info")


RULES: Final[tuple[Rule, ...]] = (
    ("/scheme", scheme, GET),
    ("/codes", code_lists, GET),
    ("/divisions", divisions, GET),
    ("/fonds", fonds, GET),
    ("/fonds/new", fonds_new, FORM),
    ("/orgs", orgs, GET),
    ("/orgs/new", org_new, FORM),
    ("/tables/<table>/load", table_load, FORM),
)
