"""Progress (进度): 附件1, boards, plans worked back from the deadline, and the persons responsible."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import MenuItem, Plugin
from plugins.progress.checks import CHECKS
from plugins.progress.cli import progress
from plugins.progress.jobs import JOBS
from plugins.progress.permissions import PERMISSIONS, READ
from plugins.progress.routes import blueprint
from plugins.progress.service.counting import COUNT_SUBSCRIPTIONS
from plugins.progress.settings import ProgressSettings
from plugins.progress.tiles import TILES

PLUGIN = Plugin(
    name="progress",
    title=lazy("进度"),
    blueprint=blueprint,
    settings=ProgressSettings,
    permissions=PERMISSIONS,
    menu=(
        MenuItem(label=lazy("进度看板"), endpoint="progress.home", permission=READ, weight=46, icon="diagram-3"),
        MenuItem(label=lazy("附件1"), endpoint="progress.annex_home", permission=READ, weight=47, icon="table"),
    ),
    tiles=TILES,
    commands=progress,
    jobs=JOBS,
    subscriptions=COUNT_SUBSCRIPTIONS,
    checks=CHECKS,
)
