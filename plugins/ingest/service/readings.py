"""Register columns read off the pages of certificates and of the forms around them: kept beside the text they come from, renewed with it, offered to
whoever keys the row. Former readings stay and are no longer current.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lindang.uow import UnitOfWork
from models.archive import Item, Page
from models.digital import PageText
from models.keying import FieldReading
from plugins.ingest.domain.certificate import FieldRead

CERTIFICATE: Final = "D11"
READ_DOC_TYPES: Final = frozenset({"D01", "D06", "D10", "D11", "D12"})
"""Document types, in the shipped checklist, whose pages name columns of the register beside printed labels: application,
parcel map, approval form, certificate, receipt.
"""


def unread_texts(
    session: Session, *, page_id: int | None = None, item_id: int | None = None
) -> list[tuple[PageText, str]]:
    """Return, each with its document type, the current texts of one page or of an item's pages whose columns are to be read.

    Empty for other papers, and for texts whose readings are kept already.
    """
    kept = select(FieldReading.id).where(FieldReading.page_text_id == PageText.id)
    query = (
        select(PageText, Item.doc_type)
        .join(Page, Page.id == PageText.page_id)
        .join(Item, Item.id == Page.item_id)
        .where(PageText.is_current, Item.doc_type.in_(READ_DOC_TYPES), ~kept.exists())
        .order_by(Page.page_no)
    )
    wanted = Page.id == page_id if page_id is not None else Item.id == item_id
    return [(text, doc_type) for text, doc_type in session.execute(query.where(wanted))]


def keep_readings(uow: UnitOfWork, text_id: int, found: Sequence[FieldRead]) -> int:
    """Keep what was read in a text, if that is still the page's current one; returns how many. May be repeated."""
    text = uow.session.get_one(PageText, text_id)
    kept = uow.session.scalar(select(FieldReading.id).where(FieldReading.page_text_id == text_id).limit(1))
    if not text.is_current or kept is not None:
        return 0
    former = update(FieldReading).where(FieldReading.page_id == text.page_id, FieldReading.is_current)
    uow.session.execute(former.values(is_current=False))
    if found:
        uow.session.execute(insert(FieldReading), [_row(uow, text, read) for read in found])
    return len(found)


def _row(uow: UnitOfWork, text: PageText, read: FieldRead) -> dict[str, object]:
    return {
        "page_id": text.page_id,
        "page_text_id": text.id,
        "row": read.row,
        "field": read.field,
        "value": read.value,
        "confidence": read.confidence,
        "box": list(read.box),
        "is_current": True,
        "made_at": uow.now,
    }
