"""The register's JSON API at ``/api/v1/register``, one module for each task."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from plugins.register.api import checks, exports, imports, matching, ready

MODULES: tuple[Any, ...] = (imports, exports, checks, matching, ready)
"""One module per task, each with its ``RULES``: (path, view, methods)."""


def api_blueprint() -> Blueprint:
    """Return the blueprint of the API."""
    bp = Blueprint("register_api", __name__)
    for module in MODULES:
        for rule, view, methods in module.RULES:
            bp.add_url_rule(rule, view_func=view, methods=list(methods))
    return bp
