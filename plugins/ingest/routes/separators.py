"""Separator sheets: chosen by village and household or blank, printed from the browser, one A4 page each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import segno
from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, page_number
from plugins.ingest.domain.separator import FILE, ITEM, Separator
from plugins.ingest.permissions import RUN_CREATE
from plugins.ingest.queries.places import choosable_divisions, division_name
from plugins.ingest.queries.preview import doc_titles
from plugins.ingest.queries.separators import PER_PRINT, holders_of

MOST_BLANK: Final = 50
_QUIET_MODULES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page to be printed."""

    title: str
    name: str
    lines: tuple[str, ...]
    separator: Separator

    @property
    def picture(self) -> Markup:
        """The QR code as SVG, drawn without a style so that the page's policy lets it through."""
        code = segno.make_qr(self.separator.code, error="q")
        drawn = code.svg_inline(
            border=_QUIET_MODULES, scale=4, svgclass="separator-code", lineclass=None, omitsize=True
        )
        return Markup(drawn)  # noqa: S704 - made here from letters and digits


@guard(RUN_CREATE, scope=DIVISION)
def separators() -> ResponseReturnValue:
    """Choose separator sheets and show them as they will be printed."""
    host, actor = current_host(), current_actor()
    page = page_number()
    with host.view(actor) as session:
        villages = choosable_divisions(session, actor, "village")
        titles = doc_titles(session)
        sheets = _sheets(session, actor, titles, page)
    return render_template(
        "ingest/separators.html",
        villages=villages,
        titles=titles,
        sheets=sheets,
        village=request.args.get("village", ""),
        source=request.args.get("source", "blank"),
        chosen=request.args.getlist("doc_type"),
        count=_count(),
        page=page,
        has_more=request.args.get("source") in ("files", "register") and len(sheets) >= PER_PRINT,
        per_print=PER_PRINT,
        most=MOST_BLANK,
    )


def _sheets(session: Session, actor: Actor, titles: dict[str, str], page: int) -> list[Sheet]:
    """Return the sheets asked for: households of a village, document types, or blank ones."""
    village, source = request.args.get("village", ""), request.args.get("source", "")
    found: list[Sheet] = []
    if source in ("files", "register") and village:
        place = division_name(session, village)
        for holder in holders_of(session, actor, village, source, page):
            mark = Separator(kind=FILE, village=village, reference=holder.reference)
            found.append(Sheet(title=_("案卷分隔页"), name=holder.name, lines=(place, holder.number), separator=mark))
    if source == "blank":
        named = village if village and actor.covers(village) else ""
        lines = (division_name(session, named),) if named else ()
        blank = Sheet(title=_("案卷分隔页"), name="", lines=lines, separator=Separator(kind=FILE, village=named))
        found += [blank] * _count()
    if source == "types":
        for doc_type in [each for each in request.args.getlist("doc_type") if each in titles]:
            mark = Separator(kind=ITEM, doc_type=doc_type)
            one = Sheet(title=_("件分隔页"), name=titles[doc_type], lines=(doc_type,), separator=mark)
            found += [one] * _count()
    return found


def _count() -> int:
    return max(1, min(request.args.get("count", 1, type=int) or 1, MOST_BLANK))
