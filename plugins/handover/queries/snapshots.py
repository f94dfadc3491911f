"""What a certificate and its file hold at this moment, as lines of a manifest, and where the bytes behind them lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.i18n import lazy
from models.archive import ArchiveFile, Item, Page
from models.digital import LAYERED, MASTER, THUMB, VIEW, DigitalObject
from models.evidence import handed_over
from models.handover import BatchItem
from models.register import Certificate, Parcel
from plugins.handover.domain.manifest import MASKED, FileEntry, LayeredEntry, Line, RegisterRow, VolumeFacts, line_of
from plugins.handover.queries.places import division_names
from plugins.handover.queries.register_rows import register_rows

_ROLES: Final = {MASTER: lazy("原始文件"), VIEW: lazy("页面图像"), THUMB: lazy("缩略图"), LAYERED: lazy("可检索 PDF")}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One stored file that a batch relies on: where it is named, and what it must hash to."""

    where: str
    sha256: str
    bytes: int


def current_items(session: Session, batch_id: int, list_version: int) -> list[BatchItem]:
    """Return the items of one version of a batch's list in its order, withdrawn ones left out."""
    query = select(BatchItem).where(
        BatchItem.batch_id == batch_id, BatchItem.list_version == list_version, BatchItem.state != "WITHDRAWN"
    )
    return list(session.scalars(query.order_by(BatchItem.seq, BatchItem.id)))


def snapshots(
    session: Session, items: Collection[BatchItem], *, id_numbers: str = MASKED, with_rows: bool = True
) -> dict[int, dict[str, Any]]:
    """Return the present snapshot of each batch item, by its id.

    Args:
        session: The database.
        items: Of a batch.
        id_numbers: What of personal ID numbers goes along: `MASKED` or `NONE`.
        with_rows: With the register's rows, as a list is frozen; without, where only counts are shown.
    """
    held = _held(session, items)
    rows = register_rows(session, held.certificates, id_numbers=id_numbers) if with_rows else {}
    return {item.id: line_of(_line(item, held, tuple(rows.get(item.certificate_id, ())))) for item in items}


@dataclass(frozen=True, slots=True)
class _Held:
    """What the archive holds of some certificates and their files, by id."""

    files: Mapping[int, ArchiveFile]
    certificates: Mapping[int, Certificate]
    parcels: Mapping[int, list[tuple[str, Decimal]]]
    entries: Mapping[int, list[FileEntry]]
    layered: Mapping[int, list[LayeredEntry]]
    item_counts: Mapping[int, int]
    names: Mapping[str, str]


def _held(session: Session, items: Collection[BatchItem]) -> _Held:
    file_ids = [item.archive_file_id for item in items]
    files = session.scalars(select(ArchiveFile).where(ArchiveFile.id.in_(file_ids)))
    certificates = _certificates(session, [item.certificate_id for item in items])
    return _Held(
        files={file.id: file for file in files},
        certificates=certificates,
        parcels=_parcels(session, list(certificates)),
        entries=_entries(session, file_ids),
        layered=_layered(session, file_ids),
        item_counts=_item_counts(session, file_ids),
        names=division_names(session, {certificate.division_code for certificate in certificates.values()}),
    )


def stored_objects(session: Session, file_ids: Collection[int]) -> list[StoredObject]:
    """Return every current stored file of these archive files: originals, page images and thumbnails."""
    query = (
        select(Item.archival_code, DigitalObject.role, DigitalObject.sha256, DigitalObject.bytes)
        .join(Item, Item.id == DigitalObject.item_id)
        .where(*handed_over(file_ids), DigitalObject.is_current)
        .order_by(Item.archival_code, DigitalObject.id)
    )
    return [
        StoredObject(f"{code} {_ROLES.get(role, role)}", sha256, size)
        for code, role, sha256, size in session.execute(query)
    ]


def frozen_objects(items: Collection[BatchItem]) -> list[StoredObject]:
    """Return the files that the frozen snapshots name: what a signed list promises, whatever the archive holds today."""
    return [
        StoredObject(str(entry["item_code"]), str(entry["sha256"]), int(entry["bytes"]))
        for item in items
        for entry in (item.snapshot or {}).get("files", ())
    ]


