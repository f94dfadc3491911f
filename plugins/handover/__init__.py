"""The handover (移交): ready list, batches with their states, the registry's answer, and the feedback that comes back."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import MenuItem, ObjectPage, Plugin
from plugins.handover.api import api
from plugins.handover.checks import CHECKS
from plugins.handover.cli import handover
from plugins.handover.handlers import SUBSCRIPTIONS
from plugins.handover.jobs import JOBS
from plugins.handover.panels import PANELS
from plugins.handover.permissions import BROWSE, DRAFT, PERMISSIONS, READ, READY
from plugins.handover.routes import blueprint
from plugins.handover.settings import HandoverSettings
from plugins.handover.tiles import TILES

PLUGIN = Plugin(
    name="handover",
    title=lazy("移交"),
    blueprint=blueprint,
    api=api,
    settings=HandoverSettings,
    permissions=PERMISSIONS,
    menu=(
        MenuItem(label=lazy("成熟清单"), endpoint="handover.ready", permission=READY, weight=40, icon="list-check"),
        MenuItem(label=lazy("拟定批次"), endpoint="handover.plan", permission=DRAFT, weight=40, icon="plus-lg"),
        MenuItem(label=lazy("移交批次"), endpoint="handover.batches", permission=READ, weight=41, icon="send"),
        MenuItem(
            label=lazy("待补正"),
            endpoint="handover.returns",
            permission=BROWSE,
            weight=42,
            icon="arrow-counterclockwise",
        ),
        MenuItem(label=lazy("反馈登记"), endpoint="handover.desk", permission=BROWSE, weight=43, icon="link-45deg"),
        MenuItem(
            label=lazy("一一对应核对"), endpoint="handover.balance", permission=BROWSE, weight=44, icon="shield-check"
        ),
    ),
    tiles=TILES,
    panels=PANELS,
    object_pages=(ObjectPage(kind="batch", endpoint="handover.batch_page", argument="batch_id"),),
    commands=handover,
    jobs=JOBS,
    subscriptions=SUBSCRIPTIONS,
    checks=CHECKS,
)
