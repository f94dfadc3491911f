"""Where on a page the words stand that somebody looked for: compared without spaces, signs, width and case, as the viewer does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from models.values import bare

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in parts of the page as words have them."""

_TALL = 1.5
"""A box so many times taller than wide holds a line that runs downward."""
_WIDE_FROM = "\u2e80"
"""From here on characters are as wide as two Latin letters."""


def lit_boxes(words: Sequence[Sequence[int | str]], marks: Sequence[str]) -> list[Box]:
    """Return the boxes to light, one for each stretch of a word that belongs to a mark.

    Args:
        words: ``[x0, y0, x1, y1, text, ...]`` in reading order.
        marks: What was looked for; each may reach across several words.
    """
    places = [(number, letter) for number, word in enumerate(words) for letter in range(len(str(word[4])))]
    letters = [bare(str(words[number][4])[letter]) for number, letter in places]
    owners = [place for place, plain in zip(places, letters, strict=True) for _char in plain]
    text = "".join(letters)
    lit = sorted({owners[at] for mark in marks for span in _spans(text, bare(mark)) for at in span})
    stretches = itertools.groupby(enumerate(lit), key=lambda entry: (entry[1][0], entry[1][1] - entry[0]))
    return [_part(words[number], [letter for _rank, (_number, letter) in group]) for (number, _), group in stretches]


def _spans(text: str, wanted: str) -> Iterator[range]:
    at = text.find(wanted) if wanted else -1
    while at >= 0:
        yield range(at, at + len(wanted))
        at = text.find(wanted, at + 1)


def _part(word: Sequence[int | str], letters: Sequence[int]) -> Box:
    """Return the part of a word's box from the first to the last of the letters, along its longer side."""
    x0, y0, x1, y1 = map(float, word[:4])
    text = str(word[4])
    widths = [2 if char >= _WIDE_FROM else 1 for char in text]
    begin, end = (sum(widths[:count]) / sum(widths) for count in (letters[0], letters[-1] + 1))
    if len(text) > 1 and y1 - y0 > _TALL * (x1 - x0):
        return x0, y0 + (y1 - y0) * begin, x1, y0 + (y1 - y0) * end
    return x0 + (x1 - x0) * begin, y0, x0 + (x1 - x0) * end, y1
