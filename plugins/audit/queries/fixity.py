"""The ledger of stored files in figures, what is wrong with it, and what each file is to the archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import Item, Page
from models.digital import DigitalObject
from models.fixity import FAIL, LOST, NEVER, REPLICATION, SAME, UNSOUND, FixityEvent, FixityRun, StoredFile

EVENTS_PER_PAGE: Final = 50
_RUNS_SHOWN: Final = 10
_PROBLEMS_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Ledger:
    """The whole ledger: files, bytes, those never read again, those on the second copy, those bad; and the pace.

    `oldest` is when the file that waits longest was read; `days_for_all` how long a round takes at the pace of the last day,
    None if nothing was read.
    """

    files: int
    bytes: int
    unread: int
    copied: int
    bad_copies: int
    lost: int
    oldest: dt.datetime | None
    days_for_all: float | None


@dataclass(frozen=True, slots=True)
class Named:
    """A stored file as the archive knows it: 件 and page, where the person may see them."""

    digest: str
    item_id: int | None = None
    item_code: str = ""
    page_no: int | None = None
    source_name: str = ""


def ledger(session: Session, now: dt.datetime) -> Ledger:
    """Return the figures of the ledger."""
    count = select(func.count()).select_from(StoredFile)
    files, total = session.execute(select(func.count(), func.sum(StoredFile.bytes)).select_from(StoredFile)).one()
    oldest = session.scalar(select(func.min(StoredFile.checked_at)))
    day_ago = now - dt.timedelta(days=1)
    read = session.scalar(select(func.sum(FixityRun.bytes)).where(FixityRun.finished_at >= day_ago)) or 0
    return Ledger(
        files=files,
        bytes=int(total or 0),
        unread=session.scalar(count.where(StoredFile.checked_at == NEVER)) or 0,
        copied=session.scalar(count.where(StoredFile.copy_state == SAME)) or 0,
        bad_copies=session.scalar(count.where(StoredFile.copy_state == UNSOUND)) or 0,
        lost=session.scalar(count.where(StoredFile.state == LOST)) or 0,
        oldest=None if oldest in {None, NEVER} else oldest,
        days_for_all=float(total or 0) / float(read) if read else None,
    )


def lost_files(session: Session) -> Sequence[StoredFile]:
    """Return the files that are damaged or gone and were not recovered."""
    query = select(StoredFile).where(StoredFile.state == LOST).order_by(StoredFile.checked_at.desc())
    return session.scalars(query.limit(_PROBLEMS_SHOWN)).all()


def events(session: Session, page: int, *, with_copies: bool) -> tuple[Sequence[FixityEvent], int]:
    """Return one page of events, the newest first, and how many there are; copies that were made are many and tell little."""
    is_shown = true() if with_copies else or_(FixityEvent.event != REPLICATION, FixityEvent.outcome == FAIL)
    query = select(FixityEvent).where(is_shown).order_by(FixityEvent.id.desc())
    rows = session.scalars(query.limit(EVENTS_PER_PAGE).offset((page - 1) * EVENTS_PER_PAGE)).all()
    return rows, session.scalar(select(func.count()).select_from(FixityEvent).where(is_shown)) or 0


def runs(session: Session) -> Sequence[FixityRun]:
    """Return the latest runs."""
    return session.scalars(select(FixityRun).order_by(FixityRun.id.desc()).limit(_RUNS_SHOWN)).all()


def named(session: Session, actor: Actor, digests: Sequence[str]) -> dict[str, Named]:
    """Return what these files are, for those that belong to a 件 in the actor's scope; the others by digest only."""
    query = (
        select(DigitalObject.sha256, Item.id, Item.archival_code, Page.page_no, DigitalObject.source_name)
        .join(Item, Item.id == DigitalObject.item_id)
        .outerjoin(Page, Page.id == DigitalObject.page_id)
        .where(DigitalObject.sha256.in_(digests), actor.within(Item.division_code))
        .order_by(DigitalObject.id.desc())
    )
    found = {digest: Named(digest) for digest in digests}
    for digest, item_id, code, page_no, source in session.execute(query):
        found[digest] = Named(digest, item_id, code, page_no, source)
    return found
