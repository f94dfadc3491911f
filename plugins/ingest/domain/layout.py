"""Reading order with the ruled lines of the page at hand: what stands in one cell of a table stays together, the cells of a
table's row follow each other, and of an opened booklet the left page comes before the right one.

Coordinates are pixels of the page as it was read; ruled lines are looked for on the levelled page at look size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lindang.ports import OcrLine, OcrWord
from plugins.ingest.domain import image as look
from plugins.ingest.domain.text import letter_height, reading_order, row_text

_LARGEST_CELL: Final = 0.3
"""Share of the page above which a frame is no cell: its lines are a text of their own."""
_SHORTEST_RULE: Final = 20
"""Pixels at look size, 7 millimetres: longer than any stroke of a letter, shorter than the rows of a form."""
_SAME: Final = 3
_FULL_LINE: Final = 0.85
_SHORT_LINE: Final = 8
_GUTTER: Final = (0.46, 0.54)
_FEWEST_IN_A_PAGE, _MOST_ACROSS = 4, 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A ruled cell: left, top, right, bottom in pixels of the levelled page at look size."""

    left: int
    top: int
    right: int
    bottom: int

    def is_same(self, other: Cell) -> bool:
        """Tell whether two cells are one, seen from two of its lines."""
        mine, theirs = (
            (self.left, self.top, self.right, self.bottom),
            (other.left, other.top, other.right, other.bottom),
        )
        return all(abs(a - b) <= _SAME for a, b in zip(mine, theirs, strict=True))


class Rules:
    """The ruled lines of a page."""

    def __init__(self, page: look.Gray, dpi: int, angle: float) -> None:
        seen = look.at_look_size(page, dpi)
        self._scale = page.shape[1] / seen.shape[1]
        self._slope = (float(np.cos(np.radians(angle))), float(np.sin(np.radians(angle))))
        mask = look.dark_mask(look.level(seen, angle))
        self._across, self._down = look.long_runs(mask, _SHORTEST_RULE), look.long_runs(mask.T, _SHORTEST_RULE).T

    def middle_of(self, line: OcrLine) -> tuple[int, int]:
        """Return where the middle of a line lies on the levelled page at look size."""
        height, width = self._across.shape
        cos, sin = self._slope
        x = (line.box[0] + line.box[2]) / 2 / self._scale - width / 2
        y = (line.box[1] + line.box[3]) / 2 / self._scale - height / 2
        across, down = round(x * cos + y * sin + width / 2), round(y * cos - x * sin + height / 2)
        return min(max(across, 0), width - 1), min(max(down, 0), height - 1)

    def cell_of(self, line: OcrLine) -> Cell | None:
        """Return the cell in which a line stands; None outside of tables and in a frame around half a page."""
        x, y = self.middle_of(line)
        left, right = _nearest(np.asarray(self._down[max(0, y - 1) : y + 2].any(axis=0)), x)
        top, bottom = _nearest(np.asarray(self._across[:, max(0, x - 1) : x + 2].any(axis=1)), y)
        if min(left, right, top, bottom) < 0:
            return None
        is_small = (right - left) * (bottom - top) < _LARGEST_CELL * self._across.size
        return Cell(left, top, right, bottom) if is_small else None

    def crosses(self, x: float) -> bool:
        """Tell whether a ruled line runs across the page at ``x`` (share of the width): a table spans it."""
        at = round(x * self._across.shape[1])
        return bool(self._across[:, max(0, at - 2) : at + 3].all(axis=1).any())


def _nearest(ruled: NDArray[np.bool_], place: int) -> tuple[int, int]:
    """Return the nearest rule before and after a place; -1 where there is none."""
    before, after = np.flatnonzero(ruled[:place]), np.flatnonzero(ruled[place + 1 :])
    return int(before[-1]) if before.size else -1, int(after[0]) + place + 1 if after.size else -1


