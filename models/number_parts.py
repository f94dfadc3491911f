"""The pieces of a number by which its middle is found: every run of six digits in it, as a whole number; shorter at its end."""

from __future__ import annotations

import re
from typing import Final

PART_DIGITS: Final = 6
"""Digits of a piece. A longer query is looked up by its last six and then compared."""

SHORTEST_QUERY: Final = 4

_RUN = re.compile(rf"[0-9]{{{SHORTEST_QUERY},}}")


def number_parts(norm: str) -> set[int]:
    """Return the pieces of a number in its normal form, filled up with zeros behind; a letter between digits parts them."""
    return {piece for run in _RUN.findall(norm) for piece in _pieces(run)}


def _pieces(digits: str) -> set[int]:
    starts = range(len(digits) - SHORTEST_QUERY + 1)
    return {int(digits[start : start + PART_DIGITS].ljust(PART_DIGITS, "0")) for start in starts}


def part_range(digits: str) -> tuple[int, int]:
    """Return the first and the last piece that a number with these digits in its middle can have.

    Args:
        digits: At least `SHORTEST_QUERY`.
    """
    piece = digits[-PART_DIGITS:]
    return int(piece.ljust(PART_DIGITS, "0")), int(piece.ljust(PART_DIGITS, "9"))


def serial_of(key: str) -> int | None:
    """Return the serial number at the end of a comparison key `word|year|number`; None where it is no plain number."""
    serial = key.rpartition("|")[2]
    return int(serial) if serial.isascii() and serial.isdigit() and len(serial) <= _MOST_SERIAL else None


_MOST_SERIAL = 18
"""More digits do not fit into 64 bits."""
