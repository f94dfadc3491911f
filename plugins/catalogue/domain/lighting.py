"""Which pages hold a word that is lit in the viewer: compared as the viewer does, without spaces, signs, width and case."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_LEFT_OUT = ("P", "S", "Z", "C")
"""Punctuation, signs, blanks and control characters, by the first letter of their Unicode category."""


def bare(text: str) -> str:
    """Return the text as it is compared."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in folded if not unicodedata.category(char).startswith(_LEFT_OUT))


def lit_places(texts: Iterable[str], marks: Sequence[str]) -> tuple[int, ...]:
    """Return the places, counted from 0, of the texts in which at least one of the marks is lit."""
    wanted = [mark for mark in map(bare, marks) if mark]
    if not wanted:
        return ()
    return tuple(place for place, text in enumerate(map(bare, texts)) if any(mark in text for mark in wanted))
