"""What the rows of a village say in the words of the sheet: as written, or, where nobody has written them as rows, from their
normal form. Import and export read the same, so that what was exported comes back without a change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.orm import Session

from models.archive import ArchiveFile
from models.entries import Labels, code_labels, texts_of
from models.register import Certificate, Parcel, RegisterEntry

_PART: Final = 500


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One row: its texts by column key with the ID number masked, and where that number lies."""

    parcel_id: int
    certificate_id: int
    village_code: str
    row_no: int | None
    parcel_no: str
    cert_key: str
    id_no_enc: str
    id_no_hash: str
    texts: Mapping[str, str]


def written_rows(
    session: Session, *wanted: ColumnElement[bool], labels: Labels | None = None, needs_seal: bool = False
) -> list[WrittenRow]:
    """Return rows that are not withdrawn, in the order of the sheet.

    Args:
        session: where to read.
        wanted: which parcels; the caller says which divisions.
        labels: the code lists in force, where they have been read already.
        needs_seal: whether the sealed ID numbers are wanted as well.
    """
    found = session.execute(_query(needs_seal=needs_seal).where(*wanted)).all()
    unwritten = _unwritten(session, [row.id for row in found if row.cells is None], labels)
    rows = []
    for row in found:
        texts = dict(row.cells) if row.cells is not None else unwritten[row.id]
        # a number of the book may have been mended in another of its rows
        texts["id_no"] = row.id_no_masked
        if row.archival_code and not texts.get("archival_code"):
            texts["archival_code"] = row.archival_code
        rows.append(WrittenRow(row.id, row.certificate_id, row.division_code, row.row_no, row.parcel_no, row.cert_key,
                               row.id_no_enc, row.id_no_hash, texts))  # fmt: skip
    return rows


def _query(*, needs_seal: bool) -> Select[Any]:
    seal = Certificate.id_no_enc if needs_seal else literal("").label("id_no_enc")
    return (
        select(
            Parcel.id,
            Parcel.certificate_id,
            Parcel.division_code,
            Parcel.row_no,
            Parcel.parcel_no,
            Certificate.cert_key,
            seal,
            Certificate.id_no_hash,
            Certificate.id_no_masked,
            RegisterEntry.cells,
            ArchiveFile.archival_code,
        )
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .outerjoin(RegisterEntry, (RegisterEntry.parcel_id == Parcel.id) & RegisterEntry.is_current)
        .outerjoin(ArchiveFile, ArchiveFile.id == Certificate.archive_file_id)
        .where(~Parcel.is_withdrawn, ~Certificate.is_withdrawn)
        .order_by(Parcel.row_no, Parcel.id)
    )


def _unwritten(session: Session, parcel_ids: Collection[int], labels: Labels | None) -> dict[int, dict[str, str]]:
    if not parcel_ids:
        return {}
    known, ids = labels or code_labels(session), list(parcel_ids)
    found: dict[int, dict[str, str]] = {}
    for start in range(0, len(ids), _PART):
        query = select(Certificate, Parcel).join(Parcel, Parcel.certificate_id == Certificate.id)
        for certificate, parcel in session.execute(query.where(Parcel.id.in_(ids[start : start + _PART]))):
            found[parcel.id] = texts_of(certificate, parcel, known)
    return found
