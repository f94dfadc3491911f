"""Streaming the register's rows for the row rules: plain columns and the cells as written, no mapped objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from models.archive import ArchiveFile
from models.register import Certificate, Parcel, RegisterEntry
from plugins.register.domain.columns import COLUMNS, Owner
from plugins.register.domain.row import Row
from plugins.register.queries.checks_scope import Scope, live_parcels

_AT_A_TIME: Final = 2000
_TABLES: Final[dict[Owner, Any]] = {Owner.CERTIFICATE: Certificate, Owner.PARCEL: Parcel}
_STORED: Final = tuple(column for column in COLUMNS if column.owner in _TABLES and column.key != "id_no")


def rows_of(session: Session, scope: Scope, open_id: Callable[[str], str]) -> Iterator[Row]:
    """Yield the rows of a part, certificate by certificate; an ID number is opened in memory only, once for each book."""
    last_id, plain = None, ""
    for found in session.execute(_query(scope).execution_options(yield_per=_AT_A_TIME)).mappings():
        values = dict(found)
        sealed = values.pop("id_no_enc")
        if values["certificate_id"] != last_id:
            last_id, plain = values["certificate_id"], open_id(sealed) if sealed else ""
        yield _row(values, plain)


def _query(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(getattr(_TABLES[column.owner], column.key).label(column.key) for column in _STORED),
            Certificate.id.label("certificate_id"),
            Certificate.cert_key,
            Certificate.cert_no_norm,
            Certificate.id_no_enc,
            Parcel.id.label("parcel_id"),
            Parcel.division_code,
            Parcel.area_as_written,
            Parcel.is_term_open,
            Parcel.row_no,
            RegisterEntry.cells,
            ArchiveFile.archival_code,
        )
        .join(Parcel, Parcel.certificate_id == Certificate.id)
        .outerjoin(RegisterEntry, and_(RegisterEntry.parcel_id == Parcel.id, RegisterEntry.is_current))
        .outerjoin(ArchiveFile, ArchiveFile.id == Certificate.archive_file_id)
        .where(live_parcels(scope))
        .order_by(Parcel.division_code, Certificate.id, Parcel.id)
    )


def _row(values: dict[str, Any], id_no: str) -> Row:
    values["cells"] = values["cells"] or {}
    values["archival_code"] = values["archival_code"] or ""
    values["co_holders"] = tuple(values["co_holders"])
    values["seq"] = values.pop("row_no")
    return Row(**values, id_no=id_no)
