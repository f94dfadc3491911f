"""From the database to search documents: everything that is findable about an archive file or a lone certificate.

A file is indexed as a whole: when anything in it changes, all its documents are made again. That keeps every rule about
what depends on what in this one place.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from models.archive import ArchiveFile, Item, OldCode, Page
from models.digital import PageText
from models.evidence import HANDED_OVER
from models.handover import Batch, BatchItem
from models.numbers import normalise_number, parse_cert_no
from models.place import Division
from models.register import Certificate, Parcel
from plugins.search.domain.documents import ISSUE_STATES, Kind, SearchDoc, Unit
from plugins.search.domain.folding import SEPARATOR, fold, fold_parts

CHUNK = 100
"""How many units are read at a time."""

Record = Any
"""A row of selected columns, read by their names."""

_FILE_COLUMNS = (
    ArchiveFile.id,
    ArchiveFile.archival_code,
    ArchiveFile.title,
    ArchiveFile.holder_name,
    ArchiveFile.folder_name,
    ArchiveFile.box_no,
    ArchiveFile.class_code,
    ArchiveFile.year,
    ArchiveFile.division_code,
)
_ITEM_COLUMNS = (
    Item.id,
    Item.archive_file_id,
    Item.archival_code,
    Item.title,
    Item.author,
    Item.doc_no,
    Item.source_name,
    Item.doc_date,
)
_CERTIFICATE_COLUMNS = (
    Certificate.id,
    Certificate.archive_file_id,
    Certificate.division_code,
    Certificate.cert_no,
    Certificate.cert_serial,
    Certificate.application_no,
    Certificate.issuer,
    Certificate.issue_state,
    Certificate.issue_date,
    Certificate.holder_name,
    Certificate.co_holders,
    Certificate.annotation,
    Certificate.remark,
)
_PARCEL_TEXTS = (
    Parcel.group_name,
    Parcel.parcel_no,
    Parcel.parcel_code,
    Parcel.bdc_unit_no,
    Parcel.location,
    Parcel.place_name,
    Parcel.compartment,
    Parcel.subcompartment,
    Parcel.bound_e,
    Parcel.bound_s,
    Parcel.bound_w,
    Parcel.bound_n,
    Parcel.main_species,
    Parcel.land_owner,
    Parcel.land_use_holder,
    Parcel.tree_owner,
    Parcel.tree_use_holder,
    Parcel.annotation,
)


def unit_keys(session: Session) -> list[int]:
    """Return the keys of all units: ids of archive files, and, negative, of certificates without one."""
    files = session.scalars(select(ArchiveFile.id).order_by(ArchiveFile.id))
    lone = select(Certificate.id).where(Certificate.archive_file_id.is_(None), ~Certificate.is_withdrawn)
    lone = lone.order_by(Certificate.id)
    return [*files, *(-certificate for certificate in session.scalars(lone))]


def load_units(session: Session, keys: Iterable[int], *, pages: ColumnElement[bool] | None = None) -> Iterator[Unit]:
    """Yield the units as the database has them now; one that is gone comes without documents.

    Args:
        session: A reading session.
        keys: Keys of units, in any order.
        pages: Which page texts to read (a condition on `PageText`); all when left out.
    """
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        loaded = _load_files(session, [key for key in chunk if key > 0], true() if pages is None else pages)
        loaded |= _load_lone_certificates(session, [-key for key in chunk if key < 0])
        for key in chunk:
            yield Unit(key, tuple(loaded.get(key, ())))


# --- reading rows -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Described:
    """What the certificate and its parcels say; shared by all documents of the file."""

    certificate: Record | None = None
    parcels: list[Record] = field(default_factory=list)

    @property
    def holders(self) -> list[str]:
        """Names of the holder and those who hold with him; co-holders are read for their names alone."""
        if self.certificate is None:
            return []
        others = (entry.get("name", "") if isinstance(entry, dict) else entry for entry in self.certificate.co_holders)
        return [self.certificate.holder_name, *(str(name) for name in others)]

    @property
    def area(self) -> int:
        """The area of all parcels, in hundredths of a mu."""
        return min(int(sum(parcel.area_mu or 0 for parcel in self.parcels) * 100), 2**32 - 1)

    @property
    def numbers(self) -> str:
        """All spellings under which the number may be looked for in the field 证号, each closed on both sides."""
        if self.certificate is None:
            return ""
        return closed_numbers(self.certificate.cert_no, self.certificate.cert_serial, self.certificate.application_no)


def closed_numbers(*raw: str) -> str:
    """Return numbers in their normal forms, with and without leading zeros, between separators."""
    forms = [form for number in raw if number for form in number_forms(number)]
    return SEPARATOR + "".join(f"{form}{SEPARATOR}" for form in dict.fromkeys(forms)) if forms else ""


def number_forms(raw: str) -> tuple[str, ...]:
    """Return the normal form of a number and, of a certificate number, the one without leading zeros."""
    parsed = parse_cert_no(raw)
    if parsed is None:
        return (normalise_number(raw),)
    bare = normalise_number(f"{parsed.word}林证字{parsed.year or ''}{parsed.number.lstrip('0') or '0'}")
    return (parsed.norm, bare) if bare != parsed.norm else (bare,)


@dataclass(frozen=True, slots=True)
class _Context:
    """Everything read for a chunk of files besides the files themselves."""

    items: dict[int, list[Record]]
    pages: dict[int, list[Record]]
    described: dict[int, _Described]
    batches: dict[int, dict[str, bool]]
    old_codes: dict[tuple[str, int], list[str]]
    names: dict[str, str]


def _load_files(session: Session, ids: Sequence[int], pages: ColumnElement[bool]) -> dict[int, list[SearchDoc]]:
    if not ids:
        return {}
    files = session.execute(select(*_FILE_COLUMNS).where(ArchiveFile.id.in_(ids))).all()
    items = _grouped(session.execute(select(*_ITEM_COLUMNS).where(Item.archive_file_id.in_(ids)).order_by(Item.id)), 1)
    item_ids = [item.id for rows in items.values() for item in rows]
    texts = select(Page.item_id, Page.id, Page.page_no, PageText.text).join(PageText, PageText.page_id == Page.id)
    texts = texts.where(Page.item_id.in_(item_ids), PageText.is_current, pages).order_by(Page.page_no)
    context = _Context(
        items=items,
        pages=_grouped(session.execute(texts), 0),
        described=_described(session, Certificate.archive_file_id.in_(ids), "archive_file_id"),
        batches=_batches(session, ids),
        old_codes=_old_codes(session, ids, item_ids),
        names=_division_names(session, {file.division_code for file in files}),
    )
    return {file.id: list(_file_docs(file, context)) for file in files}


def _grouped(rows: Iterable[Record], column: int) -> dict[int, list[Record]]:
    groups: dict[int, list[Record]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def _described(session: Session, condition: ColumnElement[bool], by: str) -> dict[int, _Described]:
    certificates = session.execute(select(*_CERTIFICATE_COLUMNS).where(condition)).all()
    ids = [certificate.id for certificate in certificates]
    query = (
        select(Parcel.certificate_id, Parcel.area_mu, *_PARCEL_TEXTS)
        .where(Parcel.certificate_id.in_(ids), ~Parcel.is_withdrawn)
        .order_by(Parcel.seq)
    )
    parcels = _grouped(session.execute(query), 0)
    return {
        getattr(certificate, by): _Described(certificate, parcels.get(certificate.id, []))
        for certificate in certificates
    }


def _batches(session: Session, file_ids: Sequence[int]) -> dict[int, dict[str, bool]]:
    """Return the numbers of the batches that each file is or was handed over in; what was taken out again is not.

    With each number stands whether the file counts as in that batch: one that came back is free for another.
    """
    query = (
        select(BatchItem.archive_file_id, Batch.batch_no, BatchItem.is_open | BatchItem.state.in_(HANDED_OVER))
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.archive_file_id.in_(file_ids), BatchItem.state != "WITHDRAWN", Batch.state != "CANCELLED")
        .order_by(Batch.id)
    )
    groups: dict[int, dict[str, bool]] = defaultdict(dict)
    for file_id, number, is_in in session.execute(query):
        groups[file_id][number] = groups[file_id].get(number, False) or bool(is_in)
    return groups


def _old_codes(session: Session, file_ids: Sequence[int], item_ids: Sequence[int]) -> dict[tuple[str, int], list[str]]:
    query = select(OldCode.kind, OldCode.object_id, OldCode.old_code).order_by(OldCode.id)
    query = query.where(
        ((OldCode.kind == "archive_file") & OldCode.object_id.in_(file_ids))
        | ((OldCode.kind == "item") & OldCode.object_id.in_(item_ids))
    )
    groups: dict[tuple[str, int], list[str]] = defaultdict(list)
    for kind, object_id, code in session.execute(query):
        groups[kind, object_id].append(code)
    return groups


def _division_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of the divisions and of those around them, by code; of several the latest."""
    wanted = {code[:length] for code in codes for length in (6, 9, 12)}
    query = select(Division.code, Division.name).where(Division.code.in_(wanted)).order_by(Division.valid_from)
    return {code: name for code, name in session.execute(query)}  # noqa: C416 - rows, not pairs


