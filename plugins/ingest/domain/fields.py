"""Reading the fields that matter out of a page's text, and letting the pages of a file vote.

No number is believed on an engine's confidence alone: it must have the pattern, and the file's several mentions of it
decide together (a household file names its certificate three to five times, which mends most misreadings).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.numbers import Mention, find_cert_numbers

COVER_PREFIX: Final = "LD:"
_UNIT: Final = re.compile(r"(?<![0-9A-Z])\d{6} ?\d{6} ?[GJZ][A-Z]\d{5} ?[FLQW]\d{8}(?![0-9A-Z])")


def cert_mentions(text: str, words: Collection[str] = ()) -> list[Mention]:
    """Return the certificate numbers in a page's text, one per key, the least repaired reading of each."""
    best: dict[str, Mention] = {}
    for mention in find_cert_numbers(text, words=words):
        known = best.get(mention.cert_no.key)
        if known is None or (known.repaired and not mention.repaired):
            best[mention.cert_no.key] = mention
    return list(best.values())


def cover_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of our own cover sheets among what the bar-code reader saw, in order, each once."""
    return tuple(dict.fromkeys(code.strip() for code in codes if code.strip().startswith(COVER_PREFIX)))


def unit_numbers(text: str) -> tuple[str, ...]:
    """Return what may be real-estate unit numbers (28 characters, blanks between the groups allowed), each once."""
    found = _UNIT.findall(unicodedata.normalize("NFKC", text).upper())
    return tuple(dict.fromkeys("".join(number.split()) for number in found))


@dataclass(frozen=True, slots=True)
class NumberVote:
    """One mention as stored: its key, and whether it had to be repaired to be read."""

    key: str
    repaired: bool


def winner(pages: Iterable[Sequence[NumberVote]]) -> str | None:
    """Return the key that the pages of a file agree on, None while that is not sure.

    A clean reading weighs two, a repaired one one. Sure is a key that weighs twice as much as the next, and either four
    or the clean reading of the only number in the file.
    """
    weights: Counter[str] = Counter()
    clean: set[str] = set()
    for page in pages:
        for mention in page:
            weights[mention.key] += 1 if mention.repaired else 2
            clean |= set() if mention.repaired else {mention.key}
    if not weights:
        return None
    (key, weight), *others = weights.most_common()
    second = others[0][1] if others else 0
    is_sure = weight >= 2 * second and (weight >= 4 or (key in clean and not others))
    return key if is_sure else None
