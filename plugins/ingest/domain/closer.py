"""Looking closer at large sheets: a map on A3 holds print as small as an A4 page does, on an image twice as large.

The lines of a whole sheet are looked for at a reduced size, in which boundary points (J3) and contour figures (1080) vanish.
Overlapping quarters are therefore looked at once more, for what the first look did not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Box = tuple[int, int, int, int]

_LARGE_INCHES: Final = 14
_OVERLAP_INCHES: Final = 0.4
_EDGE: Final = 3


def is_large(height: int, width: int, dpi: int) -> bool:
    """Tell whether a sheet is clearly larger than A4."""
    return max(height, width) > _LARGE_INCHES * dpi


def quarters(height: int, width: int, dpi: int) -> list[Box]:
    """Return the four quarters of a sheet (left, top, right, bottom), each reaching over into its neighbours."""
    over = round(_OVERLAP_INCHES * dpi)
    across, down = width // 2 + over, height // 2 + over
    return [(x, y, x + across, y + down) for y in (0, height - down) for x in (0, width - across)]


def is_news(box: Box, known: Sequence[Box], quarter: Box, size: tuple[int, int]) -> bool:
    """Tell whether a place found in a quarter is new and whole: not a known one, not cut off by the quarter's inner edges."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in known):
        return False
    return not any(_is_cut(box, quarter, size, axis) for axis in (0, 1))


def _is_cut(box: Box, quarter: Box, size: tuple[int, int], axis: int) -> bool:
    begins = quarter[axis] > 0 and box[axis] - quarter[axis] < _EDGE
    ends = quarter[axis + 2] < size[axis] and quarter[axis + 2] - box[axis + 2] < _EDGE
    return begins or ends
