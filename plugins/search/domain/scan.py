"""Searching without an index: every document is looked at. Slow and always right; the measure of every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from plugins.search.domain.documents import SearchDoc, Unit
from plugins.search.domain.engine import CODE_BYTES, FACETS, Answer, Filters, Group, Hit, Order, Request
from plugins.search.domain.matching import kinds_for, matches, occurrences, text_of
from plugins.search.domain.places import LEVELS, place_number
from plugins.search.domain.query import words
from plugins.search.domain.ranking import AS_WRITTEN, STEPS, damping, weight

SCAN_ENGINE = "scan"


def is_hit(request: Request, doc: SearchDoc) -> bool:
    """Tell whether a document is a hit of a search: kind, scope, filters and query."""
    return (
        doc.kind in kinds_for(request.query)
        and any(doc.division.startswith(prefix) for prefix in request.scope)
        and _is_chosen(request.filters, doc)
        and (request.query is None or matches(request.query, doc))
    )


def _is_chosen(filters: Filters, doc: SearchDoc) -> bool:
    return (
        doc.division.startswith(filters.division)
        and doc.class_code.startswith(filters.class_code)
        and filters.year in (None, doc.year)
        and filters.issue_state in (None, doc.issue_state)
        and filters.in_batch in (None, doc.in_batch)
    )


@dataclass(slots=True)
class _Gathered:
    """The documents of one group, and where the group belongs."""

    head: SearchDoc
    scored: list[tuple[float, SearchDoc]] = field(default_factory=list)


def scan(request: Request, units: Iterable[Unit], *, is_exact: bool = True) -> Answer:
    """Answer a search by looking at every document of the units.

    Args:
        request: The search.
        units: All units, or those that can hold a hit.
        is_exact: Whether these are all of them.
    """
    groups: dict[tuple[int, int], _Gathered] = {}
    for doc in (doc for unit in units for doc in unit.docs if is_hit(request, doc)):
        gathered = groups.setdefault((doc.unit, doc.item_id), _Gathered(doc))
        gathered.scored.append((_score(request, doc), doc))
    ordered = sorted(groups.items(), key=lambda pair: (_place(request.order, pair[1]), pair[0]))
    chosen = ordered[request.offset :][: request.limit or None]
    return Answer(
        hits=sum(len(gathered.scored) for gathered in groups.values()),
        group_count=len(groups),
        groups=tuple(_group(gathered, request.per_group) for _, gathered in chosen),
        facets=_facets(gathered.head for gathered in groups.values()) if request.facets else {},
        is_exact=is_exact,
        engine=SCAN_ENGINE,
    )


def _place(order: Order, group: _Gathered) -> tuple[Any, ...]:
    """Return what a group is ordered by, smallest first."""
    head = group.head
    code = head.sort_code.encode()[:CODE_BYTES]
    by_code = (not code, code)
    match order:
        case Order.RELEVANCE:
            return (-max(score for score, _ in group.scored),)
        case Order.CODE:
            return by_code
        case Order.DATE:
            return (-head.day, *by_code)
        case Order.VILLAGE:
            place = place_number(head.division)
            return (not place, place, *by_code)
        case Order.AREA:
            return (-head.area, *by_code)


def _score(request: Request, doc: SearchDoc) -> float:
    if request.query is None:
        return 0.0
    score = STEPS[doc.kind] + AS_WRITTEN * (doc.respelled == request.respelled)
    for word in dict.fromkeys(words(request.query)):
        length = len(text_of(word, doc).encode("utf-16-le")) // 2
        count = occurrences(word, doc)
        score += weight(count, damping(length)) if count else 0.0
    return score


def _group(gathered: _Gathered, per_group: int) -> Group:
    ordered = sorted(gathered.scored, key=lambda pair: (-pair[0], pair[1].kind, pair[1].page_no))
    hits = tuple(
        Hit(doc.kind, doc.file_id, doc.item_id, doc.page_id, doc.certificate_id, round(score, 4))
        for score, doc in ordered[: per_group or None]
    )
    return Group(len(ordered), hits)


def _facets(heads: Iterable[SearchDoc]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for doc in heads:
        for name, key in _keys(doc).items():
            if key:
                counted[name][key] += 1
    return {name: dict(sorted(counts.items())) for name, counts in counted.items()}


def _keys(doc: SearchDoc) -> dict[str, str]:
    places = {level: doc.division[:length] if len(doc.division) >= length else "" for level, length in LEVELS.items()}
    return places | {
        "class": doc.class_code,
        "year": str(doc.year or ""),
        "state": str(doc.issue_state or ""),
        "batch": str(int(doc.in_batch)),
    }
