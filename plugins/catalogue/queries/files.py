"""The list of 案卷: filtered, counted and paged in the database, each row with what is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile, Item, Page
from models.checklist import current_rules, facts_of, household_classes, is_incomplete
from models.codes import normalise_code
from models.completeness import Completeness, assess
from models.register import Certificate
from plugins.catalogue.queries.places import Place, places

SIZES: Final = (20, 50, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFilter:
    """What the list is narrowed to; empty values narrow nothing."""

    words: str = ""
    division: str = ""
    class_code: str = ""
    year: int | None = None
    complete: str = ""
    certificate: str = ""
    state: str = ""
    sort: str = ""
    page: int = 1
    size: int = SIZES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One line of the list; `completeness` is None for classes that have no checklist."""

    id: int
    archival_code: str
    title: str
    holder_name: str
    place: Place
    class_code: str
    year: int | None
    box_no: str
    item_count: int
    page_count: int
    cert_no: str
    certificate_id: int | None
    issue_state: str
    is_household: bool
    completeness: Completeness | None


@dataclass(frozen=True, slots=True)
class FilePage:
    """One page of the list: its rows, its number and size, and how many rows there are in all."""

    rows: tuple[FileRow, ...]
    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """The running number of the first row."""
        return (self.number - 1) * self.size + 1


_SORTS: Final[Mapping[str, Any]] = {
    "code": ArchiveFile.archival_code,
    "holder": ArchiveFile.holder_name,
    "year": ArchiveFile.year,
    "opened": ArchiveFile.id,
}


def file_list(session: Session, actor: Actor, wanted: FileFilter) -> FilePage:
    """Return one page of the 案卷 in scope that match the filter."""
    household = household_classes(session)
    matching = and_(*_conditions(session, actor, wanted, household))
    order, start = _order(wanted.sort), (wanted.page - 1) * wanted.size
    if wanted.complete:
        # the checklist is dear: it is asked once, for the count and the page together
        found = session.scalars(select(ArchiveFile.id).where(matching).order_by(*order)).all()
        total, shown = len(found), found[start : start + wanted.size]
        query = select(ArchiveFile).where(ArchiveFile.id.in_(shown)).order_by(*order)
    else:
        total = session.scalar(select(func.count(ArchiveFile.id)).where(matching)) or 0
        query = select(ArchiveFile).where(matching).order_by(*order).limit(wanted.size).offset(start)
    files = session.scalars(query).all()
    return FilePage(file_rows(session, files, household), wanted.page, wanted.size, total)


def file_rows(
    session: Session, files: Collection[ArchiveFile], household: frozenset[str] | None = None
) -> tuple[FileRow, ...]:
    """Return list lines for files that were found already, in their order."""
    household = household_classes(session) if household is None else household
    ids = [file.id for file in files]
    counts = _counts(session, ids)
    named = places(session, (file.division_code for file in files))
    held = session.scalars(select(Certificate).where(Certificate.archive_file_id.in_(ids)))
    certificates = {certificate.archive_file_id: certificate for certificate in held}
    rules = current_rules(session)
    facts = facts_of(session, [file.id for file in files if file.class_code in household])
    return tuple(
        _row(
            file,
            named[file.division_code],
            counts.get(file.id, (0, 0)),
            certificates.get(file.id),
            assess(rules, facts[file.id]) if file.id in facts else None,
        )
        for file in files
    )


def _row(
    file: ArchiveFile,
    place: Place,
    counts: tuple[int, int],
    certificate: Certificate | None,
    completeness: Completeness | None,
) -> FileRow:
    return FileRow(
        id=file.id,
        archival_code=file.archival_code,
        title=file.title,
        holder_name=file.holder_name,
        place=place,
        class_code=file.class_code,
        year=file.year,
        box_no=file.box_no,
        item_count=counts[0],
        page_count=counts[1],
        cert_no=certificate.cert_no if certificate else "",
        certificate_id=certificate.id if certificate else None,
        issue_state=certificate.issue_state if certificate else "",
        is_household=completeness is not None,
        completeness=completeness,
    )


def _counts(session: Session, ids: Collection[int]) -> dict[int, tuple[int, int]]:
    query = (
        select(Item.archive_file_id, func.count(Item.id.distinct()), func.count(Page.id))
        .outerjoin(Page, Page.item_id == Item.id)
        .where(Item.archive_file_id.in_(ids))
        .group_by(Item.archive_file_id)
    )
    return {file_id: (items, pages) for file_id, items, pages in session.execute(query)}


def _order(sort: str) -> tuple[Any, ...]:
    column = _SORTS.get(sort.removeprefix("-"), ArchiveFile.archival_code)
    return (column.desc() if sort.startswith("-") else column, ArchiveFile.id)


def _conditions(
    session: Session, actor: Actor, wanted: FileFilter, household: frozenset[str]
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [actor.within(ArchiveFile.division_code)]
    if wanted.words:
        found.append(_named(wanted.words))
    if wanted.division:
        found.append(ArchiveFile.division_code.startswith(wanted.division, autoescape=True))
    if wanted.class_code:
        found.append(ArchiveFile.class_code == wanted.class_code)
    if wanted.year is not None:
        found.append(ArchiveFile.year == wanted.year)
    if wanted.certificate or wanted.state:
        found.append(_about_certificate(wanted, household))
    if wanted.complete in _COMPLETE:
        found.append(_COMPLETE[wanted.complete](session, household))
    return found


def _named(words: str) -> ColumnElement[bool]:
    """Match title, holder or folder by any part, the code by any part in any spelling."""
    code = normalise_code(words)
    return or_(
        ArchiveFile.title.contains(words, autoescape=True),
        ArchiveFile.holder_name.contains(words, autoescape=True),
        ArchiveFile.folder_name.contains(words, autoescape=True),
        ArchiveFile.archival_code.contains(code, autoescape=True),
    )


def _about_certificate(wanted: FileFilter, household: frozenset[str]) -> ColumnElement[bool]:
    mine = Certificate.archive_file_id == ArchiveFile.id
    if wanted.state:
        return exists().where(mine, Certificate.issue_state == wanted.state)
    keyed = exists().where(mine)
    return keyed if wanted.certificate == "yes" else and_(ArchiveFile.class_code.in_(household), ~keyed)


def incomplete_files(session: Session, household: frozenset[str]) -> ColumnElement[bool]:
    """Return the condition that a household file lacks something."""
    return and_(ArchiveFile.class_code.in_(household), is_incomplete(current_rules(session)))


def complete_files(session: Session, household: frozenset[str]) -> ColumnElement[bool]:
    """Return the condition that a household file lacks nothing."""
    return and_(ArchiveFile.class_code.in_(household), ~is_incomplete(current_rules(session)))


_COMPLETE: Final[Mapping[str, Callable[[Session, frozenset[str]], ColumnElement[bool]]]] = {
    "no": incomplete_files,
    "yes": complete_files,
}
