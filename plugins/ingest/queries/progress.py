"""How far a run has come: files filed, pages read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lindang.jobs import QUEUED, RUNNING, JobRow
from models.archive import Page
from models.digital import PageText
from models.intake import DUPLICATE, FILED, RECEIVED, SPLITTING, IntakeFile, IntakeRun
from plugins.ingest.domain.pace import WINDOW, Pace, expected_pages, window_minutes

RECOGNISE_JOB = "ingest.recognise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come.

    Attributes:
        files_done: files decided, of ``files`` known or planned.
        pages_read: pages with text, of ``pages`` filed that have writing.
        is_running: whether work is still going on.
        filing: pace of filing.
        reading: pace of recognition.
        halt: why the run stands still; empty when it does not.
        is_gathering: whether a job still takes in files of a folder.
    """

    files_done: int
    files: int
    pages_read: int
    pages: int
    is_running: bool
    filing: Pace
    reading: Pace
    halt: str = ""
    is_gathering: bool = False


def progress_of(session: Session, run_id: int, now: dt.datetime) -> Progress:
    """Return the progress of a run at an instant."""
    run = session.get_one(IntakeRun, run_id)
    known, waiting, parsed, parsed_pages = _files(session, run_id)
    total = max(known, run.planned_files)
    is_gathering = bool(run.profile.get("gather")) and run.gathered_at is None
    read, pages = _pages(session, run_id)
    since = now - WINDOW
    minutes = window_minutes(run.created_at, now)
    filed, lately_read = _filed_since(session, run_id, since), _read_since(session, run_id, since)
    is_running = not run.halt and (is_gathering or waiting > 0 or (read < pages and _is_reading(session, run_id)))
    done, files_left = _decided_pages(session, run_id), total - (known - waiting)
    expected = expected_pages(done, files_left, pages=parsed_pages, files_parsed=parsed)
    return Progress(
        files_done=known - waiting,
        files=total,
        pages_read=read,
        pages=pages,
        is_running=is_running,
        filing=Pace(done, expected, filed, minutes),
        reading=Pace(read, pages, lately_read, minutes),
        halt=run.halt,
        is_gathering=is_gathering,
    )


def _files(session: Session, run_id: int) -> tuple[int, int, int, int]:
    """Return how many files a run has, how many wait, how many of all are parsed, and their pages; papers of stacks not."""
    waiting = IntakeFile.state.in_((RECEIVED, SPLITTING))
    is_parsed = (IntakeFile.pages > 0) & (IntakeFile.state != DUPLICATE)
    query = select(
        func.count(),
        func.coalesce(func.sum(case((waiting, 1), else_=0)), 0),
        func.coalesce(func.sum(case((is_parsed, 1), else_=0)), 0),
        func.coalesce(func.sum(case((is_parsed, IntakeFile.pages), else_=0)), 0),
    ).where(IntakeFile.run_id == run_id, IntakeFile.parent_id.is_(None))
    known, waits, parsed, pages = session.execute(query).one()
    return int(known), int(waits), int(parsed), int(pages)


def _decided_pages(session: Session, run_id: int) -> int:
    query = select(func.coalesce(func.sum(IntakeFile.pages), 0)).where(
        IntakeFile.run_id == run_id, IntakeFile.parent_id.is_(None), IntakeFile.state.not_in((RECEIVED, SPLITTING))
    )
    return int(session.scalar(query) or 0)


def _filed_since(session: Session, run_id: int, since: dt.datetime) -> int:
    query = select(func.coalesce(func.sum(IntakeFile.pages), 0)).where(
        IntakeFile.run_id == run_id, IntakeFile.parent_id.is_(None), IntakeFile.decided_at >= since
    )
    return int(session.scalar(query) or 0)


def _read_since(session: Session, run_id: int, since: dt.datetime) -> int:
    query = (
        select(func.count(PageText.id))
        .join(Page, Page.id == PageText.page_id)
        .join(IntakeFile, IntakeFile.item_id == Page.item_id)
        .where(IntakeFile.run_id == run_id, IntakeFile.state == FILED, PageText.is_current, PageText.made_at >= since)
    )
    return session.scalar(query) or 0


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
