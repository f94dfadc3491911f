"""Finding things by their number, in the database: the authority, complete also while the index is rebuilt.

Every way is a look-up in an index, on every database: a number as a whole, a range of its beginning, of its digits from behind, of
its serial, or of the pieces of its digits. What differs by a digit is spelt out and looked up as a whole (`domain.number_ways`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lindang.auth import Actor
from models.digital import Identifier, IdentifierPart, UnsplitIdentifier
from models.identifiers import ARCHIVAL_CODE, ID_NO
from models.number_parts import SHORTEST_QUERY, part_range
from models.numbers import CertQuery, CertReading, cert_key, cert_query, skeleton
from plugins.search.domain.number_ways import (
    Match,
    NumberPattern,
    NumberQuery,
    NumberRange,
    like,
    near_numbers,
    near_serials,
    read_number_query,
    read_pattern,
)

FETCH_LIMIT: Final = 100
"""How many rows one way yields; what comes behind is reported as left out."""

MOST_CANDIDATES: Final = 10_000
"""How many numbers with the same piece of digits are looked at; a piece so common says too little."""

MIN_DIGITS: Final = 4
"""Fewer digits than this are looked up only as a complete number: half the archive ends in any two digits."""


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


@dataclass(frozen=True, slots=True)
class NumbersFound:
    """What was found, surest match first, and whether that is all there is."""

    hits: tuple[NumberHit, ...] = ()
    is_complete: bool = True


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


def find_numbers(session: Session, actor: Actor, text: str) -> NumbersFound:
    """Return what is known under a number; nothing when the text is no number or unknown.

    Args:
        session: A reading session.
        actor: Whose scope limits the answer, inside the query.
        text: As typed, in any spelling, with ``?`` and ``*`` for digits left open, or a range.
    """
    query = read_number_query(text)
    if query is None or not _is_number_like(query):
        return NumbersFound()
    found = _Found(session, actor, query)
    if query.span:
        found.look(Match.RANGE, _within(query.span))
    if query.is_pattern:
        _look_for_pattern(found, query)
    else:
        _look_for_number(found, query)
    return NumbersFound(found.sorted(), found.is_complete)


def _is_number_like(query: NumberQuery) -> bool:
    return cert_query(query.text) is not None or len(query.digits) >= MIN_DIGITS


class _Found:
    """Hits gathered way by way; a number that is found in several keeps the surest."""

    def __init__(self, session: Session, actor: Actor, query: NumberQuery) -> None:
        self._session = session
        stands = or_(Identifier.is_current, Identifier.kind == ARCHIVAL_CODE)  # a former 档号 still leads to its file
        self._mine = select(*_COLUMNS).where(Identifier.kind != ID_NO, stands, actor.within(Identifier.division_code))
        if query.kinds:
            self._mine = self._mine.where(Identifier.kind.in_(query.kinds))
        self._hits: dict[tuple[int | str | None, ...], NumberHit] = {}
        self.is_complete = True

    def look(self, match: Match, condition: ColumnElement[bool]) -> None:
        """Look for numbers in one way."""
        for row in self._fetch(self._mine.where(condition).order_by(Identifier.norm, Identifier.id)):
            self._take(match, row)

    def look_near(
        self, column: InstrumentedAttribute[Any], near: Mapping[Any, Match], *also: ColumnElement[bool]
    ) -> None:
        """Look for the numbers spelt out; each says how it differs."""
        if near:
            for row in self._fetch(self._mine.where(column.in_(near), *also).add_columns(column)):
                self._take(near[row[-1]], row)

    def look_inside(self, match: Match, digits: str, *also: ColumnElement[bool]) -> None:
        """Look for numbers with these digits anywhere in them: by their pieces; those that have none yet are read."""
        # unsplit ones first: a number that gets its pieces between the two readings is then found in both, not in neither
        unsplit = Identifier.id.in_(select(UnsplitIdentifier.identifier_id))
        for row in self._fetch(self._mine.where(unsplit, Identifier.norm.contains(digits, autoescape=True), *also)):
            self._take(match, row)
        candidates = (
            select(IdentifierPart.identifier_id).where(IdentifierPart.part.between(*part_range(digits)))
        ).limit(MOST_CANDIDATES)
        pieces = candidates.subquery()
        query = self._mine.where(*also).join(pieces, pieces.c.identifier_id == Identifier.id)
        for row in self._fetch(query):
            self._take(match, row)
        counted = self._session.scalar(select(func.count()).select_from(pieces)) if self.is_complete else 0
        self.is_complete = self.is_complete and (counted or 0) < MOST_CANDIDATES

    def _fetch(self, query: Select[*tuple[Any, ...]]) -> Iterable[Any]:
        rows = self._session.execute(query.limit(FETCH_LIMIT + 1)).all()
        self.is_complete = self.is_complete and len(rows) <= FETCH_LIMIT
        return rows[:FETCH_LIMIT]

    def _take(self, match: Match, row: Any) -> None:
        sure = Match.FORMER if not row.is_current and match <= Match.TAIL else match
        key = (row.kind, row.raw, *row[4 : len(_COLUMNS)])
        known = self._hits.get(key)
        if known is None or sure < known.match:
            self._hits[key] = _hit(sure, row)

    def sorted(self) -> tuple[NumberHit, ...]:
        """Return the hits, surest first, recognised numbers behind those that were keyed."""
        return tuple(sorted(self._hits.values(), key=lambda hit: (hit.match, hit.source == "ocr", hit.raw)))


# --- a number ---------------------------------------------------------------------------------------------------


def _look_for_number(found: _Found, query: NumberQuery) -> None:
    typed, digits = cert_query(query.text), query.digits
    for match, condition in _sure_conditions(query, typed):
        found.look(match, condition)
    if query.is_precise:
        _look_near(found, query, typed)
    if query.is_digits and len(digits) >= SHORTEST_QUERY:
        found.look_inside(Match.MIDDLE, digits, Identifier.norm.contains(digits, autoescape=True))


def _sure_conditions(query: NumberQuery, typed: CertQuery | None) -> Iterator[tuple[Match, ColumnElement[bool]]]:
    """Yield the ways to look for the number itself, the surest first."""
    digits = query.digits
    yield Match.EXACT, _any_of(Identifier.norm == query.norm, typed)
    if len(digits) >= MIN_DIGITS or (typed is not None and not typed.readings):
        yield Match.PREFIX, _begins(Identifier.norm, query.norm)
    if len(digits) < MIN_DIGITS:
        return
    if query.is_digits:
        yield Match.TAIL, _begins(Identifier.digits_reversed, digits[::-1])
    plain = skeleton(query.text)
    yield Match.LOOKALIKE, _any_of(Identifier.skeleton == plain, cert_query(plain) if plain != query.norm else None)


def _any_of(same: ColumnElement[bool], typed: CertQuery | None) -> ColumnElement[bool]:
    return or_(same, *map(_reads_as, typed.readings if typed else ()))


def _look_near(found: _Found, query: NumberQuery, typed: CertQuery | None) -> None:
    if query.is_digits:
        backwards = {other[::-1]: match for other, match in near_numbers(query.digits).items()}
        found.look_near(Identifier.digits_reversed, backwards)
    else:
        found.look_near(Identifier.norm, near_numbers(query.norm))
    for reading in typed.readings if typed else ():
        if reading.number.isascii() and reading.number.isdigit():
            _look_near_reading(found, reading)


def _look_near_reading(found: _Found, reading: CertReading) -> None:
    """Look for certificates with a serial near to the one read, or with it and a year near to the one read."""
    near = near_serials(reading.number)
    word, year = reading.word, reading.year
    if word is None or year is None:
        found.look_near(Identifier.serial_no, near, *_of_word_and_year(word, year))
        return
    years = {int(other): match for other, match in near_numbers(str(year)).items() if len(other) == len(str(year))}
    keys = {cert_key(word, year, str(serial)): match for serial, match in near.items()}
    found.look_near(Identifier.key, keys | {cert_key(word, y, reading.number): match for y, match in years.items()})


def _reads_as(reading: CertReading) -> ColumnElement[bool]:
    """Return the condition "is this number", where an unknown word or year matches any."""
    if reading.key is not None and reading.year is not None:
        return Identifier.key == reading.key
    if not (reading.number.isascii() and reading.number.isdigit()):
        return and_(
            _begins(Identifier.key, f"{reading.word or ''}|" if reading.word else ""),
            Identifier.key.endswith(reading.key_tail, autoescape=True),
        )
    return and_(Identifier.serial_no == int(reading.number), *_of_word_and_year(reading.word, reading.year))


def _of_word_and_year(word: str | None, year: int | None) -> list[ColumnElement[bool]]:
    conditions = [] if word is None else [_begins(Identifier.key, f"{word}|")]
    return conditions if year is None else [*conditions, Identifier.key.contains(f"|{year}|", autoescape=True)]


def _begins(column: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition "begins with" as a range, in the form in which every database can use its index."""
    return and_(column >= prefix, column < prefix + _BEHIND_ALL)


