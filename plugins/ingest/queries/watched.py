"""The watched folders as the intake page shows them: preset, what waits, what came last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.intake import WATCH, IntakeFile, IntakeRun, WatchedFolder
from plugins.ingest.queries.places import division_name
from plugins.ingest.settings import WatchSection


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedLine:
    """One watched folder; ``looked_at`` is None when no worker has looked yet."""

    root: str
    division: str
    doc_type: str
    operator: str
    ocr: str
    looked_at: dt.datetime | None
    waiting: int
    trouble: str
    last_path: str
    last_at: dt.datetime | None


def watched_folders(session: Session, actor: Actor, sections: Iterable[WatchSection]) -> tuple[WatchedLine, ...]:
    """Return the watched folders whose division lies in the actor's scope."""
    return tuple(_line(session, section) for section in sections if actor.covers(section.division))


def _line(session: Session, section: WatchSection) -> WatchedLine:
    root = str(section.path.resolve())
    seen = session.scalar(select(WatchedFolder).where(WatchedFolder.root == root))
    last = session.scalar(
        select(IntakeFile)
        .join(IntakeRun, IntakeRun.id == IntakeFile.run_id)
        .where(IntakeRun.kind == WATCH, IntakeRun.root == root)
        .order_by(IntakeFile.id.desc())
        .limit(1)
    )
    return WatchedLine(
        root=root,
        division=division_name(session, section.division),
        doc_type=section.doc_type,
        operator=section.operator,
        ocr=section.ocr,
        looked_at=seen.looked_at if seen else None,
        waiting=seen.waiting if seen else 0,
        trouble=seen.trouble if seen else "",
        last_path=last.relative_path if last else "",
        last_at=last.received_at if last else None,
    )
