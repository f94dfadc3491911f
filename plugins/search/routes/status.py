"""The page of those who look after the index."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lindang.access import NONE, guard
from lindang.i18n import _
from lindang.web import current_actor, current_host, notify
from plugins.search import permissions, words
from plugins.search.service.status import order_comparison, status_of


@guard(permissions.REBUILD, scope=NONE)
def status() -> ResponseReturnValue:
    """Show engine, sizes, lag, running jobs, the last fault, and the last comparison."""
    return render_template("search/status.html", status=status_of(current_host()), words=words)


@guard(permissions.REBUILD, scope=NONE)
def status_now() -> ResponseReturnValue:
    """Show the part of the page that changes while a job runs."""
    return render_template("search/_status.html", status=status_of(current_host()), words=words)


@guard(permissions.REBUILD, scope=NONE)
def compare() -> ResponseReturnValue:
    """Queue a comparison of index and database."""
    order_comparison(current_host(), current_actor())
    notify(_("已提交核对，完成后结果在本页。"))
    return redirect(url_for("search.status"), 303)
