"""The record of queries: read, filtered, taken away as a workbook."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.i18n import _, local_time
from lindang.sheets import list_book
from lindang.web import DIVISION, current_actor, current_host, guard, page_number, send_attachment
from plugins.sharing.domain.asked import KINDS, plain_filter
from plugins.sharing.domain.words import OUTCOMES
from plugins.sharing.permissions import LOG_EXPORT, LOG_READ
from plugins.sharing.queries.log import LogFilter, agency_choices, log_lines, log_page

_LIMIT: Final = 50_000
_WIDTHS: Final = (8, 17, 24, 20, 8, 16, 34, 30, 24, 14, 8, 8, 40)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SIZES: Final = (20, 50, 100)
FILTERS: Final = ("agency", "who", "kind", "asked", "certificate", "since", "until", "outcome")


@guard(LOG_READ, scope=DIVISION)
def log() -> ResponseReturnValue:
    """List the queries, the newest first."""
    host, actor, page = current_host(), current_actor(), page_number()
    size = request.args.get("per_page", 20, type=int)
    size = size if size in _SIZES else _SIZES[0]
    with host.view(actor) as session:
        lines, total = log_page(session, actor, _filter(request.args), page, size)
        agencies = agency_choices(session, actor)
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return render_template(
        "sharing/log.html",
        lines=lines,
        total=total,
        page=page,
        size=size,
        agencies=agencies,
        kinds=list(KINDS.items()),
        outcomes=list(OUTCOMES.items()),
        chosen=chosen,
    )


@guard(LOG_EXPORT, scope=DIVISION)
def export() -> ResponseReturnValue:
    """Send the filtered lines as a workbook; the export is itself a line of the journal, which is why it is a POST."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        rows = [line.texts() for line in log_lines(session, actor, _filter(request.form), _LIMIT)]
    with host.uow(actor) as uow:
        chosen = {name: request.form[name] for name in FILTERS if request.form.get(name)}
        uow.journal("sharing.log_exported", "sharing_query:all", lines=len(rows), filter=chosen)
    book = list_book(_("共享查询记录"), _headings(), _WIDTHS, rows)
    name = f"{_('共享查询记录')}-{local_time(host.clock.now()):%Y%m%d-%H%M}.xlsx"
    return send_attachment(io.BytesIO(book), name, _XLSX)


def _headings() -> list[str]:
    return [
        _("序号"),
        _("时间"),
        _("共享单位"),
        _("查询人"),
        _("途径"),
        _("查询条件"),
        _("查的号码"),
        _("事由"),
        _("依据"),
        _("结果"),
        _("查到（本）"),
        _("列出（本）"),
        _("提供的内容"),
    ]


def _filter(values: Mapping[str, str]) -> LogFilter:
    return LogFilter(
        agency_id=_number(values.get("agency", "")),
        who=values.get("who", "").strip(),
        kind=values.get("kind", ""),
        asked=plain_filter(values.get("asked", "")),
        certificate_id=_number(values.get("certificate", "")),
        since=_day(values.get("since", "")),
        until=_day(values.get("until", "")),
        outcome=values.get("outcome", ""),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
