"""Which lines of a quick reading are read again by the exact engine: unclear ones, and numbers with an unclear figure.

Measured on 78 drawn pages of two villages and three qualities: a seventh of the lines with a tenth of the characters. With 90
instead of 95 half as much is read again, but place names with a character that the small models do not know (垴) stay wrong.
"""

from __future__ import annotations

import re
from typing import Final

from lindang.ports import OcrLine

UNCLEAR_LINE, UNCLEAR_NUMBER = 95.0, 95.0
"""Confidence, 0..100, below which a line, or a run of it with a number, is read again."""
_NUMBER: Final = re.compile(r"\d{4}|[A-Z]\d{3}")


def is_doubtful(line: OcrLine) -> bool:
    """Tell whether a line is to be read again."""
    if line.confidence < UNCLEAR_LINE:
        return True
    return any(word.confidence < UNCLEAR_NUMBER and _NUMBER.search(word.text) for word in line.words)


def clearer(quick: OcrLine, exact: OcrLine) -> OcrLine:
    """Return the exact reading of a line, unless it is empty or less clear than the quick one."""
    return exact if exact.text.strip() and exact.confidence >= quick.confidence else quick
