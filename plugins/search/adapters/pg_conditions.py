"""What a search means to PostgreSQL: a prefilter by bigrams, which a GIN index answers, and a look at the text itself.

The lexemes of a document are the pairs of neighbouring characters of its texts, and the last character of each text alone,
so that one character is found as the beginning of a lexeme. Pairs of the body stand as they are; those of the other texts
begin with a control character of their own. Pages inherit the other texts from their file: those are in no lexeme, because a
query of fields alone never asks for pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, and_, cast, false, func, not_, or_, true
from sqlalchemy.dialects.postgresql import TSQUERY

from plugins.search.adapters.pg_tables import TEXT_COLUMNS, quoted
from plugins.search.domain.documents import Kind, SearchDoc
from plugins.search.domain.engine import Filters, Request
from plugins.search.domain.folding import SEPARATOR
from plugins.search.domain.matching import COLUMN_OF_FIELD, kinds_for
from plugins.search.domain.query import (
    ANY,
    And,
    Areas,
    ClassCode,
    Fact,
    InBatch,
    Node,
    Not,
    Or,
    Pattern,
    State,
    Text,
    Word,
    Years,
)

MOST_LEXEMES = 50_000
"""A document with more different pairs than this has none in the table (a `tsvector` holds 1 MB) and is always looked at."""
_MARKS = {name: chr(1 + number) for number, name in enumerate(TEXT_COLUMNS) if name != "body"}


def lexemes(doc: SearchDoc) -> list[str] | None:
    """Return the lexemes of a document, each once; None if they are too many for a table."""
    found = set(_pairs(doc.body))
    if doc.kind is not Kind.PAGE:
        found |= {mark + pair for name, mark in _MARKS.items() for pair in _pairs(getattr(doc, name))}
    return sorted(found) if len(found) <= MOST_LEXEMES else None


def tsvector_of(doc: SearchDoc) -> str | None:
    """Return the lexemes in PostgreSQL's spelling of a `tsvector`."""
    found = lexemes(doc)
    return None if found is None else " ".join(map(quoted, found))


def _pairs(value: str) -> Iterator[str]:
    """Yield every pair of neighbouring characters, and the last character alone."""
    return (value[place : place + 2] for place in range(len(value)))


# --- conditions -------------------------------------------------------------------------------------------------


def matches(docs: Table, request: Request) -> ColumnElement[bool]:
    """Return the condition that the hits of a request fulfil: kind, scope, filters and query."""
    kinds = kinds_for(request.query)
    parts = [docs.c.kind.in_(sorted(int(kind) for kind in kinds)), _in_scope(docs, request.scope)]
    parts += _chosen(docs, request.filters)
    if request.query is not None:
        parts.append(_condition(docs, request.query, has_pages=Kind.PAGE in kinds))
    return and_(*parts)


def _in_scope(docs: Table, prefixes: tuple[str, ...]) -> ColumnElement[bool]:
    if "" in prefixes:
        return true()
    return or_(false(), *(func.starts_with(docs.c.division, prefix) for prefix in prefixes))


def _chosen(docs: Table, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.division:
        yield func.starts_with(docs.c.division, filters.division)
    if filters.class_code:
        yield func.starts_with(docs.c.class_code, filters.class_code)
    if filters.year is not None:
        yield docs.c.year == filters.year
    if filters.issue_state is not None:
        yield docs.c.state == filters.issue_state
    if filters.in_batch is not None:
        yield docs.c.in_batch == int(filters.in_batch)


def _condition(docs: Table, node: Node, *, has_pages: bool) -> ColumnElement[bool]:
    match node:
        case Word() | Pattern():
            return _found(docs, node, has_pages=has_pages)
        case And(parts):
            return and_(*(_condition(docs, part, has_pages=has_pages) for part in parts))
        case Or(parts):
            return or_(*(_condition(docs, part, has_pages=has_pages) for part in parts))
        case Not(part):
            return not_(_condition(docs, part, has_pages=has_pages))
        case _:
            return _fact(docs, node)


def _fact(docs: Table, node: Fact) -> ColumnElement[bool]:
    match node:
        case Areas(first, last):
            return docs.c.area.between(first, last)
        case Years(first, last):
            return docs.c.year.between(first, last)
        case State(number):
            return docs.c.state == number
        case ClassCode(prefix):
            return func.starts_with(docs.c.class_code, prefix)
        case InBatch(wanted):
            return docs.c.in_batch == int(wanted)


def _found(docs: Table, node: Text, *, has_pages: bool) -> ColumnElement[bool]:
    """Return the condition that a document holds the word or pattern: the index first where it can serve, then the text."""
    column = docs.c[COLUMN_OF_FIELD[node.field]]
    pieces = (node.text,) if isinstance(node, Word) else node.pieces
    exact: ColumnElement[bool] = (
        func.strpos(column, node.text) > 0 if isinstance(node, Word) else column.bool_op("~")(regex_of(node))
    )
    if node.field != ANY and has_pages:
        return exact
    wanted = cast(_tsquery(pieces, _MARKS.get(COLUMN_OF_FIELD[node.field], "")), TSQUERY)
    likely = docs.c.grams.bool_op("@@")(wanted)
    return and_(or_(likely, docs.c.grams.is_(None)), exact)


def _tsquery(pieces: tuple[str, ...], mark: str) -> str:
    """Return the query, in PostgreSQL's spelling, that every text with all the pieces answers."""
    wanted = dict.fromkeys(lexeme for piece in pieces for lexeme in _needed(piece, mark))
    return " & ".join(wanted)


def _needed(piece: str, mark: str) -> Iterator[str]:
    if len(piece) == 1:
        yield f"{quoted(mark + piece)}:*"
        return
    for place in sorted({*range(0, len(piece) - 1, 2), len(piece) - 2}):
        yield quoted(mark + piece[place : place + 2])


def regex_of(pattern: Pattern) -> str:
    """Return a regular expression of PostgreSQL for what `domain.matching.pattern_regex` means."""
    (before, _), *between, (behind, _) = pattern.gaps
    parts = [_gap(before, before), re.escape(pattern.pieces[0])]
    for (least, most), piece in zip(between, pattern.pieces[1:], strict=True):
        parts += [_gap(least, most), re.escape(piece)]
    return "".join([*parts, _gap(behind, behind)])


def _gap(least: int, most: int) -> str:
    return f"[^{SEPARATOR}]{{{least},{most}}}" if most else ""
