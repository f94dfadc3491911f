"""What the page for cutting a stack shows: proposed cuts, with the 案卷 and households that the sheets name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile
from models.register import Certificate
from plugins.ingest.domain.cutting import Cut, Proposal, propose
from plugins.ingest.domain.naming import Naming, type_of_title
from plugins.ingest.domain.placing import VILLAGE_DIGITS
from plugins.ingest.domain.record import ScanRecord
from plugins.ingest.rules import TITLE_WORDS

KNOWN_FILES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A household that a separator sheet names: its 案卷 where one is open, else who and where."""

    reference: str
    code: str
    holder: str
    village: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A 案卷 that may be chosen by its code."""

    code: str
    label: str


def proposal_of(record: ScanRecord, naming: Naming) -> Proposal:
    """Return where a stack may be cut, headings read with the office's words for documents."""
    words = TITLE_WORDS if naming.title_words is None else naming.title_words
    return propose(record.pages, lambda line: type_of_title(line, words))


def cut_values(session: Session, actor: Actor, division_code: str, cuts: Iterable[Cut]) -> list[dict[str, object]]:
    """Return cuts as the page takes them, with what the sheets' references stand for inside the actor's scope.

    Where no sheet says otherwise the village is the one that the stack was delivered for.
    """
    listed = list(cuts)
    found = households(session, actor, division_code[:6], [cut.reference for cut in listed if cut.reference])
    village = village_of(division_code)
    return [_values(cut, found.get(cut.reference), village) for cut in listed]


def village_of(division_code: str) -> str:
    """Return the code if it is a village's, else nothing."""
    return division_code if len(division_code) == VILLAGE_DIGITS else ""


def _values(cut: Cut, household: Household | None, village: str) -> dict[str, object]:
    return {
        "first": cut.first,
        "starts_file": cut.starts_file,
        "is_sure": cut.is_sure,
        "doc_type": cut.doc_type,
        "title": "",
        "file": household.code if household else "",
        "holder": household.holder if household else "",
        "village": (household.village if household else "") or cut.village or village,
    }


def households(session: Session, actor: Actor, county: str, references: Iterable[str]) -> dict[str, Household]:
    """Return what references of separator sheets stand for; those outside the county or the scope are left out."""
    wanted = set(references)
    return {**_files(session, actor, county, _ids(wanted, "A")), **_certificates(session, actor, county, wanted)}


def _ids(references: Iterable[str], letter: str) -> list[int]:
    numbers = (int(reference[1:]) for reference in references if reference.startswith(letter))
    return [number for number in numbers if number < 2**31]


def _files(session: Session, actor: Actor, county: str, ids: list[int]) -> dict[str, Household]:
    mine = actor.within(ArchiveFile.division_code) & ArchiveFile.division_code.startswith(county)
    rows = session.scalars(select(ArchiveFile).where(ArchiveFile.id.in_(ids), mine))
    return {f"A{row.id}": _household(f"A{row.id}", row) for row in rows}


def _household(reference: str, row: ArchiveFile) -> Household:
    return Household(reference=reference, code=row.archival_code, holder=row.holder_name, village=row.division_code)


def _certificates(session: Session, actor: Actor, county: str, references: set[str]) -> dict[str, Household]:
    query = (
        select(Certificate, ArchiveFile)
        .join(ArchiveFile, ArchiveFile.id == Certificate.archive_file_id, isouter=True)
        .where(
            Certificate.id.in_(_ids(references, "C")),
            Certificate.county_code == county,
            actor.within(Certificate.division_code),
        )
    )
    return {f"C{row.id}": _of_certificate(row, file) for row, file in session.execute(query)}


def _of_certificate(row: Certificate, file: ArchiveFile | None) -> Household:
    if file is not None:
        return _household(f"C{row.id}", file)
    return Household(reference=f"C{row.id}", code="", holder=row.holder_name, village=row.division_code)


def known_files(session: Session, actor: Actor, division_code: str) -> tuple[KnownFile, ...]:
    """Return the 案卷 opened last in a division, to choose from while typing."""
    mine = actor.within(ArchiveFile.division_code) & ArchiveFile.division_code.startswith(division_code)
    query = select(ArchiveFile).where(mine).order_by(ArchiveFile.id.desc()).limit(KNOWN_FILES)
    return tuple(KnownFile(row.archival_code, row.holder_name or row.title) for row in session.scalars(query))


def file_ids(session: Session, actor: Actor, county: str, codes: Iterable[str]) -> dict[str, int]:
    """Return the ids of 案卷 in a county and inside the scope, by code."""
    mine = actor.within(ArchiveFile.division_code) & ArchiveFile.division_code.startswith(county)
    query = select(ArchiveFile.archival_code, ArchiveFile.id).where(ArchiveFile.archival_code.in_(set(codes)), mine)
    return {code: file_id for code, file_id in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy
