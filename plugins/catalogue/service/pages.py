"""Pages: adding one that was left out, and replacing one that was scanned badly. The old images stay as older versions,
with who and why; a batch that was signed with the old page keeps its list, and the person is told which batch that is.

Source: story 6 of the domain reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import exists, func, select, update

from lindang.errors import Conflict, Fault, Faults
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.archive import Item, Page
from models.digital import LAYERED, MASTER, THUMB, VIEW, DigitalObject, Identifier, PageText
from models.events import ItemFiled, PageReplaced
from models.handover import Batch, BatchItem
from models.identifiers import OCR
from models.keying import FieldReading
from models.quality import PageQuality
from plugins.catalogue.service.files import OUT_OF_BATCH
from plugins.catalogue.service.finding import find_item, find_page
from plugins.catalogue.service.images import PageImages, StoredImage

RECOGNISE_JOB: Final = "ingest.recognise"
UNSIGNED: Final = ("DRAFT", "CHECKING", "CHECK_FAILED", "CHECKED", "CANCELLED")
"""States of a batch whose list is not frozen."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement led to: the page's new version and the signed batches that contain its file."""

    version: int
    batches: tuple[str, ...]


def add_page(uow: UnitOfWork, item_id: int, images: PageImages) -> Page:
    """Add a page behind the last one of a 件. Raises NotFound."""
    item = find_item(uow, item_id)
    last = uow.session.scalar(select(func.max(Page.page_no)).where(Page.item_id == item.id)) or 0
    page = Page(item_id=item.id, page_no=last + 1, **_captured(images))
    uow.session.add(page)
    uow.session.flush()
    _add_objects(uow, item, page, images, reason="")
    _saved(uow, item, page, "page.added", page_no=page.page_no, sha256=images.master.blob.sha256)
    return page


def replace_page(uow: UnitOfWork, page_id: int, images: PageImages, *, seen_version: int, reason: str) -> Replaced:
    """Put new images beside the old ones of a page and make them the current ones.

    Args:
        uow: the unit of work.
        page_id: the page that was scanned anew.
        images: its new objects, stored already.
        seen_version: version of the view image that the person judged.
        reason: why.

    Raises:
        StaleVersion: somebody replaced the page in between.
        Faults: no reason was given.
        Conflict: the new scan is the old one, byte for byte.
    """
    page, item = find_page(uow, page_id)
    if not reason.strip():
        raise Faults(_("页面没有更换"), [Fault("reason", _("请写明更换原因"), _("如：原图模糊、缺角。"))])
    if _current_version(uow, page) != seen_version:
        raise stale_version()
    if _is_known(uow, page, images):
        raise Conflict(_("上传的图像与现有图像完全相同"), remedy=_("请确认是否选错了文件。"))
    _retire_objects(uow, page)
    version = _add_objects(uow, item, page, images, reason=reason.strip())
    _retire_superseded_master(uow, item)
    for field, value in _captured(images).items():
        setattr(page, field, value)
    batches = _signed_batches(uow, item.archive_file_id)
    facts = {"version": version, "reason": reason.strip(), "sha256": images.master.blob.sha256}
    _saved(uow, item, page, "page.replaced", page_no=page.page_no, signed_batches=list(batches), **facts)
    ids = {"page_id": page.id, "item_id": item.id, "archive_file_id": item.archive_file_id}
    uow.emit(PageReplaced(**ids, version=version, reason=reason.strip(), division_code=item.division_code))
    return Replaced(version, batches)


def _captured(images: PageImages) -> dict[str, Any]:
    master = images.master
    return {
        "is_blank": images.is_blank,
        "width": master.width,
        "height": master.height,
        "dpi": master.dpi,
        "colour_mode": master.colour_mode,
    }


def _current_version(uow: UnitOfWork, page: Page) -> int:
    query = select(DigitalObject.version).where(
        DigitalObject.page_id == page.id, DigitalObject.role == VIEW, DigitalObject.is_current
    )
    return uow.session.scalar(query) or 0


