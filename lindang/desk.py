"""The host's own pages: home (what waits for me), the job centre, the health page, the language switch."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import shutil
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from lindang import __version__, jobs
from lindang.addresses import local_path
from lindang.auth import Actor
from lindang.events import Delivery, EventRow, pending
from lindang.host import Host
from lindang.i18n import LOCALES, Text, _, lazy
from lindang.jobs import DISMISSED, DONE, FAILED, QUEUED, RUNNING, JobRow
from lindang.migrate import current_revision, head_revision
from lindang.plugin import Job, MenuItem, ObjectPage, Permission, Plugin, Tile, TileValue
from lindang.rest import openapi_document
from lindang.sweep import sweep_orphans
from lindang.verify import HOST_CHECKS
from lindang.web import (
    DIVISION,
    NONE,
    PUBLIC,
    SIGNED_IN,
    current_actor,
    current_host,
    guard,
    notify,
    page_number,
)
from lindang.worker import seconds_since_heartbeat

WORKERS = frozenset({"archivist", "liaison", "sysadmin"})
JOBS_PER_PAGE = 50
STATE_LABELS = {
    QUEUED: lazy("排队"),
    RUNNING: lazy("进行中"),
    DONE: lazy("完成"),
    FAILED: lazy("失败"),
    DISMISSED: lazy("已忽略"),
}


def _pages() -> Blueprint:
    bp = Blueprint("host", __name__)
    bp.add_url_rule("/", view_func=home)
    bp.add_url_rule("/jobs", view_func=job_list)
    bp.add_url_rule("/jobs/<int:job_id>/retry", view_func=retry_job, methods=["POST"])
    bp.add_url_rule("/jobs/<int:job_id>/dismiss", view_func=dismiss_job, methods=["POST"])
    bp.add_url_rule("/language/<locale>", view_func=choose_language, methods=["POST"])
    bp.add_url_rule("/health", view_func=health)
    bp.add_url_rule("/health/report", view_func=health_report)
    bp.add_url_rule("/about", view_func=about)
    return bp


def _api() -> Blueprint:
    bp = Blueprint("host_api", __name__)
    bp.add_url_rule("/openapi.json", view_func=openapi)
    return bp


@guard(SIGNED_IN, scope=DIVISION)
def home() -> ResponseReturnValue:
    """Show what is waiting for this person."""
    host, actor = current_host(), current_actor()
    tiles = [tile for plugin in host.plugins for tile in plugin.tiles if actor.can(tile.permission)]
    with host.view(actor) as db:
        shown = [(tile, tile.load(db, actor)) for tile in sorted(tiles, key=lambda tile: tile.weight)]
    return render_template("host/home.html", tiles=shown)


@guard("host:jobs:read", scope=DIVISION)
def job_list() -> ResponseReturnValue:
    """List jobs: what runs, what failed and what waits before what is done."""
    host, actor, state = current_host(), current_actor(), request.args.get("state", "")
    page = page_number()
    query = select(JobRow).where(actor.within(JobRow.division_code) | (JobRow.division_code == ""))
    if state in STATE_LABELS:
        query = query.where(JobRow.state == state)
    with host.view(actor) as db:
        total = db.scalar(select(func.count()).select_from(query.subquery())) or 0
        urgency = case({RUNNING: 0, FAILED: 1, QUEUED: 2}, value=JobRow.state, else_=3)
        rows = list(
            db.scalars(
                query.order_by(urgency, JobRow.id.desc()).limit(JOBS_PER_PAGE).offset((page - 1) * JOBS_PER_PAGE)
            )
        )
        late = [
            (name, subscriber, error)
            for name, subscriber, error in db.execute(
                select(EventRow.name, Delivery.subscriber, Delivery.error)
                .join(EventRow, EventRow.id == Delivery.event_id)
                .where(Delivery.state == "failed")
                .limit(20)
            )
        ]
    return render_template(
        "host/jobs.html",
        jobs=rows,
        total=total,
        page=page,
        per_page=JOBS_PER_PAGE,
        state=state,
        states=STATE_LABELS,
        failed_deliveries=late,
        kinds={name: str(job.title) for name, job in host.jobs.items()},
    )


@guard("host:jobs:manage", scope=DIVISION)
def retry_job(job_id: int) -> ResponseReturnValue:
    """Put a failed job back into the queue."""
    with current_host().uow(current_actor()) as uow:
        jobs.retry(uow, job_id)
    notify(_("任务已重新排队"))
    return redirect(url_for("host.job_list", state=FAILED))


@guard("host:jobs:manage", scope=DIVISION)
def dismiss_job(job_id: int) -> ResponseReturnValue:
    """Take a failed job off the list."""
    with current_host().uow(current_actor()) as uow:
        jobs.dismiss(uow, job_id)
    notify(_("已忽略，失败原因仍保留在任务记录中"))
    return redirect(url_for("host.job_list", state=FAILED))


@guard(SIGNED_IN, scope=PUBLIC)
def choose_language(locale: str) -> ResponseReturnValue:
    """Remember the language and go back to where the person was."""
    if locale in LOCALES:
        session["locale"] = locale
    return redirect(local_path(request.form.get("next", "")))


@guard(SIGNED_IN, scope=PUBLIC)
def health() -> Response:
    """Say that the process answers; for supervisors, without any detail."""
    return jsonify(status="ok", version=__version__)


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One line of the health report."""

    title: Text
    value: str
    ok: bool
    remedy: Text = ""