def _load_lone_certificates(session: Session, ids: Sequence[int]) -> dict[int, list[SearchDoc]]:
    if not ids:
        return {}
    condition = Certificate.id.in_(ids) & Certificate.archive_file_id.is_(None) & ~Certificate.is_withdrawn
    described = _described(session, condition, "id")
    codes = {one.certificate.division_code for one in described.values() if one.certificate}
    names = _division_names(session, codes)
    return {
        -key: [_certificate_doc(one, **_common(-key, one.certificate.division_code, one, names))]
        for key, one in described.items()
        if one.certificate
    }


# --- making documents -------------------------------------------------------------------------------------------


def _common(unit: int, division: str, described: _Described, names: dict[str, str]) -> dict[str, Any]:
    """Return what all documents of a unit share."""
    certificate = described.certificate
    return {
        "unit": unit,
        "division": division,
        "holder": fold_parts(*described.holders),
        "village": fold_parts(*_places(division, names)),
        "cert_no": described.numbers,
        "issue_state": ISSUE_STATES.index(certificate.issue_state) if certificate else 0,
        "certificate_id": certificate.id if certificate else 0,
        "area": described.area,
        "year": certificate.issue_date.year if certificate and certificate.issue_date else 0,
        "day": day_of(certificate.issue_date) if certificate and certificate.issue_date else 0,
    }


