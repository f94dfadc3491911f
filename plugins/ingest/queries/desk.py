"""The sorting desk: what waits there, what a waiting file looks like, which 案卷 it may belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile
from models.intake import SORTING, DeskClaim, IntakeFile, IntakeRun
from models.numbers import CertReading, cert_query
from models.register import Certificate
from plugins.ingest.domain.fields import cert_mentions
from plugins.ingest.domain.naming import FileName, Naming
from plugins.ingest.domain.record import ScanRecord, from_json
from plugins.ingest.domain.separator import separator_among
from plugins.ingest.queries.places import division_name
from plugins.ingest.queries.stacks import record_of_stack, stack_rows

CANDIDATES = 8
MOST_CHARACTERS = 4000
"""So much of what stands on a file's pages is looked through for names: they stand at the top of forms."""


@dataclass(frozen=True, slots=True)
class DeskFile:
    """A file on the sorting desk with what was seen on it, and its neighbours in the queue; a stack has several ``files``."""

    id: int
    path: str
    division_code: str
    version: int
    record: ScanRecord
    name: FileName
    cert_numbers: tuple[str, ...]
    next_id: int | None
    previous_id: int | None
    reason: str = ""
    is_of_stack: bool = False
    files: tuple[int, ...] = ()

    @property
    def has_sheets(self) -> bool:
        """Whether separator sheets lie between the pages."""
        return separator_among(self.record.codes) is not None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A 案卷 that a file may belong to, and why it is offered, in words; ``is_sure`` when a certificate number says so."""

    id: int
    code: str
    title: str
    holder: str
    division: str
    why: str
    is_sure: bool = False


def desk_file(session: Session, actor: Actor, file_id: int, naming: Naming, now: dt.datetime | None = None) -> DeskFile:
    """Return a file on the desk; given the time, its neighbours are none that somebody else is at.

    Raises:
        NotFound: also out of scope, or when it waits no longer.
    """
    mine = (IntakeFile.state == SORTING) & actor.within(IntakeFile.division_code)
    row = session.scalar(select(IntakeFile).where(IntakeFile.id == file_id, mine))
    if row is None or row.scan is None:
        raise NotFound(_("这个文件不在分拣台上"), remedy=_("它可能已由别人分拣，请返回列表。"))
    record = from_json(row.scan)
    queue = select(IntakeFile.id).where(mine)
    if now is not None:
        theirs = (DeskClaim.account_id != actor.account_id) & (DeskClaim.until >= now)
        queue = queue.where(~exists().where(DeskClaim.file_id == IntakeFile.id, theirs))
    after = session.scalar(queue.where(IntakeFile.id > file_id).order_by(IntakeFile.id).limit(1))
    before = session.scalar(queue.where(IntakeFile.id < file_id).order_by(IntakeFile.id.desc()).limit(1))
    texts = record.texts
    numbers = tuple(dict.fromkeys(m.cert_no.as_written for text in texts for m in cert_mentions(text)))
    profile = session.get_one(IntakeRun, row.run_id).profile
    is_of_stack = bool(profile.get("stack")) and row.pages == 1
    name = naming.file(row.relative_path).or_type(str(profile.get("doc_type") or ""))
    name = replace(name, doc_type=name.doc_type or naming.type_by_heads(texts))
    return DeskFile(
        id=row.id,
        path=row.relative_path,
        division_code=row.division_code,
        version=row.version,
        record=record,
        name=name,
        cert_numbers=numbers,
        next_id=after,
        previous_id=before,
        reason=row.reason,
        is_of_stack=is_of_stack,
        files=(row.id,),
    )


def desk_stack(session: Session, actor: Actor, file_id: int, naming: Naming) -> DeskFile:
    """Return the stack that a file on the desk belongs to, under its first file, all its pages in order.

    Raises:
        NotFound: out of scope, or when the file waits no longer.
    """
    waiting = desk_file(session, actor, file_id, naming)
    rows = stack_rows(session, session.get_one(IntakeFile, file_id))
    first = waiting if rows[0].id == file_id else desk_file(session, actor, rows[0].id, naming)
    return replace(first, record=record_of_stack(rows), files=tuple(row.id for row in rows))


def image_digest(session: Session, actor: Actor, file_id: int, page_no: int, role: str) -> str:
    """Return the digest of a page image of a file on the desk. Raises NotFound."""
    if role not in ("view", "thumb") or page_no < 1:
        raise NotFound(_("没有这一页"))
    mine = (IntakeFile.state == SORTING) & actor.within(IntakeFile.division_code)
    # the database looks into the record: that of a whole box is too large to be read for every small picture
    page = IntakeFile.scan["pages"][page_no - 1]
    query = select(page["page_no"].as_integer(), page[role]["sha256"].as_string())
    found = session.execute(query.where(IntakeFile.id == file_id, mine)).first()
    if found is None or found[0] != page_no:
        raise NotFound(_("没有这一页"))
    return str(found[1])


def candidates(session: Session, actor: Actor, desk: DeskFile) -> tuple[Candidate, ...]:
    """Return the 案卷 that the file leads to, best first: by certificate number, by a name in its path, by a name on its pages."""
    found: dict[int, Candidate] = {}
    for number in desk.cert_numbers:
        for candidate in search_files(session, actor, desk.division_code[:6], number):
            found.setdefault(candidate.id, replace(candidate, why=_("证号相符"), is_sure=True))
    written = "".join("".join(desk.record.texts).split())[:MOST_CHARACTERS]
    for text, why in ((desk.path, _("文件名里有户主姓名")), (written, _("页上有户主姓名"))):
        for row in _files_of_holders_in(session, actor, desk.division_code, text):
            found.setdefault(row.id, replace(_candidate(session, row), why=why))
    return tuple(found.values())[:CANDIDATES]


def _files_of_holders_in(session: Session, actor: Actor, division_code: str, text: str) -> Sequence[ArchiveFile]:
    """Return 案卷 of a division whose holder's name, of two letters at least, stands in a text."""
    mine = actor.within(ArchiveFile.division_code) & ArchiveFile.division_code.startswith(division_code)
    named = (func.length(ArchiveFile.holder_name) >= 2) & literal(text).contains(ArchiveFile.holder_name)
    return session.scalars(
        select(ArchiveFile).where(mine, named).order_by(ArchiveFile.id.desc()).limit(CANDIDATES)
    ).all()


