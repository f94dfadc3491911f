"""What paper and scanner do to a page: tint, folds, show-through, binding holes, skew, grain. Three quality classes.

Everything is laid on by multiplying whole images with cached or quarter-size maps, because a village has hundreds of pages.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

_QUARTER = 4
_TILE = 512


class Quality(StrEnum):
    """How well the paper has kept and how well it was scanned."""

    CLEAN = "clean"
    OFFICE = "office"
    POOR = "poor"


class Holes(StrEnum):
    """Where a bound sheet has its holes: a verso has them on the right."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"


class Colour(StrEnum):
    """The scanner's colour setting, in the words of the page table."""

    COLOUR = "colour"
    GREY = "grey"
    BILEVEL = "bilevel"


@dataclass(frozen=True, slots=True)
class _Class:
    """The figures of one quality class; ``straight`` is the share of sheets that the feeder draws in straight."""

    skew: float
    straight: float
    paper: tuple[int, int, int]
    uneven: int
    grain: float
    specks: float
    folds: int
    show_through: int
    fading: int


_CLASSES = {
    Quality.CLEAN: _Class(0.25, 0.9, (252, 251, 247), 1, 2.2, 0.0, 0, 4, 0),
    Quality.OFFICE: _Class(0.9, 0.75, (247, 243, 231), 3, 4.0, 0.00004, 1, 16, 8),
    Quality.POOR: _Class(2.0, 0.25, (236, 224, 196), 8, 8.0, 0.00025, 3, 34, 34),
}


def scan(
    page: Image.Image, *, quality: Quality, rng: random.Random, verso: Image.Image | None, holes: Holes, dpi: int
) -> tuple[Image.Image, float]:
    """Return the page as it comes from the scanner, and by how many degrees it was turned, counter-clockwise.

    Args:
        page: the clean drawing, RGB or grey.
        quality: the class of wear.
        rng: what places folds, stains and the sheet on the glass.
        verso: what is printed on the other side and shows through, if anything.
        holes: on which side the sheet was bound.
        dpi: dots per inch of the page.
    """
    figures = _CLASSES[quality]
    shade = _patches(page.size, figures, rng)
    if verso is not None and figures.show_through:
        shade = ImageChops.multiply(shade, _show_through(verso, shade.size, figures.show_through))
    shade = ImageChops.multiply(shade, _folds_and_edges(shade.size, figures, rng))
    if figures.fading:
        page = page.point(_fade(figures.fading))
    whole = shade.resize(page.size, Image.Resampling.BILINEAR)
    worn = ImageChops.multiply(page, _in_bands(whole, page.mode))
    if holes is not Holes.NONE:
        _punch(worn, holes, dpi, rng)
    angle = 0.0 if rng.random() < figures.straight else round(rng.uniform(-figures.skew, figures.skew), 3)
    if angle:
        worn = worn.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_lid(quality, worn.mode))
    return ImageChops.multiply(worn, _grain(worn.size, quality, rng.randrange(3), worn.mode)), angle


def _in_bands(grey: Image.Image, mode: str) -> Image.Image:
    return Image.merge("RGB", (grey, grey, grey)) if mode == "RGB" else grey


def turned(x: float, y: float, size: tuple[int, int], angle: float) -> tuple[float, float]:
    """Follow a point of the drawing through the turn of `scan`."""
    centre_x, centre_y = size[0] / 2, size[1] / 2
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    dx, dy = x - centre_x, y - centre_y
    return centre_x + dx * cosine + dy * sine, centre_y - dx * sine + dy * cosine


