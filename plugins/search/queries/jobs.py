"""How far a job of searching is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.jobs import QUEUED, RUNNING, JobRow


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, and why it stopped."""

    is_running: bool
    done: int = 0
    total: int = 0
    error: str = ""


def progress_of(session: Session, kind: str, argument: int) -> Progress:
    """Return how far the latest job of a kind with this argument is."""
    query = select(JobRow).where(JobRow.kind == kind, JobRow.argument == str(argument)).order_by(JobRow.id.desc())
    job = session.scalars(query.limit(1)).first()
    if job is None:
        return Progress(is_running=False)
    return Progress(job.state in {QUEUED, RUNNING}, job.done, job.total, job.error or "")
