"""What the set checks share: the part of the archive that is looked at, and a finding with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.place import LEVEL_LENGTHS, Division
from models.register import Certificate, Parcel
from plugins.register.domain.rules.book import RULES
from plugins.register.domain.rules.found import CERTIFICATE, PARCEL, VILLAGE, Facts, Found

COUNTY_DIGITS: Final = LEVEL_LENGTHS["county"]
VILLAGE_DIGITS: Final = LEVEL_LENGTHS["village"]
SHOWN: Final = 5
"""How many other certificates a sentence names."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding with the object it is about, and where that lies."""

    found: Found
    object_id: int
    certificate_id: int | None
    division_code: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of one county that is checked, and what is the same for all of the county."""

    division_code: str
    villages: Mapping[str, str] = field(default_factory=dict)
    outlier_mu: Decimal | None = None
    largest_mu: Decimal = Decimal(10_000)

    @property
    def county(self) -> str:
        """The county in which the part lies."""
        return self.division_code[:COUNTY_DIGITS]

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Return the SQL condition that a division code lies in this part."""
        return inside(column, self.division_code)

    def in_county(self, column: Any) -> ColumnElement[bool]:
        """Return the SQL condition that a division code lies in the county."""
        return inside(column, self.county)

    def label(self, cert_no: str, division_code: str) -> str:
        """Name another certificate as a sentence does: its village and number."""
        return f"{self.villages.get(division_code, division_code)} {cert_no}"


def inside(column: Any, division_code: str) -> ColumnElement[bool]:
    """Return the condition that a code is the division's own or lies below it; a range, so that an index serves it."""
    if len(division_code) >= VILLAGE_DIGITS:
        return and_(column == division_code)
    low, high = division_code.ljust(VILLAGE_DIGITS, "0"), division_code.ljust(VILLAGE_DIGITS, "9")
    return or_(column == division_code, column.between(low, high))


def is_below(column: Any, above: Any) -> ColumnElement[bool]:
    """Return the condition that one column's division lies in another column's division."""
    return and_(func.substr(column, 1, func.length(above)) == above)


def placed(
    code: str,
    kind: str,
    object_id: int,
    place: tuple[int | None, str],
    facts: Facts,
    *,
    subject: str = "",
    about: str = "",
) -> Placed:
    """Return a finding of a set check; ``place`` is its certificate and its division, ``about`` its column."""
    rule = RULES[code]
    column = about or (rule.columns[0] if rule.columns else "")
    certificate_id, division_code = place
    return Placed(
        Found(code, rule.severity, column, facts, subject[:200], kind), object_id, certificate_id, division_code
    )


def of_certificate(
    code: str, certificate_id: int, division_code: str, facts: Facts, *, subject: str = "", about: str = ""
) -> Placed:
    """Return a finding about a certificate."""
    place = (certificate_id, division_code)
    return placed(code, CERTIFICATE, certificate_id, place, facts, subject=subject, about=about)


def of_parcel(
    code: str, ids: tuple[int, int], division_code: str, facts: Facts, *, subject: str = "", about: str = ""
) -> Placed:
    """Return a finding about a parcel; ``ids`` are the parcel's and its certificate's."""
    return placed(code, PARCEL, ids[0], (ids[1], division_code), facts, subject=subject, about=about)


def of_village(code: str, division_code: str, facts: Facts, *, subject: str = "") -> Placed:
    """Return a finding about a village (or a county's numbers), which stands in no certificate's way."""
    return placed(code, VILLAGE, 0, (None, division_code), facts, subject=f"{division_code}|{subject}")


def live(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on certificates that count here."""
    return and_(scope.holds(Certificate.division_code), Certificate.is_withdrawn.is_(False))


def live_in_county(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on certificates that count in the county."""
    return and_(Certificate.county_code == scope.county, Certificate.is_withdrawn.is_(False))


def live_parcels(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on parcels that count here, of certificates that count."""
    return and_(live(scope), Parcel.certificate_id == Certificate.id, Parcel.is_withdrawn.is_(False))


def others(labels: Iterable[str]) -> list[str]:
    """Return the first few of the others, sorted; the last says how many are left out."""
    known = sorted(set(labels))
    return known if len(known) <= SHOWN else [*known[:SHOWN], f"+{len(known) - SHOWN}"]


SetCheck = Callable[[Session, Scope], Iterator[Placed]]
Coverage = Callable[[Session, Scope], int]
"""Counts the objects of a part that a rule could not be applied to."""


def scope_of(session: Session, division_code: str, largest_mu: int) -> Scope:
    """Return the part of the archive, with what its county has in common; no parcel should be larger than ``largest_mu``."""
    county = division_code[:COUNTY_DIGITS]
    names = select(Division.code, Division.name).where(inside(Division.code, county), Division.level == "village")
    villages = dict(session.execute(names.order_by(Division.valid_from)).all())
    return Scope(division_code, villages, _outlier(session, county), Decimal(largest_mu))


_SMALLEST_COUNTY: Final = 200
_PERCENTILE: Final = Decimal("0.99")
_TIMES: Final = 10


def _outlier(session: Session, county: str) -> Decimal | None:
    """Return ten times the county's 99th percentile, None where there are too few parcels to compare with."""
    known = select(Parcel.area_mu).where(inside(Parcel.division_code, county), Parcel.is_withdrawn.is_(False))
    count = session.scalar(select(func.count()).select_from(known.subquery())) or 0
    if count < _SMALLEST_COUNTY:
        return None
    # counted from the top: the database keeps a hundredth of the areas in order, not all
    above = count - 1 - int(count * _PERCENTILE)
    at = session.scalar(known.order_by(Parcel.area_mu.desc()).offset(above).limit(1))
    return None if at is None else at * _TIMES


def chunks(session: Session, actor: Actor, division_code: str) -> tuple[str, ...]:
    """Return the townships (or the village) of a division that hold certificates, in order: one step of a long run each."""
    digits = max(LEVEL_LENGTHS["town"], len(division_code))
    town = func.substr(Certificate.division_code, 1, digits)
    query = (
        select(town)
        .where(inside(Certificate.division_code, division_code), actor.within(Certificate.division_code))
        .distinct()
        .order_by(town)
    )
    return tuple(session.scalars(query))


def with_labels(scope: Scope, rows: Iterable[Any], own: Collection[int] = ()) -> list[str]:
    """Return the names of the certificates in ``rows`` (id, division, number) but for one's own."""
    return others(scope.label(row.cert_no, row.division_code) for row in rows if row.id not in own)
