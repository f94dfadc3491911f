"""What begins like the text typed so far: holders, villages, places and numbers of the scope, read from the keys that answers use."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, select
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
from plugins.search.queries.term_rows import chunks, holder_names, term_text

MOST: Final = 10
"""How many are suggested in all."""

MOST_OF_A_KIND: Final = 4

_LOOKED_AT: Final = 1500
"""How many keys of the archive with this beginning are looked at for those in scope."""

_PIECE: Final = 40
"""How many terms are looked at in one go."""

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


def _term_ids(session: Session, kind: str, text: str) -> list[int]:
    """Return the terms with such a key, in the order of the keys."""
    keys = select(SearchKey.term_id).where(SearchKey.kind == kind, *_range(SearchKey.key, text))
    return list(dict.fromkeys(session.scalars(keys.order_by(SearchKey.key, SearchKey.term_id).limit(_LOOKED_AT))))


def _range(column: Any, text: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= text, column < text + _BEHIND_ALL


def _mine(actor: Actor) -> ColumnElement[bool]:
    return and_(actor.within(Certificate.division_code), ~Certificate.is_withdrawn)


def _holders(session: Session, actor: Actor, kind: str, text: str) -> Iterator[str]:
    """Yield the names as the register writes them now, those that begin with the text first."""
    borne = (
        select(SearchName.certificate_id)
        .join(Certificate, Certificate.id == SearchName.certificate_id)
        .where(SearchName.term_id == SearchTerm.id, _mine(actor))
        .limit(1)
        .scalar_subquery()
    )
    rows = _first_of(session, _term_ids(session, kind, text), borne)
    query = select(Certificate.id, Certificate.holder_name, Certificate.co_holders)
    written = {row.id: row for row in session.execute(query.where(Certificate.id.in_({row[1] for row in rows})))}
    for row in sorted(rows, key=lambda row: not row[0].startswith(text)):
        book = written[row[1]]
        yield from (name for name in holder_names(book.holder_name, book.co_holders) if term_text(name) == row[0])


def _first_of(session: Session, term_ids: list[int], borne: ScalarSelect[Any]) -> list[Any]:
    """Return texts of the first terms that something in scope bears, each with that; read piece by piece until there are enough."""
    rows: list[Any] = []
    for part in chunks(term_ids, _PIECE):
        query = select(SearchTerm.text, borne.label("borne"), SearchTerm.id).where(SearchTerm.id.in_(part))
        found = {row.id: row for row in session.execute(query) if row.borne is not None}
        rows += [found[term_id] for term_id in part if term_id in found]
        if len(rows) >= 2 * MOST_OF_A_KIND:
            break
    return rows[: 2 * MOST_OF_A_KIND]


def _places(session: Session, actor: Actor, text: str) -> Iterator[str]:
    borne = (
        select(Parcel.place_name)
        .select_from(SearchName)
        .join(Certificate, Certificate.id == SearchName.certificate_id)
        .join(Parcel, Parcel.id == SearchName.parcel_id)
        .where(SearchName.term_id == SearchTerm.id, ~Parcel.is_withdrawn, _mine(actor))
        .limit(1)
        .scalar_subquery()
    )
    rows = _first_of(session, _term_ids(session, PLACE, text), borne)
    return (row[1] for row in sorted(rows, key=lambda row: not row[0].startswith(text)) if term_text(row[1]) == row[0])


def _villages(session: Session, actor: Actor, query: NameQuery) -> Iterator[str]:
    """Yield the villages by a part of their name, by its pinyin or its initials; they are few and read as they are."""
    names = select(Division.name).where(Division.level == "village", actor.within(Division.code)).distinct()
    for name in session.scalars(names.order_by(Division.name)):
        found = query.text in _folded(name) if not query.is_pinyin else _sounds_like(name, query.text)
        if found:
            yield name


_folded = functools.lru_cache(maxsize=20_000)(fold_name)


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
