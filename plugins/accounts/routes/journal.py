"""The journal page (日志): read, filter, check, export."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.i18n import _, local_time
from lindang.web import DIVISION, NONE, current_actor, current_host, guard, notify
from plugins.accounts.domain.cells import guarded
from plugins.accounts.domain.journal_words import action_words, channel_words, fact_words
from plugins.accounts.forms import JournalExportForm
from plugins.accounts.permissions import JOURNAL_EXPORT, JOURNAL_READ, JOURNAL_VERIFY
from plugins.accounts.queries.journal_pages import (
    JournalFilter,
    JournalLine,
    account_names,
    broken_lines,
    chain_state,
    journal_export,
    journal_page,
    known_actions,
)
from plugins.accounts.routes.people import page_place

EXPORT_LIMIT = 50_000
TEXT_KEYS = ("who", "action", "subject", "division")
DAY_KEYS = ("since", "until")


@guard(JOURNAL_READ, scope=DIVISION)
def journal() -> ResponseReturnValue:
    """List what was done, the newest first, with the state of the chain."""
    actor = current_actor()
    with current_host().view(actor) as db:
        page = journal_page(db, actor, _filter(request.args), page_place())
        broken = broken_lines(db, page)
        actions = [(action, action_words(action)) for action in known_actions(db, actor)]
        state = chain_state(db)
        names = account_names(db, page)
    return render_template(
        "accounts/journal.html",
        page=page,
        broken=broken,
        actions=actions,
        state=state,
        words={"action": action_words, "channel": channel_words, "fact": fact_words},
        names=names,
        export=JournalExportForm(formdata=None, **{key: request.args.get(key, "") for key in (*TEXT_KEYS, *DAY_KEYS)}),
    )


def _filter(values: Mapping[str, str]) -> JournalFilter:
    texts = {key: values.get(key, "").strip() for key in TEXT_KEYS}
    return JournalFilter(**texts, since=_day(values.get("since", "")), until=_day(values.get("until", "")))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


@guard(JOURNAL_EXPORT, scope=DIVISION)
def export() -> ResponseReturnValue:
    """Send the filtered lines as CSV; the export is itself a line of the journal, which is why it is a POST."""
    host, actor, wanted = current_host(), current_actor(), _filter(request.form)
    with host.view(actor) as db:
        lines = list(journal_export(db, actor, wanted, EXPORT_LIMIT))
    with host.uow(actor) as uow:
        chosen = {key: value for key, value in request.form.items() if key in (*TEXT_KEYS, *DAY_KEYS) and value}
        uow.journal("journal.exported", "journal:all", lines=len(lines), filter=chosen)
    name = f"journal-{local_time(host.clock.now()):%Y%m%d-%H%M}.csv"
    response = Response(_csv(lines), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(lines: Iterable[JournalLine]) -> Iterator[str]:
    """Write CSV as Excel reads it: a byte-order mark, and no cell that it would take for a formula."""
    head = [
        _("序号"),
        _("时间"),
        _("操作人"),
        _("途径"),
        _("动作"),
        _("代码"),
        _("对象"),
        _("辖区"),
        _("详情"),
        _("校验值"),
    ]
    yield "\ufeff"
    yield _csv_row(head)
    for line in lines:
        facts = "; ".join(f"{fact_words(key)}={value}" for key, value in line.facts if value)
        yield _csv_row(
            [
                str(line.seq),
                line.when,
                line.actor,
                channel_words(line.channel),
                action_words(line.action),
                line.action,
                line.subject,
                line.division_code,
                facts,
                line.hash,
            ]
        )


def _csv_row(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([guarded(cell) for cell in cells])
    return out.getvalue()


@guard(JOURNAL_VERIFY, scope=NONE)
def verify_chain() -> ResponseReturnValue:
    """Have the whole chain checked in the background."""
    with current_host().uow(current_actor()) as uow:
        uow.enqueue("accounts.check_journal", "")
    notify(_("已开始核验全部日志，完成后结果显示在本页"))
    return redirect(url_for("accounts.journal"))
