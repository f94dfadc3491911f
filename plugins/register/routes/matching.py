"""对应情况: what the register has and the scans have not, and the reverse, village by village and line by line."""

from __future__ import annotations

from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.errors import NotFound
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, page_number
from plugins.register.permissions import REGISTER_READ
from plugins.register.queries.matching import (
    BY_KEY,
    LINES_PER_PAGE,
    LISTS,
    match_counts,
    match_lines,
    village_counts,
)

GET: Final = ("GET",)


@guard(REGISTER_READ, scope=DIVISION)
def matching() -> ResponseReturnValue:
    """Count what has no counterpart, village by village."""
    host, actor = current_host(), current_actor()
    place = _place()
    with host.view(actor) as session:
        counts = match_counts(session, actor, place)
        villages = village_counts(session, actor, place)
    return render_template("register/matching.html", lists=LISTS, counts=counts, villages=villages, place=place)


@guard(REGISTER_READ, scope=DIVISION)
def matching_list(key: str) -> ResponseReturnValue:
    """List what has no counterpart, line by line."""
    if key not in BY_KEY:
        raise NotFound(_("没有这张清单"))
    host, actor = current_host(), current_actor()
    page, place = page_number(), _place()
    with host.view(actor) as session:
        lines, total = match_lines(session, actor, key, place=place, page=page)
    return render_template(
        "register/matching_list.html",
        shown=BY_KEY[key],
        lines=lines,
        total=total,
        page=page,
        per_page=LINES_PER_PAGE,
        place=place,
    )


def _place() -> str:
    return "".join(char for char in request.args.get("place", "") if char.isdecimal())[:12]


RULES: Final = (
    ("/matching", matching, GET),
    ("/matching/<key>", matching_list, GET),
)
