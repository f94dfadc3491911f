"""Divisions as the intake needs them: villages by name, and what a person may choose from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.place import Division


def unique_villages(session: Session, county_code: str) -> dict[str, str]:
    """Return the villages of a county whose name no other village there bears, by name.

    Source: village names repeat inside a county; only the code is a key.
    """
    query = select(Division.name, Division.code).where(
        Division.level == "village", Division.code.startswith(county_code), Division.valid_to.is_(None)
    )
    rows = session.execute(query).all()
    counted = Counter(name for name, _code in rows)
    return {name: code for name, code in rows if counted[name] == 1}


@dataclass(frozen=True, slots=True)
class DivisionChoice:
    """A division that a person may choose: its code and its name with the names above it."""

    code: str
    label: str


def choosable_divisions(session: Session, actor: Actor, *levels: str) -> tuple[DivisionChoice, ...]:
    """Return the present divisions of the given levels inside the actor's scope, by code."""
    query = select(Division).where(actor.within(Division.code), Division.valid_to.is_(None)).order_by(Division.code)
    rows = {row.code: row for row in session.scalars(query)}
    chosen = [row for row in rows.values() if row.level in levels]
    return tuple(DivisionChoice(row.code, f"{_path_of(row, rows)}（{row.code}）") for row in chosen)


def _path_of(row: Division, rows: dict[str, Division]) -> str:
    names = [row.name]
    while row.parent_code in rows and len(names) < 3:
        row = rows[row.parent_code]
        names.append(row.name)
    return " ".join(reversed(names))


def division_name(session: Session, code: str) -> str:
    """Return the present name of a division, or its code when it is not in the table."""
    query = select(Division.name).where(Division.code == code).order_by(Division.valid_from.desc())
    return session.scalars(query.limit(1)).first() or code
