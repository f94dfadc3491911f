"""Which pages hold a word that is lit in the viewer: compared as the viewer does, without spaces, signs, width and case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.values import bare


def lit_places(texts: Iterable[str], marks: Sequence[str]) -> tuple[int, ...]:
    """Return the places, counted from 0, of the texts in which at least one of the marks is lit."""
    wanted = [mark for mark in map(bare, marks) if mark]
    if not wanted:
        return ()
    return tuple(place for place, text in enumerate(map(bare, texts)) if any(mark in text for mark in wanted))