@guard("host:health:read", scope=NONE)
def health_report() -> ResponseReturnValue:
    """Show the state of database, worker, queue, disk and plugins."""
    return render_template("host/health.html", lines=health_lines(current_host()))


@dataclass(frozen=True, slots=True)
class PluginLine:
    """One plugin as the about page lists it."""

    name: str
    title: Text
    is_on: bool


@guard(SIGNED_IN, scope=NONE)
def about() -> ResponseReturnValue:
    """Show version, plugins and the open-source components with their licences."""
    host = current_host()
    plugins = [PluginLine(plugin.name, plugin.title, is_on=True) for plugin in host.plugins]
    plugins += [PluginLine(name, name, is_on=False) for name in host.settings.host.disabled]
    return render_template("host/about.html", plugins=plugins, components=_components())


def _components() -> list[tuple[str, str, str]]:
    """Return name, version and licence of every installed distribution, by name."""
    found = {}
    for distribution in importlib.metadata.distributions():
        facts = distribution.metadata
        named = [facts[key].strip() for key in ("License-Expression", "License") if key in facts]
        licence = next((text.splitlines()[0][:60] for text in named if text), "")
        found[facts["Name"]] = (facts["Name"], distribution.version, licence)
    return sorted(found.values(), key=lambda line: line[0].lower())


def health_lines(host: Host) -> list[HealthLine]:
    """Look at what an administrator must know."""
    free = shutil.disk_usage(host.data_dir).free // (1024 * 1024)
    beat = seconds_since_heartbeat(host)
    with host.view() as db:
        db.execute(text("SELECT 1"))
        failed = _count(db, FAILED)
        waiting = _count(db, QUEUED)
        undelivered = pending(db)
    lines = [
        HealthLine(lazy("数据库"), host.engine.dialect.name, current_revision(host) == head_revision()),
        HealthLine(
            lazy("后台进程"),
            _("%(n)s 秒前有心跳", n=int(beat)) if beat is not None else _("从未运行"),
            beat is not None and beat < 30,
            lazy("请用 make run 启动，或运行 lindang worker。"),
        ),
        HealthLine(lazy("排队任务"), str(waiting), True),
        HealthLine(lazy("失败任务"), str(failed), failed == 0, lazy("请到任务中心查看原因。")),
        HealthLine(lazy("待送达事件"), str(undelivered), undelivered < 1000),
        HealthLine(
            lazy("磁盘剩余"),
            f"{free:,} MB",
            free > host.settings.host.disk_reserve_mb,
            lazy("低于保留空间时暂停接收文件。"),
        ),
    ]
    for plugin in host.plugins:
        if plugin.start_notes is not None:
            lines += [HealthLine(plugin.title, note, False) for note in plugin.start_notes(host)]
    return lines


def _count(db: Session, state: str) -> int:
    return db.scalar(select(func.count()).select_from(JobRow).where(JobRow.state == state)) or 0


@guard(SIGNED_IN, scope=PUBLIC)
def openapi() -> Response:
    """Return the OpenAPI document."""
    return jsonify(openapi_document())


def _failed_jobs(db: Session, actor: Actor) -> TileValue:
    mine = actor.within(JobRow.division_code) | (JobRow.division_code == "")
    count = db.scalar(select(func.count()).select_from(JobRow).where(JobRow.state == FAILED, mine)) or 0
    return TileValue(count, "host.job_list", {"state": FAILED}, lazy("后台任务没有做成，看原因后重试或忽略"))


PLUGIN = Plugin(
    name="host",
    title=lazy("平台"),
    blueprint=_pages,
    api=_api,
    permissions=(
        Permission(key="host:jobs:read", label=lazy("查看任务中心"), roles=WORKERS | {"auditor"}),
        Permission(key="host:jobs:manage", label=lazy("重试或忽略失败任务"), roles=WORKERS),
        Permission(key="host:health:read", label=lazy("查看体检页"), roles=frozenset({"sysadmin", "auditor"})),
    ),
    menu=(
        MenuItem(label=lazy("首页"), endpoint="host.home", permission=SIGNED_IN, weight=0, icon="house"),
        MenuItem(
            label=lazy("任务中心"), endpoint="host.job_list", permission="host:jobs:read", weight=80, icon="list-task"
        ),
        MenuItem(
            label=lazy("体检"),
            endpoint="host.health_report",
            permission="host:health:read",
            weight=95,
            icon="heart-pulse",
        ),
    ),
    tiles=(
        Tile(key="failed_jobs", title=lazy("失败的任务"), permission="host:jobs:read", load=_failed_jobs, weight=90),
    ),
    object_pages=(ObjectPage("about", "host.about", ""),),
    jobs=(Job(name="host.sweep", title=lazy("清理无主文件"), run=sweep_orphans, every=dt.timedelta(days=1)),),
    checks=HOST_CHECKS,
)
