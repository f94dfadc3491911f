"""The intake desk: a new delivery, its files, their naming before filing, and the progress of filing and reading."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any, Final

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang import i18n
from lindang.auth import Actor
from lindang.errors import BadInput
from lindang.host import Host
from lindang.i18n import _, local_time
from lindang.web import DIVISION, NONE, current_actor, current_host, guard, notify, page_number
from models.intake import (
    DISMISSED,
    DUPLICATE,
    FAILED,
    FILED,
    NO_ROOM,
    NO_SOURCE,
    PAUSED,
    RECEIVED,
    SORTING,
    SPLIT,
    SPLITTING,
    UPLOAD,
)
from plugins.ingest.adapters.engines import LABELS, choose
from plugins.ingest.domain.naming import clean_path
from plugins.ingest.forms import GatherForm, RunForm
from plugins.ingest.permissions import RUN_CREATE, RUN_READ
from plugins.ingest.queries.places import choosable_divisions
from plugins.ingest.queries.preview import doc_titles, preview
from plugins.ingest.queries.progress import progress_of
from plugins.ingest.queries.runs import STATE_LABELS, STATE_TONES, file_lines, run_line, run_list
from plugins.ingest.queries.watched import watched_folders
from plugins.ingest.service.folders import folder_draft, folder_of_source
from plugins.ingest.service.gathering import open_gathering
from plugins.ingest.service.halting import pause_run, resume_run
from plugins.ingest.service.receive import Received, RunDraft, confirm_run, find_run, open_run
from plugins.ingest.service.room import room_of
from plugins.ingest.service.uploads import take_upload
from plugins.ingest.tools import naming_of, settings_of

RUNS_PER_PAGE: Final = 20
FILES_PER_PAGE: Final = 100
STATES: Final = (RECEIVED, FILED, SORTING, DUPLICATE, FAILED, DISMISSED, SPLITTING, SPLIT)


@guard(RUN_READ, scope=DIVISION)
def intake() -> ResponseReturnValue:
    """Show the deliveries, and open a new one."""
    host, actor = current_host(), current_actor()
    form = RunForm()
    with host.view(actor) as session:
        form.offer(_divisions(session, actor))
        page = page_number()
        gather_form = GatherForm(formdata=None)
        gather_form.offer(_divisions(session, actor), [source.name for source in settings_of(host).sources])
        watched = watched_folders(session, actor, settings_of(host).watch)
        runs, total = run_list(session, actor, offset=(page - 1) * RUNS_PER_PAGE, limit=RUNS_PER_PAGE)
    if request.method == "POST":
        actor.require(RUN_CREATE)
        if form.validate_on_submit():
            return redirect(url_for("ingest.run", run_id=_open(host, actor, form)))
    settings = settings_of(host)
    chosen = choose(settings.ocr, settings.ocr_fast_models)
    return render_template(
        "ingest/intake.html",
        form=form,
        runs=runs,
        total=total,
        page=page,
        per_page=RUNS_PER_PAGE,
        engine=LABELS[chosen.engine],
        engine_note=chosen.note,
        states=STATE_LABELS,
        tones=STATE_TONES,
        gather_form=gather_form,
        watched=watched,
    )


def _divisions(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(choice.code, choice.label) for choice in choosable_divisions(session, actor, "county", "village")]


def _open(host: Host, actor: Actor, form: RunForm) -> int:
    moment = local_time(host.clock.now()).strftime("%Y-%m-%d %H:%M")
    name = (form.name.data or "").strip() or _("上传 %(when)s", when=moment)
    where, stack = form.division.data, bool(form.stack.data)
    draft = RunDraft(kind=UPLOAD, name=name, division_code=where, ocr=form.ocr.data, hold=True, stack=stack)
    with host.uow(actor) as uow:
        return open_run(uow, draft).id


@guard(RUN_READ, scope=DIVISION)
def run(run_id: int) -> ResponseReturnValue:
    """Show one delivery: while it waits for a go-ahead the naming, afterwards the progress and what became of each file."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = _shown(session, actor, run_id)
        folders = preview(session, actor, run_id, naming_of(host)) if shown["run"].is_held else ()
    max_mb = min(host.settings.host.upload_limit_mb, settings_of(host).max_file_mb)
    return render_template("ingest/run.html", folders=folders, max_mb=max_mb, **shown)


