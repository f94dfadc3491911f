"""Lists of ascending positions, one per gram, between their two forms: plain, and packed into the narrowest element size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from plugins.search.gram.layout import FILLERS, GRAMS, Array

LAST_KEY = 0xFFFF_FFFF
MUCH_LONGER = 12
"""Looking single numbers up in a sorted array pays when it is that many times as long."""

_MANY = 200_000
"""From so many numbers on, marking them is quicker than merging."""

_WINDOW = 1 << 19
"""Units that are marked at a time: half a megabyte stays in a processor's cache, two take half as long again."""

_STRETCH = 512
"""Elements of a long list that are looked at together, when the places to compare are fewer by far than the elements."""

THREE_BYTES = "broad"


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists one behind the other: per list its key and its number of positions, then the positions of all."""

    keys: Array
    counts: Array
    positions: Array

    @classmethod
    def joined(cls, several: Sequence[Lists]) -> Lists:
        """Return the lists of all, one behind the other."""
        return cls(
            *(np.concatenate([getattr(lists, name) for lists in several]) for name in ("keys", "counts", "positions"))
        )

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


class Packer:
    """Packs lists in the order of their keys, some at a time."""

    def __init__(self) -> None:
        self._arrays: dict[str, list[Array]] = {name: [] for name, _ in GRAMS.arrays}
        self._filled = dict.fromkeys(FILLERS, 0)

    def add(self, lists: Lists) -> None:
        """Pack these lists behind those that came before."""
        begins = np.cumsum(lists.counts) - lists.counts
        is_single = lists.counts == 1
        self._put("single_keys", lists.keys[is_single])
        self._put("single_places", lists.positions[begins[is_single]])
        steps = np.diff(lists.positions, prepend=lists.positions[:1])
        steps[begins] = lists.positions[begins]  # a list begins with its first position
        is_long = ~is_single
        if is_long.any():
            steps = steps[np.repeat(is_long, lists.counts)]
            self._pack(lists.keys[is_long], lists.counts[is_long], steps)

    def arrays(self) -> dict[str, Sequence[Array]]:
        """Return everything packed, as the arrays of the layout, each in parts."""
        return dict(self._arrays)

    def _put(self, name: str, array: Array) -> None:
        self._arrays[name].append(array.astype(dict(GRAMS.arrays)[name]))

    def _pack(self, keys: Array, counts: Array, steps: Array) -> None:
        elements, sizes = _narrowest(steps, np.cumsum(counts) - counts, counts)
        for size, (name, filler) in enumerate(FILLERS.items()):
            mine = sizes == size
            self._put(f"{name}_keys", keys[mine])
            self._put(f"{name}_ends", self._filled[name] + np.cumsum(elements[mine]))
            self._put(name, _stored(_encode(steps[np.repeat(mine, counts)], filler), name))
            self._filled[name] += int(elements[mine].sum())


def _narrowest(steps: Array, begins: Array, counts: Array) -> tuple[Array, Array]:
    """Return for each list the number of elements in its cheapest size, and that size."""
    elements = np.stack(
        [counts if filler is None else counts + np.add.reduceat(steps // filler, begins) for filler in FILLERS.values()]
    )
    sizes = (elements * np.arange(1, len(elements) + 1)[:, None]).argmin(axis=0)  # bytes
    return elements[sizes, np.arange(len(begins))], sizes


def _encode(steps: Array, filler: int | None) -> Array:
    """Return the elements of the steps: as many fillers as fit, then the rest, which is smaller than the filler."""
    if filler is None:
        return steps
    fillers, rest = np.divmod(steps, filler)
    elements = np.full(len(steps) + int(fillers.sum()), filler, np.uint32)
    elements[np.cumsum(fillers + 1) - 1] = rest
    return elements


def _stored(elements: Array, name: str) -> Array:
    """Return the elements as they are stored: those of three bytes byte by byte, there is no such type."""
    return elements.astype("<u4").view("u1").reshape(-1, 4)[:, :3].ravel() if name == THREE_BYTES else elements


class Singles:
    """The grams that stand in one place only."""

    def __init__(self, keys: Array, places: Array) -> None:
        self.keys, self._places = keys, places

    @property
    def lengths(self) -> Array:
        """The number of elements of each list."""
        return np.ones(len(self.keys), np.int64)

    def length(self, number: int) -> int:
        """Return the number of elements of one list."""
        return 1

    def positions(self, number: int) -> Array:
        """Return the positions of one list, ascending."""
        return self._places[number : number + 1]

    def common(self, number: int, places: Array) -> Array:
        """Return those of these ascending places that are in one list."""
        return common(places, self.positions(number))

    def positions_between(self, first: int, last: int) -> Array:
        """Return the positions of the keys from `first` up to `last`, list by list."""
        return self._places[rank(self.keys, first) : rank(self.keys, last)]

    def lists(self, first: int, last: int) -> Lists:
        """Return the lists of the keys from `first` up to `last`."""
        one, other = rank(self.keys, first), rank(self.keys, last)
        return Lists(self.keys[one:other], np.ones(other - one, np.int64), self._places[one:other])


class Shelf:
    """The lists of one element size."""

    def __init__(self, arrays: Mapping[str, Array], name: str) -> None:
        self.keys, self._ends, self._stored = arrays[f"{name}_keys"], arrays[f"{name}_ends"], arrays[name]
        self._filler, self._is_three_bytes = FILLERS[name], name == THREE_BYTES
        self._sums_before: dict[int, Array] = {}

    def _elements(self, begin: int, end: int) -> Array:
        if not self._is_three_bytes:
            return self._stored[begin:end]
        padded = np.zeros((end - begin, 4), "u1")
        padded[:, :3] = self._stored[3 * begin : 3 * end].reshape(-1, 3)
        return padded.view("<u4").ravel()

    @property
    def lengths(self) -> Array:
        """The number of elements of each list."""
        return np.diff(self._ends.astype(np.int64), prepend=0)

    def length(self, number: int) -> int:
        """Return the number of elements of one list."""
        return self._end(number) - self._end(number - 1)

    def positions(self, number: int) -> Array:
        """Return the positions of one list, ascending."""
        elements = self._elements(self._end(number - 1), self._end(number))
        return self._without_fillers(elements, np.cumsum(elements, dtype=np.int32))

    def common(self, number: int, places: Array) -> Array:
        """Return those of these ascending places that are in one list; of a much longer one only stretches are looked at."""
        if len(places) * _STRETCH * 8 > self.length(number):
            return common(places, self.positions(number))
        before, begin, end = self._before(number), self._end(number - 1), self._end(number)
        found = []
        for stretch in sorted(set((before.searchsorted(places) - 1).tolist())):
            first = begin + max(stretch, 0) * _STRETCH
            elements = self._elements(first, min(first + _STRETCH, end))
            sums = elements.cumsum(dtype=np.int32) + before[max(stretch, 0)]
            found.append(self._without_fillers(elements, sums))
        return common(places, np.concatenate(found))

    def _before(self, number: int) -> Array:
        """Return what the elements before each stretch of a list come to; reckoned when it is first asked for."""
        if number not in self._sums_before:
            elements = self._elements(self._end(number - 1), self._end(number))
            heads = np.arange(0, len(elements), _STRETCH)
            sums = np.add.reduceat(elements, heads, dtype=np.int32)
            self._sums_before[number] = np.cumsum(sums, dtype=np.int32) - sums
        return self._sums_before[number]

    def _without_fillers(self, elements: Array, sums: Array) -> Array:
        return sums if self._filler is None else sums.take((elements != self._filler).nonzero()[0])

    def positions_between(self, first: int, last: int) -> Array:
        """Return the positions of the keys from `first` up to `last`, list by list."""
        elements, sums, _heads = self._sums(rank(self.keys, first), rank(self.keys, last))
        return self._without_fillers(elements, sums)

    def lists(self, first: int, last: int) -> Lists:
        """Return the lists of the keys from `first` up to `last`."""
        one, other = rank(self.keys, first), rank(self.keys, last)
        elements, sums, heads = self._sums(one, other)
        if self._filler is None:
            return Lists(self.keys[one:other], np.diff(heads, append=len(sums)), sums)
        is_place = elements != self._filler
        counts = np.add.reduceat(is_place, heads, dtype=np.int64) if len(heads) else heads
        return Lists(self.keys[one:other], counts, sums[is_place])

    def _sums(self, one: int, other: int) -> tuple[Array, Array, Array]:
        """Return the elements of lists that stand together, their sums, which begin anew with each list, and where lists begin."""
        begin = self._end(one - 1)
        elements = self._elements(begin, self._end(other - 1))
        lengths: Array = np.diff(self._ends[one:other].astype(np.int64), prepend=begin)
        heads = np.cumsum(lengths) - lengths
        sums: Array = np.cumsum(elements, dtype=np.int32)  # an overflow on the way comes right again
        if len(heads):
            sums -= np.repeat(np.concatenate([np.zeros(1, np.int32), sums[heads[1:] - 1]]), lengths)
        return elements, sums, heads

    def _end(self, number: int) -> int:
        return int(self._ends[number]) if number >= 0 else 0


def rank(keys: Array, key: int) -> int:
    """Return the number of keys that are smaller."""
    if key > LAST_KEY:
        return len(keys)
    return int(keys.searchsorted(np.uint32(key)))  # of the type of the keys: any other would copy them all


def common(some: Array, others: Array) -> Array:
    """Return the numbers that are in both of two ascending arrays without repetition."""
    if len(some) > len(others):
        some, others = others, some
    if len(some) * MUCH_LONGER < len(others):
        kept: Array = some[others.take(others.searchsorted(some), mode="clip") == some]
        return kept
    if len(some) > _MANY:
        return _marked(some, others)
    both = np.concatenate([some, others])
    both.sort(kind="stable")  # two ascending runs: one merge
    doubled: Array = both.take(np.flatnonzero(both[1:] == both[:-1]))
    return doubled


def _marked(some: Array, others: Array) -> Array:
    """Return the numbers that are in both of two long ascending arrays: marked in a stretch of memory, a window at a time."""
    marks, is_in = np.zeros(_WINDOW, bool), np.zeros(len(some), bool)
    lowest, highest = int(max(some[0], others[0])), int(min(some[-1], others[-1]))
    begins = np.arange(lowest, highest + 1, _WINDOW)
    bounds = np.append(begins, highest + 1).astype(some.dtype)  # of another type they would have the arrays copied
    edges = [array.searchsorted(bounds).tolist() for array in (some, others)]
    for begin, first, last, other_first, other_last in zip(
        begins.tolist(), edges[0], edges[0][1:], edges[1], edges[1][1:], strict=False
    ):
        window = np.subtract(others[other_first:other_last], begin, dtype=np.int64)
        marks[window] = True
        marks.take(np.subtract(some[first:last], begin, dtype=np.int64), out=is_in[first:last], mode="clip")
        marks[window] = False
    kept: Array = some.take(np.flatnonzero(is_in))
    return kept


def among(sorted_: Array, values: Array) -> Array:
    """Tell of each value whether it is in the ascending array."""
    if not len(sorted_):
        return np.zeros(len(values), bool)
    near = np.minimum(np.searchsorted(sorted_, values), len(sorted_) - 1)
    result: Array = sorted_[near] == values
    return result
