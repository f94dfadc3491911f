"""Files like another one: the same holder or the same 小地名 in the register, those of the same village first, with the reasons."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile
from models.register import Certificate
from models.search_names import SearchName, SearchTerm

HOLDER, PLACE, VILLAGE = "name", "place", "village"
"""Reasons; the first two are sorts of terms. The same village alone makes no file similar."""
SHOWN: Final = 10
_WEIGHT: Final = {HOLDER: 4, PLACE: 2, VILLAGE: 1}
_MOST_TERMS: Final = 50
_MOST_CANDIDATES: Final = 500
"""A name that everybody bears must not read the whole register."""


@dataclass(frozen=True, slots=True)
class SimilarFile:
    """A file, and why it is similar, the weightiest reason first."""

    file_id: int
    archival_code: str
    title: str
    reasons: tuple[str, ...]


def similar_files(session: Session, actor: Actor, file_id: int) -> list[SimilarFile]:
    """Return the files most like this one inside the scope; none when the file is not inside it."""
    query = select(ArchiveFile.division_code).where(ArchiveFile.id == file_id, actor.within(ArchiveFile.division_code))
    village = session.scalar(query)
    if village is None:
        return []
    reasons = _shared_terms(session, actor, file_id, village)
    files = session.execute(
        select(ArchiveFile.id, ArchiveFile.archival_code, ArchiveFile.title, ArchiveFile.division_code).where(
            ArchiveFile.id.in_(reasons), actor.within(ArchiveFile.division_code)
        )
    ).all()
    found = []
    for file in files:
        why = reasons[file.id] | ({VILLAGE} if file.division_code == village else set())
        found.append(
            SimilarFile(file.id, file.archival_code, file.title, tuple(sorted(why, key=lambda each: -_WEIGHT[each])))
        )
    return sorted(found, key=lambda each: (-sum(_WEIGHT[why] for why in each.reasons), each.archival_code))[:SHOWN]


def _shared_terms(session: Session, actor: Actor, file_id: int, village: str) -> dict[int, set[str]]:
    """Return the other files that share a name or place with this one, and which of the two; its own village first."""
    own = (
        select(SearchName.term_id, SearchTerm.sort)
        .join(SearchTerm, SearchTerm.id == SearchName.term_id)
        .join(Certificate, Certificate.id == SearchName.certificate_id)
        .where(Certificate.archive_file_id == file_id, ~Certificate.is_withdrawn, SearchTerm.sort.in_((HOLDER, PLACE)))
        .distinct()
        .limit(_MOST_TERMS)
    )
    sorts: dict[int, str] = dict(session.execute(own).all())
    others = (
        select(Certificate.archive_file_id, SearchName.term_id)
        .join(SearchName, SearchName.certificate_id == Certificate.id)
        .where(SearchName.term_id.in_(sorts), ~Certificate.is_withdrawn, actor.within(Certificate.division_code))
        .where(Certificate.archive_file_id.is_not(None), Certificate.archive_file_id != file_id)
        .order_by(Certificate.division_code != village, Certificate.id)
        .limit(_MOST_CANDIDATES)
    )
    shared: dict[int, set[str]] = defaultdict(set)
    for other, term in session.execute(others):
        shared[int(other or 0)].add(sorts[term])
    return shared
