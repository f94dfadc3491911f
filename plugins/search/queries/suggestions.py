"""What begins like the text typed so far: holders, villages, places and numbers of the scope, read from the keys that answers use."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.digital import Identifier
from models.identifiers import ID_NO, OCR
from models.place import Division
from models.register import Certificate, Parcel
from models.search_names import SearchKey, SearchName, SearchTerm
from plugins.search.domain.names import INITIALS, PART, PINYIN, PLACE, NameQuery, fold_name
from plugins.search.domain.number_ways import NumberQuery
from plugins.search.domain.readings import name_readings
from plugins.search.queries.term_rows import holder_names, term_text

MOST: Final = 10
"""How many are suggested in all."""

MOST_OF_A_KIND: Final = 4

_LOOKED_AT: Final = 1500
"""How many keys of the archive with this beginning are looked at for those in scope."""

_FEWEST_DIGITS: Final = 3
_TAIL: Final = 4
_BEHIND_ALL: Final = "\U0010ffff"


class Group(StrEnum):
    """Kinds of suggestions, in the order in which they are shown."""

    HOLDER = "holder"
    VILLAGE = "village"
    PLACE = "place"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text of the archive that may be meant."""

    group: Group
    text: str


def suggest_names(session: Session, actor: Actor, query: NameQuery) -> Iterator[Suggestion]:
    """Yield holders, villages and places of the scope, each text once."""
    kinds = (INITIALS, PINYIN) if query.is_pinyin else (PART,)
    yield from _of_group(Group.HOLDER, (name for kind in kinds for name in _holders(session, actor, kind, query.text)))
    yield from _of_group(Group.VILLAGE, _villages(session, actor, query))
    if not query.is_pinyin:
        yield from _of_group(Group.PLACE, _places(session, actor, query.text))


def _of_group(group: Group, texts: Iterator[str]) -> list[Suggestion]:
    return [Suggestion(group, text) for text in list(dict.fromkeys(texts))[:MOST_OF_A_KIND]]


def _keys(kind: str, text: str) -> Any:
    keys = select(SearchKey.term_id, SearchKey.key).where(SearchKey.kind == kind, *_range(SearchKey.key, text))
    return keys.order_by(SearchKey.key, SearchKey.term_id).limit(_LOOKED_AT).subquery()


def _range(column: Any, text: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= text, column < text + _BEHIND_ALL


def _mine(actor: Actor) -> ColumnElement[bool]:
    return and_(actor.within(Certificate.division_code), ~Certificate.is_withdrawn)


def _holders(session: Session, actor: Actor, kind: str, text: str) -> Iterator[str]:
    """Yield the names as the register writes them now, those that begin with the text first."""
    keys = _keys(kind, text)
    borne = (
        select(SearchName.certificate_id)
        .join(Certificate, Certificate.id == SearchName.certificate_id)
        .where(SearchName.term_id == keys.c.term_id, _mine(actor))
        .limit(1)
        .scalar_subquery()
    )
    first = select(SearchTerm.text, borne.label("certificate_id"))
    first = first.select_from(keys).join(SearchTerm, SearchTerm.id == keys.c.term_id)
    rows = _first_of(first.order_by(keys.c.key, keys.c.term_id), session)
    query = select(Certificate.id, Certificate.holder_name, Certificate.co_holders)
    written = {row.id: row for row in session.execute(query.where(Certificate.id.in_({row[1] for row in rows})))}
    for row in sorted(rows, key=lambda row: not row[0].startswith(text)):
        book = written[row[1]]
        yield from (name for name in holder_names(book.holder_name, book.co_holders) if term_text(name) == row[0])


def _first_of(query: Select[*tuple[Any, ...]], session: Session) -> list[Any]:
    """Return the first rows whose last column is not empty: that is what in scope bears the term."""
    rows, seen = [], set[str]()
    with session.execute(query.execution_options(yield_per=50)) as found:
        for row in found:
            if row[-1] is not None and row[0] not in seen:
                seen.add(row[0])
                rows.append(row)
            if len(rows) >= 2 * MOST_OF_A_KIND:
                break
    return rows


def _places(session: Session, actor: Actor, text: str) -> Iterator[str]:
    keys = _keys(PLACE, text)
    borne = (
        select(Parcel.place_name)
        .select_from(SearchName)
        .join(Certificate, Certificate.id == SearchName.certificate_id)
        .join(Parcel, Parcel.id == SearchName.parcel_id)
        .where(SearchName.term_id == keys.c.term_id, ~Parcel.is_withdrawn, _mine(actor))
        .limit(1)
        .scalar_subquery()
    )
    query = select(SearchTerm.text, borne.label("written"))
    query = query.select_from(keys).join(SearchTerm, SearchTerm.id == keys.c.term_id)
    rows = _first_of(query.order_by(keys.c.key, keys.c.term_id), session)
    return (row[1] for row in sorted(rows, key=lambda row: not row[0].startswith(text)) if term_text(row[1]) == row[0])


def _villages(session: Session, actor: Actor, query: NameQuery) -> Iterator[str]:
    """Yield the villages by a part of their name, by its pinyin or its initials; they are few and read as they are."""
    names = select(Division.name).where(Division.level == "village", actor.within(Division.code)).distinct()
    for name in session.scalars(names.order_by(Division.name)):
        found = query.text in fold_name(name) if not query.is_pinyin else _sounds_like(name, query.text)
        if found:
            yield name


@functools.lru_cache(maxsize=20_000)
def _spellings(name: str) -> frozenset[str]:
    readings = name_readings(fold_name(name))
    return frozenset(spelt for one in readings for spelt in ("".join(one), "".join(part[0] for part in one)))


def _sounds_like(name: str, letters: str) -> bool:
    return any(spelt.startswith(letters) for spelt in _spellings(name))


def suggest_numbers(session: Session, actor: Actor, query: NumberQuery) -> list[Suggestion]:
    """Return numbers that begin so, have this serial, or end so; never those of persons, nor what a machine misread."""
    digits = query.digits
    if len(digits) < _FEWEST_DIGITS or query.is_pattern:
        return []
    ways = [_numbers(actor, *_range(Identifier.norm, query.norm))]
    if query.is_digits:
        ways.append(_numbers(actor, Identifier.serial_no == int(digits)))
        if len(digits) >= _TAIL:
            ways.append(_numbers(actor, *_range(Identifier.digits_reversed, digits[::-1])))
    return _of_group(Group.NUMBER, (raw for way in ways for raw in session.scalars(way)))


def _numbers(actor: Actor, *conditions: ColumnElement[bool]) -> Select[str]:
    near = select(Identifier.id).where(*conditions).order_by(Identifier.norm).limit(_LOOKED_AT).subquery()
    return (
        select(Identifier.raw)
        .join(near, near.c.id == Identifier.id)
        .where(
            Identifier.kind != ID_NO,
            Identifier.source != OCR,
            Identifier.is_current,
            actor.within(Identifier.division_code),
        )
        .order_by(Identifier.norm, Identifier.id)
        .limit(MOST_OF_A_KIND)
    )