def _certificates(session: Session, ids: Collection[int]) -> dict[int, Certificate]:
    return {row.id: row for row in session.scalars(select(Certificate).where(Certificate.id.in_(ids)))}


def _parcels(session: Session, certificate_ids: Collection[int]) -> Mapping[int, list[tuple[str, Decimal]]]:
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    query = select(Parcel.certificate_id, Parcel.parcel_no, Parcel.area_mu).where(
        Parcel.certificate_id.in_(certificate_ids), ~Parcel.is_withdrawn
    )
    for certificate_id, parcel_no, area_mu in session.execute(query):
        found[certificate_id].append((parcel_no, area_mu))
    return found


def _item_counts(session: Session, file_ids: Collection[int]) -> dict[int, int]:
    query = (
        select(Item.archive_file_id, func.count(Item.id)).where(*handed_over(file_ids)).group_by(Item.archive_file_id)
    )
    return dict(session.execute(query).all())


def _entries(session: Session, file_ids: Collection[int]) -> Mapping[int, list[FileEntry]]:
    page_counts = _page_counts(session, file_ids)
    found: dict[int, list[FileEntry]] = defaultdict(list)
    # plain columns: a batch has tens of thousands of files, and building mapped objects takes longer than the query
    item = (Item.id, Item.archive_file_id, Item.archival_code, Item.title, Item.doc_type, Item.security_class)
    query = (
        select(*item, DigitalObject.format, DigitalObject.bytes, DigitalObject.sha256)
        .join(DigitalObject, DigitalObject.item_id == Item.id)
        .where(*handed_over(file_ids), DigitalObject.role == MASTER, DigitalObject.is_current)
        .order_by(Item.id, DigitalObject.id)
    )
    for item_id, file_id, code, title, doc_type, security_class, kind, size, sha256 in session.execute(query):
        entry = FileEntry(
            item_code=code,
            title=title,
            doc_type=doc_type,
            format=kind,
            bytes=size,
            sha256=sha256,
            # an item's pages are counted once, with its first original, however many originals it was put together from
            pages=page_counts.pop(item_id, 0),
            security_class=security_class,
        )
        found[file_id].append(entry)
    return found


def _layered(session: Session, file_ids: Collection[int]) -> Mapping[int, list[LayeredEntry]]:
    found: dict[int, list[LayeredEntry]] = defaultdict(list)
    query = (
        select(Item.archive_file_id, Item.archival_code, DigitalObject.bytes, DigitalObject.sha256)
        .join(DigitalObject, DigitalObject.item_id == Item.id)
        .where(*handed_over(file_ids), DigitalObject.role == LAYERED, DigitalObject.is_current)
    )
    for file_id, code, size, sha256 in session.execute(query):
        found[file_id].append(LayeredEntry(item_code=code, bytes=size, sha256=sha256))
    return found


def _page_counts(session: Session, file_ids: Collection[int]) -> dict[int, int]:
    query = (
        select(Page.item_id, func.count(Page.id))
        .join(Item, Item.id == Page.item_id)
        .where(*handed_over(file_ids))
        .group_by(Page.item_id)
    )
    return dict(session.execute(query).all())


def _volume(file: ArchiveFile) -> VolumeFacts:
    return VolumeFacts(
        fonds_code=file.fonds_code,
        class_code=file.class_code,
        title=file.title,
        year=str(file.year or ""),
        retention=file.retention,
        security_class=file.security_class,
    )


def _line(item: BatchItem, held: _Held, rows: tuple[RegisterRow, ...]) -> Line:
    certificate, file = held.certificates[item.certificate_id], held.files[item.archive_file_id]
    return Line(
        archival_code=file.archival_code,
        cert_no=certificate.cert_no,
        cert_serial=certificate.cert_serial,
        issue_state=certificate.issue_state,
        holder_name=certificate.holder_name,
        division_code=certificate.division_code,
        village=held.names[certificate.division_code],
        box_no=file.box_no,
        paper_pages=file.paper_pages or 0,
        parcels=tuple(held.parcels[certificate.id]),
        item_count=held.item_counts.get(file.id, 0),
        files=tuple(held.entries[file.id]),
        volume=_volume(file),
        rows=rows,
        layered=tuple(held.layered[file.id]),
    )
