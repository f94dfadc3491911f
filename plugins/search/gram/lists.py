"""Lists of ascending positions, one per gram, between their two forms: plain, and packed into the narrowest element size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from plugins.search.gram.layout import BLOBS, FILLERS, Array

MUCH_LONGER = 12
"""Looking single numbers up in a sorted array pays when it is that many times as long."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists one behind the other: per list its key and its number of positions, then the positions of all."""

    keys: Array
    counts: Array
    positions: Array

    def in_order(self) -> Lists:
        """Return the lists in the order of their keys; lists of one key become one, in the order in which they stand here."""
        order = np.argsort(self.keys, kind="stable")
        keys, counts = self.keys[order], self.counts[order]
        begins = (np.cumsum(self.counts) - self.counts)[order]
        positions = self.positions[ranges(begins, counts)]
        heads = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
        return Lists(keys[heads], np.add.reduceat(counts, heads) if len(heads) else counts, positions)


def ranges(begins: Array, counts: Array) -> Array:
    """Return the numbers of all ranges one behind the other: ``begins[i]`` and the ``counts[i] - 1`` that follow it."""
    steps = np.repeat(begins - (np.cumsum(counts) - counts), counts)
    steps += np.arange(len(steps))
    return steps


@dataclass(slots=True)
class Packer:
    """Packs lists in the order of their keys, some at a time."""

    _blobs: tuple[list[Array], ...] = field(default_factory=lambda: tuple([] for _ in BLOBS))
    _described: list[dict[str, Array]] = field(default_factory=list)
    _filled: list[int] = field(default_factory=lambda: [0] * len(BLOBS))

    def add(self, lists: Lists) -> None:
        """Pack these lists behind those that came before."""
        if not len(lists.keys):
            return
        begins = np.cumsum(lists.counts) - lists.counts
        steps = np.diff(lists.positions, prepend=lists.positions[:1])
        steps[begins] = lists.positions[begins]  # a list begins with its first position
        elements, sizes = _narrowest(steps, begins, lists.counts)
        offsets = np.zeros(len(begins), np.int64)
        for size, blob in enumerate(self._blobs):
            mine = sizes == size
            packed = _encode(steps[np.repeat(mine, lists.counts)], size)
            offsets[mine] = self._filled[size] + np.cumsum(elements[mine]) - elements[mine]
            blob.append(packed)
            self._filled[size] += len(packed)
        described = {"keys": lists.keys, "offsets": offsets, "elements": elements, "counts": lists.counts}
        self._described.append({name: array.astype(np.uint32) for name, array in described.items()} | {"sizes": sizes})

    def arrays(self) -> dict[str, Sequence[Array]]:
        """Return everything packed, as the arrays of the layout, each in parts."""
        names = ("keys", "offsets", "elements", "counts", "sizes")
        described = {name: [arrays[name] for arrays in self._described] for name in names}
        return {**dict(zip(BLOBS, self._blobs, strict=True)), **described}


def _narrowest(steps: Array, begins: Array, counts: Array) -> tuple[Array, Array]:
    """Return for each list the number of elements in its cheapest size, and that size."""
    narrow = counts + np.add.reduceat(steps // FILLERS[0], begins)
    middle = counts + np.add.reduceat(steps // FILLERS[1], begins)
    elements = np.stack([narrow, middle, counts])
    sizes = (elements << np.arange(len(BLOBS))[:, None]).argmin(axis=0)
    chosen: Array = elements[sizes, np.arange(len(begins))]
    return chosen, sizes.astype(np.uint8)


_TYPES = (np.uint8, np.uint16, np.uint32)


def _encode(steps: Array, size: int) -> Array:
    """Return the elements of the steps: as many fillers as fit, then the rest, which is smaller than the filler."""
    filler = FILLERS[size]
    if filler is None:
        return steps.astype(_TYPES[size])
    fillers, rest = np.divmod(steps, filler)
    elements = np.full(len(steps) + int(fillers.sum()), filler, _TYPES[size])
    elements[np.cumsum(fillers + 1) - 1] = rest
    return elements


def decode(elements: Array, lengths: Array, size: int) -> Array:
    """Return the positions of packed lists that stand one behind the other; `lengths` are their numbers of elements."""
    sums: Array = np.cumsum(elements, dtype=np.int64)
    if len(lengths) > 1:
        ends = np.cumsum(lengths)
        before = np.zeros(len(lengths), np.int64)
        before[1:] = sums[ends[:-1] - 1]
        sums -= np.repeat(before, lengths)
    filler = FILLERS[size]
    return sums if filler is None else sums[elements != filler]


def common(some: Array, others: Array) -> Array:
    """Return the numbers that are in both of two ascending arrays without repetition."""
    if len(some) > len(others):
        some, others = others, some
    if len(some) * MUCH_LONGER < len(others):
        near = np.searchsorted(others, some)
        kept: Array = some[others[np.minimum(near, len(others) - 1)] == some]
        return kept
    both = np.concatenate([some, others])
    both.sort(kind="stable")  # two ascending runs: one merge
    doubled: Array = both[:-1][both[1:] == both[:-1]]
    return doubled


def among(sorted_: Array, values: Array) -> Array:
    """Tell of each value whether it is in the ascending array."""
    if not len(sorted_):
        return np.zeros(len(values), bool)
    near = np.minimum(np.searchsorted(sorted_, values), len(sorted_) - 1)
    result: Array = sorted_[near] == values
    return result
