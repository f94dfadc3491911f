"""The composition root: lists the built-in plugins and puts the application together. Nothing imports it.

``lindang run`` serves it; any WSGI server can: ``gunicorn 'app:create_app()'``.
"""

from __future__ import annotations

from flask import Flask

import models  # noqa: F401 - because importing it registers every table
from lindang import desk, host
from lindang.config import Settings, load_settings
from lindang.host import Host
from lindang.plugin import Plugin
from lindang.ports import Clock
from lindang.web import create_web_app
from plugins import accounts, audit, catalogue, demo, handover, ingest, progress, register, search, sharing

BUILT_IN = (
    desk.PLUGIN,
    accounts.PLUGIN,
    catalogue.PLUGIN,
    register.PLUGIN,
    ingest.PLUGIN,
    search.PLUGIN,
    handover.PLUGIN,
    audit.PLUGIN,
    sharing.PLUGIN,
    progress.PLUGIN,
    demo.PLUGIN,
)


def all_plugins() -> tuple[Plugin, ...]:
    """Return the built-in plugins, switched on or not."""
    return BUILT_IN


def make_host(settings: Settings | None = None, clock: Clock | None = None) -> Host:
    """Return the host of this application, without a web server around it."""
    return host.make_host(settings or load_settings(), all_plugins(), clock)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the web application."""
    return create_web_app(make_host(settings))
