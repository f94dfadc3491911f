"""Pages at ``/hello``. Every view declares its permission and its scope; without them the application does not start."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hello_plugin.queries import item_count
from lindang.web import DIVISION, current_actor, current_host, guard


def pages() -> Blueprint:
    """Return the blueprint; the host calls this once and puts it at ``/hello``."""
    blueprint = Blueprint("hello", __name__, template_folder="templates")
    blueprint.add_url_rule("/", view_func=greeting)
    return blueprint


@guard("hello:greeting:read", scope=DIVISION)
def greeting() -> ResponseReturnValue:
    """Greet, and say how many 件 this person may see."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        count = item_count(session, actor)
    return render_template("hello/greeting.html", greeting=host.settings.plugin("hello").greeting, count=count)
