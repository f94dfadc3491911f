"""What comes first: one rule for every engine, in whole steps by what was found, then by how much of it there is.

The score of a document is a step for its kind, because a description (numbers, holders, title) says what a file is and a page
only what stands on it, plus `AS_WRITTEN` where the script is the one that was typed, plus at most `MOST` for each different word
found in it.
"""

from __future__ import annotations

from typing import Any, Final

from plugins.search.domain.documents import Kind

MOST: Final = 2.2
"""What a word that stands in a text very often adds to its score."""

STEPS: Final = {Kind.CERTIFICATE: 20_000.0, Kind.FILE: 20_000.0, Kind.ITEM: 10_000.0, Kind.PAGE: 0.0}
"""Steps between kinds: wider apart than all words of the longest query together."""

AS_WRITTEN: Final = 5_000.0
"""What a document gains that is spelled as the query was: half a step between kinds, more than all words together."""

_SATURATION: Final = 1.2
_BASE: Final = 0.3
_PER_CHARACTER: Final = 0.7 / 400
"""A text of 400 characters, about a page, is of middle length; the same number of words in a longer one counts less."""


def damping(length: Any) -> Any:
    """Return what holds down the occurrences in a text of this length (UTF-16 units); numbers or arrays of them."""
    return _SATURATION * (_BASE + _PER_CHARACTER * length)


def weight(count: Any, damped: Any) -> Any:
    """Return what so many occurrences add to the score; numbers or arrays of them."""
    return count * MOST / (count + damped)
