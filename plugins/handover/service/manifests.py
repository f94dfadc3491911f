"""The manifest of a batch from its frozen snapshots, and the documents made of it.

Making and storing documents is slow and therefore happens before the unit of work; inside it, only the digest is compared.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from lindang.config import Settings
from lindang.errors import NotFound, Unavailable
from lindang.fonts import find_font
from lindang.ports import Blob, Storage
from models.handover import LIST_PDF, LIST_XLSX, MANIFEST, PACKAGE, Batch, BatchItem, TransferDoc
from plugins.handover.documents import pdf_list, workbook_list
from plugins.handover.domain.manifest import Header, build, canonical
from plugins.handover.queries.places import forestry_name, org_name

if TYPE_CHECKING:
    from lindang.host import Host
    from lindang.uow import UnitOfWork

_MEDIA_TYPES = {
    MANIFEST: ("json", "application/json"),
    LIST_XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    LIST_PDF: ("pdf", "application/pdf"),
    PACKAGE: ("json", "application/json"),
}
_NAMES = {MANIFEST: "manifest", LIST_XLSX: "移交清单", LIST_PDF: "移交清单", PACKAGE: "package"}


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """A document whose bytes are stored and whose row is not yet written."""

    kind: str
    blob: Blob


def header_of(session: Session, batch: Batch, settings: Settings) -> Header:
    """Return what the manifest says of the batch itself."""
    return Header(
        batch_no=batch.batch_no,
        list_version=batch.list_version,
        title=batch.title,
        division_code=batch.division_code,
        from_org=forestry_name(session, batch.division_code, settings.host.office_name),
        to_org=org_name(session, batch.registry_org_id),
        paper_kind=batch.paper_kind,
        id_numbers=settings.plugin("handover").package_id_numbers,
    )


def manifest_of(session: Session, batch: Batch, items: Sequence[BatchItem], settings: Settings) -> dict[str, Any]:
    """Return the manifest of a checked list."""
    return build(header_of(session, batch, settings), [item.snapshot or {} for item in items])


def store_list(host: Host, manifest: dict[str, Any], made_at: dt.datetime) -> tuple[MadeDocument, ...]:
    """Make and store the manifest and 移交清单; the PDF is left out where no Chinese font is installed."""
    made = [
        MadeDocument(MANIFEST, host.storage.put_bytes(canonical(manifest))),
        MadeDocument(LIST_XLSX, host.storage.put_bytes(workbook_list(manifest, made_at))),
    ]
    try:
        font = find_font(host.settings.plugin("handover").pdf_font)
    except Unavailable:
        return tuple(made)
    made.append(MadeDocument(LIST_PDF, host.storage.put_bytes(pdf_list(manifest, font, made_at))))
    return tuple(made)


def package_bytes(batch: Batch, docs: Sequence[TransferDoc]) -> bytes:
    """Return the description of what is sent: carriers, boxes, and every document with its digest.

    The full information package of DA/T 93 is built elsewhere; this is the list that both sides can check today.
    """
    return canonical(
        {
            "format": "lindang-package/1",
            "batch_no": batch.batch_no,
            "list_version": batch.list_version,
            "manifest_sha256": batch.manifest_sha256,
            "carriers": batch.carriers,
            "boxes": batch.boxes,
            "paper_kind": batch.paper_kind,
            "documents": [
                {"kind": doc.kind, "file_name": doc.file_name, "sha256": doc.sha256, "bytes": doc.bytes}
                for doc in sorted(docs, key=lambda doc: doc.kind)
                if doc.kind != PACKAGE
            ],
        }
    )


def add_document(uow: UnitOfWork, batch: Batch, made: MadeDocument) -> None:
    """Write the row of a stored document of the present list."""
    suffix, media_type = _MEDIA_TYPES[made.kind]
    version = "" if batch.list_version == 1 else f".{batch.list_version}"
    uow.session.add(
        TransferDoc(
            batch_id=batch.id,
            list_version=batch.list_version,
            kind=made.kind,
            file_name=f"{batch.batch_no}{version}-{_NAMES[made.kind]}.{suffix}",
            media_type=media_type,
            sha256=made.blob.sha256,
            bytes=made.blob.bytes,
            made_at=uow.now,
            made_by=uow.actor.name,
        )
    )


def read_manifest(storage: Storage, sha256: str) -> dict[str, Any]:
    """Return a stored manifest. Raises NotFound when its bytes are gone."""
    value = json.loads(storage.read(sha256))
    if not isinstance(value, dict):
        raise NotFound(f"manifest {sha256}")
    return value
