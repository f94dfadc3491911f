"""档号, the transactional half: running numbers without gaps or repeats.

A counter is one row that moves in the same
transaction as the object taking the number: a rollback gives the number back (no gap), and the row lock of the upsert
(`BEGIN IMMEDIATE` on SQLite) makes a second writer wait (no repeat). The templates are those of the catalogue's
settings; an office that changes them starts new scopes and leaves the old codes as they are.

Source: DA/T 13-2022, uniqueness and stability; numbering scope as proposed in the domain reference, section 1.5.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from models.archive import ArchiveFile, Fonds, NumberCounter, SchemeNode
from models.codes import DEFAULT_RULES, CodeParts, CodeTemplate, NumberingRules, Placement

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lindang.uow import UnitOfWork

CODE_KEY: Final = "code:"
"""Prefix of the counters of archival codes; the rest of the key is the code with ``#`` for its number."""

UNIT_ITEM: Final = "件"
"""Unit of the classes whose items carry codes of their own instead of their file's."""


def next_number(uow: UnitOfWork, key: str) -> int:
    """Take the next number of a counter, from 1, inside the caller's transaction.

    Returns:
        The number; it is nobody else's once the transaction commits, and free again if it rolls back.
    """
    dialect = uow.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    upsert = (
        insert(NumberCounter)
        .values(key=key, last=1)
        .on_conflict_do_update(index_elements=[NumberCounter.key], set_={"last": NumberCounter.last + 1})
    )
    return uow.session.execute(upsert.returning(NumberCounter.last)).scalar_one()


def next_file_code(
    uow: UnitOfWork, *, fonds: str, class_code: str, division_code: str, year: int | None, retention: str
) -> CodeParts:
    """Take the next code of a file (案卷); its running number is `number`."""
    place = Placement(fonds=fonds, class_code=class_code, division_code=division_code, year=year, retention=retention)
    return _next_code(uow, _rules(uow).file, place)


def next_item_code(uow: UnitOfWork, archive_file: ArchiveFile) -> CodeParts:
    """Take the next code of an item (件) of a file.

    In a class arranged by 件 the item's own template counts across all files of the class and year; a file whose year
    is unknown, and every file arranged by 卷, counts its items itself.
    """
    place = Placement(
        fonds=archive_file.fonds_code,
        class_code=archive_file.class_code,
        division_code=archive_file.division_code,
        year=archive_file.year,
        retention=archive_file.retention,
    )
    if place.year is not None and _is_arranged_by_item(uow.session, place.class_code):
        return _next_code(uow, _rules(uow).item, place)
    return _next_code(uow, _rules(uow).item_in_file, place, file_code=archive_file.archival_code)


def fonds_of(session: Session, division_code: str) -> Fonds | None:
    """Return the fonds that keeps the records of a division: the one of the nearest division above, or itself."""
    above = [division_code[:length] for length in range(len(division_code), -1, -1)]
    nearest = select(Fonds).where(Fonds.division_code.in_(above)).order_by(func.length(Fonds.division_code).desc())
    return session.scalars(nearest.order_by(Fonds.code).limit(1)).first()


def _next_code(uow: UnitOfWork, template: CodeTemplate, place: Placement, **more: str) -> CodeParts:
    fields = place.fields(**more)
    scope = template.scope(fields)
    number = next_number(uow, CODE_KEY + scope)
    return CodeParts(code=template.render(fields, number), scope=scope, number=number, **dataclasses.asdict(place))


def _rules(uow: UnitOfWork) -> NumberingRules:
    """Return the office's templates; the shipped ones where the catalogue is switched off."""
    if not any(plugin.name == "catalogue" for plugin in uow.host.plugins):
        return DEFAULT_RULES
    rules: NumberingRules = uow.host.settings.plugin("catalogue").numbering
    return rules


def _is_arranged_by_item(session: Session, class_code: str) -> bool:
    unit = select(SchemeNode.unit).where(SchemeNode.code == class_code, SchemeNode.is_current)
    return session.scalar(unit) == UNIT_ITEM
