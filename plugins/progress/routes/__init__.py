"""The pages of progress, at ``/progress``: thin views, one module for each task."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint

from plugins.progress.routes import annex, board, liaison, plan, reminders, reports

MODULES: Final[tuple[Any, ...]] = (board, annex, reports, plan, reminders, liaison)
"""One module per task, each with its ``RULES``: (path, view, methods)."""


def blueprint() -> Blueprint:
    """Return the pages; an endpoint is named like its view."""
    bp = Blueprint("progress", __name__)
    for module in MODULES:
        for rule, view, methods in module.RULES:
            bp.add_url_rule(rule, view_func=view, methods=list(methods))
    return bp
