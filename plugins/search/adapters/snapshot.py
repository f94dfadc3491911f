"""One state of the index, opened for reading: the groups that all its segments find, ranked, counted and shown a page at a time.

A snapshot never changes, so that any number of threads may search it while a writer commits the next one. Whoosh's own
searchers share file positions between threads and its readers fail during commits; neither is used.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import StructFile
from whoosh.index import TOC

from plugins.search.adapters.facts import Facts
from plugins.search.adapters.segment import TEXT_COLUMNS, Groups, Segment, search_segment
from plugins.search.adapters.whoosh_columns import FACTS_FIELD
from plugins.search.adapters.whoosh_storage import DurableStorage
from plugins.search.domain.documents import Kind
from plugins.search.domain.engine import Answer, Group, Hit, Order, Request
from plugins.search.domain.places import DIGITS, LEVELS, place_code
from plugins.search.gram.layout import Array, DamagedIndex
from plugins.search.gram.read import GramIndex

INDEX_NAME = "LD"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All segments of one commit."""

    generation: int
    segments: dict[str, Segment]

    def search(self, request: Request) -> Answer:
        """Answer a search exactly."""
        return answer_of([search_segment(segment, request) for segment in self.segments.values()], request)

    @property
    def documents(self) -> int:
        """Number of documents that are not deleted."""
        live = ((segment.facts, segment.live) for segment in self.segments.values())
        return sum(len(facts) if living_ is None else int(living_.sum()) for facts, living_ in live)

    def stamps(self) -> dict[int, int]:
        """Return key and stamp of every unit."""
        pairs: dict[int, int] = {}
        for segment in self.segments.values():
            units, stamps = segment.facts["unit"], segment.facts["stamp"]
            if segment.live is not None:
                units, stamps = units[segment.live], stamps[segment.live]
            pairs.update(zip(units.tolist(), stamps.tolist(), strict=True))
        return pairs

    def is_intact(self) -> bool:
        """Tell whether every checksum holds; reads the whole index."""
        return all(
            segment.facts.is_intact() and all(index.is_intact() for index in segment.grams.values())
            for segment in self.segments.values()
        )


def open_snapshot(storage: DurableStorage, previous: Snapshot | None) -> Snapshot:
    """Open the latest commit, taking over the segments that the previous snapshot has open already."""
    toc = TOC.read(storage, INDEX_NAME)
    if set(toc.schema.names()) != {FACTS_FIELD, *TEXT_COLUMNS}:
        raise DamagedIndex("made by another version")
    known = previous.segments if previous else {}
    segments: dict[str, Segment] = {}
    for described in toc.segments:
        name = described.segment_id()
        facts, grams = (known[name].facts, known[name].grams) if name in known else _open(storage, described)
        segments[name] = Segment(facts, grams, living(described))
    return Snapshot(toc.generation, segments)


def living(described: Any) -> Array | None:
    """Return which documents of a Whoosh segment are not deleted; None for all of them."""
    deleted = list(described.deleted_docs())
    if not deleted:
        return None
    live = np.ones(int(described.doc_count_all()), bool)
    live[deleted] = False
    return live


def _open(storage: DurableStorage, described: Any) -> tuple[Facts, dict[str, GramIndex]]:
    """Map a segment into memory and look at its columns."""
    file = Path(storage.folder) / described.make_filename(W3Segment.COMPOUND_EXT)
    with file.open("rb") as stream:
        directory = CompoundStorage(StructFile(stream, name=file.name), use_mmap=False)
        mapped = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))

    def column(field: str) -> memoryview:
        begin, length = directory.range(W3Codec.column_filename(described, field))
        return mapped[begin : begin + length]

    return Facts(column(FACTS_FIELD)), {field: GramIndex(column(field)) for field in TEXT_COLUMNS}


# --- answering --------------------------------------------------------------------------------------------------


def answer_of(found: Sequence[Groups], request: Request) -> Answer:
    """Show the groups of this page, best first, and count all."""
    count = sum(len(groups.begins) for groups in found)
    wanted = request.offset + request.limit if request.limit else count
    is_ranked = request.order is Order.RELEVANCE
    chosen = _foremost(found, wanted) if is_ranked else _in_order(found, request.order, wanted)
    return Answer(
        hits=sum(len(groups.numbers) for groups in found),
        group_count=count,
        groups=tuple(_group(found[owner], place, request.per_group) for owner, place in chosen[request.offset :]),
        facets=_facets(found) if request.facets else {},
    )


