"""Chinese characters in two scripts: which characters of a text are traditional, and the text in simplified script, so that
two spellings of one name can be compared. Nothing written is ever replaced by it.

Source: OpenCC's table ``t2s``, single characters only (a name has no context).
"""

from __future__ import annotations

import functools

import opencc

_FIRST, _LAST = 0x3400, 0x9FFF


@functools.cache
def simplified_characters() -> dict[int, str]:
    """Return every traditional character with its simplified one, for `str.translate`."""
    convert = opencc.OpenCC("t2s").convert
    pairs = ((code, convert(chr(code))) for code in range(_FIRST, _LAST + 1))
    return {code: simple for code, simple in pairs if simple != chr(code)}


@functools.cache
def _traditional() -> frozenset[str]:
    return frozenset(map(chr, simplified_characters()))


def simplified(text: str) -> str:
    """Return the text in simplified script."""
    return text if text.isascii() else text.translate(simplified_characters())


def traditional_in(text: str) -> tuple[str, ...]:
    """Return the traditional characters of a text, each once, in the order of the text."""
    known = _traditional()
    if text.isascii() or known.isdisjoint(text):
        return ()
    return tuple(char for char in dict.fromkeys(text) if char in known)
