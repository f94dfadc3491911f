"""The register's home, village by village, and the sheet of one village."""

from __future__ import annotations

from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.register.permissions import REGISTER_READ
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
from plugins.register.words import STATE_LABELS

GET: Final = ("GET",)


@guard(REGISTER_READ, scope=DIVISION)
def home() -> ResponseReturnValue:
    """List the villages with what is keyed, declared and found wrong."""
    host, actor = current_host(), current_actor()
    name, page = request.args.get("name", "").strip(), max(request.args.get("page", 1, type=int), 1)
    with host.view(actor) as session:
        lines, total = village_lines(session, actor, name=name, page=page)
        sums = totals(session, actor)
    return render_template(
        "register/home.html", lines=lines, total=total, sums=sums, name=name, page=page, per_page=VILLAGES_PER_PAGE
    )


@guard(REGISTER_READ, scope=DIVISION)
def village_page(village_code: str) -> ResponseReturnValue:
    """Show the sheet of one village."""
    host, actor = current_host(), current_actor()
    page = max(request.args.get("page", 1, type=int), 1)
    with host.view(actor) as session:
        place = village(session, actor, village_code)
        figures = figures_of(session, village_code)
        rows, total = sheet_rows(session, actor, village_code, page)
        versions = sheet_versions(session, actor, village_code)
    return render_template(
        "register/village.html",
        place=place,
        figures=figures,
        rows=rows,
        total=total,
        versions=versions,
        page=page,
        per_page=ROWS_PER_PAGE,
        states=STATE_LABELS,
    )


RULES: Final = (
    ("/", home, GET),
    ("/villages/<village_code>", village_page, GET),
)