def _patches(size: tuple[int, int], figures: _Class, rng: random.Random) -> Image.Image:
    """Make the paper's unevenness at quarter size, in broad grey patches; its colour comes with the grain."""
    noise = np.random.default_rng(rng.getrandbits(32))
    patches = np.clip(noise.normal(252 - figures.uneven, figures.uneven, (9, 7)), 0, 255)
    small = Image.fromarray(patches.astype(np.uint8))
    return small.resize((size[0] // _QUARTER, size[1] // _QUARTER), Image.Resampling.BICUBIC)


def _show_through(verso: Image.Image, size: tuple[int, int], strength: int) -> Image.Image:
    """Mirror the other side and leave a breath of it."""
    ghost = verso.convert("L").resize(size, Image.Resampling.BOX).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return ghost.filter(ImageFilter.BoxBlur(1)).point(lambda value: 255 - (255 - value) * strength // 255)


def _folds_and_edges(size: tuple[int, int], figures: _Class, rng: random.Random) -> Image.Image:
    """Draw folds, creases and the shadow of one paper edge at quarter size."""
    width, height = size
    shade = Image.new("L", size, 255)
    draw = ImageDraw.Draw(shade)
    for fold in range(rng.randint(0, figures.folds)):
        y = height * (0.5 if fold == 0 else rng.uniform(0.15, 0.85)) + rng.uniform(-6, 6)
        draw.line((0, y, width, y + rng.uniform(-5, 5)), fill=rng.randint(206, 232), width=1)
    for _crease in range(rng.randint(0, figures.folds)):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        reach = width * 0.3
        draw.line((x, y, x + rng.uniform(-reach, reach), y + rng.uniform(-reach, reach)), fill=rng.randint(216, 236))
    if rng.random() < 0.06 * figures.folds:
        _stain(draw, size, rng)
    shade = shade.filter(ImageFilter.GaussianBlur(1.1))
    _edge_shadow(shade, rng)
    return shade


def _stain(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    """Leave a water mark in a corner."""
    x, y = rng.choice((0, size[0])), rng.choice((0, size[1]))
    for radius, value in ((rng.uniform(0.16, 0.3) * size[0], 226), (0, 0)):
        if radius:
            draw.ellipse((x - radius, y - radius * 1.3, x + radius, y + radius * 1.3), fill=244, outline=value, width=2)


def _edge_shadow(shade: Image.Image, rng: random.Random) -> None:
    """Darken one long side, as where the lid does not lie flat."""
    reach = max(2, shade.width // 28)
    left = rng.random() < 0.5
    for step in range(reach):
        value = 255 - round((1 - step / reach) ** 2 * 46)
        x = step if left else shade.width - 1 - step
        column = shade.crop((x, 0, x + 1, shade.height))
        shade.paste(ImageChops.multiply(column, Image.new("L", column.size, value)), (x, 0))


def _fade(amount: int) -> Callable[[int], int]:
    return lambda value: amount + value * (255 - amount) // 255


def _lid(quality: Quality, mode: str) -> tuple[int, int, int] | int:
    lid = {Quality.CLEAN: (250, 250, 250), Quality.OFFICE: (228, 228, 226), Quality.POOR: (58, 56, 54)}[quality]
    return lid if mode == "RGB" else lid[0]


def _punch(page: Image.Image, side: Holes, dpi: int, rng: random.Random) -> None:
    """Punch the three holes of a bound file."""
    draw = ImageDraw.Draw(page)
    radius = dpi * 2.2 / 25.4
    x = dpi * 9 / 25.4 if side is Holes.LEFT else page.width - dpi * 9 / 25.4
    for part in (-80, 0, 80):
        y = page.height / 2 + part * dpi / 25.4 + rng.uniform(-2, 2)
        box = (x - radius, y - radius, x + radius, y + radius)
        fill, outline = ((176, 172, 166), (120, 116, 110)) if page.mode == "RGB" else (172, 116)
        draw.ellipse(box, fill=fill, outline=outline)


@functools.lru_cache(maxsize=9)
def _grain_tile(quality: Quality, variant: int) -> Image.Image:
    figures = _CLASSES[quality]
    noise = np.random.default_rng(900 + variant)
    tile = noise.normal(252, figures.grain, (_TILE, _TILE, 1)) + noise.normal(0, figures.grain / 3, (_TILE, _TILE, 3))
    tile *= np.array(figures.paper) / 255
    if figures.specks:
        tile[noise.random((_TILE, _TILE)) < figures.specks] = 70
    return Image.fromarray(np.clip(tile, 0, 255).astype(np.uint8), "RGB")


@functools.lru_cache(maxsize=12)
def _grain(size: tuple[int, int], quality: Quality, variant: int, mode: str) -> Image.Image:
    """Tile grain and colour of the paper over a whole page."""
    tile = _grain_tile(quality, variant).convert(mode)
    whole = Image.new(mode, size)
    for x in range(0, size[0], _TILE):
        for y in range(0, size[1], _TILE):
            whole.paste(tile, (x, y))
    return whole
