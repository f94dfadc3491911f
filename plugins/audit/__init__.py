"""The auditor's desk: stored files are read again, and what is damaged is recovered."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import MenuItem, Plugin
from plugins.audit.checks import CHECKS
from plugins.audit.cli import audit
from plugins.audit.jobs import JOBS
from plugins.audit.permissions import FIXITY_READ, PERMISSIONS
from plugins.audit.routes import blueprint
from plugins.audit.settings import AuditSettings
from plugins.audit.tiles import TILES

PLUGIN = Plugin(
    name="audit",
    title=lazy("审计"),
    blueprint=blueprint,
    settings=AuditSettings,
    permissions=PERMISSIONS,
    menu=(
        MenuItem(
            label=lazy("存储核验"), endpoint="audit.fixity", permission=FIXITY_READ, weight=70, icon="shield-check"
        ),
    ),
    tiles=TILES,
    commands=audit,
    jobs=JOBS,
    checks=CHECKS,
)
