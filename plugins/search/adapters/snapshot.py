"""One state of the index, opened for reading: finds, filters, ranks, groups and counts on NumPy arrays.

A snapshot never changes, so that any number of threads may search it while a writer commits the next one. Whoosh's own
searchers share file positions between threads and its readers fail during commits; neither is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from whoosh.index import TOC
from whoosh.reading import SegmentReader

from plugins.search.adapters.whoosh_columns import FACTS, FACTS_FIELD, FactsReader
from plugins.search.adapters.whoosh_storage import DurableStorage
from plugins.search.domain.documents import Kind
from plugins.search.domain.engine import Answer, Filters, Group, Hit, Order, Request
from plugins.search.domain.folding import SEPARATOR
from plugins.search.domain.matching import COLUMN_OF_FIELD, kinds_for
from plugins.search.domain.places import DIGITS, LEVELS, place_code, place_number, shift_of
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
from plugins.search.domain.ranking import STEPS, damping, weight
from plugins.search.gram.layout import Array, DamagedIndex
from plugins.search.gram.read import Found, GramIndex

INDEX_NAME = "LD"
TEXT_COLUMNS = tuple(COLUMN_OF_FIELD.values())
_STEPS = np.array([0.0, *(STEPS[kind] for kind in Kind)])


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: facts and gram indexes are shared between snapshots, `live` is this snapshot's own."""

    facts: Array
    grams: dict[str, GramIndex]
    live: Array


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All segments of one commit."""

    generation: int
    segments: dict[str, Segment]

    def search(self, request: Request) -> Answer:
        """Answer a search exactly."""
        found = [_search_segment(segment, request) for segment in self.segments.values()]
        facts = np.concatenate([facts for facts, _ in found]) if found else np.zeros(0, FACTS)
        scores = np.concatenate([scores for _, scores in found]) if found else np.zeros(0)
        return _answer(facts, scores, request)

    def stamps(self) -> dict[int, int]:
        """Return key and stamp of every unit."""
        pairs: dict[int, int] = {}
        for segment in self.segments.values():
            facts = segment.facts[segment.live]
            pairs.update(zip(facts["unit"].tolist(), facts["stamp"].tolist(), strict=True))
        return pairs

    def is_intact(self) -> bool:
        """Tell whether every checksum holds; reads the whole index."""
        return all(index.is_intact() for segment in self.segments.values() for index in segment.grams.values())


def open_snapshot(storage: DurableStorage, previous: Snapshot | None) -> Snapshot:
    """Open the latest commit, taking over the segments that the previous snapshot has open already."""
    toc = TOC.read(storage, INDEX_NAME)
    if set(toc.schema.names()) != {FACTS_FIELD, *TEXT_COLUMNS}:
        raise DamagedIndex("made by another version")
    known = previous.segments if previous else {}
    segments: dict[str, Segment] = {}
    for described in toc.segments:
        name = described.segment_id()
        facts, grams = (known[name].facts, known[name].grams) if name in known else _open(storage, toc, described)
        live = np.ones(len(facts), bool)
        live[list(described.deleted_docs())] = False
        segments[name] = Segment(facts, grams, live)
    return Snapshot(toc.generation, segments)


def _open(storage: DurableStorage, toc: TOC, described: object) -> tuple[Array, dict[str, GramIndex]]:
    reader = SegmentReader(storage, toc.schema, described)
    facts: FactsReader = reader.column_reader(FACTS_FIELD, translate=False)
    grams = {name: reader.column_reader(name, translate=False).index for name in TEXT_COLUMNS}
    return facts.rows, grams


# --- finding ----------------------------------------------------------------------------------------------------


class _Finder:
    """Looks words up in one segment, each only once during a search."""

    def __init__(self, segment: Segment) -> None:
        self.facts, self._grams = segment.facts, segment.grams
        self._found: dict[Text, Found] = {}

    def find(self, word: Text) -> Found:
        """Return the documents of the segment that hold the word or the pattern, and how often."""
        if word not in self._found:
            index = self.index_of(word)
            if isinstance(word, Word):
                self._found[word] = index.find(word.text)
            else:
                self._found[word] = index.find_pieces(word.pieces, word.gaps, SEPARATOR)
        return self._found[word]

    def index_of(self, word: Text) -> GramIndex:
        """Return the index of the texts that the word is looked for in."""
        return self._grams[COLUMN_OF_FIELD[word.field]]


def _search_segment(segment: Segment, request: Request) -> tuple[Array, Array]:
    """Return the facts and scores of the documents of a segment that match, inside the scope and the filters."""
    finder = _Finder(segment)
    mask = segment.live if request.query is None else segment.live & _mask(finder, request.query)
    if not mask.any():
        return segment.facts[:0], np.zeros(0)
    mask = mask & _in_scope(segment.facts, request.scope) & _chosen(segment.facts, request.filters)
    mask &= np.isin(segment.facts["kind"], [int(kind) for kind in kinds_for(request.query)])
    numbers = np.flatnonzero(mask)
    return segment.facts[numbers], _scores(finder, request.query, numbers)


def _in_scope(facts: Array, prefixes: tuple[str, ...]) -> Array:
    mask = np.zeros(len(facts), bool)
    for prefix in prefixes:
        mask |= _inside(facts, prefix)
    return mask


def _inside(facts: Array, prefix: str) -> Array:
    if not prefix:
        return np.ones(len(facts), bool)
    shift = shift_of(prefix)
    inside: Array = facts["place"] >> shift == place_number(prefix) >> shift
    return inside


def _chosen(facts: Array, filters: Filters) -> Array:
    mask = _inside(facts, filters.division)
    if filters.class_code:
        mask &= np.char.startswith(facts["class_code"], filters.class_code.encode())
    if filters.year is not None:
        mask &= facts["year"] == filters.year
    if filters.issue_state is not None:
        mask &= facts["state"] == filters.issue_state
    if filters.in_batch is not None:
        mask &= facts["in_batch"] == filters.in_batch
    return mask


def _mask(finder: _Finder, node: Node) -> Array:
    """Return which documents of the segment answer the tree."""
    match node:
        case Word() | Pattern():
            mask = np.zeros(len(finder.facts), bool)
            mask[finder.find(node).texts] = True
            return mask
        case And(parts):
            return _combined(np.logical_and, [_mask(finder, part) for part in parts])
        case Or(parts):
            return _combined(np.logical_or, [_mask(finder, part) for part in parts])
        case Not(part):
            return ~_mask(finder, part)
        case _:
            return _fact_mask(finder.facts, node)


def _combined(operation: np.ufunc, masks: list[Array]) -> Array:
    combined: Array = operation.reduce(masks)
    return combined


def _fact_mask(facts: Array, node: Fact) -> Array:
    mask: Array
    match node:
        case Areas(first, last):
            mask = (facts["area"] >= first) & (facts["area"] <= last)
        case Years(first, last):
            mask = (facts["year"] >= first) & (facts["year"] <= last)
        case State(number):
            mask = facts["state"] == number
        case ClassCode(prefix):
            mask = np.char.startswith(facts["class_code"], prefix.encode())
        case InBatch(wanted):
            mask = facts["in_batch"] == wanted
    return mask


def _scores(finder: _Finder, query: Node | None, numbers: Array) -> Array:
    """Return the score of each matching document, by the rule of `ranking`."""
    scores = np.zeros(len(finder.facts))
    if query is None:
        return scores[numbers]
    for word in dict.fromkeys(words(query)) if len(numbers) else ():
        found = finder.find(word)
        counts = found.counts if isinstance(word, Word) else np.ones(len(found.texts))
        scores[found.texts] += weight(counts, damping(finder.index_of(word).lengths[found.texts]))
    stepped: Array = scores[numbers] + _STEPS[finder.facts["kind"][numbers]]
    return stepped


# --- answering --------------------------------------------------------------------------------------------------


def _answer(facts: Array, scores: Array, request: Request) -> Answer:
    """Group the matching documents by 件 (what describes a file is a group too), in the order asked for, and count."""
    keys = (facts["unit"] << 32) | facts["item_id"].astype(np.int64)
    groups, first, member, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    best = np.zeros(len(groups))
    np.maximum.at(best, member, scores)
    chosen = np.lexsort((groups, *_places_in(request.order, facts[first], best)))[request.offset :][
        : request.limit or None
    ]
    order = np.lexsort((facts["page_no"], facts["kind"], -scores, member))
    begins = np.cumsum(counts) - counts
    shown = [
        Group(
            int(counts[group]),
            _hits(facts, scores, order[begins[group] :][: counts[group]][: request.per_group or None]),
        )
        for group in chosen
    ]
    facets = _facets(facts[first]) if request.facets else {}
    return Answer(hits=len(facts), group_count=len(groups), groups=tuple(shown), facets=facets)


def _places_in(order: Order, heads: Array, best: Array) -> list[Array]:
    """Return what the groups are ordered by, smallest first, the most important last."""
    if order is Order.RELEVANCE:
        return [-best]
    by_code = [heads["sort_code"], heads["sort_code"] == b""]
    match order:
        case Order.CODE:
            return by_code
        case Order.DATE:
            return [*by_code, -heads["day"].astype(np.int64)]
        case Order.VILLAGE:
            return [*by_code, heads["place"], heads["place"] == 0]
        case Order.AREA:
            return [*by_code, -heads["area"].astype(np.int64)]


def _hits(facts: Array, scores: Array, rows: Array) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            kind=Kind(int(facts["kind"][row])),
            file_id=int(facts["file_id"][row]),
            item_id=int(facts["item_id"][row]),
            page_id=int(facts["page_id"][row]),
            certificate_id=int(facts["certificate_id"][row]),
            score=round(float(scores[row]), 4),
        )
        for row in rows
    )


def _facets(heads: Array) -> dict[str, dict[str, int]]:
    """Count groups under each key of each facet; one row stands for its group, because a unit has one value of each."""
    facets = {level: _places(heads["place"], length) for level, length in LEVELS.items()}
    facets["class"] = {key.decode(): count for key, count in _counts(heads["class_code"]) if key}
    facets["year"] = {str(key): count for key, count in _counts(heads["year"]) if key}
    facets["state"] = {str(key): count for key, count in _counts(heads["state"]) if key}
    facets["batch"] = {str(key): count for key, count in _counts(heads["in_batch"])}
    return facets


def _places(places: Array, length: int) -> dict[str, int]:
    """Count the divisions of one level; what is known less exactly than that is not counted there."""
    shift = 4 * (DIGITS - length)
    exact = places[(places >> shift & 0xF) > 0] >> shift << shift
    return {place_code(key): count for key, count in _counts(exact)}


def _counts(values: Array) -> list[tuple[Any, int]]:
    keys, counts = np.unique(values, return_counts=True)
    return list(zip(keys.tolist(), counts.tolist(), strict=True))
