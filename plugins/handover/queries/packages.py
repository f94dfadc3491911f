"""The packages ordered for a batch, each with how far its job is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.jobs import FAILED, QUEUED, RUNNING, JobRow
from models.handover import Batch
from models.packages import WRITTEN, TransferPackage


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package on its batch's page, and its job."""

    package: TransferPackage
    job_id: int
    done: int
    total: int
    is_running: bool
    error: str

    @property
    def is_written(self) -> bool:
        """Say whether it lies at its place, read again."""
        return self.package.state == WRITTEN


def package_rows(session: Session, batch: Batch) -> list[PackageRow]:
    """Return the packages of a batch, newest first."""
    query = (
        select(TransferPackage, JobRow)
        .outerjoin(JobRow, JobRow.id == TransferPackage.job_id)
        .where(TransferPackage.batch_id == batch.id)
        .order_by(TransferPackage.id.desc())
    )
    return [_row(package, job) for package, job in session.execute(query)]


def _row(package: TransferPackage, job: JobRow | None) -> PackageRow:
    if job is None:
        return PackageRow(package, 0, 0, 0, is_running=False, error="")
    is_running = job.state in {QUEUED, RUNNING}
    return PackageRow(package, job.id, job.done, job.total, is_running, job.error if job.state == FAILED else "")
