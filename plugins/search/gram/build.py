"""Building a gram index from texts. Needs about 30 bytes of memory for each character; the caller bounds the amount."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from plugins.search.gram.layout import MAX_UNITS, Array
from plugins.search.gram.lists import Lists, Packer

_AT_A_TIME = 1 << 20
_LARGEST_SHIFT = 7
_BLOCKS_PER_TEXT = 3


def build(texts: Sequence[str]) -> dict[str, Array | Sequence[Array]]:
    """Return the index of the texts, whose numbers are their places in the sequence, as the arrays of its layout.

    Raises:
        ValueError: If a text holds U+0000, which separates texts, or all together are longer than 32 bits can count.
    """
    if any("\0" in text for text in texts):
        raise ValueError("a text holds U+0000")
    joined = "".join(f"{text}\0" for text in texts if text)
    units = np.frombuffer(joined.encode("utf-16-le", "surrogatepass"), "<u2")
    if len(units) > MAX_UNITS:
        raise ValueError("too much text for one index")
    packer = Packer()
    order = _sorted_grams(units)
    begins = np.flatnonzero(_differs(units, order))
    counts = np.diff(begins, append=len(order))
    for first, last in _portions(counts):
        places = order[begins[first] : begins[first] + int(counts[first:last].sum())].astype(np.int64)
        packer.add(Lists(_keys(units, order[begins[first:last]]), counts[first:last], places))
    members = np.flatnonzero([bool(text) for text in texts])
    return {**packer.arrays(), **described_texts(np.flatnonzero(units == 0) + 1, members, len(texts))}


def described_texts(ends: Array, members: Array, count: int) -> dict[str, Array]:
    """Return the arrays that say which text a position lies in.

    Args:
        ends: Where each text that is not empty ends, its zero unit included.
        members: Numbers of these texts.
        count: How many texts there are, the empty ones included.
    """
    starts = np.concatenate(([0], ends))
    total = int(starts[-1])
    per_block = total // max(1, len(ends)) // _BLOCKS_PER_TEXT
    shift = min(_LARGEST_SHIFT, max(1, per_block).bit_length() - 1)
    blocks = np.searchsorted(starts, np.arange(0, total, 1 << shift), "right") - 1
    named = members if len(members) < count else members[:0]
    return {"starts": starts, "blocks": blocks, "members": named, "sizes": np.array([shift, count])}


def _sorted_grams(units: Array) -> Array:
    """Return where every gram begins, sorted by its key, then by place."""
    following = np.append(units[1:], np.zeros(1, "<u2"))[: len(units)]
    # Two stable sorts of 16-bit values are radix sorts; one sort of the 32-bit keys would compare.
    by_second = np.argsort(following, kind="stable").astype("<u4")
    order = by_second[np.argsort(units[by_second], kind="stable")]
    return order[np.count_nonzero(units == 0) :]  # a separator begins no gram, and the smallest key


def _differs(units: Array, order: Array) -> Array:
    """Tell of each gram in the sorted order whether it is another than the one before."""
    differs = np.ones(len(order), bool)
    for shift in (0, 1):
        sorted_units = units[order + shift]
        changed = sorted_units[1:] != sorted_units[:-1]
        differs[1:] = changed if shift == 0 else differs[1:] | changed
    return differs


def _keys(units: Array, places: Array) -> Array:
    keys: Array = (units[places].astype("<u4") << 16) | units[places + 1]
    return keys


def _portions(counts: Array) -> list[tuple[int, int]]:
    """Cut the lists into portions of about a million positions."""
    if not len(counts):
        return []
    through = np.cumsum(counts)
    cuts = np.searchsorted(through, np.arange(_AT_A_TIME, int(through[-1]), _AT_A_TIME), "right")
    edges = np.unique([0, *cuts.tolist(), len(counts)]).tolist()
    return list(pairwise(edges))
