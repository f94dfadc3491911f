"""Answering a search: numbers, names and places from the database first, then full text from the index, or from the database
without one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.host import Host
from models.archive import ArchiveFile
from models.digital import PageText
from models.numbers import normalise_number, parse_cert_no
from models.register import Certificate
from plugins.search.domain.documents import Kind, Unit
from plugins.search.domain.engine import Answer, Filters, IndexUnavailable, Request
from plugins.search.domain.folding import SEPARATOR
from plugins.search.domain.grammar import QueryError, parse_query
from plugins.search.domain.matching import kinds_for
from plugins.search.domain.names import read_name_query
from plugins.search.domain.query import ANY, And, Node, Word, described_marks, marks, patterns
from plugins.search.domain.scan import scan
from plugins.search.domain.spelling import PLAIN, Spelling
from plugins.search.queries.hits import GroupView, Marks, show_groups
from plugins.search.queries.name_views import NameView, show_names
from plugins.search.queries.number_views import NumberView, show_numbers
from plugins.search.queries.numbers import find_numbers
from plugins.search.queries.register_names import NamesFound, find_names
from plugins.search.queries.units import load_units, number_forms
from plugins.search.service.indexing import engine_of, spelling_of
from plugins.search.service.persons import refuse_person_number

log = structlog.get_logger()

GROUPS_PER_PART = 100
"""How many groups of a whole result are looked up in the database at a time."""


@dataclass(frozen=True, slots=True)
class Result:
    """An answered search.

    Attributes:
        numbers: What is known under the number typed, surest match first.
        answer: Counts and facets of the full-text part; None when nothing was asked of it.
        groups: The hits of this page, looked up again in the database.
        marks: Folded words to mark in a page that is opened from here.
        is_fallback: Whether the database answered because there is no index.
        error: The fault in the query, when only its number could be answered.
        names: What the register has under a name or place, surest match first, on the first page of an answer.
        names_total: How much that is in all.
        numbers_complete: Whether the numbers are all there are; false where too many have the digits typed.
    """

    numbers: tuple[NumberView, ...]
    answer: Answer | None
    groups: tuple[GroupView, ...]
    marks: tuple[str, ...]
    is_fallback: bool = False
    error: QueryError | None = None
    names: tuple[NameView, ...] = ()
    names_total: int = 0
    numbers_complete: bool = True


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that a search finds, still to be looked up in the database by `shown_in_parts`.

    Attributes:
        numbers: What is known under the number typed.
        names: What the register has under a name or place: the first of them.
        names_total: How much that is in all.
        answer: All groups with all their hits; None when nothing was asked of the full text.
        marks: What to mark.
        is_fallback: Whether the database answered because there is no index.
    """

    numbers: tuple[NumberView, ...]
    names: tuple[NameView, ...]
    names_total: int
    answer: Answer | None
    marks: Marks
    is_fallback: bool


def find_whole(host: Host, actor: Actor, text: str, request: Request) -> Whole:
    """Answer a query as typed, all pages of the answer together. Raises QueryError and PersonNumberInAddress."""
    refuse_person_number(text)
    wanted = _spelled(host, replace(request, query=parse_query(text, numbers=index_forms), scope=actor.prefixes))
    everything, node = replace(wanted, offset=0, limit=0, per_group=0, facets=False), wanted.query
    is_asked = node is not None or request.filters != Filters()
    with host.view(actor) as session:
        numbers = tuple(show_numbers(session, actor, find_numbers(session, actor, text).hits))
        found = _names(session, actor, text, everything)
        names = tuple(show_names(session, actor, found.hits))
        answer, is_fallback = _full_text(host, session, actor, everything) if is_asked else (None, False)
    return Whole(numbers, names, found.total, answer, _marks(node, spelling_of(host)), is_fallback)


def shown_in_parts(host: Host, actor: Actor, whole: Whole) -> Iterator[list[GroupView]]:
    """Yield the groups as they are shown, some at a time, each part in a short reading transaction."""
    groups = whole.answer.groups if whole.answer else ()
    for start in range(0, len(groups), GROUPS_PER_PART):
        with host.view(actor) as session:
            part = show_groups(session, actor, groups[start : start + GROUPS_PER_PART], whole.marks)
        yield part


