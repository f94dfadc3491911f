"""Sharing (信息共享): what other bodies may ask, their queries by page and API, and the record of what was shown to whom."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import MenuItem, Plugin
from plugins.sharing.adapters.keys import AgencyKeys
from plugins.sharing.api import api
from plugins.sharing.checks import CHECKS
from plugins.sharing.cli import sharing
from plugins.sharing.handlers import SUBSCRIPTIONS
from plugins.sharing.jobs import JOBS
from plugins.sharing.panels import PANELS
from plugins.sharing.permissions import HOME, PERMISSIONS
from plugins.sharing.routes import blueprint
from plugins.sharing.settings import SharingSettings
from plugins.sharing.tiles import TILES

PLUGIN = Plugin(
    name="sharing",
    title=lazy("信息共享"),
    blueprint=blueprint,
    api=api,
    settings=SharingSettings,
    permissions=PERMISSIONS,
    menu=(MenuItem(label=lazy("信息共享"), endpoint="sharing.home", permission=HOME, weight=45, icon="diagram-3"),),
    tiles=TILES,
    panels=PANELS,
    commands=sharing,
    jobs=JOBS,
    subscriptions=SUBSCRIPTIONS,
    checks=CHECKS,
    keys=AgencyKeys,
)
