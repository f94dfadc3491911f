"""Write text as a hand does: each character a little turned, larger or smaller, above or below the line, with uneven pressure."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from plugins.demo.drawing.fonts import Face, advance, open_font

Colour = tuple[int, int, int]
BLUE_BLACK: Colour = (38, 48, 104)
BLACK_INK: Colour = (40, 38, 44)
PENCIL: Colour = (118, 118, 122)


def hand_width(text: str, pixels: int) -> int:
    """Tell how wide a text becomes, before jitter."""
    font = open_font(Face.HAND, pixels)
    return round(font.getlength(text) * 1.02)


def write(
    image: Image.Image, at: tuple[int, int], text: str, *, pixels: int, colour: Colour, rng: random.Random
) -> tuple[int, int, int, int]:
    """Write a text by hand and return the box it fills.

    Args:
        image: the page; it is changed.
        at: left edge and top of the line, in pixels.
        text: one line.
        pixels: height of the characters.
        colour: of the ink.
        rng: what moves the hand.
    """
    left, top = at
    x = float(left)
    drift = rng.uniform(-0.02, 0.02)
    for char in text:
        step = advance(Face.HAND, pixels, char)
        if not char.isspace():
            glyph = _glyph(char, pixels, rng)
            offset = (glyph.width - step) / 2
            y = top + drift * (x - left) + rng.uniform(-0.05, 0.05) * pixels - (glyph.height - pixels * 1.2) / 2
            image.paste(colour, (round(x - offset), round(y)), glyph)
        x += step * rng.uniform(0.97, 1.06)
    return (left, top, round(x), round(top + pixels * 1.2))


def _glyph(char: str, pixels: int, rng: random.Random) -> Image.Image:
    """Draw one character as a mask, bent by a random affine map."""
    side = round(pixels * 1.5)
    mask = Image.new("L", (side, side), 0)
    size = max(6, round(pixels * rng.uniform(0.93, 1.09)))
    ImageDraw.Draw(mask).text(
        (side / 2, side / 2), char, font=open_font(Face.HAND, size), fill=rng.randint(196, 255), anchor="mm"
    )
    shear, turn, squeeze = rng.uniform(-0.12, 0.06), rng.uniform(-0.07, 0.07), rng.uniform(0.94, 1.08)
    centre = side / 2
    matrix = (squeeze, shear, centre * (1 - squeeze - shear), turn, 1.0, -centre * turn)
    return mask.transform((side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
