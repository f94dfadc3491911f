"""Links for uploads without an account: made and revoked by a person, good for one village and nothing else.

The address holds 256 random bits, the database their digest. What comes through a link waits in a delivery that a person of
the office has to confirm; nobody sees anything of the archive through it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, Conflict, LindangError, NotFound
from lindang.host import Host
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.intake import UPLOAD, IntakeRun, UploadLink
from plugins.ingest.domain.naming import clean_path
from plugins.ingest.queries.places import division_name
from plugins.ingest.queries.preview import doc_titles
from plugins.ingest.service.receive import Arrival, Received, RunDraft, open_run, receive_upload
from plugins.ingest.service.uploads import Upload, stored_upload

_BYTES: Final = 32
_MEGABYTE: Final = 1024 * 1024


class TooManyRequests(LindangError):
    """Somebody guesses addresses, or sends faster than anybody scans."""

    code = "too_many_requests"
    http_status = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDraft:
    """A link to be made; ``days`` is how long it lasts, ``max_mb`` bounds all its files together."""

    label: str
    division_code: str
    doc_type: str
    days: int
    max_files: int
    max_mb: int
    ocr: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """A link that may be used now, with what its page shows and what is left of it."""

    id: int
    label: str
    division_code: str
    place: str
    doc_title: str
    files_left: int
    bytes_left: int
    files: int
    expires_at: dt.datetime


def make_link(uow: UnitOfWork, draft: LinkDraft) -> str:
    """Make a link and return the secret part of its address, which nobody can see again.

    Raises:
        NotFound: the division lies outside the actor's scope.
        BadInput: there is no such document type.
    """
    if not uow.actor.covers(draft.division_code):
        raise NotFound(_("没有这个行政区划"), remedy=_("请从列表中选择您辖区内的县或村。"))
    if draft.doc_type and draft.doc_type not in doc_titles(uow.session):
        raise BadInput(_("没有这种材料类型"), where=draft.doc_type)
    secret = secrets.token_urlsafe(_BYTES)
    row = UploadLink(
        digest=_digest(secret),
        label=draft.label.strip()[:80],
        division_code=draft.division_code,
        doc_type=draft.doc_type,
        ocr=draft.ocr,
        max_files=draft.max_files,
        max_mb=draft.max_mb,
        run_id=None,
        created_at=uow.now,
        created_by=uow.actor.name,
        expires_at=uow.now + dt.timedelta(days=draft.days),
        revoked_at=None,
        last_used_at=None,
    )
    uow.session.add(row)
    uow.session.flush()
    facts = {"label": row.label, "expires": row.expires_at.isoformat(), "files": row.max_files, "mb": row.max_mb}
    uow.journal("upload_link.made", f"upload_link:{row.id}", division=row.division_code, **facts)
    return secret


def revoke_link(uow: UnitOfWork, link_id: int) -> None:
    """End a link at once. Raises NotFound outside the scope, Conflict when it has been ended already."""
    mine = uow.actor.within(UploadLink.division_code)
    row = uow.session.scalar(select(UploadLink).where(UploadLink.id == link_id, mine))
    if row is None:
        raise NotFound(_("没有这个上传链接"))
    if row.revoked_at is not None:
        raise Conflict(_("这个链接已经撤销"))
    row.revoked_at = uow.now
    uow.journal("upload_link.revoked", f"upload_link:{row.id}", division=row.division_code, label=row.label)


def open_link(session: Session, secret: str, now: dt.datetime) -> OpenLink:
    """Return the link of an address. Raises NotFound, alike for unknown, revoked and expired ones."""
    row = session.scalar(
        select(UploadLink).where(
            UploadLink.digest == _digest(secret), UploadLink.revoked_at.is_(None), UploadLink.expires_at > now
        )
    )
    if row is None:
        raise NotFound(_("这个上传链接无效或已到期"), remedy=_("请向给您链接的档案室索取新的。"))
    return OpenLink(
        id=row.id,
        label=row.label,
        division_code=row.division_code,
        place=division_name(session, row.division_code),
        doc_title=doc_titles(session).get(row.doc_type, ""),
        files_left=max(0, row.max_files - row.files),
        bytes_left=max(0, row.max_mb * _MEGABYTE - row.bytes),
        files=row.files,
        expires_at=row.expires_at,
    )


def take_through_link(host: Host, link: OpenLink, file: Upload, relative_path: str) -> Received:
    """Store a file that came through a link and acknowledge it in the link's delivery.

    Raises:
        Conflict: the link has no room for it, or was ended in between; nothing was acknowledged.
        NoSpace: the disk reserve is used up; nothing was acknowledged.
    """
    blob = stored_upload(host, file, most_bytes=link.bytes_left)
    arrival = Arrival(clean_path(relative_path or file.filename or ""), blob)
    actor = Actor(account_id=None, name=link.label, prefixes=(link.division_code,), channel="link")
    with host.uow(actor) as uow:
        _count(uow, link.id, blob.bytes)
        return receive_upload(uow, _run_of(uow, link.id), arrival)


def _count(uow: UnitOfWork, link_id: int, size: int) -> None:
    """Count a file against the link's limits, in one statement, so that many at once cannot pass them."""
    counted = uow.session.scalar(
        update(UploadLink)
        .where(
            UploadLink.id == link_id,
            UploadLink.revoked_at.is_(None),
            UploadLink.expires_at > uow.now,
            UploadLink.files < UploadLink.max_files,
            UploadLink.bytes + size <= UploadLink.max_mb * _MEGABYTE,
        )
        .values(files=UploadLink.files + 1, bytes=UploadLink.bytes + size, last_used_at=uow.now)
        .returning(UploadLink.id)
    )
    if counted is None:
        raise Conflict(_("这个链接的文件数或总大小已到上限，文件没有收下"), remedy=_("请向档案室索取新的链接。"))


def _run_of(uow: UnitOfWork, link_id: int) -> int:
    """Return the delivery that the link's files wait in; after a person has confirmed one, a new one is opened."""
    link = uow.session.get_one(UploadLink, link_id, populate_existing=True)
    run = uow.session.get(IntakeRun, link.run_id) if link.run_id is not None else None
    if run is None or run.is_closed:
        draft = RunDraft(
            kind=UPLOAD,
            name=_("%(label)s（链接上传）", label=link.label),
            division_code=link.division_code,
            ocr=link.ocr,
            hold=True,
            doc_type=link.doc_type,
        )
        run = open_run(uow, draft)
        link.run_id = run.id
    return run.id


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
