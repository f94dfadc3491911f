"""Exports as pages, commands and the API need them: the places to choose from, the list, one export with its files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.place import Division
from models.register import Parcel
from models.register_export import DATA, REFUSED, RegisterExport, RegisterExportFile

MOST_PLACES: Final = 1500
"""More places than this are no list to choose from: then the villages are chosen on their own pages."""


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One export; ``file`` and ``refusals`` are its files, None where none was made."""

    id: int
    division_code: str
    place: str
    target: str
    title: str
    format: str
    with_id_numbers: bool
    purpose: str
    is_forced: bool
    state: str
    rows: int
    refused: int
    found: Mapping[str, Any]
    created_at: dt.datetime
    created_by: str
    created_by_id: int | None
    finished_at: dt.datetime | None
    version: int
    file: RegisterExportFile | None = None
    refusals: RegisterExportFile | None = None

    def is_of(self, actor: Actor) -> bool:
        """Say whether this person had the file made; nobody else is handed it."""
        return actor.almighty or (actor.account_id is not None and actor.account_id == self.created_by_id)


_COLUMNS: Final = tuple(name for name in ExportLine.__dataclass_fields__ if name not in {"file", "refusals"})


def export_lines(session: Session, actor: Actor, *, offset: int, limit: int) -> tuple[tuple[ExportLine, ...], int]:
    """Return the exports inside the actor's scope, newest first, and how many there are."""
    mine = actor.within(RegisterExport.division_code)
    query = select(RegisterExport).where(mine).order_by(RegisterExport.id.desc()).offset(offset).limit(limit)
    total = session.scalar(select(func.count()).select_from(RegisterExport).where(mine)) or 0
    return tuple(_line(session, row) for row in session.scalars(query)), total


def export_line(session: Session, actor: Actor, export_id: int) -> ExportLine:
    """Return one export. Raises NotFound."""
    mine = actor.within(RegisterExport.division_code)
    row = session.scalar(select(RegisterExport).where(RegisterExport.id == export_id, mine))
    if row is None:
        raise NotFound(_("没有这次导出"))
    return _line(session, row)


def _line(session: Session, row: RegisterExport) -> ExportLine:
    files = session.scalars(
        select(RegisterExportFile).where(RegisterExportFile.export_id == row.id).order_by(RegisterExportFile.id)
    )
    newest = {file.kind: file for file in files}
    values = {name: getattr(row, name) for name in _COLUMNS}
    return ExportLine(**values, file=newest.get(DATA), refusals=newest.get(REFUSED))


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A county, township or village that lies wholly inside the scope."""

    code: str
    name: str
    level: str


def place_choices(session: Session, actor: Actor, chosen: str = "") -> list[PlaceChoice]:
    """Return the places to choose from, by code: villages only where they are few enough, the chosen one always."""
    has_rows = select(Parcel.id).where(Parcel.division_code == Division.code, ~Parcel.is_withdrawn).exists()
    query = (
        select(Division.code, func.max(Division.name), func.max(Division.level))
        .where(actor.within(Division.code), Division.valid_to.is_(None) | has_rows)
        .group_by(Division.code)
        .order_by(Division.code)
    )
    levels = ("county", "town", "village")
    total = session.scalar(select(func.count()).select_from(query.where(Division.level.in_(levels)).subquery())) or 0
    offered = Division.level.in_(levels if total <= MOST_PLACES else levels[:2])
    wanted = offered | ((Division.code == chosen) & Division.level.in_(levels))
    return [PlaceChoice(*row) for row in session.execute(query.where(wanted))]


def place_name(session: Session, actor: Actor, code: str) -> str:
    """Return the name of a county, township or village that lies wholly inside the scope. Raises NotFound."""
    query = (
        select(Division.name)
        .where(Division.code == code, Division.level.in_(("county", "town", "village")), actor.within(Division.code))
        .order_by(Division.valid_from.desc())
    )
    found = session.scalars(query.limit(1)).first()
    if found is None:
        raise NotFound(
            _("没有这个县、乡镇或村"), remedy=_("请核对 6、9 或 12 位区划代码，只能导出整个在您辖区内的地方。")
        )
    return found
