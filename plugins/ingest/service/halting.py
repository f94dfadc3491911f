"""Standing still and going on: by a person's word, for want of room, or because the source is away.

A run that stands still takes nothing in, parses nothing and reads nothing; what is under way is finished. Its files keep
their order. What stood still for want of room or of its source goes on by itself (see :func:`wake`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.errors import Conflict
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from lindang.uow import UnitOfWork
from models.archive import Item
from models.intake import FILED, FOLDER, NO_ROOM, NO_SOURCE, PAUSED, RECEIVED, SORTING, IntakeFile, IntakeRun
from plugins.ingest.domain.targets import Target
from plugins.ingest.service.reading import unread_items, wants_reading_on_desk
from plugins.ingest.service.receive import PROCESS_JOB, RECOGNISE_JOB, find_run
from plugins.ingest.service.room import room_of

GATHER_JOB: Final = "ingest.gather"
REQUEUE_JOB: Final = "ingest.requeue"
_AT_A_TIME: Final = 200


def pause_run(uow: UnitOfWork, run_id: int) -> None:
    """Let a run stand still until somebody says otherwise. Raises Conflict when it does already."""
    run = find_run(uow, run_id)
    if run.halt == PAUSED:
        raise Conflict(_("这次收件已经暂停"), remedy=_("请刷新页面。"))
    _halt(uow, run, PAUSED)


def resume_run(uow: UnitOfWork, run_id: int) -> None:
    """Let a run go on. Raises Conflict when it does not stand still."""
    run = find_run(uow, run_id)
    if not run.halt:
        raise Conflict(_("这次收件没有暂停"), remedy=_("请刷新页面。"))
    _go_on(uow, run)


def halt_run(host: Host, run_id: int, why: str) -> None:
    """Let a run stand still for want of room or of its source, unless it does already."""
    with host.uow(host.system_actor()) as uow:
        run = uow.session.get_one(IntakeRun, run_id)
        if not run.halt:
            _halt(uow, run, why)


def _halt(uow: UnitOfWork, run: IntakeRun, why: str) -> None:
    run.halt = why
    uow.journal("intake.halted", f"intake_run:{run.id}", division=run.division_code, why=why)


def _go_on(uow: UnitOfWork, run: IntakeRun) -> None:
    before, run.halt = run.halt, ""
    uow.journal("intake.resumed", f"intake_run:{run.id}", division=run.division_code, before=before)
    if is_gathering(run):
        enqueue_gathering(uow, run)
    label = _("继续收件 %(name)s", name=run.name)
    uow.enqueue(REQUEUE_JOB, str(run.id), division=run.division_code, label=label)


def is_gathering(run: IntakeRun) -> bool:
    """Say whether a job still has files of the run's folder to take in."""
    return bool(run.profile.get("gather")) and run.gathered_at is None


def enqueue_gathering(uow: UnitOfWork, run: IntakeRun) -> None:
    """Have the folder of a run taken in, or what is left of it."""
    uow.enqueue(GATHER_JOB, str(run.id), division=run.division_code, label=_("收件 %(name)s", name=run.name))


def requeue(context: JobContext, argument: str) -> None:
    """Run as the job ``ingest.requeue``: have done what was passed over while a run stood still, some at a time."""
    host, run_id = context.host, int(argument)
    with host.view() as session:
        is_held = bool(session.get_one(IntakeRun, run_id).profile.get("hold"))
        files = [] if is_held else _undecided(session, run_id)
        items, waiting = _unread_items(session, run_id), _unread_files(session, run_id)
    work = [*((PROCESS_JOB, each) for each in files), *((RECOGNISE_JOB, each) for each in (*items, *waiting))]
    for start in range(0, len(work), _AT_A_TIME):
        context.progress(start, len(work))
        with host.uow(host.system_actor()) as uow:
            context.still_mine(uow.session)
            for kind, (argument_of, division, name) in work[start : start + _AT_A_TIME]:
                label = _("入库 %(path)s", path=name) if kind == PROCESS_JOB else _("识别 %(name)s", name=name)
                uow.enqueue(kind, argument_of, division=division, label=label)


Waiting = tuple[str, str, str]
"""What a job is about: its argument, its division, a name to show."""


def _undecided(session: Session, run_id: int) -> list[Waiting]:
    query = select(IntakeFile.id, IntakeFile.division_code, IntakeFile.relative_path)
    mine = query.where(IntakeFile.run_id == run_id, IntakeFile.state == RECEIVED).order_by(IntakeFile.id)
    return [(str(file_id), division, path) for file_id, division, path in session.execute(mine)]


def _unread_items(session: Session, run_id: int) -> list[Waiting]:
    """Return the items of a run with a page that an engine should still read; the job looks whether one is there."""
    query = (
        unread_items(Item.id, Item.division_code, Item.archival_code)
        .join(IntakeFile, IntakeFile.item_id == Item.id)
        .where(IntakeFile.run_id == run_id, IntakeFile.state == FILED)
    )
    return [(str(Target(item_id)), division, code) for item_id, division, code in session.execute(query)]


def _unread_files(session: Session, run_id: int) -> list[Waiting]:
    query = select(IntakeFile).where(IntakeFile.run_id == run_id, IntakeFile.state == SORTING)
    return [
        (str(Target(row.id, is_desk_file=True)), row.division_code, row.relative_path)
        for row in session.scalars(query.order_by(IntakeFile.id).execution_options(yield_per=20))
        if wants_reading_on_desk(row)
    ]


def halt_of(session: Session, *, file_id: int = 0, item_id: int = 0) -> tuple[int, str]:
    """Return the run that a file or an item came with (0: none), and why it stands still (empty: it does not)."""
    mine = IntakeFile.id == file_id if file_id else (IntakeFile.item_id == item_id) & (IntakeFile.state == FILED)
    query = select(IntakeRun.id, IntakeRun.halt).join(IntakeFile, IntakeFile.run_id == IntakeRun.id).where(mine)
    found = session.execute(query.limit(1)).first()
    return (found[0], found[1]) if found else (0, "")


def source_is_there(root: Path) -> bool:
    """Say whether a folder holds anything and a file of it can be read.

    The place of an unplugged disk is often an empty folder; or its names are still known, and nothing can be read.
    """
    try:
        with os.scandir(root) as entries:
            is_there = next(entries, None) is not None
        file = next((Path(folder) / names[0] for folder, _folders, names in os.walk(root) if names), None)
        if file is not None:
            with file.open("rb") as stream:
                stream.read(1)
    except OSError:
        return False
    return is_there


def wake(host: Host) -> None:
    """Let those runs go on that may; and take up again what was cut off before its end."""
    with host.view() as session:
        halted = session.execute(
            select(IntakeRun.id, IntakeRun.halt, IntakeRun.root).where(IntakeRun.halt.in_((NO_ROOM, NO_SOURCE)))
        ).all()
        unfinished = select(IntakeRun).where(
            IntakeRun.halt == "", IntakeRun.kind == FOLDER, IntakeRun.gathered_at.is_(None)
        )
        left = [run.id for run in session.scalars(unfinished) if is_gathering(run)]
    is_ample = room_of(host).is_ample
    for run_id, why, root in halted:
        if is_ample if why == NO_ROOM else source_is_there(Path(root)):
            with host.uow(host.system_actor()) as uow:
                resume_run(uow, run_id)
    for run_id in left:
        with host.uow(host.system_actor()) as uow:
            enqueue_gathering(uow, uow.session.get_one(IntakeRun, run_id))