def day_of(date: dt.date) -> int:
    """Return a date as a number that orders as it does."""
    return date.year * 10_000 + date.month * 100 + date.day


def _places(division: str, names: dict[str, str]) -> list[str]:
    """Return the names of village, township and county, as far as they are known."""
    return [names.get(division[:length], "") for length in (12, 9, 6) if len(division) >= length]


def _doc(kind: Kind, words: Iterable[str], **common: Any) -> SearchDoc:
    """Return a document whose text is its words, each by itself."""
    written = tuple(word for word in words if word)
    return SearchDoc(kind=kind, words=written, body=fold_parts(*written), **common)


def _file_docs(file: Record, context: _Context) -> Iterator[SearchDoc]:
    """Yield the documents of a file: itself, its certificate, its items and their pages."""
    described = context.described.get(file.id, _Described())
    batches = context.batches.get(file.id, {})
    old_codes = context.old_codes.get(("archive_file", file.id), [])
    common = _common(file.id, file.division_code, described, context.names)
    common |= {
        "file_id": file.id,
        "holder": fold_parts(*dict.fromkeys([file.holder_name, *described.holders])),
        "year": file.year or common["year"],
        "day": common["day"] or (file.year or 0) * 10_000,
        "sort_code": file.archival_code,
        "class_code": file.class_code,
        "in_batch": any(batches.values()),
        "batch": fold_parts(*batches),
    }
    code = closed_numbers(file.archival_code, *old_codes)
    places = _places(file.division_code, context.names)
    words = (file.title, file.holder_name, file.archival_code, *old_codes, file.folder_name or "", file.box_no, *places)
    yield _doc(Kind.FILE, words, title=fold(file.title), code=code, **common)
    if described.certificate is not None:
        yield _certificate_doc(described, title=fold(file.title), code=code, **common)
    for item in context.items.get(file.id, []):
        yield from _item_docs(item, fold(file.title), code, context, common)


def _certificate_doc(described: _Described, **common: Any) -> SearchDoc:
    certificate = described.certificate
    if certificate is None:
        raise ValueError("no certificate")
    written = [text for parcel in described.parcels for text in parcel[2:]]
    words = (
        certificate.cert_no,
        certificate.cert_serial,
        certificate.application_no,
        certificate.issuer,
        *described.holders,
        certificate.annotation,
        certificate.remark,
        *dict.fromkeys(written),
    )
    return _doc(Kind.CERTIFICATE, words, **common)


def _item_docs(
    item: Record, file_title: str, file_code: str, context: _Context, common: dict[str, Any]
) -> Iterator[SearchDoc]:
    """Yield the document of an item and one for each of its pages that has a text."""
    old_codes = context.old_codes.get(("item", item.id), [])
    words = (item.title, item.author, item.doc_no, item.archival_code, *old_codes, item.source_name)
    shared = common | {
        "item_id": item.id,
        "code": file_code + closed_numbers(item.archival_code, *old_codes),
        "sort_code": item.archival_code,
        "day": day_of(item.doc_date) if item.doc_date else common["day"],
    }
    yield _doc(Kind.ITEM, words, title=fold(item.title), **shared)
    title = SEPARATOR.join(filter(None, (fold(item.title), file_title)))
    for page in context.pages.get(item.id, []):
        yield SearchDoc(
            kind=Kind.PAGE, body=fold(page.text), title=title, page_id=page.id, page_no=page.page_no, **shared
        )
