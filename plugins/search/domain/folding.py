"""Folding: the form in which two spellings of the same text are equal for searching.

Every character becomes exactly one character or none. Full width becomes half width, capitals small letters, all kinds
of brackets round ones. White space is dropped, because text recognition puts it between Chinese characters and at line
ends in the middle of names; so are invisible and control characters.
"""

from __future__ import annotations

import unicodedata

SEPARATOR = "\x1f"
"""Stands between the parts of a folded text made of several; folding drops it, so no query can reach across."""

_OPENING = "[{<〔［【「『〈《﹝｛"
_CLOSING = "]}>〕］】」』〉》﹞｝"
_LAST_BMP = 0x10000
_REPLACEMENT = "\ufffd"


def _fold_table() -> dict[int, str | None]:
    """Build the translation once: only characters that change are in it."""
    table: dict[int, str | None] = {}
    for code in range(_LAST_BMP):
        char = chr(code)
        category = unicodedata.category(char)
        if char.isspace() or category in ("Cc", "Cf"):
            table[code] = None
        elif category == "Cs":
            table[code] = _REPLACEMENT  # half a character; alone it is no text
    table.update({code + 0xFEE0: chr(code).lower() for code in range(0x21, 0x7F)})
    table.update({ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
    table.update({ord(char): "(" for char in _OPENING})
    table.update({ord(char): ")" for char in _CLOSING})
    return table


_TABLE = _fold_table()


def fold(text: str) -> str:
    """Return the folded text."""
    return text.translate(_TABLE)


def fold_parts(*parts: str) -> str:
    """Fold several texts into one that no match can run across; empty ones leave no trace."""
    return SEPARATOR.join(folded for folded in map(fold, parts) if folded)


def fold_with_origin(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the offset it had in the original."""
    kept = [(folded, index) for index, char in enumerate(text) if (folded := char.translate(_TABLE))]
    return "".join(char for char, _ in kept), [index for _, index in kept]
