"""Separator sheets: chosen by village and household or blank, printed from the browser, one A4 page each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import segno
from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, page_number
from plugins.ingest.domain.patch import NARROW_INCHES, RUNS
from plugins.ingest.domain.separator import FILE, ITEM, Separator
from plugins.ingest.permissions import RUN_CREATE
from plugins.ingest.queries.places import choosable_divisions, division_name
from plugins.ingest.queries.preview import doc_titles
from plugins.ingest.queries.separators import PER_PRINT, holders_of
from plugins.ingest.tools import settings_of

MOST_BLANK: Final = 50
_QUIET_MODULES: Final = 4
_PATCH_INCHES: Final = 6
_PATCH_SOURCE: Final = "patch"
_MEANINGS: Final = {"file": FILE, "item": ITEM}


def _drawn_patch() -> Markup:
    """Return the bars of patch code T as SVG, in thousandths of an inch, so that they print in their size."""
    starts = list(accumulate(RUNS, initial=0.0))[:-1]
    unit, wide = round(NARROW_INCHES * 1000), _PATCH_INCHES * 1000
    bars = "".join(
        f'<rect x="0" y="{round(start * unit)}" width="{wide}" height="{round(run * unit)}"/>'
        for start, run in list(zip(starts, RUNS, strict=True))[0::2]
    )
    view = f"0 0 {wide} {round(sum(RUNS) * unit)}"
    return Markup(  # noqa: S704 - made here from numbers
        f'<svg class="separator-patch" xmlns="http://www.w3.org/2000/svg" viewBox="{view}">{bars}</svg>'
    )


_PATCH: Final = _drawn_patch()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page to be printed."""

    title: str
    name: str
    lines: tuple[str, ...]
    separator: Separator
    is_patch: bool = False

    @property
    def picture(self) -> Markup:
        """The QR code, or the bars, as SVG, drawn without a style so that the page's policy lets it through."""
        if self.is_patch:
            return _PATCH
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
        sheets += _patch_sheets(_MEANINGS.get(settings_of(host).patch_t, ""))
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
        patch_t=settings_of(host).patch_t,
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


def _patch_sheets(kind: str) -> list[Sheet]:
    """Return the sheets with patch code T that are asked for; none where the settings do not look for it."""
    if request.args.get("source") != _PATCH_SOURCE or not kind:
        return []
    title = _("案卷分隔页（补丁码 T）") if kind == FILE else _("件分隔页（补丁码 T）")
    return [Sheet(title=title, name="", lines=(), separator=Separator(kind=kind), is_patch=True)] * _count()


def _count() -> int:
    return max(1, min(request.args.get("count", 1, type=int) or 1, MOST_BLANK))
