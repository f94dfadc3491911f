"""One page before the eyes: its place in the file, its neighbours, its images, its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile, Item, Page
from models.digital import LAYERED, MASTER, VIEW, DigitalObject, PageText
from plugins.catalogue.domain.lighting import lit_places


@dataclass(frozen=True, slots=True)
class PageRef:
    """One page of a file in reading order: its id, where it stands, what it belongs to, the version of its image."""

    id: int
    number: int
    page_no: int
    item_id: int
    item_no: int
    doc_type: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page with all pages of its file around it; `text` is None while nothing has been recognised."""

    page: Page
    item: Item
    file: ArchiveFile
    pages: tuple[PageRef, ...]
    current: int
    text: str | None
    engine: str
    versions: tuple[DigitalObject, ...]
    view_version: int


def page_view(session: Session, actor: Actor, page_id: int) -> PageView:
    """Return one page. Raises NotFound, also out of scope."""
    page, item = _page(session, actor, page_id)
    pages = pages_of_file(session, item.archive_file_id)
    found = session.scalar(select(PageText).where(PageText.page_id == page.id, PageText.is_current))
    versions = tuple(
        session.scalars(
            select(DigitalObject)
            .where(DigitalObject.page_id == page.id, DigitalObject.role == "view")
            .order_by(DigitalObject.version.desc())
        )
    )
    return PageView(
        page=page,
        item=item,
        file=session.get_one(ArchiveFile, item.archive_file_id),
        pages=pages,
        current=next(index for index, ref in enumerate(pages) if ref.id == page.id),
        text=found.text if found else None,
        engine=f"{found.engine} {found.engine_version}".strip() if found else "",
        versions=versions,
        view_version=next((each.version for each in versions if each.is_current), 0),
    )


def _page(session: Session, actor: Actor, page_id: int) -> tuple[Page, Item]:
    query = (
        select(Page, Item)
        .join(Item, Item.id == Page.item_id)
        .where(Page.id == page_id, actor.within(Item.division_code))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(_("没有这一页"))
    return found[0], found[1]


def pages_of_file(session: Session, file_id: int) -> tuple[PageRef, ...]:
    """Return all pages of a file in reading order, numbered through from 1."""
    view = (DigitalObject.page_id == Page.id) & (DigitalObject.role == VIEW) & DigitalObject.is_current
    version = func.coalesce(DigitalObject.version, 0)
    query = (
        select(Page.id, Page.page_no, Item.id, Item.item_no, Item.doc_type, version)
        .join(Item, Item.id == Page.item_id)
        .join(DigitalObject, view, isouter=True)
        .where(Item.archive_file_id == file_id)
        .order_by(Item.item_no, Page.page_no)
    )
    return tuple(PageRef(row[0], number, *row[1:]) for number, row in enumerate(session.execute(query), start=1))


def lit_pages(session: Session, pages: Sequence[PageRef], marks: Sequence[str]) -> tuple[int, ...]:
    """Return the places among the pages (of one file, found with :func:`page_view`) at which one of the marks is lit."""
    if not marks:
        return ()
    query = select(PageText.page_id, PageText.text).where(
        PageText.page_id.in_([page.id for page in pages]), PageText.is_current
    )
    texts: dict[int, str] = dict(session.execute(query).all())
    return lit_places([texts.get(page.id, "") for page in pages], marks)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A digital object to be sent, and the file it belongs to."""

    row: DigitalObject
    item_code: str
    file_id: int
    division_code: str


def page_image(session: Session, actor: Actor, page_id: int, role: str, version: int | None = None) -> StoredObject:
    """Return the current image of a page in a role, or a given version. Raises NotFound, also out of scope."""
    query = _objects(actor).where(DigitalObject.page_id == page_id, DigitalObject.role == role)
    chosen = DigitalObject.is_current if version is None else DigitalObject.version == version
    return _stored(session.execute(query.where(chosen)).one_or_none())


def master_object(session: Session, actor: Actor, object_id: int) -> StoredObject:
    """Return a master, or an item's PDF made of it, by its id. Raises NotFound, also out of scope."""
    query = _objects(actor).where(DigitalObject.id == object_id, DigitalObject.role.in_((MASTER, LAYERED)))
    return _stored(session.execute(query).one_or_none())


def _objects(actor: Actor) -> Any:
    return (
        select(DigitalObject, Item.archival_code, Item.archive_file_id, Item.division_code)
        .join(Item, Item.id == DigitalObject.item_id)
        .where(actor.within(Item.division_code))
    )


def _stored(found: Any) -> StoredObject:
    if found is None:
        raise NotFound(_("没有这个图像"))
    return StoredObject(*found)


def page_words(session: Session, actor: Actor, page_id: int) -> dict[str, Any]:
    """Return the text and word boxes of a page for the viewer; the text is None while nothing has been recognised."""
    page, _item = _page(session, actor, page_id)
    found = session.scalar(select(PageText).where(PageText.page_id == page.id, PageText.is_current))
    return {"text": found.text, "words": found.words} if found else {"text": None, "words": []}
