"""Images by Pillow: four formats only, our own pixel limit before anything is decoded, views and thumbnails."""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from plugins.ingest.domain import tiff
from plugins.ingest.domain.reasons import ReasonCode, Refused, on_page
from plugins.ingest.domain.scan import ScanProfile

FORMATS: Final = ("JPEG", "PNG", "TIFF", "JPEG2000")
A4_LONG_INCHES: Final = 11.69
_CARD_SIZE: Final = (827, 1169)
_BELIEVABLE_DPI: Final = range(90, 2401)
_COLOUR_MODES: Final = {"1": "bilevel", "L": "gray", "LA": "gray", "I": "gray", "I;16": "gray", "I;16B": "gray"}
_CUT_WORDS: Final = ("truncated", "unexpected end", "not enough data", "eof", "incomplete")
# What Pillow raises on files that are not what they seem: its readers check little and stumble where they stumble.
_DAMAGES: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    struct.error,
    OverflowError,
)

# Pillow warns of bombs at a limit of its own and refuses only at twice that; ours is lower and always refuses.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Capture:
    """One captured page: the image, upright by its own tag, and what it was captured with."""

    image: Image.Image
    width: int
    height: int
    dpi: int | None
    colour_mode: str

    @property
    def dpi_or_guess(self) -> int:
        """The resolution told, or the one that would make the page an A4."""
        return self.dpi or max(50, round(max(self.width, self.height) / A4_LONG_INCHES))


def open_image(source: Path | IO[bytes], profile: ScanProfile) -> Image.Image:
    """Open an image without decoding it.

    Raises:
        Refused: when it is damaged, none of the four formats, or larger than the pixel limit.
    """
    try:
        image = Image.open(source, formats=FORMATS)
    except _DAMAGES as error:
        raise Refused(broken(error, source)) from error
    try:
        refuse_bomb(image.width, image.height, profile)
    except Refused:
        image.close()
        raise
    return image


def card(label: str) -> Capture:
    """Return the picture that stands for a file without pages of its own: a white sheet with the name of its format."""
    sheet = Image.new("L", _CARD_SIZE, 255)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((40, 40, _CARD_SIZE[0] - 40, _CARD_SIZE[1] - 40), outline=120, width=3)
    draw.text((_CARD_SIZE[0] / 2, _CARD_SIZE[1] / 2), label, fill=60, anchor="mm", font=ImageFont.load_default(96))
    return Capture(sheet, sheet.width, sheet.height, None, "gray")


def refuse_bomb(width: int, height: int, profile: ScanProfile) -> None:
    """Raise Refused for an image of more pixels than the profile allows."""
    if width * height > profile.max_pixels:
        raise Refused(ReasonCode.PIXEL_BOMB, f"{width}×{height}")


def broken(error: Exception, source: Path | IO[bytes] | None = None) -> ReasonCode:
    """Return which kind of damage an error of Pillow speaks of; a TIFF is asked itself whether it was cut."""
    text = str(error).lower()
    if any(word in text for word in _CUT_WORDS):
        return ReasonCode.TRUNCATED
    if isinstance(source, Path):
        with source.open("rb") as stream:
            if stream.read(2) in (b"II", b"MM") and tiff.is_cut(stream, source.stat().st_size):
                return ReasonCode.TRUNCATED
    return ReasonCode.DAMAGED


def frames(path: Path, profile: ScanProfile) -> Iterator[Capture]:
    """Yield the pages of an image file, decoded one at a time.

    Only TIFF has several: a phone's JPEG may hide a second frame that is no page.

    Raises:
        Refused: naming the page that is damaged, or when there are too many.
    """
    with _without_chatter(), open_image(path, profile) as image:
        count = page_count(image, path, profile)
        for index in range(count):
            try:
                if index:
                    image.seek(index)
                refuse_bomb(image.width, image.height, profile)
                yield capture(image, profile.view_dpi)
            except _DAMAGES as error:
                raise Refused(broken(error, path), on_page(index + 1) if count > 1 else "") from error


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep Pillow's warnings about odd metadata to ourselves: what matters is whether the pages can be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def page_count(image: Image.Image, path: Path, profile: ScanProfile) -> int:
    """Return how many pages the image has. Raises Refused when the chain of pages is broken or too long."""
    if image.format != "TIFF":
        return 1
    try:
        count = getattr(image, "n_frames", 1)
    except _DAMAGES as error:
        raise Refused(broken(error, path)) from error
    if count > profile.max_pages:
        raise Refused(ReasonCode.TOO_MANY_PAGES, str(count))
    return int(count)


def capture(image: Image.Image, wanted_dpi: int) -> Capture:
    """Decode the current frame, large JPEGs no finer than needed, and set it upright by its orientation tag."""
    mode, dpi = colour_mode(image), dpi_of(image)
    width, height = image.size
    if image.format == "JPEG":
        guess = dpi or max(width, height) / A4_LONG_INCHES
        share = min(1.0, wanted_dpi / guess)
        image.draft(image.mode, (math.ceil(width * share), math.ceil(height * share)))
    image.load()
    upright = ImageOps.exif_transpose(image)
    if (upright.width > upright.height and width < height) or (upright.width < upright.height and width > height):
        width, height = height, width
    return Capture(plain(upright), width, height, dpi, mode)


def plain(image: Image.Image) -> Image.Image:
    """Return the image as gray or RGB on white paper: palettes, transparency, 16 bits and CMYK resolved."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("I", "I;16", "I;16B", "I;16L"):
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image.convert("RGB")


def colour_mode(image: Image.Image) -> str:
    """Return ``bilevel``, ``gray`` or ``colour``."""
    return _COLOUR_MODES.get(image.mode, "colour")


def dpi_of(image: Image.Image) -> int | None:
    """Return the resolution the file tells, or None: cameras write 72 for want of a better number."""
    told = image.info.get("dpi")
    try:
        dpi = round(float(told[0])) if told else 0
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return dpi if dpi in _BELIEVABLE_DPI else None


def view_of(captured: Capture, profile: ScanProfile) -> Image.Image:
    """Return the page as it is shown: at the view's resolution, never enlarged, within the view's pixel limit."""
    image = captured.image
    share = min(1.0, profile.view_dpi / captured.dpi_or_guess)
    pixels = captured.width * captured.height * share * share
    if pixels > profile.view_max_pixels:
        share *= math.sqrt(profile.view_max_pixels / pixels)
    size = (max(1, round(captured.width * share)), max(1, round(captured.height * share)))
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def thumb_of(view: Image.Image, profile: ScanProfile) -> Image.Image:
    """Return a small picture of the page."""
    small = view.copy()
    small.thumbnail((profile.thumb_side, profile.thumb_side), Image.Resampling.BOX)
    return small


def save_jpeg(image: Image.Image, path: Path, *, quality: int, dpi: int) -> None:
    """Write a JPEG with none of the source's metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, dpi=(dpi, dpi), comment=b"")
    path.write_bytes(out.getvalue())  # Pillow's own writing would not say that the disk is full