@guard(RUN_READ, scope=DIVISION)
def progress(run_id: int) -> ResponseReturnValue:
    """Return what became of a delivery so far, polled while work goes on."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = _shown(session, actor, run_id)
    return render_template("ingest/_progress.html", **shown)


def _shown(session: Session, actor: Actor, run_id: int) -> dict[str, Any]:
    """Return what the page of a run and its polled part have in common."""
    state, page = request.args.get("state", ""), page_number()
    wanted = (state,) if state in STATES else ()
    offset = (page - 1) * FILES_PER_PAGE
    line = run_line(session, actor, run_id)
    files, total = file_lines(session, actor, run_id=run_id, states=wanted, offset=offset, limit=FILES_PER_PAGE)
    now = current_host().clock.now()
    done = progress_of(session, run_id, now)
    return {
        "run": line,
        "files": files,
        "total": total,
        "page": page,
        "per_page": FILES_PER_PAGE,
        "state": state if wanted else "",
        "progress": done if not line.is_held else dataclasses.replace(done, is_running=False),
        "states": STATE_LABELS,
        "halt_note": _halt_note(done.halt, line.root),
        "ends": {"filing": done.filing.end(now), "reading": done.reading.end(now)} if done.is_running else {},
    }


def _halt_note(halt: str, root: str) -> str:
    """Return why a run stands still, in words, with what will make it go on."""
    if halt == NO_ROOM:
        room = room_of(current_host())
        free, reserve = i18n.format_filesize(room.free), i18n.format_filesize(room.reserve)
        return _("磁盘剩余 %(free)s，要保留 %(reserve)s：收件已暂停，腾出空间后自动继续。", free=free, reserve=reserve)
    if halt == NO_SOURCE:
        return _("读不到 %(root)s（移动硬盘拔下或网络盘断开）：收件已暂停，接好后自动继续。", root=root)
    return _("收件已由人暂停，点“继续”接着做；已完成的不会重做。") if halt == PAUSED else ""


@guard(RUN_CREATE, scope=DIVISION)
def pause(run_id: int) -> ResponseReturnValue:
    """Let a delivery stand still."""
    with current_host().uow(current_actor()) as uow:
        pause_run(uow, run_id)
    notify(_("已暂停：正在处理的文件做完就停"))
    return redirect(url_for("ingest.run", run_id=run_id))


@guard(RUN_CREATE, scope=DIVISION)
def resume(run_id: int) -> ResponseReturnValue:
    """Let a delivery go on."""
    with current_host().uow(current_actor()) as uow:
        resume_run(uow, run_id)
    notify(_("已继续"))
    return redirect(url_for("ingest.run", run_id=run_id))


@guard(RUN_CREATE, scope=DIVISION)
def gather() -> ResponseReturnValue:
    """Have a folder of a disk or share taken in that the settings allow."""
    host, actor = current_host(), current_actor()
    form = GatherForm()
    with host.view(actor) as session:
        form.offer(_divisions(session, actor), [source.name for source in settings_of(host).sources])
    if not form.validate_on_submit():
        raise BadInput(_("请选择来源和区划"), where="source")
    root = folder_of_source(host, form.source.data, form.subfolder.data or "")
    draft = replace(folder_draft(root, form.division.data, form.ocr.data), stack=bool(form.stack.data))
    with host.uow(actor) as uow:
        run_id = open_gathering(uow, draft).id
    return redirect(url_for("ingest.run", run_id=run_id))


@guard(RUN_CREATE, scope=DIVISION)
def upload(run_id: int) -> ResponseReturnValue:
    """Take one uploaded file in (or several at once, from a browser without scripts)."""
    host, actor = current_host(), current_actor()
    with host.uow(actor) as uow:
        find_run(uow, run_id)
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        raise BadInput(_("没有收到文件"), where="file", remedy=_("请选择文件后再上传。"))
    path = request.form.get("relative_path", "")
    received = [take_upload(host, actor, run_id, file, path if len(files) == 1 else "") for file in files]
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "application/json":
        return jsonify(_answer(received[0])), 201
    notify(_("收到 %(n)s 个文件", n=len(received)))
    return redirect(url_for("ingest.run", run_id=run_id))


def _answer(received: Received) -> dict[str, str]:
    if received.is_new:
        return {"state": "received", "reason": ""}
    return {"state": "duplicate", "reason": _("内容与已收的文件完全相同")}


@guard(RUN_CREATE, scope=DIVISION)
def confirm(run_id: int) -> ResponseReturnValue:
    """Start filing after the person has seen the naming."""
    with current_host().uow(current_actor()) as uow:
        count = confirm_run(uow, run_id)
    notify(_("%(n)s 个文件开始入库", n=count))
    return redirect(url_for("ingest.run", run_id=run_id))


@guard(RUN_READ, scope=NONE)
def rules() -> ResponseReturnValue:
    """Show the naming rules and what they make of names that a person types in."""
    host, actor = current_host(), current_actor()
    naming = naming_of(host)
    names = [clean_path(name) for name in request.args.get("names", "").splitlines() if name.strip()][:200]
    with host.view(actor) as session:
        titles = doc_titles(session)
    return render_template(
        "ingest/rules.html",
        naming=naming,
        names=names,
        plan=naming.plan(names),
        titles=titles,
        read_folder=naming.folder,
    )
