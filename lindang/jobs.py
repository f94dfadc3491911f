"""Background jobs: a ledger in our own database, with lease, fencing token and progress.

The queue (Huey) carries only the id and may lose it: whatever is queued or whose lease has run out is offered again by
:func:`sweep`. A worker claims a job with one conditional UPDATE, which raises the fencing token; from then on every
progress report and the final state are written only while the token still matches, so that a worker that was thought dead
cannot write over its successor. A job must be resumable: it skips finished steps by looking at its own rows.
"""

from __future__ import annotations

import datetime as dt
import errno
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Index, Select, String, Text, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from lindang.db import Base, DivisionCode
from lindang.errors import Conflict, LeaseLost, LindangError, NoSpace, NotFound, PermanentFailure
from lindang.i18n import _

if TYPE_CHECKING:
    from lindang.auth import Actor
    from lindang.host import Host
    from lindang.plugin import Job
    from lindang.uow import UnitOfWork

log = structlog.get_logger()

QUEUED, RUNNING, DONE, FAILED, DISMISSED = "queued", "running", "done", "failed", "dismissed"
RETRY_SECONDS = (2, 15, 60, 300, 1800)
ROOM_SECONDS = 60
"""A job that found the disk full looks again after so long."""
PROGRESS_SECONDS = 0.5
"""Steps quicker than this are not written one by one: each writing waits for the disk."""

_SLOTS_LOCK = 0x6C696E64
"""Any number that nobody else uses as an advisory lock of the database."""


