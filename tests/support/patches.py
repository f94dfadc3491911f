"""Drawn separator sheets with patch codes, as scanners give them: skewed, speckled, faded, on their side."""

from __future__ import annotations

import random
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

T, TWO, THREE, FOUR = "NWNW", "WNNW", "WNWN", "NWWN"
"""Bars from the leading edge on; 3 is T from the other end, 4 stands here for any other that scanners know."""


def patch_sheet(
    bars: Sequence[str] = T, *, dpi: int = 150, skew: float = 0.0, noise: float = 0.0, length: float = 4.0
) -> Image.Image:
    """Return an A4 sheet with a patch code near its top.

    Args:
        bars: ``N`` and ``W``.
        dpi: dots per inch.
        skew: degrees.
        noise: share of the pixels that are black or white at random.
        length: of the bars, in inches.
    """
    width, height = round(8.27 * dpi), round(11.69 * dpi)
    page = Image.new("L", (width, height), 244)
    draw = ImageDraw.Draw(page)
    top = 0.6 * dpi
    for bar in bars:
        thick = (0.20 if bar == "W" else 0.08) * dpi
        draw.rectangle((width / 2 - length * dpi / 2, top, width / 2 + length * dpi / 2, top + thick - 1), fill=35)
        top += thick + 0.08 * dpi
    page = page.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=244).filter(ImageFilter.GaussianBlur(0.6))
    return _speckled(page, noise)


def _speckled(page: Image.Image, noise: float) -> Image.Image:
    chance = random.Random(5)
    dots = page.load()
    assert dots is not None
    for _dot in range(round(noise * page.width * page.height)):
        dots[chance.randrange(page.width), chance.randrange(page.height)] = chance.choice((0, 255))
    return page
