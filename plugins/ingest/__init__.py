"""Intake: scans come in by upload, folder or watched folder, become pages and 件, and are read by a machine afterwards."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import Job, Plugin, Subscription
from models.events import CertificateSaved
from plugins.ingest.cli import ingest, text
from plugins.ingest.handlers import certificate_saved
from plugins.ingest.jobs import clean_up, process, recognise
from plugins.ingest.permissions import PERMISSIONS
from plugins.ingest.settings import IngestSettings
from plugins.ingest.tools import ADAPTERS

PLUGIN = Plugin(
    name="ingest",
    title=lazy("收件"),
    settings=IngestSettings,
    permissions=PERMISSIONS,
    commands=ingest,
    root_commands=(text,),
    jobs=(
        Job(name="ingest.process", title=lazy("解析并入库"), run=process),
        Job(name="ingest.recognise", title=lazy("识别文字"), run=recognise, slots=1),
    ),
    subscriptions=(Subscription(event=CertificateSaved, name="ingest.link", handle=certificate_saved),),
    on_worker_start=clean_up,
    adapters=ADAPTERS,
)
