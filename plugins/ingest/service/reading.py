"""Keeping what recognition reads: page by page, so that a stop in the middle loses at most the page at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from lindang.errors import NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import Item, Page
from models.digital import VIEW, DigitalObject, PageText
from models.intake import SORTING, IntakeFile, IntakeRun
from plugins.ingest.domain.record import PDF_BORN, PDF_LAYER, ScanRecord, TextRecord, from_json, to_json
from plugins.ingest.domain.separator import separator_among
from plugins.ingest.domain.targets import Target
from plugins.ingest.service.filing import Place, enqueue_reading, file_item
from plugins.ingest.service.links import archive_file_named_in
from plugins.ingest.service.receive import find_file
from plugins.ingest.service.texts import link_item, store_text
from plugins.ingest.tools import naming_of


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """A page that an engine should read: its view image, and its row (0 while the file has no place)."""

    page_no: int
    sha256: str
    dpi: int
    id: int = 0


def unread_pages(session: Session, item_id: int) -> list[UnreadPage]:
    """Return the pages of an item that an engine should read, in order.

    Blank pages are left out, and those with a text that is our own or that a PDF was born with.
    """
    text = (PageText.page_id == Page.id) & PageText.is_current
    view = (DigitalObject.page_id == Page.id) & (DigitalObject.role == VIEW) & DigitalObject.is_current
    query = (
        select(Page.page_no, DigitalObject.sha256, DigitalObject.dpi, Page.id)
        .join(DigitalObject, view)
        .join(PageText, text, isouter=True)
        .where(Page.item_id == item_id, ~Page.is_blank, or_(PageText.id.is_(None), PageText.engine == PDF_LAYER))
        .order_by(Page.page_no)
    )
    return [UnreadPage(*row) for row in session.execute(query)]


def pages_to_read_again(session: Session, item_id: int, engine: str, version: str) -> list[UnreadPage]:
    """Return the pages of an item, in order, whose present image this version of an engine has not read.

    Blank pages are left out, and those whose PDF was born with its text.
    """
    return [UnreadPage(*row) for row in session.execute(_lacking(engine, version).where(Page.item_id == item_id))]


def _lacking(engine: str, version: str) -> Select[Any]:
    view = (DigitalObject.page_id == Page.id) & (DigitalObject.role == VIEW) & DigitalObject.is_current
    text = exists().where(PageText.page_id == Page.id).correlate(Page, DigitalObject)
    read = text.where(
        PageText.engine == engine, PageText.engine_version == version[:40], PageText.made_at >= DigitalObject.made_at
    )
    born = text.where(PageText.engine == PDF_BORN, PageText.is_current)
    columns: tuple[Any, ...] = (Page.page_no, DigitalObject.sha256, DigitalObject.dpi, Page.id)
    query = select(*columns).join(DigitalObject, view)
    return query.where(~Page.is_blank, ~read, ~born).order_by(Page.page_no)


def unread_desk_pages(session: Session, file_id: int) -> list[UnreadPage]:
    """Return the pages of a file on the sorting desk that an engine should read, in order."""
    record = desk_record(session, file_id)
    pages = record.pages if record else ()
    return [UnreadPage(page.page_no, page.view.sha256, page.view.dpi) for page in pages if page.wants_reading]


def keep_text(uow: UnitOfWork, page_id: int, record: TextRecord) -> None:
    """Store the text of one page of an item."""
    page = uow.session.get_one(Page, page_id)
    store_text(uow, uow.session.get_one(Item, page.item_id), page, record)


def order_again(uow: UnitOfWork, item_id: int, engine: str) -> None:
    """Have the pages of an item read also where they have a text; what is there stays, the rule says which one is current.

    Raises:
        NotFound: there is no such item in the actor's scope.
    """
    item = uow.session.get(Item, item_id)
    if item is None or not uow.actor.covers(item.division_code):
        raise NotFound(_("没有这一件"))
    _order_again(uow, item, engine)


def _order_again(uow: UnitOfWork, item: Item, engine: str) -> None:
    uow.journal("item.reread", f"item:{item.id}", division=item.division_code, engine=engine)
    enqueue_reading(uow, Target(item.id, engine=engine, again=True), item.division_code, item.archival_code)


def enqueue_again(uow: UnitOfWork, division_code: str, engine: str, version: str) -> int:
    """Have every item read that has a page which this version of an engine has not read; returns how many items that are."""
    pages = _lacking(engine, version).with_only_columns(Page.item_id).order_by(None)
    query = select(Item).where(
        Item.id.in_(pages), Item.division_code.startswith(division_code), uow.actor.within(Item.division_code)
    )
    items = list(uow.session.scalars(query.order_by(Item.id)))
    for item in items:
        _order_again(uow, item, engine)
    return len(items)


def finish_item(uow: UnitOfWork, item_id: int, engine: str, pages: int) -> None:
    """Draw the conclusions once all pages of an item are read: the certificate that they name."""
    item = uow.session.get_one(Item, item_id)
    uow.journal("item.read", f"item:{item.id}", division=item.division_code, engine=engine, pages=pages)
    link_item(uow, item)


def keep_file_text(uow: UnitOfWork, file_id: int, page_no: int, record: TextRecord) -> None:
    """Store the text of one page of a file on the sorting desk; a file placed in between keeps it with its page."""
    row = find_file(uow, file_id)
    if row.state == SORTING and row.scan is not None:
        row.scan = to_json(from_json(row.scan).with_text(page_no, record))
        return
    page = select(Page).where(Page.item_id == row.item_id, Page.page_no == page_no)
    found = uow.session.scalar(page) if row.item_id else None
    if found is not None:
        keep_text(uow, found.id, record)


def place_by_text(uow: UnitOfWork, file_id: int) -> bool:
    """File a read file from the sorting desk when its text names a certificate whose 案卷 is known; returns whether."""
    row = find_file(uow, file_id)
    record = desk_record(uow.session, file_id)
    profile = uow.session.get_one(IntakeRun, row.run_id).profile
    if record is None or profile.get("stack") or separator_among(record.codes) is not None:
        return False
    archive_file = archive_file_named_in(uow, row.division_code, record)
    if archive_file is None:
        return False
    name = naming_of(uow.host).file(row.relative_path).or_type(str(profile.get("doc_type") or ""))
    doc_type = name.doc_type or naming_of(uow.host).type_by_heads(record.texts)
    place = Place(archive_file, doc_type, name.title or row.relative_path, "certificate")
    file_item(uow, row, record, place, "")
    return True


def desk_record(session: Session, file_id: int) -> ScanRecord | None:
    """Return the parsed file that waits on the sorting desk, or None when it waits there no longer."""
    scan = session.scalar(select(IntakeFile.scan).where(IntakeFile.id == file_id, IntakeFile.state == SORTING))
    return from_json(scan) if scan else None


def wants_reading_on_desk(row: IntakeFile) -> bool:
    """Say whether a file on the sorting desk has a page to be read now: a stack with separator sheets is read as papers."""
    record = from_json(row.scan) if row.scan else None
    return record is not None and record.wants_reading and separator_among(record.codes) is None


def unread_items(*columns: Any) -> Select[Any]:
    """Return the query for items with a page that an engine should read, in order."""
    text = (PageText.page_id == Page.id) & PageText.is_current
    return (
        select(*columns)
        .join(Page, Page.item_id == Item.id)
        .join(PageText, text, isouter=True)
        .where(~Page.is_blank, or_(PageText.id.is_(None), PageText.engine == PDF_LAYER))
        .distinct()
        .order_by(Item.id)
    )


def enqueue_unread(uow: UnitOfWork, division_code: str, engine: str) -> int:
    """Have every item read that has a page without text; returns how many items that are."""
    query = unread_items(Item).where(Item.division_code.startswith(division_code), uow.actor.within(Item.division_code))
    items = list(uow.session.scalars(query))
    for item in items:
        enqueue_reading(uow, Target(item.id, engine=engine), item.division_code, item.archival_code)
    return len(items)
