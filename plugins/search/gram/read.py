"""Finding texts in a gram index: exact for every string of one character or more, with the number of occurrences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from plugins.search.gram.layout import FILLERS, GRAMS, Array
from plugins.search.gram.lists import MUCH_LONGER, Lists, Shelf, Singles, among, rank

_STEPS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The texts that hold a string: their numbers in ascending order and how often each holds it."""

    texts: Array
    counts: Array


class GramIndex:
    """A gram index in a buffer, which may be a memory-mapped file. Safe for several threads.
    Positions are counted through all texts that are not empty; texts have their numbers among all.
    """

    def __init__(self, buffer: memoryview | bytes) -> None:
        """Look at the arrays in the buffer. Raises DamagedIndex."""
        self._buffer = memoryview(buffer)
        arrays = GRAMS.unpack(self._buffer)
        self._shelves: list[Singles | Shelf] = [
            Singles(arrays["single_keys"], arrays["single_places"]),
            *(Shelf(arrays, name) for name in FILLERS),
        ]
        self._starts, self._blocks = arrays["starts"], arrays["blocks"]
        self._shift, self._count = map(int, arrays["sizes"])
        self._ends = self._starts[1:]
        self._members = arrays["members"] if len(self._ends) < self._count else None

    def __len__(self) -> int:
        return self._count

    @property
    def members(self) -> Array:
        """The numbers of the texts that are not empty."""
        return np.arange(self._count) if self._members is None else self._members

    @property
    def member_lengths(self) -> Array:
        """Length of each text that is not empty, in UTF-16 units."""
        return np.diff(self._starts) - 1

    def lengths_of(self, texts: Array) -> Array:
        """Return the lengths of these texts in UTF-16 units."""
        return self._of_members(texts, lambda members: self._ends.take(members) - self._starts.take(members) - 1)

    def _of_members(self, texts: Array, value: Callable[[Array], Array]) -> Array:
        """Return a value of each of these texts, by their places among the members; of empty ones it is 0."""
        if self._members is None:
            return value(texts)
        values = np.zeros(len(texts), np.int64)
        if len(self._members):
            near = np.minimum(np.searchsorted(self._members, texts), len(self._members) - 1)
            there = np.flatnonzero(self._members.take(near) == texts)
            values[there] = value(near.take(there))
        return values

    @property
    def characters(self) -> int:
        """Number of UTF-16 units of all texts together, a separator behind each that is not empty included."""
        return int(self._starts[-1])

    def is_intact(self) -> bool:
        """Tell whether the checksum holds; reads every byte."""
        return GRAMS.is_intact(self._buffer)

    def find(self, text: str) -> Found:
        """Return the texts that hold `text` as it is; none for the empty string."""
        return self.found_at(self.places(text))

    def places(self, text: str) -> Array:
        """Return where `text` stands, by positions in all texts; ascending if it is longer than one unit."""
        units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2").astype(np.int64)
        if not len(units):
            return np.zeros(0, np.int32)
        return self._single(int(units[0])) if len(units) == 1 else self._chain(units)

    def found_at(self, places: Array) -> Found:
        """Return the texts in which the places lie, and how many in each."""
        found = self._found_members(self.members_of(places))
        return found if self._members is None else Found(self._members.take(found.texts), found.counts)

    def _found_members(self, texts: Array) -> Found:
        if (texts[1:] < texts[:-1]).any():
            return self._counted(texts)
        begins = np.concatenate([np.zeros(len(texts[:1]), np.int64), np.flatnonzero(texts[1:] != texts[:-1]) + 1])
        return Found(texts.take(begins), np.diff(begins, append=len(texts)))

    def _counted(self, texts: Array) -> Found:
        """Count texts that come in no order."""
        if len(texts) * MUCH_LONGER < len(self._ends):
            return Found(*np.unique(texts, return_counts=True))
        counts = np.bincount(texts)
        numbers = np.flatnonzero(counts > 0)
        return Found(numbers, counts.take(numbers))

    def counts_in(self, places: Array, texts: Array) -> Array:
        """Return how many of the places, which are ascending, lie in each of these texts."""
        return self._of_members(texts, lambda members: self._counts_in(places, members))

    def _counts_in(self, places: Array, members: Array) -> Array:
        counts: Array = np.searchsorted(places, self._ends[members]) - np.searchsorted(places, self._starts[members])
        return counts

    def places_of_pieces(self, pieces: Sequence[str], gaps: Sequence[tuple[int, int]], separator: str) -> Array:
        """Return where all pieces stand one behind the other with gaps of so many characters between them: of the last piece.

        Args:
            pieces: Strings of one character or more.
            gaps: Least and most characters before the first piece, between two, and behind the last (one more than pieces;
                of the first and the last only the least counts).
            separator: A character that no gap reaches across.
        """
        ways = _Ways(self._walls(separator), self._halves())
        begins = ways.behind(self._begins(pieces[0]), gaps[0][0])[1]
        for number, piece in enumerate(pieces[1:], 1):
            ends = begins + _units(pieces[number - 1])
            begins = ways.reached(self._begins(piece), ends, *gaps[number])
        ends = begins + _units(pieces[-1])
        last: Array = begins[ways.can_advance(ends, gaps[-1][0])]
        return last

    def members_of(self, positions: Array) -> Array:
        """Return the text that each position lies in, by its place among the members."""
        texts: Array = self._blocks.take(positions >> self._shift)
        late = np.flatnonzero(positions >= self._ends.take(texts))
        for _step in range(_STEPS):
            if not len(late):
                return texts
            texts[late] += 1  # a block begins in one text and may end in the next
            late = late[positions[late] >= self._ends[texts[late]]]
        texts[late] = np.searchsorted(self._starts, positions[late], "right") - 1
        return texts

    # --- lists of positions -------------------------------------------------------------------------------------

    def lists(self, first: int, last: int) -> Lists:
        """Return the lists of the grams with keys from `first` up to `last`, in the order of their sizes."""
        return Lists.joined([shelf.lists(first, last) for shelf in self._shelves])

    def weights(self) -> tuple[Array, Array]:
        """Return the keys of all grams, in no order, and the number of elements of the list of each."""
        keys = np.concatenate([shelf.keys for shelf in self._shelves])
        return keys, np.concatenate([shelf.lengths for shelf in self._shelves])

    def _single(self, unit: int) -> Array:
        """Return all positions of one unit, of every gram that begins with it, in no order."""
        first, last = unit << 16, (unit + 1) << 16
        return np.concatenate([shelf.positions_between(first, last) for shelf in self._shelves])

    def _begins(self, text: str) -> Array:
        """Return where a string begins, in ascending order."""
        units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2").astype(np.int64)
        return np.sort(self._single(int(units[0]))) if len(units) == 1 else self._chain(units)

    def _walls(self, separator: str) -> Array:
        """Return the positions that no gap reaches across: separators, the ends of texts, and the one before all."""
        ends = self._starts[1:].astype(np.int64) - 1
        return np.sort(np.concatenate([np.array([-1]), self._single(ord(separator)), ends]))

    def _halves(self) -> Array:
        """Return the positions of the first units of characters that take two."""
        first, last = 0xD800 << 16, 0xDC00 << 16
        return np.sort(np.concatenate([shelf.positions_between(first, last) for shelf in self._shelves]))

    def _chain(self, units: Array) -> Array:
        """Return where all grams of the string follow each other, beginning with the rarest."""
        grams = []
        for place in {*range(0, len(units) - 1, 2), len(units) - 2}:
            found = self._gram((int(units[place]) << 16) | int(units[place + 1]))
            if found is None:
                return np.zeros(0, np.int32)
            grams.append((*found, place))
        grams.sort(key=itemgetter(0))
        _length, shelf, number, place = grams[0]
        begins = shelf.positions(number) - np.int32(place)
        for _length, shelf, number, place in grams[1:]:
            if not len(begins):
                break
            begins = shelf.common(number, begins + np.int32(place)) - np.int32(place)
        return begins

    def _gram(self, key: int) -> tuple[int, Singles | Shelf, int] | None:
        """Return the length of a gram's list, its shelf and its number there; None if no text holds the gram."""
        for shelf in self._shelves:
            number = rank(shelf.keys, key)
            if number < len(shelf.keys) and shelf.keys[number] == key:
                return shelf.length(number), shelf, number
        return None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Ways:
    """Walking over characters, vectorised: `walls` are never crossed, a character at one of `halves` takes two units."""

    walls: Array
    halves: Array

    def behind(self, places: Array, count: int) -> tuple[Array, Array]:
        """Return where one stands `count` characters before each place, and the places from which one gets there."""
        at = kept = places
        for _step in range(count):
            at = at - 1
            open_ = ~among(self.walls, at)
            at, kept = at[open_], kept[open_]
            at = at - among(self.halves, at - 1)
        return at, kept

    def can_advance(self, places: Array, count: int) -> Array:
        """Tell of each place whether `count` characters follow it before the next wall."""
        at, can = places, np.ones(len(places), bool)
        for _step in range(count):
            can &= ~among(self.walls, at)
            at = at + 1 + among(self.halves, at)
        return can

    def reached(self, begins: Array, ends: Array, least: int, most: int) -> Array:
        """Return those of `begins` that lie `least` to `most` characters behind one of `ends`; both ascending."""
        at, kept = self.behind(begins, least)
        if not len(ends) or not len(at):
            return kept[:0]
        nearest = np.searchsorted(ends, at, "right") - 1
        at, kept, nearest = at[nearest >= 0], kept[nearest >= 0], nearest[nearest >= 0]
        end = ends[nearest]
        is_open = np.searchsorted(self.walls, end) == np.searchsorted(self.walls, at)
        pairs = np.searchsorted(self.halves, at) - np.searchsorted(self.halves, end)
        result: Array = kept[is_open & (at - end - pairs <= most - least)]
        return result
