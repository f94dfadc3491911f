"""The unit of work: the only place that commits.

Leaving ``with host.uow(actor) as uow:`` writes the domain changes, the events with their deliveries, the jobs and the
journal lines in one transaction; an exception rolls all of it back. Jobs are offered to the queue after the commit.
"""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from lindang import journal
from lindang.auth import Actor
from lindang.errors import Conflict, StaleVersion
from lindang.events import Event, write_event
from lindang.i18n import _
from lindang.jobs import write_job

if TYPE_CHECKING:
    from lindang.host import Host

log = structlog.get_logger()


class UnitOfWork:
    """One command, one transaction."""

    session: Session

    def __init__(self, host: Host, actor: Actor) -> None:
        self.host = host
        self.actor = actor
        self.now: dt.datetime = host.clock.now()
        self._entries: list[journal.Entry] = []
        self._events: list[Event] = []
        self._job_ids: list[int] = []
        self._committed = False

    def __enter__(self) -> Self:
        self.session = self.host.open_session(write=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._commit()
        except (StaleDataError, IntegrityError) as clash:
            raise _readable(clash) from clash
        finally:
            self.session.rollback()
            self.session.close()
        if isinstance(error, StaleDataError | IntegrityError):
            raise _readable(error) from error
        self._offer_jobs()

    def _commit(self) -> None:
        self.session.flush()
        for event in self._events:
            subscribers = self.host.subscribers_of(type(event))
            write_event(self.session, event, subscribers, now=self.now, actor=self.actor.name)
        if self._entries:
            journal.append(self.session, self._entries, self.actor, self.now)
        self.session.commit()
        self._committed = True

    def _offer_jobs(self) -> None:
        """After the commit only; a lost offer costs nothing but the sweeper's next round."""
        if self._committed:
            for job_id in self._job_ids:
                self.host.queue.send(job_id)

    def emit(self, event: Event) -> None:
        """Record that something happened; delivered to the subscribers after the commit."""
        self._events.append(event)

    def journal(self, action: str, subject: str, *, division: str = "", **facts: Any) -> None:
        """Add a line to the journal: past-tense ``action`` on ``subject`` (``kind:id``) with JSON-able facts."""
        self._entries.append(journal.Entry(action, subject, division, facts))

    def enqueue(self, kind: str, argument: str, *, division: str = "", label: str = "") -> int:
        """Write a background job into this transaction; returns its id. An equal waiting job is not doubled."""
        job_id = write_job(self, kind, argument, division=division, label=label)
        self.offer(job_id)
        return job_id

    def offer(self, job_id: int) -> None:
        """Hand the id of an existing job to the queue after the commit."""
        self._job_ids.append(job_id)


def _readable(error: StaleDataError | IntegrityError) -> Conflict:
    """A lost race noticed by the database, at whatever flush, becomes the same readable 409."""
    if isinstance(error, StaleDataError):
        return stale_version()
    log.warning("uow.conflict", error=str(error.orig))
    return Conflict(_("保存失败：与已有数据冲突"), remedy=_("请刷新后重试；仍不行请联系系统管理员。"))


def stale_version() -> StaleVersion:
    """Return the error for a lost update, in the words of the person who lost it."""
    return StaleVersion(
        _("别人刚刚修改了这条记录，您的修改没有保存"),
        remedy=_("请打开最新内容核对后再保存；您刚才填写的内容仍在页面上，可先复制。"),
    )
