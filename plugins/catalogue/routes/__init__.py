"""The catalogue's pages at ``/catalogue``: thin views, one module for each kind of object."""

from __future__ import annotations

from flask import Blueprint

from plugins.catalogue.routes import certificates, checks, files, items, pages, reference, waivers


def pages_blueprint() -> Blueprint:
    """Return the blueprint with every page of the catalogue; an endpoint is named like its view."""
    bp = Blueprint("catalogue", __name__)
    for module in (files, waivers, items, pages, certificates, checks, reference):
        for rule, view, methods in module.RULES:
            bp.add_url_rule(rule, view_func=view, methods=list(methods))
    return bp
