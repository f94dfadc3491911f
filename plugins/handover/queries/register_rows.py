"""The rows of the register that belong to certificates, as they stand: texts by column, and which version of the row it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.entries import code_labels, texts_of
from models.register import Certificate, Parcel, RegisterEntry
from plugins.handover.domain.manifest import ID_COLUMN, MASKED, RegisterRow


def register_rows(
    session: Session, certificates: Mapping[int, Certificate], *, id_numbers: str
) -> Mapping[int, list[RegisterRow]]:
    """Return the rows by certificate; a parcel that nobody wrote as a row is told in the words of the sheet, as version 0.

    Rows hold personal ID numbers masked; unless ``id_numbers`` is `MASKED` they are left out altogether.
    """
    labels = code_labels(session)
    query = (
        select(Parcel, RegisterEntry.entry_no, RegisterEntry.cells)
        .outerjoin(RegisterEntry, and_(RegisterEntry.parcel_id == Parcel.id, RegisterEntry.is_current))
        .where(Parcel.certificate_id.in_(certificates), ~Parcel.is_withdrawn)
    )
    found: dict[int, list[RegisterRow]] = defaultdict(list)
    for parcel, entry_no, cells in session.execute(query):
        texts = dict(cells or {}) if entry_no else texts_of(certificates[parcel.certificate_id], parcel, labels)
        if id_numbers != MASKED:
            texts.pop(ID_COLUMN, None)
        row = RegisterRow(
            parcel_no=parcel.parcel_no,
            entry_no=entry_no or 0,
            cells={key: str(text) for key, text in texts.items() if text},
        )
        found[parcel.certificate_id].append(row)
    return found
