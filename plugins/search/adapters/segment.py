"""One segment of the index, opened for reading: which documents answer a query, how well, and in which groups they lie.

Documents are numbers, sets of documents ascending arrays of them, so that a rare word costs what it finds and not what the
archive holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from plugins.search.adapters.facts import Facts
from plugins.search.domain.documents import Kind
from plugins.search.domain.engine import Request
from plugins.search.domain.folding import SEPARATOR
from plugins.search.domain.matching import COLUMN_OF_FIELD, kinds_for
from plugins.search.domain.places import place_number, shift_of
from plugins.search.domain.query import (
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
    words,
)
from plugins.search.domain.ranking import AS_WRITTEN, STEPS, damping, weight
from plugins.search.gram.layout import Array
from plugins.search.gram.lists import among
from plugins.search.gram.read import Found, GramIndex

TEXT_COLUMNS = tuple(COLUMN_OF_FIELD.values())
_STEPS = np.array([0.0, *(STEPS[kind] for kind in Kind)])
_FEW = 16
"""Below one document in so many, looking single ones up is cheaper than a look at all."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: facts and gram indexes are shared between snapshots, `live` is this snapshot's own, None for all."""

    facts: Facts
    grams: dict[str, GramIndex]
    live: Array | None


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one segment that hold matching documents, in the order in which they stand there.

    Attributes:
        segment: Where they are.
        numbers: All matching documents, group by group.
        scores: Of each document.
        begins: Where each group begins in `numbers`.
        counts: How many documents it has there.
    """

    segment: Segment
    numbers: Array
    scores: Array
    begins: Array
    counts: Array

    @property
    def heads(self) -> Array:
        """The first document of each group; it says what is known of the group as a whole."""
        heads: Array = self.numbers[self.begins]
        return heads

    @property
    def best(self) -> Array:
        """The best score in each group."""
        return np.maximum.reduceat(self.scores, self.begins) if len(self.begins) else self.scores

    def keys(self, places: Array) -> Array:
        """Return what these groups, by their places among all, are ordered by when their scores are equal: unit, then item."""
        facts, heads = self.segment.facts, self.heads[places]
        keys: Array = (facts["unit"][heads] << 32) | facts["item_id"][heads].astype(np.int64)
        return keys


def search_segment(segment: Segment, request: Request) -> Groups:
    """Return the groups of documents that match, inside the scope and the filters."""
    finder = _Finder(segment)
    numbers = _everything(segment.facts) if request.query is None else finder.answer(request.query, None)
    if segment.live is not None:
        numbers = numbers[segment.live[numbers]]
    for holds in _conditions(segment.facts, request):
        numbers = numbers[holds(numbers)]
    return grouped(segment, numbers, finder.scores(request, numbers))


def _everything(facts: Facts) -> Array:
    return np.arange(len(facts))


def grouped(segment: Segment, numbers: Array, scores: Array) -> Groups:
    """Cut the documents where another group begins: the documents of a group stand next to each other."""
    groups = segment.facts["group"].take(numbers)
    begins = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    begins = np.concatenate(([0], begins)) if len(numbers) else begins
    return Groups(segment, numbers, scores, begins, np.diff(begins, append=len(numbers)))


# --- scope and filters ------------------------------------------------------------------------------------------


def _conditions(facts: Facts, request: Request) -> Iterator[Callable[[Array], Array]]:
    """Yield what tells of documents whether they are of a kind that can be a hit, in the scope, and chosen.

    A condition that everything in the segment fulfils is left out.
    """
    filters = request.filters
    kinds = np.isin(np.arange(len(_STEPS)), [0, *map(int, kinds_for(request.query))])
    places = _in_scope(facts["places"], request.scope) & _inside(facts["places"], filters.division)
    for name, allowed in (("kind", kinds), ("place", places), ("class_code", _of_class(facts, filters.class_code))):
        if not allowed.all():
            yield partial(_looked_up, facts[name], allowed)
    for name, wanted in (("year", filters.year), ("state", filters.issue_state), ("in_batch", filters.in_batch)):
        if wanted is not None:
            yield partial(_is_equal, facts[name], wanted)


def _looked_up(column: Array, table: Array, numbers: Array) -> Array:
    return table[column.take(numbers)]


def _is_equal(column: Array, value: int, numbers: Array) -> Array:
    equal: Array = column.take(numbers) == value
    return equal


def _in_scope(places: Array, prefixes: tuple[str, ...]) -> Array:
    mask = np.zeros(len(places), bool)
    for prefix in prefixes:
        mask |= _inside(places, prefix)
    return mask


def _inside(places: Array, prefix: str) -> Array:
    if not prefix:
        return np.ones(len(places), bool)
    shift = shift_of(prefix)
    inside: Array = places >> shift == place_number(prefix) >> shift
    return inside


def _of_class(facts: Facts, prefix: str) -> Array:
    return np.char.startswith(facts["classes"], prefix.encode())


# --- finding ----------------------------------------------------------------------------------------------------


class _Finder:
    """Answers query trees in one segment; each word is looked up only once during a search."""

    def __init__(self, segment: Segment) -> None:
        self._facts, self._grams = segment.facts, segment.grams
        self._places: dict[Text, Array] = {}
        self._found: dict[Text, Found] = {}

    def answer(self, node: Node, within: Array | None) -> Array:
        """Return the documents that answer the tree, of those in `within` or of all."""
        match node:
            case Word() | Pattern():
                if within is None:
                    return self._find(node).texts
                return within[self._counts(node, within) > 0]
            case And(parts):
                for part in sorted(parts, key=_cost):
                    within = self.answer(part, within)
                    if not len(within):
                        break
                return within if within is not None else _everything(self._facts)
            case Or(parts):
                return np.unique(np.concatenate([self.answer(part, within) for part in parts]))
            case Not(part):
                base = _everything(self._facts) if within is None else within
                return base[~among(self.answer(part, within), base)]
            case _:
                base = _everything(self._facts) if within is None else within
                return base[_has_fact(self._facts, node)(base)]

    def scores(self, request: Request, numbers: Array) -> Array:
        """Return the score of each document, by the rule of `ranking`."""
        scores = steps(self._facts, numbers, request)
        for word in dict.fromkeys(words(request.query)) if request.query is not None and len(numbers) else ():
            counts = self._counts(word, numbers)
            occurrences = counts.astype(np.float64) if isinstance(word, Word) else (counts > 0).astype(np.float64)
            scores += weight(occurrences, damping(self._index_of(word).lengths_of(numbers)))
        return scores

    def _counts(self, word: Text, numbers: Array) -> Array:
        """Return how often each of these documents holds the word; looks at no others if these are few."""
        if word not in self._found and len(numbers) * _FEW < len(self._places_of(word)) and _is_ascending(word):
            return self._index_of(word).counts_in(self._places_of(word), numbers)
        return _counts_of(self._find(word), numbers, len(self._facts))

    def _find(self, word: Text) -> Found:
        if word not in self._found:
            self._found[word] = self._index_of(word).found_at(self._places_of(word))
        return self._found[word]

    def _places_of(self, word: Text) -> Array:
        if word not in self._places:
            index = self._index_of(word)
            if isinstance(word, Word):
                self._places[word] = index.places(word.text)
            else:
                self._places[word] = index.places_of_pieces(word.pieces, word.gaps, SEPARATOR)
        return self._places[word]

    def _index_of(self, word: Text) -> GramIndex:
        return self._grams[COLUMN_OF_FIELD[word.field]]


def steps(facts: Facts, numbers: Array, request: Request) -> Array:
    """Return what these documents score by what they are, whatever is found in them."""
    if request.query is None:
        return np.zeros(len(numbers))
    scores: Array = _STEPS.take(facts["kind"].take(numbers))
    scores += AS_WRITTEN * (facts["respelled"].take(numbers) == request.respelled)
    return scores


def _is_ascending(word: Text) -> bool:
    """Tell whether the places of the word come in ascending order."""
    return isinstance(word, Word) and len(word.text) > 1


def _cost(node: Node) -> int:
    """Order the parts of an And: long words are rare, what takes away has something to take away from."""
    match node:
        case Word(text, _):
            return -len(text)
        case Pattern():
            return 0
        case Not():
            return 3
        case Or() | And():
            return 1
        case _:
            return 2


def _counts_of(found: Found, numbers: Array, total: int) -> Array:
    """Return how often each of these documents holds what was found."""
    if len(numbers) == len(found.texts) and np.array_equal(numbers, found.texts):
        return found.counts
    if len(numbers) * _FEW > total:
        counts = np.zeros(total, np.int64)
        counts[found.texts] = found.counts
        return counts[numbers]
    if not len(found.texts):
        return np.zeros(len(numbers), np.int64)
    near = np.minimum(np.searchsorted(found.texts, numbers), len(found.texts) - 1)
    return np.where(found.texts[near] == numbers, found.counts[near], 0)


def _has_fact(facts: Facts, node: Fact) -> Callable[[Array], Array]:
    """Return what tells of documents whether they have the fact."""
    match node:
        case Areas(first, last):
            return lambda base: (facts["area"][base] >= first) & (facts["area"][base] <= last)
        case Years(first, last):
            return lambda base: (facts["year"][base] >= first) & (facts["year"][base] <= last)
        case State(number):
            return lambda base: facts["state"][base] == number
        case ClassCode(prefix):
            of_class = _of_class(facts, prefix)
            return lambda base: of_class[facts["class_code"][base]]
        case InBatch(wanted):
            return lambda base: facts["in_batch"][base] == wanted
