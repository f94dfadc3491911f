"""The households of a village for which separator sheets are printed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile
from models.register import Certificate

PER_PRINT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One household: what its sheet refers to, its name, and the code or certificate number shown below it."""

    reference: str
    name: str
    number: str


def holders_of(session: Session, actor: Actor, village: str, source: str, page: int) -> tuple[Holder, ...]:
    """Return one print's worth of households of a village.

    Args:
        session: the database.
        actor: whose scope counts.
        village: 12 digits.
        source: ``files`` for open 案卷, ``register`` for certificates that have none yet.
        page: from 1.
    """
    offset = (page - 1) * PER_PRINT
    if source == "files":
        files = select(ArchiveFile).where(ArchiveFile.division_code == village, actor.within(ArchiveFile.division_code))
        rows = session.scalars(files.order_by(ArchiveFile.archival_code).offset(offset).limit(PER_PRINT))
        return tuple(Holder(reference=f"A{f.id}", name=f.holder_name or f.title, number=f.archival_code) for f in rows)
    certificates = select(Certificate).where(
        Certificate.division_code == village,
        Certificate.archive_file_id.is_(None),
        ~Certificate.is_withdrawn,
        actor.within(Certificate.division_code),
    )
    found = session.scalars(certificates.order_by(Certificate.cert_no_norm).offset(offset).limit(PER_PRINT))
    return tuple(Holder(reference=f"C{row.id}", name=row.holder_name, number=row.cert_no) for row in found)
