"""The scan beside a row: the pages of its 案卷, and what a machine read on the certificate's pages, as offers to a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile, Item, Page
from models.hanzi import simplified
from models.keying import FieldReading
from models.numbers import normalise_number
from plugins.register.domain.columns import BOOK_KEYS

CERTIFICATE_COPY: Final = "D11"
"""Document type of the certificate's own copy in the shipped checklist; decides which page is shown first."""


@dataclass(frozen=True, slots=True)
class ScanPage:
    """One page of a file in reading order: its id, its number from 1, where it stands."""

    id: int
    number: int
    item_no: int
    page_no: int
    doc_type: str


@dataclass(frozen=True, slots=True)
class FileScan:
    """The pages of a file; ``first`` is the index of the one to begin with, the certificate's own copy if there is one."""

    file_id: int
    archival_code: str
    division_code: str
    pages: tuple[ScanPage, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that a machine read: page, parcel on that page, column, text, confidence 0..100, box 0..10000, kind of paper."""

    page_id: int
    row: int
    field: str
    value: str
    confidence: int
    box: tuple[int, int, int, int]
    doc_type: str = CERTIFICATE_COPY


@dataclass(frozen=True, slots=True)
class FileReadings:
    """The offers of a file: the book's columns once, then one mapping for each parcel in the order of the pages."""

    book: Mapping[str, Offer]
    parcels: tuple[Mapping[str, Offer], ...]


def file_scan(session: Session, actor: Actor, file_id: int) -> FileScan:
    """Return the pages of a 案卷. Raises NotFound, also out of scope."""
    query = select(ArchiveFile.archival_code, ArchiveFile.division_code)
    found = session.execute(
        query.where(ArchiveFile.id == file_id, actor.within(ArchiveFile.division_code))
    ).one_or_none()
    if found is None:
        raise NotFound(_("没有这个案卷"))
    pages = _pages(session, file_id)
    copies = (index for index, page in enumerate(pages) if page.doc_type == CERTIFICATE_COPY)
    return FileScan(file_id, found[0], found[1], pages, next(copies, 0))


def _pages(session: Session, file_id: int) -> tuple[ScanPage, ...]:
    query = (
        select(Page.id, Item.item_no, Page.page_no, Item.doc_type)
        .join(Item, Item.id == Page.item_id)
        .where(Item.archive_file_id == file_id)
        .order_by(Item.item_no, Page.page_no)
    )
    found = enumerate(session.execute(query), start=1)
    return tuple(ScanPage(row[0], number, row[1], row[2], row[3]) for number, row in found)


def readings_of_file(session: Session, file_id: int) -> tuple[Offer, ...]:
    """Return what a machine reads now on the pages of a file, in reading order; the caller has checked the scope."""
    query = (
        select(
            FieldReading.page_id,
            FieldReading.row,
            FieldReading.field,
            FieldReading.value,
            FieldReading.confidence,
            FieldReading.box,
            Item.doc_type,
        )
        .join(Page, Page.id == FieldReading.page_id)
        .join(Item, Item.id == Page.item_id)
        .where(Item.archive_file_id == file_id, FieldReading.is_current)
        .order_by(Item.item_no, Page.page_no, FieldReading.row, FieldReading.id)
    )
    return tuple(
        Offer(row.page_id, row.row, row.field, row.value, row.confidence, _box(row.box), row.doc_type)
        for row in session.execute(query)
    )


def _box(stored: Sequence[int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = stored
    return left, top, right, bottom


def grouped(offers: Sequence[Offer]) -> FileReadings:
    """Return the offers as a person takes them: what all papers agree on for the book, and the certificate's own pages one
    after the other for the parcels.
    """
    book: dict[str, list[Offer]] = defaultdict(list)
    pages: dict[tuple[int, int], dict[str, Offer]] = {}
    for offer in offers:
        if offer.field in BOOK_KEYS:
            book[offer.field].append(offer)
        elif offer.doc_type == CERTIFICATE_COPY:
            pages.setdefault((offer.page_id, offer.row), {})[offer.field] = offer
    elected = {field: elect(mentions) for field, mentions in book.items()}
    return FileReadings(elected, tuple(page for page in pages.values() if len(page) > 1))


def elect(mentions: Sequence[Offer]) -> Offer:
    """Return the surest mention of the value that the papers of a file agree on; ``mentions`` are of one column, not empty.

    The certificate's own pages weigh twice. A value that several pages give is surer than its surest mention, one that
    others contradict with more than half its weight is for a person to decide.
    """
    weights: Counter[str] = Counter()
    best: dict[str, Offer] = {}
    for offer in mentions:
        value = simplified(normalise_number(offer.value))
        weights[value] += offer.confidence * (2 if offer.doc_type == CERTIFICATE_COPY else 1)
        if value not in best or offer.confidence > best[value].confidence:
            best[value] = offer
    (value, weight), *others = weights.most_common()
    pages = {offer.page_id for offer in mentions if simplified(normalise_number(offer.value)) == value}
    sure = best[value].confidence
    if others and 2 * others[0][1] > weight:
        sure = min(sure, _CONTRADICTED)
    elif len(pages) > 1:
        sure = min(99, sure + _AGREED)
    return replace(best[value], confidence=sure)


_AGREED, _CONTRADICTED = 5, 50
