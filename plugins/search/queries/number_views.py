"""What the numbers found belong to: one line per certificate, file or batch, with the pages it was read on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile, Item, Page
from models.handover import Batch
from models.identifiers import ARCHIVAL_CODE
from models.register import Certificate
from plugins.search.domain.number_ways import Match
from plugins.search.queries.hits import division_paths
from plugins.search.queries.numbers import NumberHit


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page on which a number was read."""

    page_id: int
    item_id: int
    archival_code: str
    page_no: int


@dataclass(frozen=True, slots=True)
class NumberView:
    """A number as shown: how it matched, as it is written, what it belongs to, where it was read."""

    match: Match
    number_kind: str
    raw: str
    source: str
    kind: str
    object_id: int
    title: str
    archival_code: str
    holder: str
    place: str
    pages: tuple[PageRef, ...]


def show_numbers(session: Session, actor: Actor, hits: Sequence[NumberHit]) -> list[NumberView]:
    """Return one view per number and owner, in the order of the hits; owners out of scope are left out."""
    groups: dict[tuple[str, int, str, str], list[NumberHit]] = {}
    for hit in hits:
        kind, object_id = owner_of(hit)
        if object_id:
            groups.setdefault((kind, object_id, hit.kind, hit.raw if hit.source != "ocr" else ""), []).append(hit)
    owners = _owners(session, actor, {key[:2] for key in groups})
    pages = _pages(session, actor, hits)
    return [
        _view(found, owners[key[0], key[1]], key, pages) for key, found in groups.items() if (key[0], key[1]) in owners
    ]


def owner_of(hit: NumberHit) -> tuple[str, int]:
    """Return kind and id of what a number belongs to: batch, item (its own code), file or lone certificate."""
    if hit.batch_id:
        return "batch", hit.batch_id
    if hit.item_id and hit.kind == ARCHIVAL_CODE:
        return "item", hit.item_id
    if hit.archive_file_id:
        return "archive_file", hit.archive_file_id
    return "certificate", hit.certificate_id or 0


@dataclass(frozen=True, slots=True)
class _Owner:
    title: str
    code: str
    holder: str
    place: str


def _owners(session: Session, actor: Actor, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], _Owner]:
    ids: dict[str, list[int]] = defaultdict(list)
    for kind, object_id in wanted:
        ids[kind].append(object_id)
    found = {
        (kind, row.id): row for kind, numbers in ids.items() for row in session.execute(_OWNERS[kind](actor, numbers))
    }
    places = division_paths(session, {row.division_code for row in found.values()})
    return {
        key: _Owner(row.title, row.code, row.holder, places.get(row.division_code, "")) for key, row in found.items()
    }


def _files(actor: Actor, ids: list[int]) -> Select[*tuple[Any, ...]]:
    of = ArchiveFile
    query = select(of.id, of.title, of.archival_code.label("code"), of.holder_name.label("holder"), of.division_code)
    return query.where(of.id.in_(ids), actor.within(of.division_code))


def _items(actor: Actor, ids: list[int]) -> Select[*tuple[Any, ...]]:
    holder = ArchiveFile.holder_name.label("holder")
    query = select(Item.id, Item.title, Item.archival_code.label("code"), holder, Item.division_code)
    return query.join(ArchiveFile).where(Item.id.in_(ids), actor.within(Item.division_code))


def _lone_certificates(actor: Actor, ids: list[int]) -> Select[*tuple[Any, ...]]:
    of, none = Certificate, literal("").label("code")
    query = select(of.id, of.cert_no.label("title"), none, of.holder_name.label("holder"), of.division_code)
    return query.where(of.id.in_(ids), actor.within(of.division_code))


def _batches(actor: Actor, ids: list[int]) -> Select[*tuple[Any, ...]]:
    none = literal("").label("holder")
    query = select(Batch.id, Batch.title, Batch.batch_no.label("code"), none, Batch.division_code)
    return query.where(Batch.id.in_(ids), actor.within(Batch.division_code))


_OWNERS: Final = {"archive_file": _files, "item": _items, "certificate": _lone_certificates, "batch": _batches}


def _pages(session: Session, actor: Actor, hits: Sequence[NumberHit]) -> dict[int, PageRef]:
    wanted = {hit.page_id for hit in hits if hit.page_id}
    if not wanted:
        return {}
    query = (
        select(Page.id, Page.item_id, Item.archival_code, Page.page_no)
        .join(Item, Item.id == Page.item_id)
        .where(Page.id.in_(wanted), actor.within(Item.division_code))
    )
    return {row.id: PageRef(row.id, row.item_id, row.archival_code, row.page_no) for row in session.execute(query)}


def _view(
    found: list[NumberHit], owner: _Owner, key: tuple[str, int, str, str], pages: dict[int, PageRef]
) -> NumberView:
    refs: dict[int, Any] = {hit.page_id: pages[hit.page_id] for hit in found if hit.page_id and hit.page_id in pages}
    return NumberView(
        match=found[0].match,
        number_kind=found[0].kind,
        raw=found[0].raw,
        source=found[0].source,
        kind=key[0],
        object_id=key[1],
        title=owner.title,
        archival_code=owner.code,
        holder=owner.holder,
        place=owner.place,
        pages=tuple(sorted(refs.values(), key=lambda ref: (ref.archival_code, ref.page_no))),
    )