_BEHIND_ALL: Final = "\U0010ffff"
"""Stands behind every character of a text."""


# --- patterns and ranges ----------------------------------------------------------------------------------------


def _look_for_pattern(found: _Found, query: NumberQuery) -> None:
    pattern = read_pattern(query)
    if pattern is None:
        return
    fits = _fits(pattern)
    if pattern.way == "tail":
        found.look(Match.PATTERN, and_(_begins(Identifier.digits_reversed, pattern.tail[::-1]), fits))
    elif pattern.way == "head":
        found.look(Match.PATTERN, and_(_begins(Identifier.norm, pattern.head), fits))
    elif pattern.way == "run":
        found.look_inside(Match.PATTERN, pattern.run, fits)
    else:
        found.is_complete = False


def _fits(pattern: NumberPattern) -> ColumnElement[bool]:
    anywhere = "%" if pattern.is_digits else ""
    return Identifier.norm.like(anywhere + like(pattern.text), escape="\\")


def _within(span: NumberRange) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    if span.serials:
        ways.append(and_(Identifier.serial_no.between(*span.serials), *_of_word_and_year(span.word, span.year)))
    if span.norms:
        ways.append(and_(Identifier.norm.between(*span.norms), func.length(Identifier.norm) == len(span.norms[0])))
    return or_(*ways)


# --- persons ----------------------------------------------------------------------------------------------------


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
