"""Search: numbers from the database, everything else from an exact full-text index of Chinese text."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import Check, Job, MenuItem, ObjectPage, Plugin
from plugins.search import api, permissions
from plugins.search.adapters import make_postgresql, make_whoosh
from plugins.search.checks import index_equals_database
from plugins.search.cli import search
from plugins.search.handlers import SUBSCRIPTIONS
from plugins.search.jobs import run_comparison, run_counting, run_export, run_rebuild, run_splitting
from plugins.search.panels import PANELS
from plugins.search.routes import blueprint
from plugins.search.service.exporting import EXPORT_JOB
from plugins.search.service.indexing import REBUILD_JOB, check_at_start, prepare_empty
from plugins.search.service.saving import COUNTING_EVERY, COUNTING_JOB
from plugins.search.service.splitting import SPLITTING_EVERY, SPLITTING_JOB
from plugins.search.service.status import COMPARE_JOB
from plugins.search.settings import SearchSettings
from plugins.search.tiles import TILES

PLUGIN = Plugin(
    name="search",
    title=lazy("检索"),
    blueprint=blueprint,
    api=api.blueprint,
    settings=SearchSettings,
    permissions=permissions.PERMISSIONS,
    menu=(
        MenuItem(label=lazy("检索"), endpoint="search.search", permission=permissions.READ, weight=10, icon="search"),
        MenuItem(
            label=lazy("检索索引"),
            endpoint="search.status",
            permission=permissions.REBUILD,
            weight=94,
            icon="heart-pulse",
        ),
    ),
    object_pages=(ObjectPage(kind="search", endpoint="search.search", argument=""),),
    commands=search,
    tiles=TILES,
    panels=PANELS,
    jobs=(
        Job(name=REBUILD_JOB, title=lazy("重建检索索引"), run=run_rebuild),
        Job(name=EXPORT_JOB, title=lazy("导出检索结果"), run=run_export, slots=1),
        Job(name=COUNTING_JOB, title=lazy("核对保存的检索"), run=run_counting, every=COUNTING_EVERY, slots=1),
        Job(name=SPLITTING_JOB, title=lazy("整理号码片段"), run=run_splitting, every=SPLITTING_EVERY, slots=1),
        Job(name=COMPARE_JOB, title=lazy("核对索引与数据库"), run=run_comparison),
    ),
    subscriptions=SUBSCRIPTIONS,
    checks=(Check(code="I6", title=lazy("检索索引与数据库一致"), run=index_equals_database),),
    setup=prepare_empty,
    on_worker_start=check_at_start,
    adapters={"search_engine": {"whoosh": make_whoosh, "postgresql": make_postgresql}},
)