def find(host: Host, actor: Actor, text: str, request: Request) -> Result:
    """Answer a query as typed.

    Args:
        host: The host.
        actor: Who asks; the scope is taken from here.
        text: What was typed.
        request: Page, filters and sizes; query and scope in it are replaced.

    Raises:
        QueryError: With the place of the fault.
        PersonNumberInAddress: An identity number was typed; those are looked up another way.
    """
    refuse_person_number(text)
    with host.view(actor) as session:
        by_number = find_numbers(session, actor, text)
        numbers = tuple(show_numbers(session, actor, by_number.hits))
        found = _names(session, actor, text, request)
        names = tuple(show_names(session, actor, found.hits))
        known = Result(
            numbers, None, (), (), names=names, names_total=found.total, numbers_complete=by_number.is_complete
        )
        try:
            wanted = _spelled(
                host, replace(request, query=parse_query(text, numbers=index_forms), scope=actor.prefixes)
            )
        except QueryError as error:
            if not numbers and not names:
                raise
            return replace(known, error=error)
        if wanted.query is None and request.filters == Filters():
            return known
        answer, is_fallback = _full_text(host, session, actor, wanted)
        shown = _marks(wanted.query, spelling_of(host))
        groups = tuple(show_groups(session, actor, answer.groups, shown))
    return replace(known, answer=answer, groups=groups, marks=shown.pages, is_fallback=is_fallback)


def _spelled(host: Host, request: Request) -> Request:
    """Return the request with its words spelled as the index has them, and whether that changed them."""
    node = spelling_of(host).node(request.query)
    return replace(request, query=node, respelled=node != request.query)


def _marks(node: Node | None, spelling: Spelling) -> Marks:
    if node is None:
        return Marks()
    return Marks(marks(node), described_marks(node), patterns(node), spelling)


def _names(session: Session, actor: Actor, text: str, request: Request) -> NamesFound:
    """Return what the register has under a name or place; it stands above the first page of the full text."""
    query = read_name_query(text) if request.offset == 0 else None
    return NamesFound((), 0) if query is None else find_names(session, actor, query, request.filters)


def index_forms(value: str) -> tuple[str, ...]:
    """Return the forms in which the index has the value of a number field; a complete number must match as a whole."""
    if parse_cert_no(value):
        return tuple(f"{SEPARATOR}{form}{SEPARATOR}" for form in number_forms(value))
    return (normalise_number(value),)


def _full_text(host: Host, session: Session, actor: Actor, request: Request) -> tuple[Answer, bool]:
    """Return the answer of the index or, without one, of the database, and whether it was the database."""
    try:
        return engine_of(host).search(request), False
    except IndexUnavailable as error:
        log.warning("search.without_index", reason=str(error))
    stopwatch = _Stopwatch(host.settings.plugin("search").fallback_seconds)
    spelling = spelling_of(host)
    units = _stored_units(session, actor, _possible_pages(request.query, spelling))
    answer = scan(request, stopwatch.limit(spelling.units(units)))
    return replace(answer, is_exact=not stopwatch.has_stopped), True


class _Stopwatch:
    """Ends a stream of units when the time is used up, and remembers that it did."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self.has_stopped = False

    def limit(self, units: Iterator[Unit]) -> Iterator[Unit]:
        for unit in units:
            if time.monotonic() > self._deadline:
                self.has_stopped = True
                return
            yield unit


def _stored_units(session: Session, actor: Actor, pages: ColumnElement[bool] | None) -> Iterator[Unit]:
    """Yield the units of the scope, with only those pages that can be hits."""
    files = select(ArchiveFile.id).where(actor.within(ArchiveFile.division_code)).order_by(ArchiveFile.id)
    mine = (actor.within(Certificate.division_code), ~Certificate.is_withdrawn)
    lone = select(Certificate.id).where(Certificate.archive_file_id.is_(None), *mine)
    keys = [*session.scalars(files), *(-key for key in session.scalars(lone))]
    return load_units(session, keys, pages=pages)


def _possible_pages(query: Node | None, spelling: Spelling) -> ColumnElement[bool] | None:
    """Return a condition that every page hit fulfils, cheap for the database; None where there is none."""
    if Kind.PAGE not in kinds_for(query):
        return false()
    needed = [part for part in (query.parts if isinstance(query, And) else (query,)) if isinstance(part, Word)]
    free = [word.text for word in needed if word.field == ANY]
    return PageText.text.like(like_pattern(max(free, key=len), spelling)) if free else None


def like_pattern(folded: str, spelling: Spelling = PLAIN) -> str:
    """Return a LIKE pattern that every text holding the folded word matches: gaps anywhere, ASCII in any width, either script."""
    kept = "%".join("" if char.isascii() or spelling.is_one_of_several(char) else char for char in folded)
    return f"%{kept}%"
