"""The search engine inside the archive's PostgreSQL: exact like the embedded one, for archives past one machine.

A bigram index proposes documents, their own text decides (see `pg_conditions`); ranking, grouping and facets are those of
the embedded engine, over the facts of the documents found. Totals are exact up to a bound; beyond it only so many documents
are looked at and the answer says so. Writers follow each other by an advisory lock; readers are never in their way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection, Engine, Integer, Select, cast, delete, func, insert, select, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from plugins.search.adapters.facts import facts_of
from plugins.search.adapters.pg_conditions import matches, regex_of, tsvector_of
from plugins.search.adapters.pg_shards import OneServer, Places
from plugins.search.adapters.pg_tables import (
    DIRTY,
    FACT_COLUMNS,
    GENERATION,
    SCHEMA,
    TEXT_COLUMNS,
    doc_table,
    make_schema,
    unit_table,
)
from plugins.search.adapters.segment import Segment, grouped, steps
from plugins.search.adapters.snapshot import answer_of
from plugins.search.domain.documents import SearchDoc, Unit
from plugins.search.domain.engine import AllUnits, Answer, IndexState, IndexUnavailable, Reload, Request
from plugins.search.domain.matching import COLUMN_OF_FIELD
from plugins.search.domain.places import place_number
from plugins.search.domain.query import Text, Word, words
from plugins.search.domain.ranking import damping, weight
from plugins.search.gram.layout import Array

FORMAT = 1
"""Raise it with any change to columns, folding or document texts: an index of another format is rebuilt."""
RESUME_SECONDS = 24 * 3600
"""How old a half-built generation may be to be gone on with; an older one is built anew."""
UNITS_PER_COMMIT = 200
BUILDING, CURRENT = "building", "current"
_WRITER, _REBUILD = 0x6C64_7365_0001, 0x6C64_7365_0002
_ATTEMPTS = 10
_NO_TABLE = {"42P01", "3F000"}
"""What PostgreSQL answers where a table or its schema is not there."""
_NO_CONNECTION = "08"
"""How its answer begins when it cannot reach a server that has a part of the documents."""
_DOC_COLUMNS = (*FACT_COLUMNS, "division", *TEXT_COLUMNS, "grams")

Read = TypeVar("Read")


class PostgresEngine:
    """A full-text index in a schema of the archive's database."""

    name = "postgresql"

    def __init__(self, engine: Engine, *, exact_up_to: int, spelling: str = "", places: Places | None = None) -> None:
        """Take the archive's engine, and where the documents lie; nothing is looked at before the first use."""
        self._engine, self._exact_up_to, self._places = engine, exact_up_to, places or OneServer()
        self._spelling = " ".join(filter(None, (spelling, self._places.description)))

    # --- reading ------------------------------------------------------------------------------------------------

    def search(self, request: Request) -> Answer:
        """Answer a search; exactly unless more documents match than are counted. Raises IndexUnavailable."""
        return self._read(lambda connection, number: _search(connection, number, request, self._exact_up_to))

    def stamps(self) -> dict[int, int]:
        """Return key and stamp of every unit in the index. Raises IndexUnavailable."""
        return self._read(_stamps)

    def check(self) -> None:
        """Read every text of the index. Raises IndexUnavailable if units and documents do not belong together."""
        if not self._read(_is_whole):
            raise IndexUnavailable("units without documents, or documents without a unit")

    def state(self) -> IndexState:
        """Say how large the index is and when it was written. Raises IndexUnavailable."""
        return self._read(partial(_state, self._places))

    def _read(self, read: Callable[[Connection, int], Read]) -> Read:
        """Read the current generation; again when a swap has taken it away meanwhile."""
        reason = ""
        for _attempt in range(_ATTEMPTS):
            try:
                with self._engine.connect() as connection:
                    return read(connection, _current(connection, self._spelling))
            except ProgrammingError as error:
                if getattr(error.orig, "sqlstate", "") not in _NO_TABLE:
                    raise
                reason = str(error.orig)
            except OperationalError as error:
                if not (getattr(error.orig, "sqlstate", None) or "").startswith(_NO_CONNECTION):
                    raise
                raise IndexUnavailable(str(error.orig)) from error
        raise IndexUnavailable(reason)

    # --- writing ------------------------------------------------------------------------------------------------

    def replace(self, units: Iterable[Unit]) -> bool:
        """Make the index hold these units as they are; durable when it returns. False: there is no readable index."""
        changed = list(units)
        with self._writing() as connection:
            if changed and _is_building(connection):
                connection.execute(insert(DIRTY), [{"unit": unit.key} for unit in changed])
            try:
                number = _current(connection, self._spelling)
            except IndexUnavailable:
                return False
            _write(connection, number, changed)
            written = update(GENERATION).where(GENERATION.c.number == number).values(committed_at=time.time())
            connection.execute(written)
        return True

    def rebuild(self, all_units: AllUnits, reload: Reload) -> int:
        """Build a new generation and swap it in while searching goes on, or go on with one left half-built.

        Returns:
            The number of units in it.

        Raises:
            BlockingIOError: If another rebuild runs.
        """
        with self._rebuilding():
            number, known = self._begin()
            count = len(known)
            for slice_ in _slices(all_units(known)):
                with self._engine.begin() as connection:
                    _write(connection, number, slice_)
                count += len(slice_)
            seen = self._catch_up(number, reload)
            with self._engine.begin() as connection:
                self._places.index(connection, number)
            with self._writing() as connection:
                _write(connection, number, list(reload(set(_changed(connection, after=seen)))))
                _publish(connection, number)
            self._places.sweep([number])
        return count

    def _catch_up(self, number: int, reload: Reload) -> int:
        """Load again what changed while the generation was built; returns the last change seen."""
        with self._engine.begin() as connection:
            seen = connection.scalar(select(func.coalesce(func.max(DIRTY.c.id), 0))) or 0
            changed = sorted(set(_changed(connection, up_to=seen)))
        for start in range(0, len(changed), UNITS_PER_COMMIT):
            units = list(reload(changed[start : start + UNITS_PER_COMMIT]))
            with self._engine.begin() as connection:
                _write(connection, number, units)
        return seen

    def _begin(self) -> tuple[int, frozenset[int]]:
        """Return the generation to build and the units that are in it already."""
        with self._writing() as connection:
            left = _half_built(connection, self._spelling)
            if left is not None:
                table = unit_table(left)
                return left, frozenset(connection.scalars(select(table.c.unit)))
            _drop(connection, GENERATION.c.state == BUILDING)
            connection.execute(delete(DIRTY))
            number = 1 + (connection.scalar(select(func.coalesce(func.max(GENERATION.c.number), 0))) or 0)
            now = time.time()
            unit_table(number).create(connection)
            self._places.make(connection, number)
            kind = {"format": FORMAT, "spelling": self._spelling}
            begun = {"number": number, **kind, "state": BUILDING, "begun_at": now, "committed_at": now}
            connection.execute(insert(GENERATION).values(begun))
            return number, frozenset()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a transaction that no other writer's runs beside."""
        with self._engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_WRITER)))
            make_schema(connection)
            yield connection

    @contextmanager
    def _rebuilding(self) -> Iterator[None]:
        """Hold the lock of a rebuild; the server lets it go with the process. Raises BlockingIOError."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(select(func.pg_try_advisory_lock(_REBUILD))):
                raise BlockingIOError("another rebuild runs")
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(_REBUILD)))


# --- generations ------------------------------------------------------------------------------------------------


def _current(connection: Connection, spelling: str) -> int:
    columns = (GENERATION.c.number, GENERATION.c.format, GENERATION.c.spelling)
    query = select(*columns).where(GENERATION.c.state == CURRENT)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise IndexUnavailable("no index")
    if (row.format, row.spelling) != (FORMAT, spelling):
        raise IndexUnavailable("index of another format or spelling")
    return int(row.number)


def _half_built(connection: Connection, spelling: str) -> int | None:
    """Return the generation that is being built or was left half-built, if it can be gone on with."""
    young = GENERATION.c.begun_at > time.time() - RESUME_SECONDS
    query = select(GENERATION.c.number).where(
        GENERATION.c.state == BUILDING, GENERATION.c.format == FORMAT, GENERATION.c.spelling == spelling, young
    )
    return connection.scalar(query)


def _is_building(connection: Connection) -> bool:
    return connection.scalar(select(GENERATION.c.number).where(GENERATION.c.state == BUILDING)) is not None


def _publish(connection: Connection, number: int) -> None:
    """Make a generation the current one and drop the others."""
    _drop(connection, GENERATION.c.number != number)
    published = {"state": CURRENT, "committed_at": time.time()}
    connection.execute(update(GENERATION).where(GENERATION.c.number == number).values(published))
    connection.execute(delete(DIRTY))


def _drop(connection: Connection, which: Any) -> None:
    for number in connection.scalars(select(GENERATION.c.number).where(which)).all():
        unit_table(number).drop(connection, checkfirst=True)
        doc_table(number).drop(connection, checkfirst=True)
    connection.execute(delete(GENERATION).where(which))


def _changed(connection: Connection, *, after: int = 0, up_to: int | None = None) -> list[int]:
    query = select(DIRTY.c.unit).where(DIRTY.c.id > after)
    return list(connection.scalars(query if up_to is None else query.where(DIRTY.c.id <= up_to)))


def _stamps(connection: Connection, number: int) -> dict[int, int]:
    table = unit_table(number)
    return {row.unit: row.stamp for row in connection.execute(select(table.c.unit, table.c.stamp))}


def _is_whole(connection: Connection, number: int) -> bool:
    docs = doc_table(number)
    read = sum((func.length(docs.c[name]) for name in TEXT_COLUMNS), start=func.length(docs.c.division))
    found = connection.execute(select(func.count(docs.c.unit.distinct()), func.sum(read))).one()
    return bool(found[0] == connection.scalar(select(func.count()).select_from(unit_table(number))))


def _state(places: Places, connection: Connection, number: int) -> IndexState:
    when = select(GENERATION.c.committed_at).where(GENERATION.c.number == number)
    return IndexState(
        units=connection.scalar(select(func.count()).select_from(unit_table(number))) or 0,
        documents=connection.scalar(select(func.count()).select_from(doc_table(number))) or 0,
        size=places.size(connection),
        committed_at=connection.scalar(when) or 0.0,
        half_built=_is_building(connection),
    )


# --- writing ----------------------------------------------------------------------------------------------------


def _slices(units: Iterator[Unit]) -> Iterator[list[Unit]]:
    slice_: list[Unit] = []
    for unit in units:
        slice_.append(unit)
        if len(slice_) >= UNITS_PER_COMMIT:
            yield slice_
            slice_ = []
    if slice_:
        yield slice_


def _write(connection: Connection, number: int, units: list[Unit]) -> None:
    """Replace the units in a generation."""
    latest = {unit.key: unit for unit in units}
    if not latest:
        return
    unit_rows, docs = unit_table(number), doc_table(number)
    connection.execute(delete(unit_rows).where(unit_rows.c.unit.in_(latest)))
    connection.execute(delete(docs).where(docs.c.unit.in_(latest)))
    stamps = [{"unit": unit.key, "stamp": unit.stamp} for unit in latest.values() if unit.docs]
    if stamps:
        connection.execute(insert(unit_rows), stamps)
    _copy(connection, number, (doc for unit in latest.values() for doc in unit.docs))


def _copy(connection: Connection, number: int, docs: Iterable[SearchDoc]) -> None:
    """Write documents by COPY, several times as fast as INSERT."""
    cursor = connection.connection.cursor()
    command = f"COPY {SCHEMA}.doc_{number} ({', '.join(_DOC_COLUMNS)}) FROM STDIN"
    with cursor.copy(command) as copy:
        for doc in docs:
            copy.write_row(_row(doc))


def _row(doc: SearchDoc) -> tuple[Any, ...]:
    """Return the row of a document, in the order of the columns."""
    facts = (doc.unit, place_number(doc.division), doc.file_id, doc.item_id, doc.page_id, doc.certificate_id)
    values = (doc.page_no, doc.area, doc.day, doc.year, doc.class_code, doc.sort_code)
    states = (int(doc.kind), doc.issue_state, int(doc.in_batch), int(doc.respelled))
    texts = (getattr(doc, name) for name in TEXT_COLUMNS)
    return (*facts, *values, *states, doc.division, *texts, tsvector_of(doc))


# --- answering --------------------------------------------------------------------------------------------------


def _search(connection: Connection, number: int, request: Request, exact_up_to: int) -> Answer:
    """Answer from the documents found; when only a part of them is asked for, from so many at most."""
    bound = exact_up_to if request.limit else 0
    rows = connection.execute(_query(number, request, bound)).all()
    is_exact = not bound or len(rows) <= bound
    kept = rows if is_exact else rows[:bound]
    segment = Segment(facts_of([_facts(row) for row in kept]), {}, None)
    scores = _scores(kept, steps(segment.facts, np.arange(len(kept)), request))
    answer = answer_of([grouped(segment, np.arange(len(kept)), scores)], request)
    return replace(answer, is_exact=is_exact, engine=PostgresEngine.name)


def _query(number: int, request: Request, bound: int) -> Select[Any]:
    """Return the query for facts, then for each word how often it is there and the length of the text it is looked for in."""
    docs = doc_table(number)
    columns: list[Any] = [docs.c[name] for name in FACT_COLUMNS]
    for word in _ranked_words(request):
        text_column = docs.c[COLUMN_OF_FIELD[word.field]]
        columns += [_occurrences(text_column, word), func.length(text_column)]
    query = select(*columns).where(matches(docs, request)).order_by(docs.c.unit, docs.c.item_id)
    return query.limit(bound + 1) if bound else query


def _ranked_words(request: Request) -> list[Text]:
    return list(dict.fromkeys(words(request.query))) if request.query is not None else []


def _occurrences(column: Any, word: Text) -> Any:
    if isinstance(word, Word):
        return (func.length(column) - func.length(func.replace(column, word.text, ""))) // len(word.text)
    return cast(column.bool_op("~")(regex_of(word)), Integer)


def _facts(row: Any) -> tuple[Any, ...]:
    """Return a row of facts; a stamp is not needed to answer."""
    unit, *values = row[: len(FACT_COLUMNS)]
    return (unit, 0, *(value.encode() if isinstance(value, str) else value for value in values))


def _scores(rows: Any, scores: Array) -> Array:
    """Return the score of each document, by the rule of `ranking`: to what it is comes what is found in it."""
    figures = np.array([row[len(FACT_COLUMNS) :] for row in rows], float) if rows else np.zeros((0, 0))
    for place in range(0, figures.shape[1], 2):
        counts, lengths = figures[:, place], figures[:, place + 1]
        scores += weight(counts, damping(lengths))
    return scores
