"""How far a run has come: files filed, pages read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.jobs import QUEUED, RUNNING, JobRow
from models.archive import Page
from models.digital import PageText
from models.intake import FILED, RECEIVED, SPLITTING, IntakeFile

RECOGNISE_JOB = "ingest.recognise"


@dataclass(frozen=True, slots=True)
class Progress:
    """Files decided of all, pages with text of those that have writing; whether work is still going on."""

    files_done: int
    files: int
    pages_read: int
    pages: int
    is_running: bool


def progress_of(session: Session, run_id: int) -> Progress:
    """Return the progress of a run."""
    files = select(func.count()).select_from(IntakeFile).where(IntakeFile.run_id == run_id)
    total = session.scalar(files) or 0
    waiting = session.scalar(files.where(IntakeFile.state.in_((RECEIVED, SPLITTING)))) or 0
    read, pages = _pages(session, run_id)
    running = waiting > 0 or (read < pages and _is_reading(session, run_id))
    return Progress(total - waiting, total, read, pages, running)


def _pages(session: Session, run_id: int) -> tuple[int, int]:
    query = (
        select(func.count(PageText.id), func.count(Page.id))
        .select_from(IntakeFile)
        .join(Page, Page.item_id == IntakeFile.item_id)
        .join(PageText, (PageText.page_id == Page.id) & PageText.is_current, isouter=True)
        .where(IntakeFile.run_id == run_id, IntakeFile.state == FILED, ~Page.is_blank)
    )
    read, pages = session.execute(query).one()
    return int(read), int(pages)


def _is_reading(session: Session, run_id: int) -> bool:
    """Tell whether a recognition job of the run's county waits or runs."""
    division = select(IntakeFile.division_code).where(IntakeFile.run_id == run_id).limit(1).scalar_subquery()
    alive = select(JobRow.id).where(
        JobRow.kind == RECOGNISE_JOB,
        JobRow.state.in_((QUEUED, RUNNING)),
        JobRow.division_code.startswith(func.substr(division, 1, 6)),
    )
    return session.scalar(alive.limit(1)) is not None
