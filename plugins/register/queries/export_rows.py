"""The rows of a place as an export reads them: village by village, in one snapshot, in the layers that its target asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.crypto import Vault
from models.entries import BOOK_FIELDS, PAGE_FIELDS, Labels, code_labels
from models.place import LEVEL_LENGTHS, Division
from models.register import Certificate, Parcel, RegisterSheet, RegistryValue
from plugins.register.domain.mapping import Layer, TargetMapping
from plugins.register.domain.target_rows import SourceRow
from plugins.register.queries.written import WrittenRow, written_rows

_TOWN, _COUNTY = LEVEL_LENGTHS["town"], LEVEL_LENGTHS["county"]
_PART: Final = 500


@dataclass(frozen=True, slots=True)
class VillageSheet:
    """One village with rows: its names, who filled its sheet and when, how many rows."""

    code: str
    name: str
    town: str
    rows: int
    filled_by: str = ""
    filled_on: dt.date | None = None


def one_snapshot(session: Session) -> None:
    """See the rows of one moment to the end of this session, whoever writes meanwhile; ask before anything else is read.

    SQLite's transactions are so by themselves; PostgreSQL's must be told.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def row_count(session: Session, actor: Actor, place: str) -> int:
    """Return how many rows a place has."""
    query = select(func.count()).select_from(Parcel).join(Certificate, Certificate.id == Parcel.certificate_id)
    return session.scalar(query.where(*_live(actor, place))) or 0


def _live(actor: Actor, place: str) -> tuple[Any, ...]:
    code = Parcel.division_code
    return actor.within(code), code.startswith(place, autoescape=True), ~Parcel.is_withdrawn, ~Certificate.is_withdrawn


def villages_of(session: Session, actor: Actor, place: str) -> list[VillageSheet]:
    """Return the villages of a place that have rows, by code."""
    query = (
        select(Parcel.division_code, func.count())
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .where(*_live(actor, place))
        .group_by(Parcel.division_code)
        .order_by(Parcel.division_code)
    )
    counts = session.execute(query).all()
    names, filled = names_below(session, place), _filled(session, place)
    return [
        VillageSheet(code, names.get(code, ""), names.get(code[:_TOWN], ""), rows, *filled.get(code, ("", None)))
        for code, rows in counts
    ]


def names_below(session: Session, place: str) -> dict[str, str]:
    """Return the names of a place, what it contains and what contains it, as they are called last."""
    above = [place[:length] for length in (_COUNTY, _TOWN) if len(place) > length]
    wanted = Division.code.startswith(place, autoescape=True) | Division.code.in_(above)
    query = select(Division.code, Division.name).where(wanted).order_by(Division.valid_from)
    return dict(session.execute(query).all())


def _filled(session: Session, place: str) -> dict[str, tuple[str, dt.date | None]]:
    """Return who filled the newest version of each village's sheet."""
    sheet = RegisterSheet
    query = select(sheet.division_code, sheet.filled_by, sheet.filled_on)
    query = query.where(sheet.division_code.startswith(place, autoescape=True)).order_by(sheet.sheet_no)
    return {code: (by, on) for code, by, on in session.execute(query)}


class RowSource:
    """Reads villages for one mapping; the ID numbers masked, or opened for those who may have them."""

    def __init__(self, session: Session, actor: Actor, place: str, mapping: TargetMapping, vault: Vault | None) -> None:
        """Read names and code lists once. ``vault`` opens the ID numbers; None leaves them masked."""
        self._session, self._actor = session, actor
        self._layers, self._vault = mapping.layers, vault if mapping.takes("id_no") else None
        self._labels: Labels = code_labels(session)
        self._names = names_below(session, place)

    def rows(self, village: VillageSheet) -> Iterator[SourceRow]:
        """Yield a village's rows in the order of its sheet."""
        mine = (Parcel.division_code == village.code, self._actor.within(Parcel.division_code))
        found = written_rows(self._session, *mine, labels=self._labels, needs_seal=self._vault is not None)
        normal = self._normal_forms(found) if self._layers - {Layer.WRITTEN} else {}
        registry = self._registry_values(found) if Layer.REGISTRY in self._layers else {}
        place = self._place(village)
        for row in found:
            id_no = self._id_no(row)
            texts = {**place, **row.texts, "village_code": village.code, "id_no": id_no}
            if row.row_no is not None:
                texts.setdefault("seq", str(row.row_no))
            values = normal.get(row.parcel_id, {})
            if values:
                values |= {**place, "seq": row.row_no, "id_no": id_no}
                values["archival_code"] = row.texts.get("archival_code", "")
            confirmed = {
                **registry.get(("certificate", row.certificate_id), {}),
                **registry.get(("parcel", row.parcel_id), {}),
            }
            yield SourceRow(village.code, texts, values, confirmed)

    def _place(self, village: VillageSheet) -> dict[str, str]:
        county, town = village.code[:_COUNTY], village.code[:_TOWN]
        return {
            "county_code": county,
            "county_name": self._names.get(county, ""),
            "town_code": town,
            "town_name": village.town,
            "village_code": village.code,
            "village_name": village.name,
        }

    def _id_no(self, row: WrittenRow) -> str:
        if self._vault is None or not row.id_no_enc:
            return row.texts.get("id_no", "")
        return self._vault.open(row.id_no_enc)

    def _normal_forms(self, rows: Collection[WrittenRow]) -> dict[int, dict[str, Any]]:
        columns = [getattr(Certificate, name).label(name) for name in BOOK_FIELDS]
        columns += [getattr(Parcel, name).label(name) for name in (*PAGE_FIELDS, "area_mu")]
        found: dict[int, dict[str, Any]] = {}
        for part in _parts([row.parcel_id for row in rows]):
            query = select(Parcel.id, *columns).join(Certificate, Certificate.id == Parcel.certificate_id)
            for row in self._session.execute(query.where(Parcel.id.in_(part))).mappings():
                values = dict(row)
                found[values.pop("id")] = values
        return found

    def _registry_values(self, rows: Collection[WrittenRow]) -> dict[tuple[str, int], dict[str, str]]:
        found: dict[tuple[str, int], dict[str, str]] = {}
        value = RegistryValue
        for kind, ids in (
            ("parcel", [row.parcel_id for row in rows]),
            ("certificate", sorted({row.certificate_id for row in rows})),
        ):
            for part in _parts(ids):
                query = select(value.object_id, value.field, value.value).where(
                    value.kind == kind, value.object_id.in_(part), value.is_current
                )
                for object_id, name, text in self._session.execute(query):
                    found.setdefault((kind, object_id), {})[name] = text
        return found


def _parts(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _PART):
        yield ids[start : start + _PART]


def name_of(names: Mapping[str, str], code: str) -> str:
    """Return a place as a person names it: a village with its town before it."""
    above = names.get(code[:_TOWN], "") if len(code) > _TOWN else ""
    return f"{above}{names.get(code, code)}"
