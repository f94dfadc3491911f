"""Taking in a large folder as a job: household by household, from where it stopped, as long as there is room.

What was taken in is known by size and time of its file, so that going on after a power cut reads nothing twice. A folder
whose files were written a moment ago is left for the next round, and so is one that changes while it is read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select

from lindang.errors import NoSpace
from lindang.host import Host
from lindang.jobs import JobContext
from lindang.uow import UnitOfWork
from models.intake import NO_ROOM, NO_SOURCE, IntakeFile, IntakeRun
from plugins.ingest.domain.naming import PlannedFolder
from plugins.ingest.service.folders import CHANGING, FolderPlan, look_into, stamp_of, take_files
from plugins.ingest.service.halting import enqueue_gathering, halt_run, is_gathering, source_is_there
from plugins.ingest.service.receive import RunDraft, open_run
from plugins.ingest.service.room import room_of
from plugins.ingest.tools import settings_of

log = structlog.get_logger()


class _Stop(Exception):
    """The work cannot go on now; ``why`` is a reason to stand still, empty when somebody said so already."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a run's folder: the plan, stamps by path, and the paths that were taken in as they are now."""

    plan: FolderPlan
    stamps: Mapping[str, str]
    taken: frozenset[str]

    def left_in(self, folder: PlannedFolder) -> dict[str, Path]:
        """Return what is still to be taken from a household, by name."""
        names = (file.relative_path for file in folder.files)
        return {name: self.plan.places[name] for name in names if name not in self.taken}


def open_gathering(uow: UnitOfWork, draft: RunDraft) -> IntakeRun:
    """Open a run over a folder and have it taken in by the worker."""
    run = open_run(uow, draft)
    run.profile = {**run.profile, "gather": True}
    enqueue_gathering(uow, run)
    return run


def gather(context: JobContext, argument: str) -> None:
    """Run as the job ``ingest.gather``: take in what is left of a run's folder."""
    host, run_id = context.host, int(argument)
    with host.view() as session:
        run = session.get_one(IntakeRun, run_id)
    if run.halt or not is_gathering(run):
        return
    try:
        is_all = _gather(context, run)
    except _Stop as stop:
        if stop.why:
            halt_run(host, run_id, stop.why)
        return
    except NoSpace:
        halt_run(host, run_id, NO_ROOM)
        return
    except OSError as error:
        log.warning("ingest.gather", run=run_id, error=str(error))
        halt_run(host, run_id, NO_SOURCE)
        return
    if is_all:
        with host.uow(host.system_actor()) as uow:
            context.still_mine(uow.session)
            uow.session.get_one(IntakeRun, run_id).gathered_at = uow.now


def _gather(context: JobContext, run: IntakeRun) -> bool:
    """Take in household after household; returns whether nothing is left for another round."""
    host = context.host
    files = _look(host, run)
    _note_plan(context, run, files)
    folders, is_all = files.plan.plan.folders, True
    for done, folder in enumerate(folders):
        left = files.left_in(folder)
        if not left:
            continue
        context.progress(done, len(folders), folder.path)
        _refuse_to_go_on(host, run)
        if not _is_at_rest(left, settings_of(host).stable_seconds):
            is_all = False
            continue
        is_all = _take(context, run, left) and is_all
    return is_all


def _look(host: Host, run: IntakeRun) -> _Files:
    root = Path(run.root)
    if not source_is_there(root):
        raise _Stop(NO_SOURCE)
    plan = look_into(host, root)
    stamps = {}
    for name, path in plan.places.items():
        try:
            stamps[name] = stamp_of(path.stat())
        except FileNotFoundError:
            continue
    with host.view() as session:
        rows = session.execute(select(IntakeFile.relative_path, IntakeFile.stamp).where(IntakeFile.run_id == run.id))
        taken = frozenset(path for path, stamp in rows if stamp and stamps.get(path) == stamp)
    return _Files(plan, stamps, taken)


def _note_plan(context: JobContext, run: IntakeRun, files: _Files) -> None:
    """Write down how much there is, and stop before it starts when it does not fit on the disk."""
    wanted = [file.relative_path for folder in files.plan.plan.folders for file in folder.files]
    sizes = {name: int(files.stamps[name].partition(":")[0]) for name in wanted if name in files.stamps}
    with context.host.uow(context.host.system_actor()) as uow:
        context.still_mine(uow.session)
        row = uow.session.get_one(IntakeRun, run.id)
        row.planned_files, row.planned_bytes = len(sizes), sum(sizes.values())
    if not room_of(context.host).holds(sum(size for name, size in sizes.items() if name not in files.taken)):
        raise _Stop(NO_ROOM)


def _refuse_to_go_on(host: Host, run: IntakeRun) -> None:
    with host.view() as session:
        halt = session.scalar(select(IntakeRun.halt).where(IntakeRun.id == run.id))
    if halt:
        raise _Stop("")
    if not room_of(host).is_enough:
        raise _Stop(NO_ROOM)


def _is_at_rest(places: Mapping[str, Path], seconds: int) -> bool:
    """Say whether no file was written within so many seconds; one that has gone is none of this question's."""
    now = time.time()
    try:
        return all(abs(now - path.stat().st_mtime) >= seconds for path in places.values())
    except FileNotFoundError:
        return True


def _take(context: JobContext, run: IntakeRun, left: Mapping[str, Path]) -> bool:
    """Take in a household; returns whether every file of it was taken."""
    host = context.host
    with host.view() as session:
        context.still_mine(session)
    draft = RunDraft(
        kind=run.kind, name=run.name, root=run.root, division_code=run.division_code, ocr=str(run.profile.get("ocr"))
    )
    outcomes, _run_id = take_files(host, host.system_actor(), left, draft, run.id)
    if all(outcome.state != CHANGING for outcome in outcomes):
        return True
    if not source_is_there(Path(run.root)):
        raise _Stop(NO_SOURCE)
    return False
