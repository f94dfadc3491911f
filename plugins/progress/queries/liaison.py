"""Responsible persons: who is it now, and everybody who ever was, in a person's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.progress import LEADER, LIAISON, LiaisonPerson
from plugins.progress.queries.places import Unit, names_of


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with the name of the unit."""

    unit: str
    person: LiaisonPerson


def current_person(session: Session, code: str, kind: str) -> LiaisonPerson | None:
    """Return a unit's present 分管领导 or 联络员, or None."""
    return session.scalar(
        select(LiaisonPerson).where(
            LiaisonPerson.division_code == code, LiaisonPerson.kind == kind, LiaisonPerson.valid_to.is_(None)
        )
    )


def person_rows(session: Session, actor: Actor, *, former: bool) -> list[PersonRow]:
    """Return the persons of the scope, cities before their counties; former ones too if wanted."""
    query = select(LiaisonPerson).where(actor.within(LiaisonPerson.division_code))
    if not former:
        query = query.where(LiaisonPerson.valid_to.is_(None))
    order = (LiaisonPerson.division_code, LiaisonPerson.kind.desc(), LiaisonPerson.valid_from.desc())
    found = list(session.scalars(query.order_by(*order)))
    names = names_of(session, {one.division_code for one in found})
    found.sort(key=lambda one: (one.division_code, one.kind != LEADER))
    return [PersonRow(names[one.division_code], one) for one in found]


def units_without(session: Session, units: Sequence[Unit]) -> list[tuple[Unit, str]]:
    """Return what is missing: (unit, kind) without a present person; a province needs none."""
    wanted = [unit for unit in units if len(unit.code) > 2]
    query = select(LiaisonPerson.division_code, LiaisonPerson.kind).where(LiaisonPerson.valid_to.is_(None))
    known = {(code, kind) for code, kind in session.execute(query)}
    return [(unit, kind) for unit in wanted for kind in (LEADER, LIAISON) if (unit.code, kind) not in known]
