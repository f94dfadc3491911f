"""The look of a page: blank or written, upright or sideways, straight or skewed, and what makes it readable.

Pure functions on one-channel 8-bit arrays (0 black, 255 white). The red channel is taken before anything else: red seals
vanish in it, and nothing a pen or a press writes in black or blue does. Thresholds are those measured on synthetic scans
of three quality classes (27 blank, 278 written pages: none wrong); see ``docs/decisions`` for the figures.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Gray = NDArray[np.uint8]
Mask = NDArray[np.bool_]

LOOK_DPI: Final = 75
BLANK_SHARE: Final = 0.002
_INK: Final = 45
_DARK_GROUND: Final = 96
_MAX_SKEW: Final = 3.0


def red_channel(image: Image.Image) -> Gray:
    """Return the red channel of a colour image, or a gray image as it is."""
    if image.mode in ("RGB", "RGBA"):
        return np.asarray(image.getchannel("R"))
    return np.asarray(image.convert("L"))


def writing(image: Image.Image, dpi: int) -> Gray:
    """Return the page as one channel in which the writing is dark: the one an engine reads.

    That is the red channel. Light writing on a dark ground (a certificate's cover) is turned about; a page that bears
    nothing but red (a stamped back, a note in red ink) is returned by its brightness, which keeps the red.
    """
    red = red_channel(image)
    if np.median(red) < _DARK_GROUND:
        return np.asarray(255 - red)
    if image.mode in ("RGB", "RGBA") and is_blank(at_look_size(red, dpi)):
        bright = np.asarray(image.convert("L"))
        return red if is_blank(at_look_size(bright, dpi)) else bright
    return red


def at_look_size(gray: Gray, dpi: int) -> Gray:
    """Return the page at about 75 dpi, the size at which its look is judged."""
    factor = max(1, round(dpi / LOOK_DPI))
    return np.asarray(Image.fromarray(gray).reduce(factor)) if factor > 1 else gray


def background(gray: Gray, *, step: int = 8, median: int = 11) -> Gray:
    """Return the paper without the writing: a closing and a median at 1/``step`` of the size, scaled back.

    The median is what costs: its time grows with the square of its side.
    """
    small = Image.fromarray(gray).reduce(step)
    small = (
        small.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(5)).filter(ImageFilter.MedianFilter(median))
    )
    height, width = gray.shape
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))


def ink_mask(look: Gray) -> Mask:
    """Return where a page at look size is written on: clearly darker than the paper around, away from the edges."""
    darker = dark_mask(look)
    height, width = look.shape
    top, left = height // 20, width // 20
    return darker[top : height - top, left : width - left]


def dark_mask(look: Gray) -> Mask:
    """Return what is clearly darker than the paper around it on a page at look size, up to its edges."""
    return np.asarray(background(look, step=8, median=5).astype(np.int16) - look > _INK)


def ink_share(look: Gray) -> float:
    """Return the share of written pixels of a page at look size."""
    mask = ink_mask(look)
    return float(mask.mean()) if mask.size else 0.0


def is_blank(look: Gray) -> bool:
    """Tell whether a page at look size carries no writing; bleed-through and dust do not count as writing."""
    return ink_share(look) < BLANK_SHARE


def densest_strip(gray: Gray, height: int) -> tuple[int, int]:
    """Return top and bottom of the strip of the page, ``height`` rows high, that holds the most writing."""
    dark = (background(gray, step=16, median=5).astype(np.int16) - gray > _INK).sum(axis=1)
    sums = np.cumsum(np.pad(dark, (1, 0)))
    top = int(np.argmax(sums[height:] - sums[: len(sums) - height]))
    return top, top + height


def without_rules(mask: Mask) -> Mask:
    """Return the mask without long straight lines (table rules), which would hide the rhythm of the writing."""
    length = max(8, max(mask.shape) // 25)
    return mask & ~long_runs(mask, length) & ~long_runs(mask.T, length).T


def long_runs(mask: Mask, length: int) -> Mask:
    """Return the pixels that stand in a horizontal run of at least ``length``."""
    if mask.shape[1] < length:
        return np.zeros_like(mask)
    sums = np.cumsum(np.pad(mask.astype(np.int32), ((0, 0), (1, 0))), axis=1)
    full = sums[:, length:] - sums[:, :-length] == length
    starts = np.cumsum(np.pad(full.astype(np.int32), ((0, 0), (length, length - 1))), axis=1)
    return np.asarray(starts[:, length:] - starts[:, :-length] > 0)


def is_sideways(look: Gray) -> bool:
    """Tell whether the lines of writing run from top to bottom: the page lies on its side.

    Lines of writing alternate with white; across the lines there is no such rhythm. Compares how strongly the row and
    the column profile change, ruled lines removed.
    """
    mask = without_rules(ink_mask(look))
    if mask.mean() < BLANK_SHARE:
        return False
    return _rhythm(mask.sum(axis=0)) > _rhythm(mask.sum(axis=1))


def _rhythm(profile: NDArray[np.int_]) -> float:
    """Return how far a profile swings, per written pixel, over its own length."""
    smooth = np.convolve(profile, np.ones(3) / 3, mode="valid")
    mean = smooth.mean()
    return float(((smooth - mean) ** 2).mean() / (mean * mean)) if mean else 0.0


def skew_angle(look: Gray) -> float:
    """Return by how many degrees the lines of writing fall to the right (positive: clockwise), within 3 degrees."""
    rows, columns = np.nonzero(ink_mask(look))
    if rows.size < 200:
        return 0.0
    centred = columns - columns.mean()
    coarse = straightest(rows, centred, np.arange(-_MAX_SKEW, _MAX_SKEW + 0.01, 0.5))
    return straightest(rows, centred, np.arange(coarse - 0.4, coarse + 0.41, 0.1))


def straightest(rows: NDArray[np.intp], columns: NDArray[np.floating], angles: NDArray[np.floating]) -> float:
    """Return the angle among some, in degrees, at which written pixels fall into the clearest lines."""

    def score(angle: float) -> float:
        level = rows - columns * np.tan(np.radians(angle))
        profile = np.bincount((level - level.min()).astype(np.int64)).astype(np.float64)
        return float((np.diff(profile) ** 2).sum())

    return float(max(angles, key=score))


def level(gray: Gray, angle: float) -> Gray:
    """Return the page turned so that lines falling by ``angle`` degrees lie level; size and centre stay."""
    if abs(angle) < 0.05:
        return gray
    turned = Image.fromarray(gray).rotate(angle, Image.Resampling.BICUBIC, fillcolor=int(np.median(gray)))
    return np.asarray(turned)


def unlevel_box(box: tuple[int, int, int, int], size: tuple[int, int], angle: float) -> tuple[int, int, int, int]:
    """Return where a box found on the levelled page lies on the page as it was (the box around its turned corners)."""
    if abs(angle) < 0.05:
        return box
    width, height = size
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    x = np.array([box[0], box[2], box[2], box[0]]) - width / 2
    y = np.array([box[1], box[1], box[3], box[3]]) - height / 2
    # The inverse of level(): its turn was counter-clockwise by `angle`, image rows counted downwards.
    xs = x * cos - y * sin + width / 2
    ys = x * sin + y * cos + height / 2
    return _clip((xs.min(), ys.min(), xs.max(), ys.max()), size)


def unturn_box(box: tuple[int, int, int, int], size: tuple[int, int], quarter: int) -> tuple[int, int, int, int]:
    """Return where a box lies on a page of ``size`` that was read after ``quarter`` turns counter-clockwise."""
    x0, y0, x1, y1 = box
    width, height = size
    match quarter % 4:
        case 0:
            turned = (x0, y0, x1, y1)
        case 1:  # reading image is (height, width): x' = y, y' = width - x
            turned = (width - y1, x0, width - y0, x1)
        case 2:
            turned = (width - x1, height - y1, width - x0, height - y0)
        case _:  # x' = height - y, y' = x
            turned = (y0, height - x1, y1, height - x0)
    return _clip(turned, size)


def strip(gray: Gray, box: tuple[int, int, int, int], scale: int) -> Gray:
    """Return what stands in a box of 0..``scale`` of the page, with a margin of a third of its height around."""
    height, width = gray.shape
    x0, x1 = (edge * width // scale for edge in (box[0], box[2]))
    y0, y1 = (edge * height // scale for edge in (box[1], box[3]))
    margin = max(4, (y1 - y0) // 3)
    return np.ascontiguousarray(gray[max(0, y0 - margin) : y1 + margin, max(0, x0 - margin) : x1 + margin])


def _clip(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    x0, y0, x1, y1 = box
    return (
        int(min(max(x0, 0), width)),
        int(min(max(y0, 0), height)),
        int(min(max(x1, 0), width)),
        int(min(max(y1, 0), height)),
    )


def even_paper(gray: Gray) -> Gray:
    """Return the page with its background divided away: worn, stained or unevenly lit paper becomes even."""
    paper = np.maximum(background(gray), 1).astype(np.uint16)
    return np.asarray(np.minimum(gray.astype(np.uint16) * 245 // paper, 255), dtype=np.uint8)