class JobRow(Base):
    """One job: ``queued`` -> ``running`` -> ``done``, or ``failed`` (waits for a person: retry or dismiss)."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(80), index=True)
    argument: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(default="")
    division_code: Mapped[str] = mapped_column(DivisionCode, default="")
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime | None]
    heartbeat_at: Mapped[dt.datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    finished_at: Mapped[dt.datetime | None]


def write_job(uow: UnitOfWork, kind: str, argument: str, *, division: str, label: str) -> int:
    """Add a job to the running transaction, unless an equal one is already waiting; returns its id."""
    if kind not in uow.host.jobs:
        raise LookupError(f"unknown job kind {kind!r}")
    waiting = select(JobRow.id).where(JobRow.kind == kind, JobRow.argument == argument, JobRow.state == QUEUED)
    known = uow.session.scalar(waiting)
    if known is not None:
        return known
    row = JobRow(
        kind=kind,
        argument=argument,
        label=label or str(uow.host.jobs[kind].title),
        division_code=division,
        due_at=uow.now,
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a running job is given: the host, its own identity, and a way to report progress."""

    host: Host
    job_id: int
    argument: str
    token: int
    _told: list[float] = field(default_factory=list)

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Report ``done`` of ``total`` steps; of steps in quick succession only some are written, the last always.

        Raises LeaseLost when another worker has taken the job over.
        """
        now = time.monotonic()
        if done < total and self._told and now - self._told[-1] < PROGRESS_SECONDS:
            return
        self._told[:] = [now]
        values = {"done": done, "total": total, "note": note}
        if not _write_if_owner(self.host, self.job_id, self.token, values):
            raise LeaseLost("任务已由其他后台进程接手")

    def still_mine(self, session: Session) -> None:
        """Raise LeaseLost inside a writing transaction unless the lease still belongs to this worker."""
        owner = select(JobRow.id).where(JobRow.id == self.job_id, JobRow.token == self.token, JobRow.state == RUNNING)
        if session.scalar(owner) is None:
            raise LeaseLost("任务已由其他后台进程接手")


def _write_if_owner(host: Host, job_id: int, token: int, values: dict[str, object]) -> bool:
    now = host.clock.now()
    lease = dt.timedelta(seconds=host.settings.host.lease_seconds)
    fresh = {"heartbeat_at": now, "lease_until": now + lease}
    with host.transaction() as session:
        owner = session.scalar(
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.token == token, JobRow.state == RUNNING)
            .values(**{**fresh, **values})
            .returning(JobRow.id)
        )
        return owner is not None


def claim(host: Host, job_id: int) -> JobContext | None:
    """Take the job if it is due and nobody holds it; returns None otherwise."""
    now = host.clock.now()
    free = or_(JobRow.state == QUEUED, (JobRow.state == RUNNING) & (JobRow.lease_until < now))
    lease = dt.timedelta(seconds=host.settings.host.lease_seconds)
    with host.transaction() as session:
        full = {kind for kind, left in _slots_left(host, session, lock=True).items() if left <= 0}
        claimed = session.scalar(
            update(JobRow)
            .where(JobRow.id == job_id, free, JobRow.due_at <= now, JobRow.kind.not_in(full))
            .values(
                state=RUNNING,
                token=JobRow.token + 1,
                attempts=JobRow.attempts + 1,
                lease_until=now + lease,
                heartbeat_at=now,
                error="",
            )
            .returning(JobRow.id)
        )
        if claimed is None:
            return None
        row = session.get_one(JobRow, job_id)
        return JobContext(host, job_id, row.argument, row.token)


def _slots_left(host: Host, session: Session, *, lock: bool = False) -> dict[str, int]:
    """Return how many more jobs of each kind with ``slots`` may run now; counted by living leases.

    A claim counts under a lock: SQLite has one writer anyhow, PostgreSQL takes an advisory lock until the commit.
    """
    bounded = {
        job.name: job.slots(host) if callable(job.slots) else job.slots
        for job in host.jobs.values()
        if job.slots is not None
    }
    if bounded and lock and session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_SLOTS_LOCK)))
    alive = (JobRow.state == RUNNING) & (JobRow.lease_until >= host.clock.now())
    query = select(JobRow.kind, func.count()).where(JobRow.kind.in_(bounded), alive).group_by(JobRow.kind)
    running: dict[str, int] = dict(session.execute(query).all())
    return {kind: slots - running.get(kind, 0) for kind, slots in bounded.items()}


def run_job(host: Host, job_id: int) -> None:
    """Claim and run one job, keeping its lease alive; every outcome is written to the ledger."""
    context = claim(host, job_id)
    if context is None:
        return
    with host.view() as session:
        kind = session.get_one(JobRow, job_id).kind
    job = host.jobs.get(kind)
    if job is None:
        _finish(host, context, FAILED, f"没有名为 {kind} 的任务：对应插件已停用")
        return
    with _LeaseKeeper(context):
        _run(host, job, context)
    if job.slots is not None:
        _offer_next(host, kind)


def _offer_next(host: Host, kind: str) -> None:
    """Offer what the freed slot can take: those of the kind that were offered while it was full were passed over."""
    with host.view() as session:
        left = _slots_left(host, session)[kind]
        following = session.scalars(_due(host).where(JobRow.kind == kind).limit(max(0, left))).all()
    for job_id in following:
        host.queue.send(job_id)


def _run(host: Host, job: Job, context: JobContext) -> None:
    try:
        job.run(context, context.argument)
    except LeaseLost:
        log.warning("job.lease_lost", job=context.job_id, kind=job.name)
    except PermanentFailure as error:
        _finish(host, context, FAILED, str(error))
    except Exception as error:
        if _is_no_room(error):
            _wait_for_room(host, context, _reason(error))
            return
        log.warning("job.failed", job=context.job_id, kind=job.name, exc_info=error)
        _retry_or_fail(host, job, context, _reason(error))
    else:
        _finish(host, context, DONE, "")


def _is_no_room(error: Exception) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or isinstance(error, NoSpace)


def _wait_for_room(host: Host, context: JobContext, reason: str) -> None:
    """Let a job wait that found no room: however often that is, it has not failed, and goes on when there is some."""
    log.warning("job.no_room", job=context.job_id, reason=reason)
    due = host.clock.now() + dt.timedelta(seconds=ROOM_SECONDS)
    values = {"state": QUEUED, "due_at": due, "error": reason, "attempts": JobRow.attempts - 1}
    _write_if_owner(host, context.job_id, context.token, values)


def _retry_or_fail(host: Host, job: Job, context: JobContext, reason: str) -> None:
    with host.view() as session:
        attempts = session.get_one(JobRow, context.job_id).attempts
    if attempts > job.retries:
        _finish(host, context, FAILED, reason)
        return
    pause = RETRY_SECONDS[min(attempts - 1, len(RETRY_SECONDS) - 1)]
    due = host.clock.now() + dt.timedelta(seconds=pause)
    _write_if_owner(host, context.job_id, context.token, {"state": QUEUED, "due_at": due, "error": reason})


def _finish(host: Host, context: JobContext, state: str, reason: str) -> None:
    values = {"state": state, "error": reason, "finished_at": host.clock.now()}
    _write_if_owner(host, context.job_id, context.token, values)


class _LeaseKeeper:
    """Renews the lease from a thread while a job works on one long step."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True, name=f"lease-{context.job_id}")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _renew(self) -> None:
        pause = self._context.host.settings.host.lease_seconds / 3
        while not self._stop.wait(pause):
            try:
                _write_if_owner(self._context.host, self._context.job_id, self._context.token, {})
            except (OperationalError, NoSpace) as error:
                # the database was busy for too long, or away: the lease may still be saved, and the token guards the rest
                log.warning("job.lease_not_renewed", job=self._context.job_id, reason=str(error))


