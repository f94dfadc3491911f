"""The pages of the search plugin, at ``/search``."""

from __future__ import annotations

from flask import Blueprint

from plugins.search.routes import pages, status, suggestions


def blueprint() -> Blueprint:
    """Return the pages: the address book of this plugin."""
    bp = Blueprint("search", __name__)
    bp.add_url_rule("", view_func=pages.search)
    bp.add_url_rule("/suggest", view_func=suggestions.suggestions)
    bp.add_url_rule("/help", view_func=pages.help_page)
    bp.add_url_rule("/form", view_func=pages.advanced, methods=["GET", "POST"])
    bp.add_url_rule("/person", view_func=pages.person, methods=["GET", "POST"])
    bp.add_url_rule("/rebuild", view_func=pages.order, methods=["POST"])
    bp.add_url_rule("/status", view_func=status.status)
    bp.add_url_rule("/status/now", view_func=status.status_now)
    bp.add_url_rule("/compare", view_func=status.compare, methods=["POST"])
    return bp
