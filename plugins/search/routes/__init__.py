"""The pages of the search plugin, at ``/search``."""

from __future__ import annotations

from flask import Blueprint

from plugins.search.routes import exports, pages, saved, status, suggestions


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
    bp.add_url_rule("/exports", view_func=exports.exports)
    bp.add_url_rule("/exports", view_func=exports.order_file, methods=["POST"])
    bp.add_url_rule("/exports/progress", view_func=exports.exports_progress)
    bp.add_url_rule("/exports/<int:export_id>/file", view_func=exports.export_file)
    bp.add_url_rule("/saved", view_func=saved.saved)
    bp.add_url_rule("/saved", view_func=saved.keep, methods=["POST"])
    bp.add_url_rule("/saved/<int:search_id>/open", view_func=saved.open_saved, methods=["POST"])
    bp.add_url_rule("/saved/<int:search_id>/change", view_func=saved.change_saved, methods=["POST"])
    bp.add_url_rule("/saved/<int:search_id>/drop", view_func=saved.drop_saved, methods=["POST"])
    return bp
