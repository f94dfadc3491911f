"""Intake: scans come in by upload, folder or watched folder, become pages and 件, and are read by a machine afterwards."""

from __future__ import annotations

import datetime as dt

from lindang.i18n import lazy
from lindang.plugin import Job, MenuItem, ObjectPage, Plugin, Subscription
from models.events import CertificatesSaved, ItemFiled, PageTextStored
from plugins.ingest import api, permissions
from plugins.ingest.cli import ingest, text
from plugins.ingest.handlers import certificates_saved, item_filed, layer_wanted, page_read, quality_wanted
from plugins.ingest.jobs import catch_up, derivatives, layer, process, quality, recognise, start_worker, wake_up
from plugins.ingest.panels import PANELS
from plugins.ingest.routes import blueprint
from plugins.ingest.service.gathering import gather
from plugins.ingest.service.halting import requeue
from plugins.ingest.service.splitting import split
from plugins.ingest.settings import IngestSettings
from plugins.ingest.tiles import TILES
from plugins.ingest.tools import ADAPTERS, ocr_slots, start_notes

PLUGIN = Plugin(
    name="ingest",
    title=lazy("扫描入库"),
    blueprint=blueprint,
    api=api.blueprint,
    settings=IngestSettings,
    permissions=permissions.PERMISSIONS,
    menu=(
        MenuItem(
            label=lazy("扫描入库"),
            endpoint="ingest.intake",
            permission=permissions.RUN_READ,
            weight=20,
            icon="box-arrow-in-down",
        ),
        MenuItem(
            label=lazy("分拣台"), endpoint="ingest.desk", permission=permissions.FILE_SORT, weight=22, icon="inbox"
        ),
    ),
    tiles=TILES,
    panels=PANELS,
    object_pages=(
        ObjectPage(kind="intake_file", endpoint="ingest.sort", argument="file_id"),
        ObjectPage(kind="intake_desk", endpoint="ingest.desk", argument=""),
        ObjectPage(kind="item_texts", endpoint="ingest.item_texts", argument="item_id"),
        ObjectPage(kind="page_quality", endpoint="ingest.judge_page", argument="page_id"),
    ),
    commands=ingest,
    root_commands=(text,),
    jobs=(
        Job(name="ingest.process", title=lazy("解析并入库"), run=process),
        Job(name="ingest.catch_up", title=lazy("补办等候的文件"), run=catch_up, every=dt.timedelta(minutes=5)),
        Job(name="ingest.gather", title=lazy("收大批文件夹"), run=gather, slots=1),
        Job(name="ingest.requeue", title=lazy("接着做暂停的收件"), run=requeue),
        Job(name="ingest.wake", title=lazy("继续暂停的收件"), run=wake_up, every=dt.timedelta(minutes=1)),
        Job(name="ingest.recognise", title=lazy("识别文字"), run=recognise, slots=ocr_slots),
        Job(name="ingest.split", title=lazy("拆分整盒扫描件"), run=split),
        Job(name="ingest.quality", title=lazy("检查图像质量"), run=quality, slots=1),
        Job(name="ingest.derivatives", title=lazy("重建图像"), run=derivatives, slots=1),
        Job(name="ingest.layer", title=lazy("生成可检索 PDF"), run=layer, slots=1),
    ),
    subscriptions=(
        Subscription(event=CertificatesSaved, name="ingest.link", handle=certificates_saved),
        Subscription(event=PageTextStored, name="ingest.columns", handle=page_read),
        Subscription(event=ItemFiled, name="ingest.filed_columns", handle=item_filed),
        Subscription(event=PageTextStored, name="ingest.read_layer", handle=layer_wanted),
        Subscription(event=ItemFiled, name="ingest.filed_layer", handle=layer_wanted),
        Subscription(event=ItemFiled, name="ingest.filed_quality", handle=quality_wanted),
    ),
    on_worker_start=start_worker,
    start_notes=start_notes,
    adapters=ADAPTERS,
)
