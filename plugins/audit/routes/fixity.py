"""存储核验: how far the reading again is, what was found, what was done."""

from __future__ import annotations

from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.access import NONE, guard
from lindang.web import current_actor, current_host, page_number
from plugins.audit import words
from plugins.audit.permissions import FIXITY_READ
from plugins.audit.queries.fixity import EVENTS_PER_PAGE, events, ledger, lost_files, named, runs
from plugins.audit.service.copies import copy_folder, is_there


@guard(FIXITY_READ, scope=NONE)
def fixity() -> ResponseReturnValue:
    """Show the ledger of stored files in figures, the files that are lost, the latest events and runs."""
    host, actor, page = current_host(), current_actor(), page_number()
    folder, with_copies = copy_folder(host), "copies" in request.args
    with host.view(actor) as session:
        lost = lost_files(session)
        happened, count = events(session, page, with_copies=with_copies)
        return render_template(
            "audit/fixity.html",
            ledger=ledger(session, host.clock.now()),
            lost=lost,
            events=happened,
            count=count,
            page=page,
            with_copies=with_copies,
            per_page=EVENTS_PER_PAGE,
            runs=runs(session),
            names=named(session, actor, [*{row.digest for row in lost}, *{row.digest for row in happened}]),
            copy=folder,
            copy_is_there=folder is not None and is_there(folder),
            settings=host.settings.plugin("audit"),
            words=words,
        )


RULES: Final = (("/fixity", fixity, ("GET",)),)
