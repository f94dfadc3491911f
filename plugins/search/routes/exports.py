"""Results taken away as a file: ordering one, one's own files, fetching one."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.access import DIVISION, OWN, guard
from lindang.i18n import local_time
from lindang.web import FILE_POLICY, current_actor, current_host
from models.saved_searches import ORDERED
from plugins.search import permissions, words
from plugins.search.domain.grammar import MAX_LENGTH
from plugins.search.queries.jobs import progress_of
from plugins.search.routes.asked import read_filters, read_order
from plugins.search.service.exporting import (
    EXPORT_JOB,
    file_name,
    my_exports,
    opened_parts,
    order_export,
    run_if_small,
    size_of,
    take_file_away,
)

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@guard(permissions.EXPORT, scope=DIVISION)
def order_file() -> ResponseReturnValue:
    """Order the file of the search that was asked; a small one is there at once."""
    host, actor = current_host(), current_actor()
    typed, filters = request.form.get("q", "").strip()[: MAX_LENGTH + 1], read_filters(request.form)
    size = size_of(host, actor, typed, filters)
    with host.uow(actor) as uow:
        _export_id, job_id = order_export(uow, typed, filters, read_order(request.form), size)
    run_if_small(host, job_id, size)
    return redirect(url_for("search.exports"), 303)


@guard(permissions.EXPORT, scope=OWN)
def exports() -> ResponseReturnValue:
    """Show one's own files, the newest first."""
    return render_template("search/exports.html", **_mine())


@guard(permissions.EXPORT, scope=OWN)
def exports_progress() -> ResponseReturnValue:
    """Return how far one's own files are, polled while one is being made."""
    return render_template("search/_exports.html", **_mine())


def _mine() -> dict[str, object]:
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        records = my_exports(session, actor)
        running = {row.id: progress_of(session, EXPORT_JOB, row.id) for row in records if row.state == ORDERED}
    return {"records": records, "running": running, "words": words}


@guard(permissions.EXPORT, scope=OWN)
def export_file(export_id: int) -> ResponseReturnValue:
    """Send a file to the person who ordered it."""
    host = current_host()
    with host.uow(current_actor()) as uow:
        record = take_file_away(uow, export_id)
    parts = opened_parts(host, record)
    first = next(parts)  # a file that cannot be opened is an error page, not half a download
    response = Response(_joined(first, parts), mimetype=_MEDIA_TYPE)
    response.content_length = record.bytes
    name = file_name(record, local_time(record.created_at).strftime("%Y%m%d"))
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
