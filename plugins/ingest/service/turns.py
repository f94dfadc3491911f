"""Whose turn it is to be filed, however the workers finish: numbers follow the paper, parsing goes on side by side.

Two rules. Inside a folder a parsed file waits until the files before it are decided: 件号 follow the file names. A folder
whose 案卷 is not open yet waits until every folder before it has its 案卷, or can no longer get one: 案卷号 follow the
folder names. Nothing is reserved, so nothing can stay unused: a number is taken in the transaction that files the first
件. A file whose job has failed for good holds up nobody.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.jobs import QUEUED, RUNNING, JobRow
from lindang.uow import UnitOfWork
from models.intake import RECEIVED, IntakeFile, IntakeRun
from plugins.ingest.domain.naming import folder_of, natural_key
from plugins.ingest.service.households import find_household_file, household_in
from plugins.ingest.service.receive import PROCESS_JOB
from plugins.ingest.tools import naming_of


def ready_files(uow: UnitOfWork, run: IntakeRun, row: IntakeFile) -> Iterator[IntakeFile]:
    """Yield the parsed files whose turn has come with this one; the caller decides each before it takes the next.

    A file in no folder waits for nobody.
    """
    folder = folder_of(row.relative_path)
    if not folder:
        yield from [row] if row.state == RECEIVED and row.scan is not None else []
    elif _is_open(uow, run, folder):
        yield from _in_turn(uow, run, folder)
    else:
        yield from _unopened_in_turn(uow, run)


def waiting_files(session: Session) -> list[int]:
    """Return the ids of parsed files that are not decided, oldest first."""
    query = select(IntakeFile.id).where(IntakeFile.state == RECEIVED, IntakeFile.pages > 0)
    return list(session.scalars(query.order_by(IntakeFile.id)))


def _unopened_in_turn(uow: UnitOfWork, run: IntakeRun) -> Iterator[IntakeFile]:
    """Yield the ready files of the folders without a 案卷, folder by folder, up to one that may still get its number."""
    for folder in _waiting_folders(uow, run):
        if _is_open(uow, run, folder):
            continue
        is_through = yield from _in_turn(uow, run, folder)
        if not is_through and not _is_open(uow, run, folder):
            return


def _in_turn(uow: UnitOfWork, run: IntakeRun, folder: str) -> Generator[IntakeFile, None, bool]:
    """Yield the folder's parsed files up to the first that is still being parsed; returns whether there was none."""
    for each in _files_of(uow, run, folder):
        if each.scan is not None:
            yield each
        elif _is_under_way(uow, each):
            return False
    return True


def _is_open(uow: UnitOfWork, run: IntakeRun, folder: str) -> bool:
    household = household_in(uow, run, f"{folder}/-")
    return household is not None and find_household_file(uow, household) is not None


def _is_under_way(uow: UnitOfWork, row: IntakeFile) -> bool:
    """Tell whether a worker will still parse the file: also when its run stands still for now."""
    if uow.session.scalar(select(IntakeRun.halt).where(IntakeRun.id == row.run_id)):
        return True
    alive = select(JobRow.id).where(
        JobRow.kind == PROCESS_JOB, JobRow.argument == str(row.id), JobRow.state.in_((QUEUED, RUNNING))
    )
    return uow.session.scalar(alive.limit(1)) is not None


def _waiting_folders(uow: UnitOfWork, run: IntakeRun) -> Iterable[str]:
    """Return the folders that hold files not yet decided, in the order of their names."""
    paths = select(IntakeFile.relative_path).where(IntakeFile.run_id == run.id, IntakeFile.state == RECEIVED)
    folders = {folder_of(path) for path in uow.session.scalars(paths)} - {""}
    return sorted(folders, key=natural_key)


def _files_of(uow: UnitOfWork, run: IntakeRun, folder: str) -> list[IntakeFile]:
    """Return the undecided files that stand in a folder, not below it, in filing order."""
    query = select(IntakeFile).where(
        IntakeFile.run_id == run.id,
        IntakeFile.state == RECEIVED,
        IntakeFile.relative_path.startswith(f"{folder}/", autoescape=True),
    )
    rows = {each.relative_path: each for each in uow.session.scalars(query)}
    planned = naming_of(uow.host).plan(path for path in rows if folder_of(path) == folder)
    return [rows[file.relative_path] for each in planned.folders for file in each.files]
