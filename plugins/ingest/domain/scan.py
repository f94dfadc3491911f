"""What the pipeline is told and what it answers: plain values that travel between processes as JSON.

The child process that parsed an untrusted file is itself not trusted: its answer is JSON, never a pickle, and is
checked field by field when it is read back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from plugins.ingest.domain.pagelook import PageLook, look_from

SCALE = 10_000
"""Word boxes are given in ten-thousandths of the view image's width and height."""


class Word(NamedTuple):
    """One word or run of characters on a page: its box in 0..10000 of the view image, text, confidence 0..100."""

    x0: int
    y0: int
    x1: int
    y1: int
    text: str
    confidence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProfile:
    """How a file is turned into pages. Sizes in pixels unless named otherwise.

    ``max_pixels`` bounds one image before it is decoded; ``view_max_pixels`` bounds the derived view image. ``patch_code``
    is the code that a page with a patch code T is given, empty when nobody looks for patches.
    """

    view_dpi: int = 200
    view_quality: int = 80
    view_max_pixels: int = 24_000_000
    thumb_side: int = 320
    max_bytes: int = 512 * 1024 * 1024
    max_pages: int = 1000
    max_pixels: int = 80_000_000
    max_chars: int = 50_000
    patch_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScan:
    """One page: the names of its images in the work folder, and what was seen on it.

    ``width``, ``height``, ``dpi`` and ``colour_mode`` describe the page as captured, not the view; ``dpi`` is None when
    the file does not tell. ``text`` is None when the page carries no text of its own.
    """

    page_no: int
    view: str
    thumb: str
    width: int
    height: int
    dpi: int | None
    colour_mode: str
    view_width: int
    view_height: int
    thumb_width: int
    thumb_height: int
    is_blank: bool
    text: str | None = None
    text_layer: str = ""
    words: tuple[Word, ...] = ()
    codes: tuple[str, ...] = ()
    look: PageLook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """A whole file: its real format, its pages in order, what made the derivatives."""

    format: str
    media_type: str
    pages: tuple[PageScan, ...]
    tool: str
    producer: str = ""
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One page of a comparison: its view image, the resolution of that, and how the page is skewed, in degrees."""

    path: str
    dpi: int
    skew: float


def to_json(result: ScanResult) -> dict[str, Any]:
    """Return the result as JSON-able values."""
    return dataclasses.asdict(result)


def from_json(values: Mapping[str, Any]) -> ScanResult:
    """Rebuild a result, checking the shape of every field.

    Raises:
        ValueError: when a value is missing, unknown or of the wrong kind, or an image name is not a bare file name.
    """
    try:
        pages = tuple(_page(page) for page in values["pages"])
        result = ScanResult(**{**values, "pages": pages})
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        raise ValueError(f"not a scan result: {error}") from error
    _refuse_wrong_types(result)
    return result


def _page(values: Mapping[str, Any]) -> PageScan:
    words = tuple(word_of(word) for word in values["words"])
    look = look_from(values["look"]) if values["look"] is not None else None
    codes = tuple(str(code) for code in values["codes"])
    page = PageScan(**{**values, "words": words, "codes": codes, "look": look})
    for name in (page.view, page.thumb):
        if not name or "/" in name or "\\" in name or name.startswith("."):
            raise ValueError(f"not a file name: {name!r}")
    _refuse_wrong_types(page)
    return page


def word_of(values: Sequence[Any]) -> Word:
    """Rebuild a word from its JSON list. Raises ValueError or IndexError when it is none."""
    x0, y0, x1, y1 = (int(value) for value in values[:4])
    return Word(x0, y0, x1, y1, str(values[4]), int(values[5]))


_SCALARS = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "int | None": (int, type(None)),
    "str | None": (str, type(None)),
}


def _refuse_wrong_types(value: PageScan | ScanResult) -> None:
    for field in dataclasses.fields(value):
        wanted = _SCALARS.get(str(field.type))
        if wanted and not isinstance(getattr(value, field.name), wanted):
            raise ValueError(f"{field.name}: {getattr(value, field.name)!r} is not {field.type}")