def due_jobs(host: Host, limit: int = 500) -> list[int]:
    """Return ids that a worker should be offered now: queued and due, or running with a lease that ran out.

    Of a kind with ``slots`` no more than can run at once.
    """
    with host.view() as session:
        left = _slots_left(host, session)
        found = list(session.scalars(_due(host).where(JobRow.kind.not_in(left)).limit(limit)))
        for kind, count in left.items():
            found += session.scalars(_due(host).where(JobRow.kind == kind).limit(max(0, count)))
    return found


def _due(host: Host) -> Select[int]:
    now = host.clock.now()
    free = or_(JobRow.state == QUEUED, (JobRow.state == RUNNING) & (JobRow.lease_until < now))
    return select(JobRow.id).where(free, JobRow.due_at <= now).order_by(JobRow.due_at, JobRow.id)


class Sweeper:
    """Offers due jobs to the queue again, and starts the periodic ones. One instance runs, in the worker."""

    def __init__(self, host: Host, *, offer_again_after: float = 10.0) -> None:
        self._host = host
        self._pause = dt.timedelta(seconds=offer_again_after)
        self._offered: dict[int, dt.datetime] = {}
        self._next_run: dict[str, dt.datetime] = {}

    def run_once(self) -> None:
        """Look once."""
        now = self._host.clock.now()
        self._start_periodic(now)
        due = due_jobs(self._host)
        self._offered = {job: at for job, at in self._offered.items() if job in set(due)}
        for job_id in due:
            if job_id not in self._offered or now - self._offered[job_id] >= self._pause:
                self._offered[job_id] = now
                self._host.queue.send(job_id)

    def _start_periodic(self, now: dt.datetime) -> None:
        for job in self._host.jobs.values():
            if job.every is None or now < self._next_run.get(job.name, now):
                continue
            self._next_run[job.name] = now + job.every
            with self._host.uow(self._host.system_actor()) as uow:
                if not _start_again(uow, job.name):
                    uow.enqueue(job.name, "")


def retry(uow: UnitOfWork, job_id: int) -> None:
    """Put a failed job back into the queue, with fresh attempts."""
    _decide(uow, job_id, "job.retried", state=QUEUED, attempts=0, due_at=uow.now, finished_at=None)
    uow.offer(job_id)


def dismiss(uow: UnitOfWork, job_id: int) -> None:
    """Take a failed job off the list; its row and reason stay."""
    _decide(uow, job_id, "job.dismissed", state=DISMISSED)


def _start_again(uow: UnitOfWork, kind: str) -> bool:
    """Use the row of the last periodic run again, so that the ledger does not grow by itself; False when there is none."""
    last = uow.session.scalar(
        select(JobRow)
        .where(JobRow.kind == kind, JobRow.argument == "", JobRow.state == DONE)
        .order_by(JobRow.id.desc())
    )
    if last is None:
        return False
    last.state, last.attempts, last.due_at, last.finished_at = QUEUED, 0, uow.now, None
    uow.offer(last.id)
    return True


def find(session: Session, actor: Actor, job_id: int) -> JobRow:
    """Return a job inside the actor's scope (jobs of no division are everybody's). Raises NotFound."""
    mine = actor.within(JobRow.division_code) | (JobRow.division_code == "")
    row = session.scalar(select(JobRow).where(JobRow.id == job_id, mine))
    if row is None:
        raise NotFound(_("没有这个任务"))
    return row


def _decide(uow: UnitOfWork, job_id: int, action: str, **values: object) -> None:
    row = find(uow.session, uow.actor, job_id)
    if row.state != FAILED:
        raise Conflict(_("只有失败的任务可以重试或忽略"), remedy=_("请刷新任务列表。"))
    for name, value in values.items():
        setattr(row, name, value)
    uow.journal(action, f"job:{job_id}", division=row.division_code, kind=row.kind, reason=row.error)


def _reason(error: Exception) -> str:
    if isinstance(error, LindangError):
        return str(error)
    return "".join(traceback.format_exception_only(error)).strip()[:2000]


JobFunction = Callable[[JobContext, str], None]
