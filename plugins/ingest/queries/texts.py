"""The recognised text of an item, page by page."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import Item, Page
from models.codes import normalise_code
from models.digital import PageText


@dataclass(frozen=True, slots=True)
class PageTextLine:
    """One page: its text, None while it has not been read."""

    page_no: int
    is_blank: bool
    text: str | None
    engine: str
    confidence: int | None


@dataclass(frozen=True, slots=True)
class ItemText:
    """An item with the text of its pages in order."""

    id: int
    code: str
    title: str
    pages: tuple[PageTextLine, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the item for scripts."""
        return {"item": self.code, "title": self.title, "pages": [asdict(page) for page in self.pages]}


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One reading of a page."""

    version: int
    engine: str
    engine_version: str
    letters: int
    confidence: int
    is_current: bool
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class PageVersions:
    """All readings of a page, the newest first."""

    page_no: int
    is_blank: bool
    versions: tuple[TextVersion, ...]


@dataclass(frozen=True, slots=True)
class ItemVersions:
    """An item with the readings of its pages in order."""

    id: int
    title: str
    pages: tuple[PageVersions, ...]


def text_versions(session: Session, actor: Actor, item_id: int) -> ItemVersions:
    """Return an item with the readings of its pages. Raises NotFound when there is no such item in the actor's scope."""
    item = session.scalar(select(Item).where(Item.id == item_id, actor.within(Item.division_code)))
    if item is None:
        raise NotFound(_("没有这一件"))
    columns: tuple[Any, ...] = (Page.page_no, Page.is_blank, PageText)
    query = (
        select(*columns)
        .join(PageText, PageText.page_id == Page.id, isouter=True)
        .where(Page.item_id == item_id)
        .order_by(Page.page_no, PageText.version.desc())
    )
    pages = tuple(
        PageVersions(page_no, is_blank, tuple(_version(text) for _no, _blank, text in rows if text is not None))
        for (page_no, is_blank), rows in groupby(session.execute(query), key=lambda row: (row[0], row[1]))
    )
    return ItemVersions(item.id, item.title, pages)


def _version(text: PageText) -> TextVersion:
    letters = len("".join(text.text.split()))
    about = (text.engine, text.engine_version, letters, text.confidence, text.is_current, text.made_at)
    return TextVersion(text.version, *about)


def item_text(session: Session, actor: Actor, name: str, *, by_id: bool = False) -> ItemText:
    """Return the text of an item named by its archival code in any spelling, or by its id.

    Raises:
        NotFound: there is no such item in the actor's scope.
    """
    wanted = Item.id == int(name) if by_id else Item.archival_code == normalise_code(name)
    item = session.scalar(select(Item).where(wanted, actor.within(Item.division_code)))
    if item is None:
        raise NotFound(_("没有这一件"), where=name, remedy=_("请核对档号。"))
    query = (
        select(Page.page_no, Page.is_blank, PageText.text, PageText.engine, PageText.confidence)
        .join(PageText, (PageText.page_id == Page.id) & PageText.is_current, isouter=True)
        .where(Page.item_id == item.id)
        .order_by(Page.page_no)
    )
    pages = tuple(
        PageTextLine(no, blank, text, engine or "", sure) for no, blank, text, engine, sure in session.execute(query)
    )
    return ItemText(item.id, item.archival_code, item.title, pages)
