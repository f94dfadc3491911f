"""Pages of the auditor's desk, at ``/audit``."""

from __future__ import annotations

from flask import Blueprint

from plugins.audit.routes import fixity


def blueprint() -> Blueprint:
    """Return the pages."""
    made = Blueprint("audit", __name__)
    for rule, view, methods in fixity.RULES:
        made.add_url_rule(rule, view_func=view, methods=list(methods))
    return made
