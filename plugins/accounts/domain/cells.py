"""Cells of a CSV file that a spreadsheet must not take for formulas."""

from __future__ import annotations

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """Return the text as a cell that stays text: one that could begin a formula gets an apostrophe in front.

    Full-width forms count too: some spreadsheets fold them before looking.
    """
    first = text.lstrip(" ")[:1]
    return f"'{text}" if first and first in (*_DANGEROUS, "\uff1d", "\uff0b", "\uff0d", "\uff20") else text
