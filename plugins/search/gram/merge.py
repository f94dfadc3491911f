"""Making one gram index of several without looking at their texts again, a stretch of keys at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from plugins.search.gram.build import described_texts
from plugins.search.gram.layout import MAX_UNITS, Array
from plugins.search.gram.lists import Lists, Packer
from plugins.search.gram.read import GramIndex

_AT_A_TIME = 1 << 21


def merge(parts: Sequence[tuple[GramIndex, Array]]) -> dict[str, Array | Sequence[Array]]:
    """Return the index of the texts that live on, part by part, as the arrays of its layout.

    Besides the index itself some 80 MB of memory are needed, however large the parts are.

    Args:
        parts: Indexes, and of each which of its texts live on.

    Raises:
        ValueError: If all texts together are longer than 32 bits can count.
    """
    moved = _moved(parts)
    packer = Packer()
    for first, last in _stretches([index for index, _ in parts]):
        packer.add(Lists.joined([part.lists(first, last) for part in moved]).in_order())
    ends, members = (
        np.concatenate([getattr(part, name) for part in moved] or [np.zeros(0, np.int64)])
        for name in ("ends", "members")
    )
    return {**packer.arrays(), **described_texts(ends, members, sum(int(live.sum()) for _, live in parts))}


class _Moved:
    """A part, and where its texts will lie: behind so many units (`base`) and so many texts (`first`)."""

    def __init__(self, index: GramIndex, live: Array, base: int, first: int) -> None:
        lives = live[index.members]
        self._index, self._live, self._base = index, lives, base
        self.members = first + (np.cumsum(live) - 1)[index.members[lives]]
        lengths = index.member_lengths + 1
        kept = lengths * lives
        self.ends = base + np.cumsum(kept[lives])
        self._shifts = np.cumsum(lengths - kept) - (lengths - kept)  # how much of what lay before a text is gone

    def lists(self, first: int, last: int) -> Lists:
        """Return the lists of the keys from `first` up to `last`, at their new positions."""
        lists = self._index.lists(first, last)
        if self._live.all():
            return Lists(lists.keys, lists.counts, lists.positions.astype(np.int64) + self._base)
        texts = self._index.members_of(lists.positions)
        kept = self._live[texts]
        through = np.concatenate(([0], np.cumsum(kept)))
        ends = np.cumsum(lists.counts)
        left = through[ends] - through[ends - lists.counts]
        positions = lists.positions - self._shifts[texts] + self._base
        return Lists(lists.keys[left > 0], left[left > 0], positions[kept])


def _moved(parts: Sequence[tuple[GramIndex, Array]]) -> list[_Moved]:
    moved, base, first = list[_Moved](), 0, 0
    for index, live in parts:
        part = _Moved(index, live, base, first)
        base, first = int(part.ends[-1]) if len(part.ends) else base, first + int(live.sum())
        moved.append(part)
    if base > MAX_UNITS:
        raise ValueError("too much text for one index")
    return moved


def _stretches(indexes: Sequence[GramIndex]) -> list[tuple[int, int]]:
    """Cut the keys into stretches with about two million elements each in all indexes together."""
    if not indexes:
        return []
    weighed = [index.weights() for index in indexes]
    keys = np.concatenate([keys for keys, _ in weighed])
    order = np.argsort(keys, kind="stable")
    through = np.cumsum(np.concatenate([lengths for _, lengths in weighed])[order])
    if not len(through):
        return []
    cuts = np.searchsorted(through, np.arange(_AT_A_TIME, int(through[-1]), _AT_A_TIME))
    edges = [0, *np.unique(keys[order[cuts]]).tolist(), 1 << 32]
    return [(first, last) for first, last in pairwise(edges) if first < last]