def _is_known(uow: UnitOfWork, page: Page, images: PageImages) -> bool:
    same = select(DigitalObject.id).where(
        DigitalObject.page_id == page.id, DigitalObject.is_current, DigitalObject.sha256 == images.view.blob.sha256
    )
    return uow.session.scalar(same.limit(1)) is not None


def _retire_objects(uow: UnitOfWork, page: Page) -> None:
    """Let the old images and all that was made of them stand as former versions: the text, the numbers and columns read in
    it, the verdict on the image, the item's searchable PDF (made anew once the page is read).
    """
    old_images = update(DigitalObject).where(DigitalObject.page_id == page.id, DigitalObject.is_current)
    uow.session.execute(old_images.values(is_current=False))
    old_pdf = update(DigitalObject).where(DigitalObject.item_id == page.item_id, DigitalObject.role == LAYERED)
    uow.session.execute(old_pdf.values(is_current=False))
    for table in (PageText, FieldReading, PageQuality):
        uow.session.execute(update(table).where(table.page_id == page.id).values(is_current=False))
    numbers = update(Identifier).where(Identifier.page_id == page.id, Identifier.source == OCR)
    uow.session.execute(numbers.values(is_current=False))


def _retire_superseded_master(uow: UnitOfWork, item: Item) -> None:
    """Let the file from which an item was made stand as a former version once every page of it was scanned anew."""
    own = exists().where(DigitalObject.page_id == Page.id, DigitalObject.role == MASTER, DigitalObject.is_current)
    if uow.session.scalar(select(Page.id).where(Page.item_id == item.id, ~own).limit(1)) is None:
        whole = update(DigitalObject).where(
            DigitalObject.item_id == item.id, DigitalObject.role == MASTER, DigitalObject.page_id.is_(None)
        )
        uow.session.execute(whole.values(is_current=False))


def _add_objects(uow: UnitOfWork, item: Item, page: Page, images: PageImages, *, reason: str) -> int:
    last = uow.session.scalar(select(func.max(DigitalObject.version)).where(DigitalObject.page_id == page.id))
    version = (last or 0) + 1
    for role, image in ((MASTER, images.master), (VIEW, images.view), (THUMB, images.thumb)):
        made = _object(image, images, item_id=item.id, page_id=page.id, role=role, version=version)
        made.made_at, made.made_by, made.replaced_reason = uow.now, uow.actor.name, reason
        uow.session.add(made)
    uow.session.flush()
    return version


def _object(image: StoredImage, images: PageImages, **place: Any) -> DigitalObject:
    return DigitalObject(
        format=image.format,
        media_type=image.media_type,
        bytes=image.blob.bytes,
        sha256=image.blob.sha256,
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        colour_mode=image.colour_mode,
        tool=images.tool,
        source_name=images.source_name,
        verified_at=None,
        **place,
    )


def _signed_batches(uow: UnitOfWork, file_id: int) -> tuple[str, ...]:
    query = (
        select(Batch.batch_no)
        .join(BatchItem, BatchItem.batch_id == Batch.id)
        .where(
            BatchItem.archive_file_id == file_id,
            BatchItem.state.not_in(OUT_OF_BATCH),
            Batch.state.not_in(UNSIGNED),
        )
        .order_by(Batch.batch_no)
    )
    return tuple(dict.fromkeys(uow.session.scalars(query)))


def _saved(uow: UnitOfWork, item: Item, page: Page, action: str, **facts: Any) -> None:
    uow.session.flush()
    uow.journal(action, f"item:{item.id}", division=item.division_code, page=page.id, **facts)
    uow.emit(ItemFiled(item_id=item.id, archive_file_id=item.archive_file_id, division_code=item.division_code))
    if RECOGNISE_JOB in uow.host.jobs:
        label = _("识别 %(code)s", code=item.archival_code)
        uow.enqueue(RECOGNISE_JOB, str(item.id), division=item.division_code, label=label)
