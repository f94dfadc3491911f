"""Red seals, name stamps and fingerprints: translucent ink over the print, unevenly pressed. Every round seal says 演示 under its star."""

from __future__ import annotations

import functools
import math
import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from plugins.demo.domain.chance import chance
from plugins.demo.drawing.fonts import Face, open_font

RED = (216, 38, 44)


@functools.lru_cache(maxsize=32)
def _round_mask(text: str, foot: str, diameter: int) -> Image.Image:
    mask = Image.new("L", (diameter, diameter), 0)
    draw = ImageDraw.Draw(mask)
    ring = max(2, diameter // 34)
    draw.ellipse((1, 1, diameter - 2, diameter - 2), outline=255, width=ring)
    draw.polygon(_star(diameter / 2, diameter * 0.47, diameter * 0.16), fill=255)
    _arc_text(mask, text, diameter)
    font = open_font(Face.SONG, round(diameter * 0.105))
    draw.text((diameter / 2, diameter * 0.775), foot, font=font, fill=255, anchor="mm")
    return mask


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382
        angle = math.radians(corner * 36 - 90)
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return points


def _arc_text(mask: Image.Image, text: str, diameter: int) -> None:
    """Set the characters along the upper arc, each turned to the centre."""
    size = round(diameter * (0.155 if len(text) <= 9 else 0.13))
    font = open_font(Face.SONG, size)
    span = min(252.0, 25.0 * (len(text) - 1) + 20)
    radius = diameter * 0.375
    for place, char in enumerate(text):
        angle = -span / 2 + (span * place / (len(text) - 1) if len(text) > 1 else 0)
        tile = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(tile).text((size, size), char, font=font, fill=255, anchor="mm", stroke_width=max(0, size // 40))
        tile = tile.rotate(-angle, Image.Resampling.BICUBIC)
        x = diameter / 2 + radius * math.sin(math.radians(angle)) - size
        y = diameter / 2 - radius * math.cos(math.radians(angle)) - size
        region = (round(x), round(y), round(x) + size * 2, round(y) + size * 2)
        mask.paste(ImageChops.lighter(mask.crop(region), tile), region)


@functools.lru_cache(maxsize=32)
def _uneven_ink(side: int, variant: int) -> Image.Image:
    """Make a map of how much ink took: 255 all of it."""
    noise = np.random.default_rng(variant)
    blotches = Image.fromarray(noise.integers(135, 256, (24, 24), dtype=np.uint8))
    fine = Image.fromarray(np.clip(noise.normal(236, 46, (side, side)), 0, 255).astype(np.uint8))
    return ImageChops.multiply(blotches.resize((side, side), Image.Resampling.BICUBIC), fine)


def _press(page: Image.Image, mask: Image.Image, at: tuple[int, int]) -> None:
    """Lay red ink on the page through a mask; what is printed below stays readable, as under a real seal."""
    ink = Image.new("RGB", mask.size, (255, 255, 255))
    ink.paste(RED, (0, 0), mask)
    box = (at[0], at[1], at[0] + mask.width, at[1] + mask.height)
    page.paste(ImageChops.multiply(page.crop(box), ink), box)


def stamp_round(
    page: Image.Image, centre: tuple[int, int], text: str, *, diameter: int, rng: random.Random, foot: str = "演示"
) -> tuple[int, int, int, int]:
    """Press an office's round seal and return its box."""
    mask = _round_mask(text, foot, diameter).rotate(rng.uniform(-14, 14), Image.Resampling.BICUBIC)
    mask = ImageChops.multiply(mask, _uneven_ink(diameter, rng.randrange(4)))
    at = (centre[0] - diameter // 2, centre[1] - diameter // 2)
    _press(page, mask, at)
    return (*at, at[0] + diameter, at[1] + diameter)


def stamp_name(
    page: Image.Image, centre: tuple[int, int], name: str, *, side: int, rng: random.Random
) -> tuple[int, int, int, int]:
    """Press a person's square name stamp: two columns read from the right, with 印 as the fourth character."""
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    draw.rectangle((1, 1, side - 2, side - 2), outline=255, width=max(2, side // 18))
    font = open_font(Face.SONG, round(side * 0.4))
    for char, (x, y) in zip((name + "之印")[:4], ((0.71, 0.28), (0.71, 0.72), (0.29, 0.28), (0.29, 0.72)), strict=True):
        draw.text((side * x, side * y), char, font=font, fill=255, anchor="mm")
    mask = ImageChops.multiply(mask.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC), _uneven_ink(side, 1))
    at = (centre[0] - side // 2, centre[1] - side // 2)
    _press(page, mask, at)
    return (*at, at[0] + side, at[1] + side)


@functools.lru_cache(maxsize=8)
def _fingerprint_mask(height: int, variant: int) -> Image.Image:
    rng = chance(variant, "finger")
    width = round(height * 0.72)
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    step = max(3, height // 15)
    centre_x, centre_y = width * rng.uniform(0.42, 0.58), height * rng.uniform(0.5, 0.62)
    for ridge in range(1, height // step):
        reach_x, reach_y = ridge * step * 0.5, ridge * step * 0.62
        box = (centre_x - reach_x, centre_y - reach_y, centre_x + reach_x, centre_y + reach_y)
        draw.arc(box, rng.uniform(90, 200), rng.uniform(380, 440), fill=rng.randint(150, 255), width=max(1, step // 2))
    outline = Image.new("L", (width, height), 0)
    ImageDraw.Draw(outline).ellipse((0, 0, width - 1, height - 1), fill=255)
    soft = outline.filter(ImageFilter.GaussianBlur(height / 28))
    return ImageChops.multiply(mask, soft)


def press_finger(page: Image.Image, centre: tuple[int, int], *, height: int, rng: random.Random) -> None:
    """Press a fingerprint in red ink, as those do who cannot or need not sign."""
    mask = _fingerprint_mask(height, rng.randrange(8)).rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC)
    _press(page, mask, (centre[0] - mask.width // 2, centre[1] - mask.height // 2))
