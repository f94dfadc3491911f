"""Finding certificates and parcels by the names of their holders and places, in the database, each way a range of one index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.place import Division
from models.register import Certificate
from models.search_names import SearchKey, SearchName, SearchTerm
from plugins.search.domain.documents import ISSUE_STATES
from plugins.search.domain.engine import Filters
from plugins.search.domain.names import (
    FEWEST,
    INITIALS,
    LOCATION,
    NAME,
    OPEN,
    PART,
    PINYIN,
    PLACE,
    NameQuery,
    Why,
    fold_name,
    missing_forms,
    open_forms,
    surplus_forms,
)

NO_FILTERS: Final = Filters()

SHOWN: Final = 50
"""How many are listed; all are counted."""

_BEHIND_ALL: Final = "\U0010ffff"
"""Stands behind every character of a text."""

_STEP: Final = 1 << 40
"""More than there are terms: a way and a term are one number, the surer way the smaller one."""


@dataclass(frozen=True, slots=True)
class NameHit:
    """A certificate found (``parcel_id`` 0) or one of its parcels: why, and the term it bears (0: it lies in the village)."""

    why: Why
    term_id: int
    certificate_id: int
    parcel_id: int


@dataclass(frozen=True, slots=True)
class NamesFound:
    """The first `SHOWN` hits, the surest first, and how many there are in all."""

    hits: tuple[NameHit, ...]
    total: int


def find_names(session: Session, actor: Actor, query: NameQuery, filters: Filters = NO_FILTERS) -> NamesFound:
    """Return the certificates and parcels found by name or place, each once, in the surest way; withdrawn ones never.

    Args:
        session: A reading session.
        actor: Whose scope limits the answer, inside the query.
        query: What is asked for.
        filters: Of these division and issue state count.
    """
    ways = [_way(Why.NAME, SearchTerm.id, SearchTerm.sort == NAME, SearchTerm.text == query.text)]
    if shorter := surplus_forms(query.text) if not query.is_pinyin else set():
        near = SearchTerm.text.in_(sorted(shorter))
        ways.append(_way(Why.ONE_SURPLUS, SearchTerm.id, SearchTerm.sort == NAME, near))
    ways += [_way(why, SearchKey.term_id, SearchKey.kind == kind, key) for why, kind, key in _keys(query)]
    terms = _surest(union_all(*ways).subquery(), "term_id")
    bearing = select(SearchName.certificate_id, SearchName.parcel_id, terms.c.rank)
    found = [bearing.join(terms, terms.c.term_id == SearchName.term_id)]
    if villages := _villages(session, actor, query):
        rank = literal(Why.VILLAGE * _STEP, BigInteger).label("rank")
        found.append(
            select(Certificate.id.label("certificate_id"), literal(0).label("parcel_id"), rank).where(
                Certificate.division_code.in_(villages)
            )
        )
    hits = _surest(union_all(*found).subquery(), "certificate_id", "parcel_id")
    rows = session.execute(_counted(hits, _conditions(actor, filters))).all()
    return NamesFound(tuple(map(_hit, rows)), rows[0].total if rows else 0)


def _way(why: Why, term_id: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(term_id.label("term_id"), (literal(why * _STEP, BigInteger) + term_id).label("rank")).where(
        *conditions
    )


def _keys(query: NameQuery) -> Iterator[tuple[Why, str, ColumnElement[bool]]]:
    """Yield the kinds of keys to look in, and which of them."""
    yield Why.PART, PART, _begins(query.text)
    if query.is_pinyin:
        yield Why.INITIALS, INITIALS, _begins(query.text)
        yield Why.PINYIN, PINYIN, _begins(query.text)
        return
    if query.sounds:
        yield Why.SOUND, PINYIN, SearchKey.key.in_(query.sounds)
    if forms := open_forms(query.text):
        yield Why.ONE_OF_TWO if len(query.text) == FEWEST else Why.ONE_CHARACTER, OPEN, SearchKey.key.in_(forms)
    if forms := missing_forms(query.text):
        yield Why.ONE_MISSING, OPEN, SearchKey.key.in_(forms)
    yield Why.PLACE, PLACE, _begins(query.text)
    yield Why.LOCATION, LOCATION, _begins(query.text)


def _begins(text: str) -> ColumnElement[bool]:
    return and_(SearchKey.key >= text, SearchKey.key < text + _BEHIND_ALL)


def _surest(rows: Subquery, *of: str) -> Subquery:
    columns = [rows.c[name] for name in of]
    return select(*columns, func.min(rows.c.rank).label("rank")).group_by(*columns).subquery()


def _villages(session: Session, actor: Actor, query: NameQuery) -> list[str]:
    """Return the codes of the villages in scope whose name, now or before, has the text in it."""
    if query.is_pinyin:
        return []
    names = select(Division.code, Division.name).where(Division.level == "village", actor.within(Division.code))
    return sorted({row.code for row in session.execute(names) if query.text in fold_name(row.name)})


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [actor.within(Certificate.division_code), ~Certificate.is_withdrawn]
    if filters.division:
        conditions.append(Certificate.division_code.startswith(filters.division, autoescape=True))
    if filters.issue_state:
        conditions.append(Certificate.issue_state == ISSUE_STATES[filters.issue_state])
    return conditions


def _counted(hits: Subquery, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    query = select(hits.c.certificate_id, hits.c.parcel_id, hits.c.rank, func.count().over().label("total"))
    query = query.join(Certificate, Certificate.id == hits.c.certificate_id).where(*conditions)
    return query.order_by(hits.c.rank, hits.c.certificate_id, hits.c.parcel_id).limit(SHOWN)


def _hit(row: Any) -> NameHit:
    why, term_id = divmod(row.rank, _STEP)
    return NameHit(Why(why), term_id, row.certificate_id, row.parcel_id)
