"""The measured look of one page, as it travels from the parser to the table: plain figures without any image library."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PRINT_SIDE: Final = 16
PRINT_BITS: Final = PRINT_SIDE * PRINT_SIDE
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {"float": (float, int), "int": (int,), "bool": (bool,), "str": (str,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLook:
    """What was measured on a page.

    ``skew`` in degrees, positive clockwise; ``paper`` and ``contrast`` (paper less ink) in levels of brightness 0..255;
    ``blur`` is the width of an edge (standard deviation) in pixels of the view; ``border`` the widest black border in mm;
    ``cut`` how many strokes run out over the worst edge; ``is_tinted`` says that the ground is a colour; ``imprint`` is the
    fingerprint of the page in hexadecimal, empty for a blank one.
    """

    skew: float = 0.0
    paper: int = 255
    contrast: int = 0
    blur: float = 0.0
    border: float = 0.0
    cut: int = 0
    is_sideways: bool = False
    is_tinted: bool = False
    imprint: str = ""


def look_from(values: Mapping[str, Any]) -> PageLook:
    """Rebuild a look from its JSON. Raises ValueError when a value is unknown or of the wrong kind."""
    try:
        made = PageLook(**values)
    except TypeError as error:
        raise ValueError(f"not a look: {error}") from error
    for field in dataclasses.fields(made):
        value = getattr(made, field.name)
        if not isinstance(value, _KINDS[str(field.type)]) or (isinstance(value, bool) and field.type != "bool"):
            raise ValueError(f"{field.name}: {value!r} is not {field.type}")
    if made.imprint and len(bytes.fromhex(made.imprint)) * 8 != PRINT_BITS:
        raise ValueError("imprint: wrong length")
    return made


def likeness(one: str, other: str) -> float:
    """Return how alike two imprints are: 1 the same, 0.5 no likeness at all."""
    return 1.0 - (int(one, 16) ^ int(other, 16)).bit_count() / PRINT_BITS
