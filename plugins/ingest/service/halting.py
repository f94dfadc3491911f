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
from lindang.uow import UnitOfWork
from models.archive import Item
from models.intake import FILED, FOLDER, NO_ROOM, NO_SOURCE, PAUSED, RECEIVED, SORTING, IntakeFile, IntakeRun
from plugins.ingest.domain.targets import Target
from plugins.ingest.service.filing import enqueue_reading
from plugins.ingest.service.reading import unread_desk_pages, unread_pages
from plugins.ingest.service.receive import enqueue_processing, find_run
from plugins.ingest.service.room import room_of

GATHER_JOB: Final = "ingest.gather"


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
    if not run.profile.get("hold"):
        for row in _undecided(uow.session, run.id):
            enqueue_processing(uow, row)
    _enqueue_unread(uow, run)


def is_gathering(run: IntakeRun) -> bool:
    """Say whether a job still has files of the run's folder to take in."""
    return bool(run.profile.get("gather")) and run.gathered_at is None


def enqueue_gathering(uow: UnitOfWork, run: IntakeRun) -> None:
    """Have the folder of a run taken in, or what is left of it."""
    uow.enqueue(GATHER_JOB, str(run.id), division=run.division_code, label=_("收件 %(name)s", name=run.name))


def _undecided(session: Session, run_id: int) -> list[IntakeFile]:
    query = select(IntakeFile).where(IntakeFile.run_id == run_id, IntakeFile.state == RECEIVED)
    return list(session.scalars(query.order_by(IntakeFile.id)))


def _enqueue_unread(uow: UnitOfWork, run: IntakeRun) -> None:
    """Have those pages read that were passed over while the run stood still; the job looks whether an engine is there."""
    query = select(Item).join(IntakeFile, IntakeFile.item_id == Item.id)
    filed = query.where(IntakeFile.run_id == run.id, IntakeFile.state == FILED).order_by(Item.id)
    for item in uow.session.scalars(filed):
        if unread_pages(uow.session, item.id):
            enqueue_reading(uow, Target(item.id), item.division_code, item.archival_code)
    waiting = select(IntakeFile).where(IntakeFile.run_id == run.id, IntakeFile.state == SORTING)
    for row in uow.session.scalars(waiting.order_by(IntakeFile.id)):
        if unread_desk_pages(uow.session, row.id):
            enqueue_reading(uow, Target(row.id, is_desk_file=True), row.division_code, row.relative_path)


def halt_of(session: Session, *, file_id: int = 0, item_id: int = 0) -> tuple[int, str]:
    """Return the run that a file or an item came with (0: none), and why it stands still (empty: it does not)."""
    mine = IntakeFile.id == file_id if file_id else (IntakeFile.item_id == item_id) & (IntakeFile.state == FILED)
    query = select(IntakeRun.id, IntakeRun.halt).join(IntakeFile, IntakeFile.run_id == IntakeRun.id).where(mine)
    found = session.execute(query.limit(1)).first()
    return (found[0], found[1]) if found else (0, "")


def source_is_there(root: Path) -> bool:
    """Say whether a folder can be looked into and holds anything: the place of an unplugged disk is often an empty folder."""
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


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
