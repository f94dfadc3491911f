"""What can be measured on a page image: skew, darkness, contrast, blur, black border, cut edges, a fingerprint.

Pure functions on the view image, which is at most at 200 dpi; what the figures mean is said in ``domain.quality``. Angles
are in degrees, lengths in millimetres of the paper, brightness from 0 (black) to 255.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from plugins.ingest.domain import image as look
from plugins.ingest.domain.image import Gray, Mask
from plugins.ingest.domain.pagelook import PRINT_SIDE, PageLook

MM_PER_INCH: Final = 25.4
MOST_SKEW: Final = 8.0
"""What lies more askew than this is reported as this."""
_INK: Final = 45
_BLACK: Final = 80
_BLACK_SHARE: Final = 0.3
_TINT: Final = 40
_TILES: Final = (6, 4)
_SHARPEST_TILES: Final = 4
_SKEW_PIXELS: Final = 12_000
_STRONG: Final = 60
_WEAK: Final = 25
_STEP: Final = 1
_MOST_OFFSET: Final = 24
_EDGE_OF_STEP: Final = 0.4
"""Slope of a step edge blurred by a Gaussian of width s: 0.4 of its height divided by s."""


def measure(red: Gray, small: Gray, thumb: Image.Image, dpi: int, *, is_blank: bool) -> PageLook:
    """Measure one page.

    Args:
        red: the red channel of the view image.
        small: the same page at look size.
        thumb: a small picture of it with its colours.
        dpi: dots per inch of the view image.
        is_blank: whether nothing is written on it; then only paper and border are measured.
    """
    small_dpi = dpi * small.shape[0] / red.shape[0]
    borders = black_borders(small)
    widest = round(max(borders) * MM_PER_INCH / small_dpi, 1)
    paper = level_at(small, 0.75)
    if is_blank or min(small.shape) < PRINT_SIDE:
        return PageLook(paper=paper, border=widest, is_tinted=is_tinted(thumb))
    dark = darkness(small)
    mask = writing(dark, borders)
    is_sideways = look.is_sideways(small)
    skew = skew_of(mask.T if is_sideways else mask) * (-1 if is_sideways else 1)
    contrast, blur = sharpness(red, mask)
    return PageLook(
        skew=skew,
        paper=paper,
        contrast=contrast,
        blur=blur,
        border=widest,
        cut=strokes_cut(mask, borders, small_dpi),
        is_sideways=is_sideways,
        is_tinted=is_tinted(thumb),
        imprint=imprint(levelled(dark, skew)),
    )


def is_tinted(thumb: Image.Image) -> bool:
    """Tell whether the ground of the page is a colour, as covers are: its darkness is then no fault of the scan."""
    if thumb.mode != "RGB":
        return False
    red, green, blue = np.median(np.asarray(thumb).reshape(-1, 3), axis=0)
    return float(max(red, green, blue) - min(red, green, blue)) >= _TINT


def black_borders(small: Gray) -> tuple[int, int, int, int]:
    """Return how many lines at top, bottom, left and right are black for a good part of their length."""
    black = small < _BLACK
    rows, columns = black.mean(axis=1) >= _BLACK_SHARE, black.mean(axis=0) >= _BLACK_SHARE
    return _first_lines(rows), _first_lines(rows[::-1]), _first_lines(columns), _first_lines(columns[::-1])


def _first_lines(is_black: Mask) -> int:
    """Return how many lines from the first on are black; the outermost two may be light, as scanners leave them."""
    start = int(np.argmax(is_black[:3])) if is_black[:3].any() else 0
    rest = is_black[start:]
    length = len(rest) if rest.all() else int(np.argmin(rest))
    return start + length if length and start + length < len(is_black) // 2 else 0


def writing(dark: Gray, borders: tuple[int, int, int, int]) -> Mask:
    """Return where the page is written on, up to its edges, black borders left out. Takes what :func:`darkness` gave."""
    mask = dark > _INK
    top, bottom, left, right = borders
    height, width = mask.shape
    mask[:top] = mask[height - bottom :] = False
    mask[:, :left] = mask[:, width - right :] = False
    return mask


def skew_of(mask: Mask) -> float:
    """Return by how many degrees the lines of writing fall to the right (positive: clockwise), within 8 degrees."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask[height // 20 : height - height // 20, width // 20 : width - width // 20])
    if rows.size < 200:
        return 0.0
    step = max(1, rows.size // _SKEW_PIXELS)
    rows, columns = rows[::step], columns[::step] - columns.mean()
    coarse = look.straightest(rows, columns, np.arange(-MOST_SKEW, MOST_SKEW + 0.01, 0.5))
    fine = look.straightest(rows, columns, np.arange(coarse - 0.4, coarse + 0.41, 0.1))
    return round(max(-MOST_SKEW, min(MOST_SKEW, fine)), 1) + 0.0


def sharpness(red: Gray, mask: Mask) -> tuple[int, float]:
    """Return how much darker the writing is than the paper, and how wide its edges are, in pixels.

    Judged on the tiles of the page that hold the most writing.
    """
    found = [_sharpness(tile, share) for tile, share in _written_tiles(red, mask)]
    if not found:
        return 0, 0.0
    contrast, blur = np.median(np.array(found), axis=0)
    return round(float(contrast)), round(float(blur), 2)


def _sharpness(tile: Gray, share: float) -> tuple[float, float]:
    """Judge a tile of which ``share`` is written on: the less there is, the fewer pixels speak for the writing."""
    height = level_at(tile, 0.75) - level_at(tile, min(0.02, share / 3))
    steep = 1 - min(0.01, share / 6)
    steepest = max(level_at(_steps(tile), steep), level_at(_steps(tile.T), steep))
    return height, _EDGE_OF_STEP * height / max(steepest, 1)


def _steps(tile: Gray) -> Gray:
    """Return how much neighbours above each other differ."""
    above, below = tile[:-1], tile[1:]
    return np.maximum(above, below) - np.minimum(above, below)


def level_at(gray: Gray, share: float) -> int:
    """Return the level up to which ``share`` of the pixels are; by counting, which is much faster than sorting them."""
    counts = np.cumsum(Image.fromarray(np.ascontiguousarray(gray)).histogram())
    return int(np.searchsorted(counts, share * counts[-1]))


def _written_tiles(red: Gray, mask: Mask) -> list[tuple[Gray, float]]:
    """Return the tiles of the page at full size that hold the most writing, and which share of each is written on."""
    down, across = _TILES
    places = [(row, column) for row in range(down) for column in range(across)]
    shares = {place: float(_tile(mask, *place).mean()) for place in places}
    best = sorted(places, key=lambda place: -shares[place])[:_SHARPEST_TILES]
    return [(_tile(red, *place), shares[place]) for place in best if shares[place] > look.BLANK_SHARE]


def _tile(page: NDArray[Any], row: int, column: int) -> NDArray[Any]:
    height, width = page.shape
    down, across = _TILES
    return page[
        row * height // down : (row + 1) * height // down, column * width // across : (column + 1) * width // across
    ]


def strokes_cut(mask: Mask, borders: tuple[int, int, int, int], dpi: float) -> int:
    """Return how many strokes run out over the worst edge of the page; an edge with a black border shows the whole paper.

    A stroke reaches the edge, goes on for 1.5 mm inwards and is no wider along the edge than 8 mm (shadows are);
    corners are left out.
    """
    top, bottom, left, right = borders
    sides = ((mask, top), (mask[::-1], bottom), (mask.T, left), (mask.T[::-1], right))
    return max(_strokes(side, dpi) for side, border in sides if not border) if not all(borders) else 0


def _strokes(mask: Mask, dpi: float) -> int:
    deep, widest, corner = (max(2, round(mm * dpi / MM_PER_INCH)) for mm in (1.5, 8, 3))
    touches = mask[:2].any(axis=0) & (mask[:deep].mean(axis=0) > 0.75)
    touches[:corner] = touches[-corner:] = False
    changes = np.flatnonzero(np.diff(np.concatenate(([False], touches, [False]))))
    widths = changes[1::2] - changes[::2]
    return int((widths <= widest).sum())


def imprint(dark: Gray) -> str:
    """Return a fingerprint of 256 bits: where on a levelled page it grows darker from left to right, coarsely.

    Two scans of one paper differ in few bits; so do two copies of one form, filled in differently: see :func:`unmatched`.
    """
    written = Image.fromarray(np.where(dark > _WEAK, dark, 0).astype(np.uint8))
    cells = np.asarray(written.resize((PRINT_SIDE + 1, PRINT_SIDE), Image.Resampling.BOX), dtype=np.int16)
    return np.packbits(np.diff(cells, axis=1) > _STEP).tobytes().hex()


def darkness(small: Gray) -> Gray:
    """Return by how much each place of the page is darker than the paper around."""
    paper = look.background(small, step=8, median=5)
    return np.asarray(np.maximum(paper, small) - small)


def levelled(dark: Gray, skew: float) -> Gray:
    """Return what :func:`darkness` gave, the lines of writing levelled."""
    return dark if abs(skew) < 0.1 else np.asarray(Image.fromarray(dark).rotate(skew, Image.Resampling.BILINEAR))


def unmatched(one: Gray, other: Gray) -> float:
    """Return which share of the writing of two pages has no counterpart on the other page, within half a millimetre.

    Takes what :func:`levelled` gave of each. Two scans of one paper: below 0.01, mostly 0.000; one form filled in by two
    people: above 0.002.
    """
    height, width = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    one, other = one[:height, :width], other[:height, :width]
    other = np.roll(other, _offset(one > _INK, other > _INK), axis=(0, 1))
    inner = slice(height // 20, height - height // 20), slice(width // 20, width - width // 20)
    strong = (one > _STRONG)[inner], (other > _STRONG)[inner]
    missing = strong[0] & ~_widened(other > _WEAK)[inner], strong[1] & ~_widened(one > _WEAK)[inner]
    return float(sum(part.sum() for part in missing) / max(1, sum(part.sum() for part in strong)))


def _offset(one: Mask, other: Mask) -> tuple[int, int]:
    """Return by how many rows and columns the other page must be moved to lie on the first."""
    return _lag(one.sum(axis=1), other.sum(axis=1)), _lag(one.sum(axis=0), other.sum(axis=0))


def _lag(one: NDArray[np.int_], other: NDArray[np.int_]) -> int:
    sums = np.correlate(one - one.mean(), other - other.mean(), mode="full")
    middle = len(other) - 1
    near = sums[middle - _MOST_OFFSET : middle + _MOST_OFFSET + 1]
    return int(np.argmax(near)) - _MOST_OFFSET


def _widened(mask: Mask) -> Mask:
    return np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(3))) > 0
