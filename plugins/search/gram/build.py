"""Building a gram index from texts. Needs about 45 bytes of memory for each character; the caller bounds the amount."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plugins.search.gram.layout import BLOBS, FILLERS, MAX_UNITS, Array, pack


def build(texts: Sequence[str]) -> bytes:
    """Return the index of the texts, whose numbers are their places in the sequence.

    Raises:
        ValueError: If a text holds U+0000, which separates texts, or all together are longer than 32 bits can count.
    """
    if any("\0" in text for text in texts):
        raise ValueError("a text holds U+0000")
    joined = "".join(f"{text}\0" for text in texts)
    units = np.frombuffer(joined.encode("utf-16-le", "surrogatepass"), "<u2")
    if len(units) > MAX_UNITS:
        raise ValueError("too much text for one index")
    starts = np.concatenate(([0], np.flatnonzero(units == 0) + 1))
    keys, positions = _sorted_grams(units)
    return pack({"starts": starts, **_lists(keys, positions)})


def _sorted_grams(units: Array) -> tuple[Array, Array]:
    """Return the key of every gram and where it begins, sorted by key, then place."""
    following = np.append(units[1:], np.zeros(1, "<u2"))[: len(units)]
    # Two stable sorts of 16-bit values are radix sorts; one sort of the 32-bit keys would compare.
    by_second = np.argsort(following, kind="stable").astype("<u4")
    order = by_second[np.argsort(units[by_second], kind="stable")]
    keys = (units[order].astype("<u4") << 16) | following[order]
    first = int(np.searchsorted(keys, 1 << 16))  # a separator begins no gram
    return keys[first:], order[first:].astype(np.int64)


def _lists(keys: Array, positions: Array) -> dict[str, Array]:
    """Return the lists of positions per gram, each in its narrowest size."""
    begins = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
    counts = np.diff(begins, append=len(keys))
    steps = np.diff(positions, prepend=positions[:1])
    steps[begins] = positions[begins]  # a list begins with its first position
    elements, sizes = _narrowest(steps, begins, counts)
    blobs = {name: _encode(steps[np.repeat(sizes == size, counts)], FILLERS[size]) for size, name in enumerate(BLOBS)}
    offsets = np.zeros(len(begins), np.int64)
    for size in range(len(BLOBS)):
        mine = sizes == size
        offsets[mine] = np.cumsum(elements[mine]) - elements[mine]
    described = {"keys": keys[begins], "offsets": offsets, "elements": elements, "counts": counts, "sizes": sizes}
    return {**blobs, **described}


def _narrowest(steps: Array, begins: Array, counts: Array) -> tuple[Array, Array]:
    """Return for each list the number of elements in its cheapest size, and that size."""
    if not len(begins):
        return np.zeros(0, np.int64), np.zeros(0, np.uint8)
    elements = [counts if filler is None else counts + np.add.reduceat(steps // filler, begins) for filler in FILLERS]
    bytes_needed = np.stack([count << size for size, count in enumerate(elements)])
    sizes = bytes_needed.argmin(axis=0)
    return np.stack(elements)[sizes, np.arange(len(begins))], sizes.astype(np.uint8)


def _encode(steps: Array, filler: int | None) -> Array:
    """Return the elements of the steps: as many fillers as fit, then the rest, which is smaller than the filler."""
    if filler is None:
        return steps
    fillers, rest = np.divmod(steps, filler)
    elements = np.full(len(steps) + int(fillers.sum()), filler)
    elements[np.cumsum(fillers + 1) - 1] = rest
    return elements
