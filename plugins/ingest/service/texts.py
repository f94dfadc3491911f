"""Text of pages: a new version beside the old one, the numbers in it findable, ID numbers only sealed."""

from __future__ import annotations

from sqlalchemy import func, select, update

from lindang.uow import UnitOfWork
from models.archive import Item, Page
from models.digital import Identifier, PageText
from models.events import PageTextStored
from models.identifiers import CERT_NO, OCR, id_row, number_row
from models.numbers import is_unit_no
from plugins.ingest.domain.fields import find_numbers, unit_numbers, with_opinion
from plugins.ingest.domain.record import TextRecord
from plugins.ingest.domain.versions import Standing, takes_over
from plugins.ingest.service.links import link_file
from plugins.ingest.tools import settings_of

UNIT_NO = "bdc_unit_no"


def store_text(uow: UnitOfWork, item: Item, page: Page, record: TextRecord) -> bool:
    """Keep a text of a page beside its former ones; returns whether it is the current one now (``domain.versions``)."""
    last = uow.session.scalar(select(func.max(PageText.version)).where(PageText.page_id == page.id)) or 0
    is_current = takes_over(_standing(record), _present(uow, page.id))
    if is_current:
        uow.session.execute(update(PageText).where(PageText.page_id == page.id).values(is_current=False))
    text = PageText(
        page_id=page.id,
        version=last + 1,
        is_current=is_current,
        engine=record.engine,
        engine_version=record.engine_version,
        profile=record.profile,
        text=record.text,
        words=[list(word) for word in record.words],
        confidence=record.confidence,
        made_at=uow.now,
    )
    uow.session.add(text)
    if is_current:
        _store_numbers(uow, item, page, record)
        uow.session.flush()
        uow.emit(PageTextStored(page_id=page.id, item_id=item.id, division_code=item.division_code))
    return is_current


def _standing(record: TextRecord) -> Standing:
    return Standing(record.engine, bool(record.text.strip()), record.profile)


def _present(uow: UnitOfWork, page_id: int) -> Standing | None:
    query = select(PageText.engine, PageText.text, PageText.profile)
    row = uow.session.execute(query.where(PageText.page_id == page_id, PageText.is_current)).one_or_none()
    return Standing(row.engine, bool(row.text.strip()), row.profile) if row else None


def _store_numbers(uow: UnitOfWork, item: Item, page: Page, record: TextRecord) -> None:
    former = update(Identifier).where(Identifier.page_id == page.id, Identifier.source == OCR, Identifier.is_current)
    uow.session.execute(former.values(is_current=False))
    links = {"archive_file_id": item.archive_file_id, "item_id": item.id, "page_id": page.id}
    for number in find_numbers(record.text, record.words, settings_of(uow.host).cert_words):
        row = number_row(number.kind, number.raw, source=OCR, division_code=item.division_code, **links)
        row.confidence = with_opinion(number, record.opinions).confidence
        if number.kind == CERT_NO:
            row.norm, row.key = number.norm[:120], number.key[:80]
        uow.session.add(row)
    for unit in filter(is_unit_no, unit_numbers(record.text)):
        uow.session.add(number_row(UNIT_NO, unit, source=OCR, division_code=item.division_code, **links))
    for sealed in record.sealed_ids:
        plain = uow.host.vault.open(sealed)
        uow.session.add(id_row(uow.host.vault, plain, source=OCR, division_code=item.division_code, **links))


def link_item(uow: UnitOfWork, item: Item) -> None:
    """Link the item's 案卷 with the certificate that its pages name, where they agree and the register knows it."""
    uow.session.flush()
    link_file(uow, item.archive_file_id)
