"""The register's pages at ``/register``: thin views, one module for each task."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from plugins.register.routes import baselines, exports, findings, imports, keying, matching, second, sheets, states

MODULES: tuple[Any, ...] = (sheets, keying, imports, exports, findings, matching, baselines, second, states)
"""One module per task, each with its ``RULES``: (path, view, methods)."""


def pages_blueprint() -> Blueprint:
    """Return the blueprint with every page of the register; an endpoint is named like its view."""
    bp = Blueprint("register", __name__)
    for module in MODULES:
        for rule, view, methods in module.RULES:
            bp.add_url_rule(rule, view_func=view, methods=list(methods))
    return bp
