"""Charts as plain geometry: what is drawn where, in the units of the picture. The template writes the SVG, the style sheet its
colours; every number that is drawn stands in a table below it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 1000
"""The width of every chart, in units of its own."""
_LABEL, _VALUE = 150, 190
ROW: Final = 34
_TRACK: Final = WIDTH - _LABEL - _VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a chart: a track for the whole, a bar for what is done, a mark where the target is (None without one)."""

    label: str
    text: str
    y: int
    done: int
    mark: int | None
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars below each other."""

    bars: tuple[Bar, ...]
    left: int = _LABEL
    track: int = _TRACK

    @property
    def height(self) -> int:
        """The height of the picture."""
        return ROW * len(self.bars) + 6

    @property
    def width(self) -> int:
        """The width of the picture."""
        return WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one bar shows; a whole of 0 is an empty track."""

    label: str
    text: str
    done: int
    whole: int
    target: int | None = None
    tone: str = "done"


def chart_of(values: Sequence[Value]) -> Chart:
    """Return the chart of some values."""
    return Chart(
        bars=tuple(
            Bar(
                label=one.label,
                text=one.text,
                y=ROW * number + 6,
                done=length(one.done, one.whole),
                mark=None if one.target is None else _LABEL + length(one.target, one.whole),
                tone=one.tone,
            )
            for number, one in enumerate(values)
        )
    )


def length(part: int, whole: int) -> int:
    """Return how long a bar is: never longer than its track, and seen as soon as there is anything."""
    if whole <= 0 or part <= 0:
        return 0
    return max(1, min(_TRACK, _TRACK * part // whole))


def heat(part: int, whole: int) -> int:
    """Return the step of a heat table, 0 (nothing) to 5 (all)."""
    if whole <= 0 or part <= 0:
        return 0
    if part >= whole:
        return 5
    return 1 + min(3, 4 * part // whole)