def laid_out(lines: Sequence[OcrLine], page: look.Gray, dpi: int, angle: float) -> list[list[OcrLine]]:
    """Return the lines of an upright page in rows, in the order in which a person reads; the lines of a cell become one."""
    if not lines:
        return []
    rules = Rules(page, dpi, angle)
    gutter = _gutter(lines, page.shape[1], page.shape[0], rules)
    parts = _booklet(lines, gutter, page.shape[0]) if gutter else (lines,)
    return [row for part in parts for row in _ordered(part, rules, angle)]


def _gutter(lines: Sequence[OcrLine], width: int, height: int, rules: Rules) -> float:
    """Return where an opened booklet is bound, 0 where the page is none: no table and hardly a line crosses it."""
    if width < 1.2 * height:
        return 0.0
    for share in np.arange(*_GUTTER, 0.01):
        x = float(share) * width
        left, right = sum(line.box[2] < x for line in lines), sum(line.box[0] > x for line in lines)
        across = len(lines) - left - right
        if min(left, right) >= _FEWEST_IN_A_PAGE and across <= _MOST_ACROSS and not rules.crosses(float(share)):
            return x
    return 0.0


def _booklet(lines: Sequence[OcrLine], gutter: float, height: int) -> tuple[list[OcrLine], ...]:
    """Return what stands over both pages, on the left one, on the right one, and below both."""
    left = [line for line in lines if line.box[2] < gutter]
    right = [line for line in lines if line.box[0] > gutter]
    across = [line for line in lines if line.box[0] <= gutter <= line.box[2]]
    return (
        [line for line in across if line.box[3] < height / 2],
        left,
        right,
        [line for line in across if line.box[3] >= height / 2],
    )


def _ordered(lines: Sequence[OcrLine], rules: Rules, angle: float) -> list[list[OcrLine]]:
    cells: list[tuple[Cell, list[OcrLine]]] = []
    loose: list[OcrLine] = []
    for line in lines:
        cell = rules.cell_of(line)
        known = next((held for each, held in cells if cell and each.is_same(cell)), None)
        if cell is None:
            loose.append(line)
        elif known is None:
            cells.append((cell, [line]))
        else:
            known.append(line)
    return reading_order([*loose, *(_one(held, angle) for _cell, held in cells)], angle)


def _one(held: Sequence[OcrLine], angle: float) -> OcrLine:
    """Return the lines of a cell as one line; what was broken because the cell was full is whole again."""
    if len(held) == 1:
        return held[0]
    rows = reading_order(held, angle)
    words = tuple(word for row in rows for line in row for word in (line.words or (_whole(line),)))
    lefts, tops, rights, bottoms = zip(*(line.box for line in held), strict=True)
    box = (min(lefts), min(tops), max(rights), max(bottoms))
    weight = sum(len(line.text) for line in held) or 1
    confidence = sum(line.confidence * len(line.text) for line in held) / weight
    return OcrLine(box, "".join(_joined(rows, box)), confidence, words)


def _joined(rows: Sequence[Sequence[OcrLine]], box: tuple[int, int, int, int]) -> Iterator[str]:
    texts = [row_text(row) for row in rows]
    is_label = max(map(len, texts)) <= _SHORT_LINE
    yield texts[0]
    for row, following, text in zip(rows, rows[1:], texts[1:], strict=False):
        is_close = following[0].box[1] - row[-1].box[3] < letter_height(row[-1])
        yield text if is_close and (is_label or _runs_on(row, following, box)) else "\n" + text


def _runs_on(row: Sequence[OcrLine], following: Sequence[OcrLine], box: tuple[int, int, int, int]) -> bool:
    """Tell whether a line is broken because the cell was full: it goes from edge to edge, and the next begins at the left."""
    letter, left = letter_height(row[0]), box[0]
    is_full = len(row) == 1 and row[0].box[2] - left >= _FULL_LINE * (box[2] - left)
    return is_full and row[0].box[0] - left < 2.5 * letter and following[0].box[0] - left < letter


def _whole(line: OcrLine) -> OcrWord:
    return OcrWord(line.box, line.text, line.confidence)
