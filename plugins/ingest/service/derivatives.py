"""Derivatives made again from the originals: view images, thumbnails, searchable PDFs (可重建).

With the same settings and libraries the same bytes come out: what was lost or damaged lies in its place again, and nothing is
written into the database. Where the settings changed meanwhile, the new images become the current ones, beside the former.
"""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from lindang.uow import UnitOfWork
from models.archive import Item, Page
from models.digital import LAYERED, THUMB, VIEW, DigitalObject
from models.quality import PageQuality
from plugins.ingest.domain.record import Derived, PageRecord
from plugins.ingest.queries.layers import Source, page_sources
from plugins.ingest.service.layers import order_layer
from plugins.ingest.service.scanning import scan_stored
from plugins.ingest.tools import settings_of

DERIVATIVES_JOB: Final = "ingest.derivatives"


def order_derivatives(uow: UnitOfWork, division_code: str) -> int:
    """Have the derivatives of all items made again; returns how many items that are."""
    has_page = exists().where(Page.item_id == Item.id)
    query = select(Item).where(
        has_page, uow.actor.within(Item.division_code), Item.division_code.startswith(division_code, autoescape=True)
    )
    items = list(uow.session.scalars(query.order_by(Item.id)))
    for item in items:
        label = _("重建图像 %(code)s", code=item.archival_code)
        uow.enqueue(DERIVATIVES_JOB, str(item.id), division=item.division_code, label=label)
    return len(items)


def rebuild_item(context: JobContext, item_id: int) -> None:
    """Make view images and thumbnails of an item again, and have its searchable PDF made again.

    Raises:
        Refused: an original cannot be parsed any more.
    """
    host = context.host
    with host.view() as session:
        sources, kept = page_sources(session, item_id), _digests(session, item_id)
    for sha256 in kept:
        _set_damaged_aside(host, sha256)
    pages = _parsed(host, sources)
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        item = uow.session.get_one(Item, item_id)
        renewed = sum(_renew(uow, page_id, record, tool) for page_id, (record, tool) in pages.items())
        if renewed:
            uow.journal("item.rebuilt", f"item:{item.id}", division=item.division_code, pages=renewed)
        if settings_of(host).layered_pdf and _has_layer(uow.session, item_id):
            order_layer(uow, item_id, item.division_code)


def _digests(session: Session, item_id: int) -> list[str]:
    query = select(DigitalObject.sha256).where(
        DigitalObject.item_id == item_id,
        DigitalObject.role.in_((VIEW, THUMB, LAYERED)),
        DigitalObject.is_current,
    )
    return list(session.scalars(query))


def _set_damaged_aside(host: Host, sha256: str) -> None:
    """Move a stored file away that is not what its name says, so that it can be stored again."""
    if not host.storage.exists(sha256):
        return
    with host.storage.path(sha256).open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        host.storage.set_aside(sha256)


def _parsed(host: Host, sources: dict[int, Source]) -> dict[int, tuple[PageRecord, str]]:
    """Parse the originals, storing what comes out; returns the images of each page and what made them."""
    found: dict[int, tuple[PageRecord, str]] = {}
    for sha256 in dict.fromkeys(source.sha256 for source in sources.values()):
        record = scan_stored(host, sha256)
        found |= {
            page_id: (record.pages[source.index], record.tool)
            for page_id, source in sources.items()
            if source.sha256 == sha256 and source.index < len(record.pages)
        }
    return found


def _renew(uow: UnitOfWork, page_id: int, record: PageRecord, tool: str) -> bool:
    """Make the images the current ones of a page; returns whether they were not already."""
    former = select(DigitalObject).where(
        DigitalObject.page_id == page_id, DigitalObject.role.in_((VIEW, THUMB)), DigitalObject.is_current
    )
    now = {row.role: row for row in uow.session.scalars(former)}
    made = {VIEW: record.view, THUMB: record.thumb}
    if {role: row.sha256 for role, row in now.items()} == {role: one.sha256 for role, one in made.items()}:
        return False
    last = uow.session.scalar(select(func.max(DigitalObject.version)).where(DigitalObject.page_id == page_id)) or 0
    for row in now.values():
        row.is_current = False
    uow.session.flush()
    page = uow.session.get_one(Page, page_id)
    uow.session.add_all(_object(uow, page, role, one, version=last + 1, tool=tool) for role, one in made.items())
    quality = update(PageQuality).where(PageQuality.page_id == page_id, PageQuality.is_current)
    uow.session.execute(quality.values(view_sha256=record.view.sha256))
    return True


def _object(uow: UnitOfWork, page: Page, role: str, made: Derived, *, version: int, tool: str) -> DigitalObject:
    return DigitalObject(
        item_id=page.item_id,
        page_id=page.id,
        role=role,
        version=version,
        format="jpeg",
        media_type="image/jpeg",
        bytes=made.bytes,
        sha256=made.sha256,
        width=made.width,
        height=made.height,
        dpi=made.dpi,
        tool=tool,
        made_at=uow.now,
        made_by=uow.actor.name,
        verified_at=uow.now,
        replaced_reason=_("按现行设置重建"),
    )


def _has_layer(session: Session, item_id: int) -> bool:
    query = select(DigitalObject.id).where(DigitalObject.item_id == item_id, DigitalObject.role == LAYERED)
    return session.scalar(query.limit(1)) is not None
