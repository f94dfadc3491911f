"""R18: neighbours who do not name each other. Within one village, by the names of the holders."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugins.register.domain.rules.land import OPPOSITE


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One parcel as its neighbours see it: who holds it and what stands on its four sides."""

    parcel_id: int
    certificate_id: int
    holder: str
    bounds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A side that names a neighbour, none of whose parcels names this holder on the opposite side."""

    parcel_id: int
    certificate_id: int
    side: str
    name: str
    holder: str


def disagreements(village: Sequence[Neighbour]) -> Iterator[Disagreement]:
    """Yield the sides that are not answered, parcel by parcel (proposal: compared by name, any parcel of the other answers)."""
    names = {_level(one.holder) for one in village if len(_level(one.holder)) > 1}
    finder = _NameFinder(names)
    named = [(one, side, finder.names_in(_level(text))) for one in village for side, text in one.bounds.items()]
    answers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one, side, others in named:
        answers[_level(one.holder), side].update(others)
    for one, side, others in named:
        holder = _level(one.holder)
        for name in sorted(others - {holder}):
            if holder not in answers[name, OPPOSITE[side]]:
                yield Disagreement(one.parcel_id, one.certificate_id, side, name, holder)


def _level(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


class _NameFinder:
    """Finds known names in a text by looking up every stretch as long as some name; the longest wins its place."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._lengths = sorted({len(name) for name in self._names}, reverse=True)
        self._first = frozenset(name[0] for name in self._names)

    def names_in(self, text: str) -> frozenset[str]:
        found: set[str] = set()
        start = 0
        while start < len(text) - 1:
            if text[start] not in self._first:
                start += 1
                continue
            name = next((part for size in self._lengths if (part := text[start : start + size]) in self._names), "")
            if name:
                found.add(name)
            start += len(name) or 1
        return frozenset(found)
