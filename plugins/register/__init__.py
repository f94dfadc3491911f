"""The certificate register (《林权证登记信息入库数字化表》): one village one sheet, one parcel one row, matched to the scans."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import Job, MenuItem, ObjectPage, Plugin
from plugins.register.adapters.table_reader import CagedTables
from plugins.register.api import api_blueprint
from plugins.register.checks import CHECKS
from plugins.register.cli import register
from plugins.register.handlers import CHECK_SUBSCRIPTIONS
from plugins.register.jobs import CHECK_JOBS, EXPORT_JOBS, READY_JOBS, import_apply, import_mark, import_read
from plugins.register.panels import PANELS
from plugins.register.permissions import PERMISSIONS, REGISTER_READ
from plugins.register.routes import pages_blueprint
from plugins.register.service.readiness import READY_SUBSCRIPTIONS
from plugins.register.service.sealed import clear_leftovers
from plugins.register.settings import RegisterSettings
from plugins.register.tiles import TILES

PLUGIN = Plugin(
    name="register",
    title=lazy("林权证登记册"),
    blueprint=pages_blueprint,
    api=api_blueprint,
    settings=RegisterSettings,
    permissions=PERMISSIONS,
    menu=(MenuItem(label=lazy("登记册"), endpoint="register.home", permission=REGISTER_READ, weight=32, icon="table"),),
    tiles=TILES,
    panels=PANELS,
    object_pages=(
        ObjectPage(kind="certificate_findings", endpoint="register.findings", argument="certificate"),
        ObjectPage(kind="certificate_state", endpoint="register.state_page", argument="certificate_id"),
    ),
    commands=register,
    jobs=(
        Job(name="register.import_read", title=lazy("试读数字化表"), run=import_read, slots=1),
        Job(name="register.import_apply", title=lazy("写入数字化表"), run=import_apply, slots=1),
        Job(name="register.import_mark", title=lazy("标注数字化表"), run=import_mark, slots=1),
        *CHECK_JOBS,
        *EXPORT_JOBS,
        *READY_JOBS,
    ),
    checks=CHECKS,
    subscriptions=(*CHECK_SUBSCRIPTIONS, *READY_SUBSCRIPTIONS),
    on_worker_start=clear_leftovers,
    adapters={"table_reader": {"caged": CagedTables}},
)
