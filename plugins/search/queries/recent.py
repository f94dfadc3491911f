"""What a person has opened lately, from the readings that the journal notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.journal import JournalRow
from models.archive import ArchiveFile

SHOWN: Final = 20
_LINES_LOOKED_AT: Final = 20_000
"""How far back in the journal is looked: the newest lines of everybody, so that a long journal costs no more."""
_READ: Final = "archive_file.read"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that was opened."""

    file_id: int
    archival_code: str
    title: str


def recently_opened(session: Session, actor: Actor) -> list[OpenedFile]:
    """Return the files that the actor opened last, each once, the latest first, as far as they are inside the scope now."""
    newest = session.scalar(select(func.max(JournalRow.seq))) or 0
    read = (
        select(JournalRow.subject)
        .where(JournalRow.seq > newest - _LINES_LOOKED_AT, JournalRow.action == _READ)
        .where(JournalRow.account_id == actor.account_id)
        .group_by(JournalRow.subject)
        .order_by(func.max(JournalRow.seq).desc())
        .limit(SHOWN)
    )
    ids = [int(subject.partition(":")[2]) for subject in session.scalars(read)]
    columns = (ArchiveFile.id, ArchiveFile.archival_code, ArchiveFile.title)
    query = select(*columns).where(ArchiveFile.id.in_(ids), actor.within(ArchiveFile.division_code))
    found = {row.id: OpenedFile(row.id, row.archival_code, row.title) for row in session.execute(query)}
    return [found[file_id] for file_id in ids if file_id in found]
