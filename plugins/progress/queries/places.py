"""Units that report: counties, cities, provinces; what they are called, and which of them a person sees first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.place import Division
from plugins.progress.domain.states import COUNTY_DIGITS, child_digits

_LEVELS: Final = (2, 4, 6, 9, 12)
_UNITS: Final = (2, 4, 6)


@dataclass(frozen=True, slots=True)
class Unit:
    """A county, city or province."""

    code: str
    name: str

    @property
    def is_county(self) -> bool:
        """Whether it counts rows of its own; the others add up what is reported to them."""
        return len(self.code) == COUNTY_DIGITS


def find_unit(session: Session, actor: Actor, code: str) -> Unit:
    """Return a unit that reports. Raises NotFound where there is none, also out of scope."""
    if len(code) in _UNITS and actor.covers(code) and _is_known(session, code):
        return Unit(code, names_of(session, [code])[code])
    raise NotFound(_("没有这个上报单位"))


def find_place(session: Session, actor: Actor, code: str) -> Unit:
    """Return a place that a board can be shown of, down to a village. Raises NotFound, also out of scope."""
    if len(code) in _LEVELS and actor.covers(code) and _is_known(session, code):
        return Unit(code, names_of(session, [code])[code])
    raise NotFound(_("没有这个区划"))


def _is_known(session: Session, code: str) -> bool:
    inside = Division.code.startswith(code, autoescape=True)
    return session.scalar(select(Division.id).where(inside).limit(1)) is not None and code.isdecimal()


def names_of(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of divisions as they are called now; the code where there is no name."""
    wanted = list(codes)
    query = select(Division.code, Division.name).where(Division.code.in_(wanted)).order_by(Division.valid_from)
    known = dict(session.execute(query).all())
    return {code: known.get(code, code) for code in wanted}


def children_of(session: Session, code: str) -> list[Unit]:
    """Return the units that report to a unit, those that are valid today, by code."""
    digits = child_digits(code)
    if not digits:
        return []
    part = func.substr(Division.code, 1, digits)
    inside = Division.code.startswith(code, autoescape=True), func.length(Division.code) >= digits
    codes = session.scalars(select(part).where(*inside, Division.valid_to.is_(None)).distinct().order_by(part))
    names = names_of(session, codes)
    return [Unit(one, name) for one, name in names.items()]


def units_of(session: Session, actor: Actor) -> list[Unit]:
    """Return the units a person may open, the highest first."""
    found: set[str] = set()
    counties = session.scalars(select(func.substr(Division.code, 1, COUNTY_DIGITS)).distinct())
    for county in counties:
        found |= {county[:digits] for digits in _UNITS if len(county) >= digits and actor.covers(county[:digits])}
    names = names_of(session, sorted(found, key=lambda code: (len(code), code)))
    return [Unit(code, name) for code, name in names.items()]


def first_unit(session: Session, actor: Actor) -> Unit:
    """Return the unit whose page a person wants first: the highest that holds all that the person sees.

    Raises:
        NotFound: there are no divisions in the person's scope.
    """
    units = units_of(session, actor)
    counties = [unit for unit in units if unit.is_county]
    holding = [unit for unit in units if counties and all(county.code.startswith(unit.code) for county in counties)]
    if not units:
        raise NotFound(_("您的辖区里没有县级单位"), remedy=_("附件1由县、市、省三级上报；请系统管理员核对您的辖区。"))
    return holding[-1] if holding else units[0]
