"""Which segments become one, and when: no search looks through many. Most commits merge nothing or a little; the rare one that
makes a segment of the largest size takes some seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from plugins.search.adapters.whoosh_writer import ColumnWriter

SMALL_SEGMENT = 250_000
"""A segment with less text than this is small; each size above is eight times the one before."""
_SIZE_STEP = 8
MERGE_ABOVE = 24
"""Number of small segments above which a commit merges them; of larger ones it is `_MERGE_LARGE_ABOVE`."""
_MERGE_LARGE_ABOVE = 11
LARGEST_SEGMENT = 64_000_000
"""No segment with more text than this comes about by merging; a merge needs about two and a half bytes of memory a character."""
_DEAD_SHARE = 3
"""A segment of whose documents one in so many is deleted is written anew."""

MergePolicy = Callable[[ColumnWriter, list[Any]], list[Any]]
"""What becomes of the segments there are, in a commit: those not taken into the new one are returned."""


def merge_some(writer: ColumnWriter, segments: list[Any]) -> list[Any]:
    """Every day: where there are many segments of a size they become one; what is mostly deleted is written anew."""
    living_ = [segment for segment in segments if segment.doc_count() > 0]
    tiers: dict[int, list[Any]] = {}
    for segment in living_:
        tiers.setdefault(_tier(writer.characters(segment)), []).append(segment)
    for tier, members in sorted(tiers.items()):
        if len(members) > (_MERGE_LARGE_ABOVE if tier else MERGE_ABOVE) and len(_fitting(writer, members)) > 1:
            return _without(writer, living_, _fitting(writer, members))
    wasteful = [segment for segment in living_ if segment.deleted_count() * _DEAD_SHARE > segment.doc_count_all()]
    return _without(writer, living_, wasteful[:1])


def merge_full(writer: ColumnWriter, segments: list[Any]) -> list[Any]:
    """While building: merge once a largest segment comes of it."""
    open_ = [segment for segment in segments if writer.characters(segment) < LARGEST_SEGMENT // 2]
    fitting = _fitting(writer, open_)
    return _without(writer, segments, fitting if len(fitting) < len(open_) else [])


def merge_all(writer: ColumnWriter, segments: list[Any]) -> list[Any]:
    """At the end of building: merge what fits into one."""
    fitting = _fitting(writer, segments)
    return _without(writer, segments, fitting if len(fitting) > 1 else [])


def _fitting(writer: ColumnWriter, segments: list[Any]) -> list[Any]:
    """Return the smallest segments that together are no larger than a segment may become."""
    ordered = sorted(segments, key=writer.characters)
    total = np.cumsum([writer.characters(segment) for segment in ordered])
    return ordered[: int(np.searchsorted(total, LARGEST_SEGMENT, "right"))]


def _without(writer: ColumnWriter, segments: list[Any], merged: list[Any]) -> list[Any]:
    for described in merged:
        writer.absorb(described)
    return [segment for segment in segments if segment not in merged]


def _tier(characters: int) -> int:
    """Return the size class of a segment, 0 for the small ones."""
    tier = 0
    while characters >= SMALL_SEGMENT * _SIZE_STEP**tier:
        tier += 1
    return tier
