"""Snippets: a few words of the original text around what was found, with the found parts marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plugins.search.domain.folding import fold_with_origin
from plugins.search.domain.spelling import PLAIN, Spelling

DEFAULT_WIDTH = 80
_LEAD_SHARE = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a snippet; `marked` when it is what was searched for."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """Parts in reading order. `before` and `after` tell whether the text goes on there."""

    parts: tuple[Part, ...]
    before: bool = False
    after: bool = False

    @property
    def plain(self) -> str:
        """The snippet as text, with 【】 around marks and … where it was cut."""
        middle = "".join(f"【{part.text}】" if part.marked else part.text for part in self.parts)
        return f"{'…' * self.before}{middle}{'…' * self.after}"


def find_marks(text: str, wanted: Iterable[str], spelling: Spelling = PLAIN) -> list[tuple[int, int]]:
    """Return the places of all folded words in the original text, merged where they touch or overlap, in order."""
    folded, origin = fold_with_origin(text)
    folded = spelling.text(folded)
    places: list[tuple[int, int]] = []
    for word in set(wanted):
        start = folded.find(word)
        while start >= 0 and word:
            places.append((origin[start], origin[start + len(word) - 1] + 1))
            start = folded.find(word, start + 1)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def make_snippet(
    text: str, folded_words: Sequence[str], *, width: int = DEFAULT_WIDTH, spelling: Spelling = PLAIN
) -> Snippet:
    """Cut about `width` characters around the densest group of marks; white space inside is levelled to single blanks.

    Without any mark the beginning of the text is shown.
    """
    marks = find_marks(text, folded_words, spelling)
    start = _best_start(marks, width)
    end = min(len(text), max(start + width, next((stop for first, stop in marks if first >= start), 0)))
    parts: list[Part] = []
    position = start
    for first, stop in marks:
        if first < start or first >= end:
            continue
        parts.append(Part(_level(text[position:first]), marked=False))
        parts.append(Part(_level(text[first:stop]), marked=True))
        position = stop
    parts.append(Part(_level(text[position:end]), marked=False))
    kept = tuple(part for part in parts if part.text)
    return Snippet(kept, before=start > 0, after=max(position, end) < len(text.rstrip()))


def _best_start(marks: list[tuple[int, int]], width: int) -> int:
    """Return where to cut so that most marks are inside, with a little text before the first of them."""
    if not marks:
        return 0
    starts = [first for first, _ in marks]
    best = max(starts, key=lambda start: (sum(start <= other < start + width * 3 // 4 for other in starts), -start))
    lead = max(0, best - width // _LEAD_SHARE)
    # never begin inside a mark: the reader would see half of it unmarked
    return next((stop for first, stop in marks if first < lead < stop), lead)


def _level(text: str) -> str:
    return re.sub(r"\s+", " ", text)