def _foremost(found: Sequence[Groups], count: int) -> list[tuple[int, int]]:
    """Return segment and place of the first groups in order: best score first, then by key. Sorts no more than it must."""
    if not found:
        return []
    best = np.concatenate([groups.best for groups in found])
    edge = np.partition(best, -count)[-count] if 0 < count < len(best) else -np.inf
    candidates = [
        np.flatnonzero(part >= edge) for part in np.split(best, np.cumsum([len(g.begins) for g in found])[:-1])
    ]
    keys = np.concatenate([groups.keys(places) for groups, places in zip(found, candidates, strict=True)])
    owners = np.repeat(np.arange(len(found)), [len(places) for places in candidates])
    places = np.concatenate(candidates)
    begins = np.cumsum([0, *(len(groups.begins) for groups in found)])
    order = np.lexsort((keys, -best[begins[owners] + places]))[:count]
    return list(zip(owners[order].tolist(), places[order].tolist(), strict=True))


def _in_order(found: Sequence[Groups], order: Order, count: int) -> list[tuple[int, int]]:
    """Return segment and place of the first groups in the order asked for."""
    if not found:
        return []
    columns = [np.concatenate(parts) for parts in zip(*(_sort_columns(groups, order) for groups in found), strict=True)]
    owners = np.repeat(np.arange(len(found)), [len(groups.begins) for groups in found])
    places = np.concatenate([np.arange(len(groups.begins)) for groups in found])
    chosen = np.lexsort(columns)[:count]
    return list(zip(owners[chosen].tolist(), places[chosen].tolist(), strict=True))


def _sort_columns(groups: Groups, order: Order) -> list[Array]:
    """Return what the groups are ordered by, smallest first, the most important last."""
    facts, heads = groups.segment.facts, groups.heads
    codes = facts["sort_codes"][facts["sort_code"][heads]]
    columns = [groups.keys(np.arange(len(heads))), codes, codes == b""]
    match order:
        case Order.DATE:
            columns.append(-facts["day"][heads].astype(np.int64))
        case Order.VILLAGE:
            villages = facts["places"][facts["place"][heads]]
            columns += [villages, villages == 0]
        case Order.AREA:
            columns.append(-facts["area"][heads].astype(np.int64))
        case _:
            pass
    return columns


def _group(groups: Groups, place: int, per_group: int) -> Group:
    begin, count = int(groups.begins[place]), int(groups.counts[place])
    numbers, scores = groups.numbers[begin : begin + count], groups.scores[begin : begin + count]
    facts = groups.segment.facts
    order = np.lexsort((facts["page_no"][numbers], facts["kind"][numbers], -scores))[: per_group or None]
    return Group(count, tuple(_hit(facts, int(numbers[one]), float(scores[one])) for one in order))


def _hit(facts: Facts, number: int, score: float) -> Hit:
    return Hit(
        kind=Kind(int(facts["kind"][number])),
        file_id=int(facts["file_id"][number]),
        item_id=int(facts["item_id"][number]),
        page_id=int(facts["page_id"][number]),
        certificate_id=int(facts["certificate_id"][number]),
        score=round(score, 4),
    )


def _facets(found: Sequence[Groups]) -> dict[str, dict[str, int]]:
    """Count groups under each key of each facet; one document stands for its group, because a unit has one value of each."""
    places: Counter[int] = Counter()
    counted: dict[str, Counter[str]] = {name: Counter() for name in ("class", "year", "state", "batch")}
    for groups in (groups for groups in found if len(groups.begins)):
        facts, heads = groups.segment.facts, groups.heads
        places.update({int(facts["places"][one]): count for one, count in _counts(facts["place"][heads])})
        classes = facts["classes"]
        counted["class"].update({classes[one].decode(): n for one, n in _counts(facts["class_code"][heads])})
        for name, column in (("year", "year"), ("state", "state"), ("batch", "in_batch")):
            counted[name].update({str(value): count for value, count in _counts(facts[column][heads])})
    levels = {level: _by_level(places, length) for level, length in LEVELS.items()}
    return levels | {name: _sorted(counts, zero=name == "batch") for name, counts in counted.items()}


def _counts(values: Array) -> Iterator[tuple[int, int]]:
    """Yield each value and how often it occurs."""
    counts = np.bincount(values) if len(values) else np.zeros(0, np.int64)
    yield from ((int(value), int(counts[value])) for value in np.flatnonzero(counts))


def _by_level(places: Counter[int], length: int) -> dict[str, int]:
    """Count the divisions of one level; what is known less exactly than that is not counted there."""
    shift = 4 * (DIGITS - length)
    counted: Counter[str] = Counter()
    for place, count in places.items():
        if place >> shift & 0xF:
            counted[place_code(place >> shift << shift)] += count
    return dict(sorted(counted.items()))


def _sorted(counts: Counter[str], *, zero: bool) -> dict[str, int]:
    return {key: counts[key] for key in sorted(counts) if key and (zero or key != "0")}
