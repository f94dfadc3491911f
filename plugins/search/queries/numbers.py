"""Finding things by their number, in the database: the authority, complete also while the index is rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lindang.auth import Actor
from models.digital import Identifier
from models.identifiers import ARCHIVAL_CODE, ID_NO
from models.numbers import CertQuery, CertReading, cert_query, digits_reversed, normalise_number, skeleton

FETCH_LIMIT = 200
MIN_DIGITS = 4
"""Fewer digits than this are looked up only as a complete number: half the archive ends in any two digits."""


class Match(IntEnum):
    """How a number matches what was typed; smaller is surer, and is shown first."""

    EXACT = 1
    FORMER = 2
    PREFIX = 3
    TAIL = 4
    LOOKALIKE = 5


@dataclass(frozen=True, slots=True)
class NumberHit:
    """A number found: how, what kind of number, as it is written, where from, and what it belongs to."""

    match: Match
    kind: str
    raw: str
    source: str
    archive_file_id: int | None
    item_id: int | None
    page_id: int | None
    certificate_id: int | None
    batch_id: int | None


_COLUMNS = (
    Identifier.kind,
    Identifier.raw,
    Identifier.source,
    Identifier.is_current,
    Identifier.archive_file_id,
    Identifier.item_id,
    Identifier.page_id,
    Identifier.certificate_id,
    Identifier.batch_id,
)


def find_numbers(session: Session, actor: Actor, text: str) -> list[NumberHit]:
    """Return what is known under a number, surest match first; empty when the text is no number or unknown.

    Args:
        session: A reading session.
        actor: Whose scope limits the answer, inside the query.
        text: As typed, in any spelling.
    """
    hits: dict[tuple[int | str | None, ...], NumberHit] = {}
    for match, condition in _conditions(session, text):
        for row in session.execute(_query(actor, condition)):
            sure = match if row.is_current else Match.FORMER
            hits.setdefault((row.kind, row.raw, *row[4:]), _hit(sure, row))
    return sorted(hits.values(), key=lambda hit: (hit.match, hit.source == "ocr", hit.raw))


def is_number_like(text: str) -> bool:
    """Tell whether a query as typed could be a number: then it is looked up before anything else."""
    if any(mark in text for mark in '"“”「」'):
        return False
    return cert_query(text) is not None or len(digits_reversed(text)) >= MIN_DIGITS


def _query(actor: Actor, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    stands = or_(Identifier.is_current, Identifier.kind == ARCHIVAL_CODE)  # a former 档号 still leads to its file
    return (
        select(*_COLUMNS)
        .where(condition, Identifier.kind != ID_NO, stands, actor.within(Identifier.division_code))
        .order_by(Identifier.norm, Identifier.id)
        .limit(FETCH_LIMIT)
    )


def _conditions(session: Session, text: str) -> Iterator[tuple[Match, ColumnElement[bool]]]:
    """Yield the ways to look for the number, the surest first."""
    if not is_number_like(text):
        return
    norm, typed = normalise_number(text), cert_query(text)
    digits = digits_reversed(text)[::-1]
    yield Match.EXACT, Identifier.norm == norm
    if typed:
        yield from ((Match.EXACT, _reads_as(session, reading)) for reading in typed.readings)
    if len(digits) >= MIN_DIGITS or _is_beginning(typed):
        yield Match.PREFIX, _begins(session, Identifier.norm, norm)
    if len(digits) >= MIN_DIGITS and norm == digits:
        yield Match.TAIL, _begins(session, Identifier.digits_reversed, digits[::-1])
    if len(digits) >= MIN_DIGITS:
        yield Match.LOOKALIKE, Identifier.skeleton == skeleton(text)


def _is_beginning(typed: CertQuery | None) -> bool:
    return typed is not None and not typed.readings


def _reads_as(session: Session, reading: CertReading) -> ColumnElement[bool]:
    """Return the condition "is this number", where an unknown word or year matches any."""
    if reading.key is not None and reading.year is not None:
        return Identifier.key == reading.key
    bare = reading.key_tail.rsplit("|", 1)[1]
    ends = Identifier.key.endswith(reading.key_tail, autoescape=True)
    conditions = [_begins(session, Identifier.digits_reversed, digits_reversed(bare)), ends]
    if reading.word is not None:
        conditions.append(_begins(session, Identifier.key, f"{reading.word}|"))
    return and_(*conditions)


def _begins(session: Session, column: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition "begins with" in the form in which the database can use its index."""
    if session.get_bind().dialect.name != "sqlite" or not prefix:
        return column.startswith(prefix, autoescape=True)
    # SQLite's LIKE ignores case and therefore the index
    return and_(column >= prefix, column < prefix[:-1] + chr(ord(prefix[-1]) + 1))


def find_person(session: Session, actor: Actor, digest: str) -> list[NumberHit]:
    """Return where an ID number stands, by its keyed digest."""
    query = select(*_COLUMNS).where(
        Identifier.kind == ID_NO,
        Identifier.norm == digest,
        Identifier.is_current,
        actor.within(Identifier.division_code),
    )
    rows = session.execute(query.order_by(Identifier.id).limit(FETCH_LIMIT))
    return [_hit(Match.EXACT, row) for row in rows]


def _hit(match: Match, row: Any) -> NumberHit:
    return NumberHit(
        match=match,
        kind=row.kind,
        raw=row.raw,
        source=row.source,
        archive_file_id=row.archive_file_id,
        item_id=row.item_id,
        page_id=row.page_id,
        certificate_id=row.certificate_id,
        batch_id=row.batch_id,
    )
