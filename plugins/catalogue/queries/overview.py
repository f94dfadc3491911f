"""What there is, by division: files, items, pages, certificates, parcels, area. The way leads from county to town to
village; each level is one grouped query per figure, so that a county of 400 villages is one short page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile, Item, Page, Waiver
from models.checklist import household_classes
from models.register import Certificate, Parcel
from plugins.catalogue.queries.files import complete_files, incomplete_files
from plugins.catalogue.queries.places import Place, places

_Figure = tuple[tuple[str, ...], Any, Any]
"""Names of figures, the query that counts them, and the column that places what is counted."""

_NEXT: Final = {0: 6, 2: 6, 4: 6, 6: 9, 9: 12}
"""Length of the codes below a division, by the length of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFigures:
    """The figures of one division."""

    place: Place
    files: int = 0
    items: int = 0
    pages: int = 0
    certificates: int = 0
    parcels: int = 0
    area_mu: Decimal = Decimal(0)
    complete: int = 0
    household: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """The divisions below one, with their figures, and the sums; `above` is the way down to here."""

    above: tuple[Place, ...]
    rows: tuple[PlaceFigures, ...]
    total: PlaceFigures

    @property
    def is_village_level(self) -> bool:
        """Say whether the rows are villages, which have no level below."""
        return bool(self.rows) and all(len(row.place.code) == 12 for row in self.rows)


def overview(session: Session, actor: Actor, under: str = "") -> Overview:
    """Return the figures of the divisions below `under` that hold records in scope, in the order of their codes."""
    width = _NEXT.get(len(under), 12)
    figures = _figures(session, actor, under, width)
    ways = [under[:length] for length in (6, 9) if length <= len(under)]
    named = places(session, [*figures, *ways])
    rows = tuple(PlaceFigures(place=named[code], **figures[code]) for code in sorted(figures))
    return Overview(tuple(named[code] for code in ways), rows, _total(rows))


def _total(rows: tuple[PlaceFigures, ...]) -> PlaceFigures:
    names = [name for name in PlaceFigures.__dataclass_fields__ if name != "place"]
    sums = {name: sum((getattr(row, name) for row in rows), start=_ZERO.get(name, 0)) for name in names}
    return PlaceFigures(place=Place("", "", ""), **sums)


_ZERO: Final[Mapping[str, Any]] = {"area_mu": Decimal(0)}


def _figures(session: Session, actor: Actor, under: str, width: int) -> dict[str, dict[str, Any]]:
    household = household_classes(session)
    found: dict[str, dict[str, Any]] = {}
    for names, query, column in _queries(session, household):
        group = func.substr(column, 1, width)
        grouped = query.add_columns(group).where(actor.within(column), column.startswith(under, autoescape=True))
        for *values, code in session.execute(grouped.group_by(group)):
            found.setdefault(code, {}).update(zip(names, values, strict=True))
    return found


def _queries(session: Session, household: frozenset[str]) -> list[_Figure]:
    mine = ArchiveFile.class_code.in_(household)
    place = ArchiveFile.division_code
    queries: list[_Figure] = [
        (("files",), select(func.count(ArchiveFile.id)), place),
        (("household",), select(func.count(ArchiveFile.id)).where(mine), place),
        (("complete",), select(func.count(ArchiveFile.id)).where(complete_files(session, household)), place),
        (("items",), select(func.count(Item.id)), Item.division_code),
        (("pages",), select(func.count(Page.id)).join(Item, Item.id == Page.item_id), Item.division_code),
        (
            ("certificates",),
            select(func.count(Certificate.id)).where(~Certificate.is_withdrawn),
            Certificate.division_code,
        ),
        (
            ("parcels", "area_mu"),
            select(func.count(Parcel.id), func.sum(Parcel.area_mu)).where(~Parcel.is_withdrawn),
            Parcel.division_code,
        ),
    ]
    return queries


def count_incomplete(session: Session, actor: Actor) -> int:
    """Return how many household files in scope lack a document."""
    household = household_classes(session)
    query = select(func.count(ArchiveFile.id)).where(
        actor.within(ArchiveFile.division_code), incomplete_files(session, household)
    )
    return session.scalar(query) or 0


def count_unkeyed(session: Session, actor: Actor) -> int:
    """Return how many household files in scope have no certificate keyed."""
    keyed = select(Certificate.id).where(Certificate.archive_file_id == ArchiveFile.id).exists()
    query = select(func.count(ArchiveFile.id)).where(
        actor.within(ArchiveFile.division_code), ArchiveFile.class_code.in_(household_classes(session)), ~keyed
    )
    return session.scalar(query) or 0


def waiting_waivers(session: Session, actor: Actor) -> list[tuple[Waiver, ArchiveFile]]:
    """Return the waivers in scope that wait for a second person, the oldest first."""
    query = (
        select(Waiver, ArchiveFile)
        .join(ArchiveFile, ArchiveFile.id == Waiver.archive_file_id)
        .where(actor.within(ArchiveFile.division_code), Waiver.approved_at.is_(None))
        .order_by(Waiver.requested_at)
    )
    return [(waiver, file) for waiver, file in session.execute(query)]
