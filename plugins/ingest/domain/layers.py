"""The text layer of a page: its words joined to runs that lie on one line, as a reader selects and searches them.

A search for a phrase finds it in a PDF when its characters follow each other in one run, or in two that touch; words of a
table cell stay a run of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_SAME_LINE = 0.6
"""Share of the lower word's height by which two words of one line overlap."""
_APART = 0.7
"""Gap between two words of a run, in heights of a character."""
_TALL = 1.5
"""A box so many times taller than wide holds a line that runs downward: the page was scanned on its side."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that follow each other on a line: the box in points from the page's upper left corner, and the text."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str

    @property
    def is_upright(self) -> bool:
        """Say whether the line runs from left to right."""
        return len(self.text) < 2 or (self.y1 - self.y0) < _TALL * (self.x1 - self.x0)


def runs_of(words: Sequence[Sequence[int | str]], width: float, height: float, scale: int) -> Iterator[Run]:
    """Yield the runs of a page.

    Args:
        words: ``[x0, y0, x1, y1, text, ...]`` in reading order, boxes in parts of the page.
        width: Width of the page as it is shown, in points.
        height: Its height.
        scale: How many parts the page's width and height have.
    """
    across, down = width / scale, height / scale
    placed = (
        Run(float(x0) * across, float(y0) * down, float(x1) * across, float(y1) * down, str(text))
        for x0, y0, x1, y1, text, *_more in words
    )
    yield from _joined(run for run in placed if run.text.strip() and run.x1 > run.x0 and run.y1 > run.y0)


def _joined(words: Iterable[Run]) -> Iterator[Run]:
    run: Run | None = None
    for word in words:
        if run is not None and _continues(run, word):
            text = run.text + (" " if _needs_blank(run.text, word.text) else "") + word.text
            run = Run(min(run.x0, word.x0), min(run.y0, word.y0), max(run.x1, word.x1), max(run.y1, word.y1), text)
            continue
        if run is not None:
            yield run
        run = word
    if run is not None:
        yield run


def _continues(run: Run, word: Run) -> bool:
    if not (run.is_upright and word.is_upright):
        return False
    lower = min(run.y1 - run.y0, word.y1 - word.y0)
    overlap = min(run.y1, word.y1) - max(run.y0, word.y0)
    return overlap >= _SAME_LINE * lower and -_APART * lower <= word.x0 - run.x1 <= _APART * lower


def _needs_blank(before: str, after: str) -> bool:
    """Latin words keep their blank; between Han characters there is none."""
    return before[-1].isascii() and before[-1].isalpha() and after[0].isascii() and after[0].isalpha()
