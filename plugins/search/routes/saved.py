"""Searches kept under a name: each person sees his own."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.access import OWN, guard
from lindang.i18n import _
from lindang.web import current_actor, current_host, notify
from plugins.search import permissions, words
from plugins.search.domain.engine import Filters, Order
from plugins.search.domain.grammar import MAX_LENGTH
from plugins.search.queries.facets import chosen_words
from plugins.search.routes.asked import asked_again, read_filters, read_order
from plugins.search.service.saving import change_search, drop_search, keep_search, kept_searches, look_at


@guard(permissions.READ, scope=OWN)
def saved() -> ResponseReturnValue:
    """List one's own kept searches."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        kept = [(row, chosen_words(session, Filters(**row.filters))) for row in kept_searches(session, actor)]
    return render_template("search/saved.html", kept=kept, words=words)


@guard(permissions.READ, scope=OWN)
def keep() -> ResponseReturnValue:
    """Keep the search that was asked."""
    typed, filters, order = request.form.get("q", "").strip(), read_filters(request.form), read_order(request.form)
    with current_host().uow(current_actor()) as uow:
        row = keep_search(
            uow,
            request.form.get("name", ""),
            typed[: MAX_LENGTH + 1],
            filters,
            order,
            is_watched=bool(request.form.get("is_watched")),
        )
        name = row.name
    notify(_("已保存为“%(name)s”", name=name))
    return redirect(url_for("search.search", q=typed, **asked_again(filters, order)), 303)


@guard(permissions.READ, scope=OWN)
def open_saved(search_id: int) -> ResponseReturnValue:
    """Ask a kept search again; nothing of it is new afterwards."""
    with current_host().uow(current_actor()) as uow:
        row = look_at(uow, search_id)
        typed, asked = row.typed, asked_again(Filters(**row.filters), Order(row.order))
    return redirect(url_for("search.search", q=typed, **asked), 303)


@guard(permissions.READ, scope=OWN)
def change_saved(search_id: int) -> ResponseReturnValue:
    """Rename a kept search, or have its news told or not."""
    with current_host().uow(current_actor()) as uow:
        change_search(uow, search_id, request.form.get("name", ""), is_watched=bool(request.form.get("is_watched")))
    notify(_("已改好"))
    return redirect(url_for("search.saved"), 303)


@guard(permissions.READ, scope=OWN)
def drop_saved(search_id: int) -> ResponseReturnValue:
    """Throw a kept search away."""
    with current_host().uow(current_actor()) as uow:
        drop_search(uow, search_id)
    notify(_("已删去保存的检索"))
    return redirect(url_for("search.saved"), 303)
