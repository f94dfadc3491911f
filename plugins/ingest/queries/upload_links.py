"""The upload links of a person's divisions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.intake import UploadLink
from plugins.ingest.queries.places import division_name


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """One link as the list shows it; its secret is nowhere."""

    id: int
    label: str
    place: str
    doc_type: str
    files: int
    max_files: int
    bytes: int
    max_mb: int
    run_id: int | None
    created_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None
    state: str


def link_lines(session: Session, actor: Actor, now: dt.datetime) -> list[LinkLine]:
    """Return the links in the actor's scope, newest first; ``state`` is ``live``, ``revoked`` or ``expired``."""
    query = select(UploadLink).where(actor.within(UploadLink.division_code)).order_by(UploadLink.id.desc()).limit(200)
    return [_line(session, row, now) for row in session.scalars(query)]


def _line(session: Session, row: UploadLink, now: dt.datetime) -> LinkLine:
    state = "revoked" if row.revoked_at is not None else "live" if row.expires_at > now else "expired"
    return LinkLine(
        id=row.id,
        label=row.label,
        place=division_name(session, row.division_code),
        doc_type=row.doc_type,
        files=row.files,
        max_files=row.max_files,
        bytes=row.bytes,
        max_mb=row.max_mb,
        run_id=row.run_id,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        state=state,
    )
