"""The patch code T of document scanners: four bars that say "a new document begins", printed on separator sheets everywhere.

The bars are narrow, wide, narrow, wide, with narrow spaces between them: 0.08 and 0.20 inches, 0.80 inches in all, at least
0.75 inches long and parallel to an edge of the sheet. Read from the other end the same bars are patch code 3; scanners know
the leading edge, an image does not, so either counts here. Source: bar positions in inches as Kodak prints them (manual
A-61670, chapter 6, after publication A-61599).

A pure function on a one-channel page; what a patch begins is for the caller to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins.ingest.domain.image import Gray

NARROW, WIDE = 1.0, 2.5
"""Widths in narrow ones."""
BARS: Final = (NARROW, WIDE, NARROW, WIDE)
"""Patch T, from the leading edge on."""
RUNS: Final = (NARROW, NARROW, WIDE, NARROW, NARROW, NARROW, WIDE)
"""Bars and the spaces between them."""
NARROW_INCHES: Final = 0.08
_TOTAL: Final = sum(RUNS)
_LOOK_DPI: Final = 100
_BAND_INCHES: Final = 0.05
_LEAST_LENGTH_INCHES: Final = 0.6
_SIZES: Final = (0.7, 1.3)
"""How much smaller or larger than printed it may seem: scanners and printers scale, files tell wrong resolutions."""
_SLACK: Final = 0.45
"""How far a run may be from its width, in narrow ones."""
_QUIET: Final = 1.5
"""White before the first and behind the last bar, in narrow ones."""
_STEEPEST: Final = 0.18
"""Tangent of the largest skew, about ten degrees."""
_DARK, _LIGHT = 0.55, 0.75
"""Share of the paper's brightness below which a bar is black, above which a space is white."""


def has_patch_t(gray: Gray, dpi: int) -> bool:
    """Tell whether a page bears a patch code T (or 3 the other way round), upright or on its side."""
    factor = max(1, round(dpi / _LOOK_DPI))
    small = np.asarray(Image.fromarray(gray).reduce(factor)) if factor > 1 else gray
    inch = dpi / factor
    paper = float(np.percentile(small, 80))
    if min(small.shape) < inch or paper < 60:
        return False
    bright = small.astype(np.float32) / paper
    return any(_is_across(way, inch) for way in (bright, bright.T))


def _is_across(bright: NDArray[np.float32], inch: float) -> bool:
    """Tell whether patches are crossed by enough neighbouring lines from top to bottom."""
    band = max(2, round(_BAND_INCHES * inch))
    count = bright.shape[1] // band
    bands = bright[:, : count * band].reshape(bright.shape[0], count, band).mean(axis=2)
    wanted = round(_LEAST_LENGTH_INCHES * inch / band)
    leeway = band * _STEEPEST + 0.03 * inch
    chains: list[tuple[float, int, int]] = []
    for number in range(count):
        found = _patches(bands[:, number], inch)
        grown = [_grown(chains, start, number, leeway) for start in found]
        if any(length >= wanted for _start, length, _last in grown):
            return True
        # a line that a speck or a fold spoils does not end a chain, two do
        chains = [*grown, *(chain for chain in chains if chain[2] == number - 1 and chain not in grown)]
    return False


def _grown(
    chains: Sequence[tuple[float, int, int]], start: float, number: int, leeway: float
) -> tuple[float, int, int]:
    """Return the chain that a patch at ``start`` on a line goes on with: where it is, its length, its last line."""
    before = [length for at, length, last in chains if abs(at - start) <= leeway * (number - last)]
    return start, max(before, default=0) + 1, number


def _patches(line: NDArray[np.float32], inch: float) -> Iterator[float]:
    """Yield where on a line of brightnesses (1 is paper) patches begin, in pixels."""
    is_dark = line < (_DARK + _LIGHT) / 2
    edges = np.flatnonzero(np.diff(is_dark.astype(np.int8), prepend=0, append=0))
    for first in range(0, len(edges) - len(RUNS), 2):
        ends = edges[first : first + len(RUNS) + 1]
        if _is_patch(ends, inch) and _is_quiet(edges, first, len(line)) and _is_clear(line, ends):
            yield float(ends[0])


def _is_patch(ends: NDArray[np.intp], inch: float) -> bool:
    total = float(ends[-1] - ends[0])
    narrow = total / _TOTAL
    if not _SIZES[0] <= narrow / (NARROW_INCHES * inch) <= _SIZES[1]:
        return False
    runs = np.diff(ends) / narrow
    return any(bool(np.all(np.abs(runs - way) <= _SLACK)) for way in (np.array(RUNS), np.array(RUNS[::-1])))


def _is_quiet(edges: NDArray[np.intp], first: int, height: int) -> bool:
    last = first + len(RUNS)
    narrow = (edges[last] - edges[first]) / _TOTAL
    before = edges[first] - (edges[first - 1] if first else 0)
    behind = (edges[last + 1] if last + 1 < len(edges) else height) - edges[last]
    return bool(min(before, behind) >= _QUIET * narrow)


def _is_clear(line: NDArray[np.float32], ends: NDArray[np.intp]) -> bool:
    """Tell whether the bars are black and the spaces white all through, which writing never is."""
    middles = (ends[:-1] + ends[1:]) // 2
    return bool(np.all(line[middles[0::2]] < _DARK) and np.all(line[middles[1::2]] > _LIGHT))
