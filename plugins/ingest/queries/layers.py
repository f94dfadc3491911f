"""What a PDF with a text layer is made from: the originals of an item page by page, with the text that is current."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import Item, Page
from models.digital import LAYERED, MASTER, DigitalObject, PageText
from plugins.ingest.domain.record import PDF_BORN, PDF_LAYER

OF_THE_FILE = (PDF_BORN, PDF_LAYER)
"""Engines of texts that the original itself carries: it needs no second layer."""


@dataclass(frozen=True, slots=True)
class Source:
    """The stored original of a page, and which page of it that is, from 0."""

    sha256: str
    index: int


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page: the stored original, its kind, which page of it; and its words."""

    sha256: str
    kind: str
    index: int
    words: list[list[Any]]


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """All that determines the PDF of an item."""

    item_id: int
    code: str
    title: str
    division_code: str
    date: dt.datetime
    pages: tuple[SourcePage, ...]


def layer_plan(session: Session, item_id: int) -> LayerPlan | None:
    """Return what the PDF of an item is made from.

    None while a page waits for its text, where no page got one from an engine, and where the originals do not show which page
    is whose.
    """
    item = session.get_one(Item, item_id)
    pages = session.scalars(select(Page).where(Page.item_id == item_id).order_by(Page.page_no)).all()
    texts = _texts(session, item_id)
    if not texts or any(not page.is_blank and page.id not in texts for page in pages):
        return None
    layers = {page_id: words for page_id, words in texts.items() if words is not None}
    masters = _masters(session, item_id)
    sources = _sources(pages, masters)
    if not layers or sources is None:
        return None
    return LayerPlan(
        item_id=item_id,
        code=item.archival_code,
        title=item.title,
        division_code=item.division_code,
        date=max(master.made_at for master in masters),
        pages=tuple(
            SourcePage(master.sha256, master.format, index, layers.get(page.id, []))
            for page, (master, index) in zip(pages, sources, strict=True)
        ),
    )


def wants_layer(session: Session, item_id: int) -> bool:
    """Say whether every page of an item that is not blank has its text, and an engine has read some: cheap, without the words."""
    text = exists().where(PageText.page_id == Page.id, PageText.is_current).correlate(Page)
    read = text.where(PageText.engine.not_in(OF_THE_FILE))
    unread = func.count().filter(~Page.is_blank, ~text)
    counted = select(func.count().filter(read), unread).where(Page.item_id == item_id)
    pages_read, waiting = session.execute(counted).one()
    return pages_read > 0 and waiting == 0


def _texts(session: Session, item_id: int) -> dict[int, list[list[Any]] | None]:
    """Return the words of each page that has a current text; None for those that the original carries itself."""
    carried = exists().where(PageText.page_id == Page.id, PageText.engine.in_(OF_THE_FILE)).correlate(Page)
    query = (
        select(Page.id, PageText.words, carried)
        .join(PageText, (PageText.page_id == Page.id) & PageText.is_current)
        .where(Page.item_id == item_id)
    )
    return {page_id: None if is_carried else words for page_id, words, is_carried in session.execute(query)}


def _sources(pages: Any, masters: Any) -> list[tuple[DigitalObject, int]] | None:
    """Return master and index of each page: a page scanned by itself has its own, the others are the item's file in order."""
    of_page = {master.page_id: master for master in masters if master.page_id is not None}
    of_item = [master for master in masters if master.page_id is None]
    if len(of_item) > 1 or any(page.id not in of_page and not of_item for page in pages):
        return None
    return [(of_page[page.id], 0) if page.id in of_page else (of_item[0], page.page_no - 1) for page in pages]


def page_sources(session: Session, item_id: int) -> dict[int, Source]:
    """Return where the image of each page comes from, by page; empty where the originals do not show which page is whose."""
    pages = session.scalars(select(Page).where(Page.item_id == item_id).order_by(Page.page_no)).all()
    sources = _sources(pages, _masters(session, item_id))
    if sources is None:
        return {}
    return {page.id: Source(master.sha256, index) for page, (master, index) in zip(pages, sources, strict=True)}


def _masters(session: Session, item_id: int) -> Sequence[DigitalObject]:
    query = select(DigitalObject).where(
        DigitalObject.item_id == item_id, DigitalObject.role == MASTER, DigitalObject.is_current
    )
    return session.scalars(query.order_by(DigitalObject.id)).all()


def unlayered(session: Session, actor: Actor, division_code: str, *, again: bool) -> list[int]:
    """Return the items with recognised text that have no PDF with it; all of those with text when ``again``."""
    read = exists().where(Page.item_id == Item.id, PageText.page_id == Page.id, PageText.engine.not_in(OF_THE_FILE))
    has_one = exists().where(DigitalObject.item_id == Item.id, DigitalObject.role == LAYERED, DigitalObject.is_current)
    conditions: list[ColumnElement[bool]] = [
        read,
        actor.within(Item.division_code),
        Item.division_code.startswith(division_code, autoescape=True),
    ]
    if not again:
        conditions.append(~has_one)
    return list(session.scalars(select(Item.id).where(*conditions).order_by(Item.id)))


def last_version(session: Session, item_id: int) -> int:
    """Return the highest version of an item's PDF, 0 without one."""
    query = select(func.max(DigitalObject.version))
    return session.scalar(query.where(DigitalObject.item_id == item_id, DigitalObject.role == LAYERED)) or 0
