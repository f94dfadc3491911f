"""Division codes as numbers in which "lies inside" is a shift.

Every digit of a code takes four bits and is kept one higher, so that a missing digit (0) differs from a zero (1); a
twelve-digit village code fills 48 bits. A shorter code is a prefix of the numbers of all places inside it.
"""

from __future__ import annotations

DIGITS = 12
COUNTY, TOWN, VILLAGE = 6, 9, 12
LEVELS = {"county": COUNTY, "town": TOWN, "village": VILLAGE}


def place_number(code: str) -> int:
    """Return the number of a division code of up to twelve digits; anything after them, or no digit, is left out."""
    number = 0
    for char in code[:DIGITS].ljust(DIGITS):
        number = number << 4 | (int(char) + 1 if char.isascii() and char.isdigit() else 0)
    return number


def place_code(number: int) -> str:
    """Return the division code of a number made by `place_number`."""
    nibbles = [number >> 4 * shift & 0xF for shift in reversed(range(DIGITS))]
    return "".join(str(nibble - 1) for nibble in nibbles if nibble)


def shift_of(prefix: str) -> int:
    """Return how many bits below a prefix do not matter for lying inside it."""
    return 4 * (DIGITS - min(len(prefix), DIGITS))
