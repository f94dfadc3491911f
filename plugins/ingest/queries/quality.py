"""Image quality as it stands: what was measured on the pages of an item, twins of an image, what is to be judged again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from lindang.auth import Actor
from lindang.i18n import _
from models.archive import Item, Page
from models.digital import VIEW, DigitalObject
from models.quality import PageQuality
from plugins.ingest.domain.pagelook import likeness, look_from
from plugins.ingest.domain.quality import PageFacts, Twin

ALIKE_ENOUGH: Final = 0.77
"""Two scans of one paper were never less alike than this (drawn pages, see docs/quality.md); many different pages are more."""
MOST_TWINS: Final = 4
"""With how many earlier pages of its 案卷 a page is compared at most, the most alike first."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One page of an item with its current row of quality, None while it is not measured."""

    page: Page
    row: PageQuality | None
    view_sha256: str


def measured_pages(session: Session, item_id: int) -> list[Measured]:
    """Return the pages of an item in order, each with its current quality and its view image."""
    quality = (PageQuality.page_id == Page.id) & PageQuality.is_current
    view = (DigitalObject.page_id == Page.id) & (DigitalObject.role == VIEW) & DigitalObject.is_current
    query = (
        select(Page, PageQuality, DigitalObject.sha256)
        .join(DigitalObject, view)
        .join(PageQuality, quality, isouter=True)
        .where(Page.item_id == item_id)
        .order_by(Page.page_no)
    )
    return [Measured(*row) for row in session.execute(query)]


def facts_of(session: Session, item: Item, pages: Sequence[Measured]) -> dict[int, PageFacts]:
    """Return what the rules look at, by page, for the pages that are measured."""
    is_all_blank = bool(pages) and all(measured.page.is_blank for measured in pages)
    rows = [measured.row for measured in pages if measured.row is not None]
    same = _same(session, item.division_code, [row.view_sha256 for row in rows])
    twins = _twins(session, {*same.values(), *(row.alike_page_id for row in rows if row.alike_page_id)})
    found = {}
    for page, row in ((measured.page, measured.row) for measured in pages if measured.row is not None):
        first = same.get(row.view_sha256, page.id)
        found[page.id] = PageFacts(
            doc_type=item.doc_type,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            colour_mode=page.colour_mode,
            look=look_from(row.look) if row.look else None,
            is_all_blank=is_all_blank,
            same=twins[first] if first < page.id and not page.is_blank else None,
            alike=twins.get(row.alike_page_id or 0),
        )
    return found


def _same(session: Session, division_code: str, digests: Sequence[str]) -> dict[str, int]:
    """Return the first page of the village that shows an image, by its digest."""
    query = select(PageQuality.view_sha256, func.min(PageQuality.page_id)).where(
        PageQuality.view_sha256.in_(digests), PageQuality.division_code == division_code, PageQuality.is_current
    )
    return dict(session.execute(query.group_by(PageQuality.view_sha256)).all())


def _twins(session: Session, page_ids: Collection[int]) -> dict[int, Twin]:
    query = select(Page.id, Item.archival_code, Page.page_no).join(Item, Item.id == Page.item_id)
    return {
        page_id: Twin(page_id=page_id, where=_("%(code)s 第 %(n)s 页", code=code, n=page_no))
        for page_id, code, page_no in session.execute(query.where(Page.id.in_(page_ids)))
    }


@dataclass(frozen=True, slots=True)
class Rival:
    """A page with what is needed to compare its image."""

    page_id: int
    skew: float
    view_sha256: str
    view_dpi: int


def has_uncompared(session: Session, item: Item) -> bool:
    """Tell whether a page of an item is still to be compared with an earlier page of its 案卷."""
    imprints = _imprints(session, item.archive_file_id)
    return any(_alike(page_id, imprints) for page_id in _waiting(session, item) if page_id in imprints)


def uncompared(session: Session, item: Item) -> dict[int, list[tuple[Rival, Rival]]]:
    """Return the pages of an item that were not compared yet, each in pairs with the earlier pages of its 案卷 that look like it."""
    imprints = _imprints(session, item.archive_file_id)
    waiting = [page_id for page_id in _waiting(session, item) if page_id in imprints]
    alike = {page_id: _alike(page_id, imprints) for page_id in waiting}
    rivals = _rivals(session, {*waiting, *(other for others in alike.values() for other in others)})
    return {page_id: [(rivals[page_id], rivals[other]) for other in others] for page_id, others in alike.items()}


def _waiting(session: Session, item: Item) -> Sequence[int]:
    query = select(PageQuality.page_id).where(
        PageQuality.item_id == item.id, PageQuality.is_current, PageQuality.compared_at.is_(None)
    )
    return session.scalars(query.order_by(PageQuality.page_id)).all()


def _imprints(session: Session, archive_file_id: int) -> dict[int, str]:
    query = (
        select(PageQuality.page_id, PageQuality.imprint)
        .join(Item, Item.id == PageQuality.item_id)
        .where(Item.archive_file_id == archive_file_id, PageQuality.is_current, PageQuality.imprint != "")
    )
    return dict(session.execute(query).all())


def _alike(page_id: int, imprints: Mapping[int, str]) -> list[int]:
    """Return the earlier pages that look like a page, the most alike first."""
    mine = imprints[page_id]
    earlier = ((likeness(mine, theirs), other) for other, theirs in imprints.items() if other < page_id)
    ranked = sorted((pair for pair in earlier if pair[0] >= ALIKE_ENOUGH), key=lambda pair: -pair[0])
    return [other for _share, other in ranked[:MOST_TWINS]]


def _rivals(session: Session, page_ids: Collection[int]) -> dict[int, Rival]:
    view = (DigitalObject.page_id == PageQuality.page_id) & (DigitalObject.role == VIEW) & DigitalObject.is_current
    query = (
        select(PageQuality.page_id, PageQuality.look, PageQuality.view_sha256, DigitalObject.dpi)
        .join(DigitalObject, view)
        .where(PageQuality.page_id.in_(page_ids), PageQuality.is_current)
    )
    return {
        page_id: Rival(page_id, look_from(look).skew, sha256, dpi)
        for page_id, look, sha256, dpi in session.execute(query)
    }


def unjudged_items(session: Session, actor: Actor, division_code: str, limits_key: str, *, again: bool) -> list[int]:
    """Return the items with a page that is not measured or was judged under other limits; all with pages when ``again``."""
    current = aliased(PageQuality)
    judged = exists().where(current.page_id == Page.id, current.is_current, current.limits_key == limits_key)
    has_page = exists().where(Page.item_id == Item.id)
    wanted: ColumnElement[bool] = has_page if again else exists().where(Page.item_id == Item.id, ~judged)
    query = select(Item.id).where(
        wanted, actor.within(Item.division_code), Item.division_code.startswith(division_code, autoescape=True)
    )
    return list(session.scalars(query.order_by(Item.id)))