def search_files(session: Session, actor: Actor, county_code: str, words: str) -> tuple[Candidate, ...]:
    """Return 案卷 of a county whose code, title, holder or certificate number fits the words."""
    text = words.strip()
    if not text:
        return ()
    fits = [
        ArchiveFile.archival_code.contains(text, autoescape=True),
        ArchiveFile.title.contains(text, autoescape=True),
        ArchiveFile.holder_name.contains(text, autoescape=True),
        ArchiveFile.folder_name.contains(text, autoescape=True),
    ]
    query = cert_query(text)
    fits += [_has_number(reading) for reading in query.readings] if query else []
    rows = session.scalars(
        select(ArchiveFile)
        .join(Certificate, Certificate.archive_file_id == ArchiveFile.id, isouter=True)
        .where(or_(*fits), ArchiveFile.division_code.startswith(county_code), actor.within(ArchiveFile.division_code))
        .order_by(ArchiveFile.archival_code)
        .limit(CANDIDATES)
    )
    return tuple(_candidate(session, row) for row in rows)


def _has_number(reading: CertReading) -> ColumnElement[bool]:
    key: ColumnElement[bool] = Certificate.cert_key == reading.key
    return key if reading.key else Certificate.cert_key.endswith(reading.key_tail)


def recent_files(session: Session, actor: Actor, county_code: str) -> tuple[Candidate, ...]:
    """Return the 案卷 that were opened last in a county: the paper at hand often belongs there."""
    query = (
        select(ArchiveFile)
        .where(ArchiveFile.division_code.startswith(county_code), actor.within(ArchiveFile.division_code))
        .order_by(ArchiveFile.id.desc())
        .limit(5)
    )
    return tuple(_candidate(session, row) for row in session.scalars(query))


def _candidate(session: Session, row: ArchiveFile) -> Candidate:
    place = division_name(session, row.division_code)
    return Candidate(row.id, row.archival_code, row.title, row.holder_name, place, "")
