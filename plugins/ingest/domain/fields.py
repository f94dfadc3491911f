"""Reading the fields that matter out of a page's text, and letting the pages of a file vote.

No number is believed on an engine's confidence alone: it must have the pattern, and the file's several mentions of it
decide together (a household file names its certificate three to five times, which mends most misreadings).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.numbers import Mention, find_cert_numbers

COVER_PREFIX: Final = "LD:"


@dataclass(frozen=True, slots=True)
class Ballot:
    """The outcome of a vote over the mentions of a file: the winning key, how many named it, and how many did not.

    ``is_sure`` when at least two mentions agree and nothing comes close, or the only mention needed no repair.
    """

    key: str
    norm: str
    votes: int
    against: int
    is_sure: bool


def cert_mentions(text: str, words: Collection[str] = ()) -> list[Mention]:
    """Return the certificate numbers in a page's text, one per key, the least repaired reading of each."""
    best: dict[str, Mention] = {}
    for mention in find_cert_numbers(text, words=words):
        known = best.get(mention.cert_no.key)
        if known is None or (known.repaired and not mention.repaired):
            best[mention.cert_no.key] = mention
    return list(best.values())


def vote(pages: Iterable[Sequence[Mention]]) -> Ballot | None:
    """Let every page of a file name its certificate number; a reading that needed repair counts half.

    Returns:
        The winner, or None when no page names a number.
    """
    weights: Counter[str] = Counter()
    mentions: dict[str, list[Mention]] = {}
    for page in pages:
        for mention in page:
            weights[mention.cert_no.key] += 1 if mention.repaired else 2
            mentions.setdefault(mention.cert_no.key, []).append(mention)
    if not weights:
        return None
    (key, weight), *others = weights.most_common()
    second = others[0][1] if others else 0
    clean = any(not mention.repaired for mention in mentions[key])
    is_sure = weight >= 2 * second and (weight >= 4 or (clean and not others))
    against = sum(len(found) for other, found in mentions.items() if other != key)
    return Ballot(key, mentions[key][0].cert_no.norm, len(mentions[key]), against, is_sure)


def cover_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of our own cover sheets among what the bar-code reader saw, in order, each once."""
    return tuple(dict.fromkeys(code.strip() for code in codes if code.strip().startswith(COVER_PREFIX)))
