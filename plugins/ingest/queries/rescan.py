"""The rescan list (重扫清单): pages that a rule blames and nobody has accepted, and files whose page count is not the paper's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, cast, func, select, tuple_
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile, Item, Page
from models.evidence import FEEDBACK_DOC_TYPE
from models.place import Division
from models.quality import LOOK, REDO, PageQuality
from plugins.ingest.domain.quality import CLAUSES, LABELS, sentence

OPEN: Final = "open"
ACCEPTED: Final = "accepted"
"""Choices of the list besides a verdict: everything undecided; what a person accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RescanFilter:
    """What the list is narrowed to; empty values do not narrow. ``place`` is a division's code or part of its name."""

    state: str = OPEN
    code: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What is wrong with a page, in a sentence, and the clause that asks for it."""

    text: str
    clause: str


@dataclass(frozen=True, slots=True)
class RescanLine:
    """One page of the list."""

    page_id: int
    page_no: int
    item_id: int
    item_code: str
    item_title: str
    archive_file_id: int
    file_title: str
    village: str
    division_code: str
    verdict: str
    reasons: tuple[Reason, ...]
    accepted_at: dt.datetime | None
    accepted_by: str
    accepted_reason: str
    image: str
    """Names the image in its address, so that a browser does not show a former one."""

    @property
    def place(self) -> str:
        """The page as people name it."""
        return _("%(code)s 第 %(n)s 页", code=self.item_code, n=self.page_no)


@dataclass(frozen=True, slots=True)
class CountGap:
    """A 案卷 that has more or fewer pages scanned than the catalogue counts on paper."""

    archive_file_id: int
    code: str
    title: str
    village: str
    paper: int
    scanned: int


def rescan_lines(
    session: Session, actor: Actor, narrowed: RescanFilter, *, offset: int = 0, limit: int = 50
) -> tuple[list[RescanLine], int]:
    """Return pages of the list in the order of village, file and page, and how many there are."""
    query = _lines(actor, narrowed)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.offset(offset).limit(limit)).all()
    names = _names(session, {row[0].division_code for row in rows})
    return [_line(row, names) for row in rows], total


def all_rescan_lines(session: Session, actor: Actor, narrowed: RescanFilter) -> Iterator[RescanLine]:
    """Yield the whole list."""
    rows = session.execute(_lines(actor, narrowed)).all()
    names = _names(session, {row[0].division_code for row in rows})
    return (_line(row, names) for row in rows)


def rescan_line(session: Session, actor: Actor, page_id: int) -> RescanLine:
    """Return one page with its verdict, whatever that is. Raises NotFound, also out of scope and while it is not measured."""
    row = session.execute(_joined(actor).where(PageQuality.page_id == page_id)).one_or_none()
    if row is None:
        raise NotFound(_("这一页还没有检查图像质量"), remedy=_("它不存在，或不在您的权限范围内，或稍后才检查。"))
    return _line(row, _names(session, {row[0].division_code}))


def neighbours(session: Session, actor: Actor, page_id: int) -> tuple[int | None, int | None]:
    """Return the undecided pages before and behind a page in the order of the list."""
    place = session.execute(
        select(Item.division_code, Item.archive_file_id, Item.item_no, Page.page_no, Page.id)
        .join(Item, Item.id == Page.item_id)
        .where(Page.id == page_id, actor.within(Item.division_code))
    ).one()
    ids = _joined(actor).where(*_open()).with_only_columns(Page.id).limit(1)
    here, there = tuple_(*place), tuple_(*_ORDER)
    before = ids.where(there < here).order_by(*(column.desc() for column in _ORDER))
    behind = ids.where(there > here).order_by(*_ORDER)
    return session.scalar(before), session.scalar(behind)


def count_open(session: Session, actor: Actor) -> int:
    """Return how many pages wait for a person or for the scanner."""
    query = select(func.count()).select_from(PageQuality)
    return session.scalar(query.where(actor.within(PageQuality.division_code), *_open())) or 0


def count_gaps(session: Session, actor: Actor, place: str = "", limit: int = 200) -> list[CountGap]:
    """Return the files whose scanned pages are not as many as the paper's, the registry's feedback left out."""
    scanned = (
        select(func.count(Page.id))
        .join(Item, Item.id == Page.item_id)
        .where(Item.archive_file_id == ArchiveFile.id, Item.doc_type != FEEDBACK_DOC_TYPE)
        .scalar_subquery()
    )
    query = (
        select(ArchiveFile, scanned)
        .where(
            actor.within(ArchiveFile.division_code),
            ArchiveFile.paper_pages.is_not(None),
            scanned > 0,
            scanned != ArchiveFile.paper_pages,
            *_in_place(ArchiveFile.division_code, place),
        )
        .order_by(ArchiveFile.division_code, ArchiveFile.archival_code)
    )
    rows = session.execute(query.limit(limit)).all()
    names = _names(session, {file.division_code for file, _count in rows})
    return [
        CountGap(file.id, file.archival_code, file.title, names[file.division_code], file.paper_pages or 0, count)
        for file, count in rows
    ]


_ORDER: Final = (Item.division_code, Item.archive_file_id, Item.item_no, Page.page_no, Page.id)


def _joined(actor: Actor) -> Select[PageQuality, int, Item, str]:
    return (
        select(PageQuality, Page.page_no, Item, ArchiveFile.title)
        .join(Page, Page.id == PageQuality.page_id)
        .join(Item, Item.id == Page.item_id)
        .join(ArchiveFile, ArchiveFile.id == Item.archive_file_id)
        .where(actor.within(Item.division_code), PageQuality.is_current)
    )


def _lines(actor: Actor, narrowed: RescanFilter) -> Select[PageQuality, int, Item, str]:
    query = _joined(actor).where(*_in_state(narrowed.state)).order_by(*_ORDER)
    if narrowed.code in LABELS:
        query = query.where(cast(PageQuality.findings, String).contains(f'"{narrowed.code}"'))
    return query.where(*_in_place(Item.division_code, narrowed.place))


def _in_state(state: str) -> tuple[ColumnElement[bool], ...]:
    if state == ACCEPTED:
        return (PageQuality.verdict.in_((LOOK, REDO)), PageQuality.accepted_at.is_not(None))
    return (*_open(), PageQuality.verdict == state) if state in (LOOK, REDO) else _open()


def _open() -> tuple[ColumnElement[bool], ...]:
    return PageQuality.is_current.is_(True), PageQuality.verdict.in_((LOOK, REDO)), PageQuality.accepted_at.is_(None)


def _in_place(column: Any, place: str) -> tuple[ColumnElement[bool], ...]:
    if not place:
        return ()
    named = select(Division.code).where(Division.name.contains(place, autoescape=True))
    return (column.startswith(place, autoescape=True) | column.in_(named),)


def _names(session: Session, codes: set[str]) -> dict[str, str]:
    query = select(Division.code, Division.name).where(Division.code.in_(codes)).order_by(Division.valid_from)
    return {**dict.fromkeys(codes, ""), **dict(session.execute(query).all())}


def _line(row: Sequence[Any], names: dict[str, str]) -> RescanLine:
    quality, page_no, item, file_title = row
    return RescanLine(
        page_id=quality.page_id,
        page_no=page_no,
        item_id=item.id,
        item_code=item.archival_code,
        item_title=item.title,
        archive_file_id=item.archive_file_id,
        file_title=file_title,
        village=names[quality.division_code] or quality.division_code,
        division_code=quality.division_code,
        verdict=quality.verdict,
        reasons=tuple(
            Reason(sentence(found["code"], found["values"]), str(CLAUSES[found["code"]])) for found in quality.findings
        ),
        accepted_at=quality.accepted_at,
        accepted_by=quality.accepted_by,
        accepted_reason=quality.accepted_reason,
        image=quality.view_sha256[:12],
    )
