"""The recognised text of an item, page by page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
