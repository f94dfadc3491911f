"""Reading the numbers that matter off a page, each with its confidence and place, and letting the pages of a file vote.

No number is believed on an engine's confidence alone: it must have the pattern, and the file's several mentions of it
decide together (a household file names its certificate three to five times, which mends most misreadings). Where a file
names it once only, another witness is asked: see ``service.links``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from models.hanzi import simplified
from models.numbers import Mention, find_cert_numbers, normalise_number, skeleton
from plugins.ingest.domain.scan import Word
from plugins.ingest.domain.sheet import Box, surrounding
from plugins.ingest.domain.text import Opinion

CERT_NO, CERT_SERIAL, APPLICATION_NO = "cert_no", "cert_serial", "application_no"
"""Kinds of numbers, as the table of identifiers calls them."""
COVER_PREFIX: Final = "LD:"
SURE_FROM: Final = 90
"""Confidence, 0..100, from which a mention counts as clearly read, unless the settings say otherwise."""
AGREED, CONTRADICTED = 97, 40
"""Confidence, 0..100, of a number that a second engine agrees to, or reads otherwise."""
NOWHERE: Final[Box] = (0, 0, 0, 0)
_UNIT: Final = re.compile(r"(?<![0-9A-Z])\d{6} ?\d{6} ?[GJZ][A-Z]\d{5} ?[FLQW]\d{8}(?![0-9A-Z])")
_SIGN: Final = r"[\s:：]*"
_DIGIT: Final = "0-9OoQDIlZSBGq|"
_SERIAL: Final = re.compile(
    rf"(?:(?<=林权证)编{_SIGN}号{_SIGN}|(?<![表证同案])编{_SIGN}号{_SIGN}(?=[A-Z])|印刷序?列?号{_SIGN})([A-Z8]?[{_DIGIT}]{{7,14}})(?![0-9A-Za-z])"
)
_APPLICATION: Final = re.compile(rf"申请表编号{_SIGN}([0-9A-Z]{{12,30}})(?![0-9A-Za-z])")


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


# --- numbers with their places ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PageNumber:
    """A number found on a page.

    Attributes:
        kind: ``cert_no``, ``cert_serial`` or ``application_no``.
        raw: As it stands in the text.
        norm: Its levelled spelling, look-alikes repaired.
        key: By which two mentions are the same number.
        confidence: Of its least clear part, 0..100.
        box: 0..10000 of the page's image.
        repaired: Whether look-alike characters had to be exchanged.
    """

    kind: str
    raw: str
    norm: str
    key: str
    confidence: int
    box: Box
    repaired: bool


class Places:
    """Finds where a stretch of a page's text stands, and how clearly it was read: the words in order are the text."""

    def __init__(self, text: str, words: Sequence[Word]) -> None:
        self._words = [word for word in words if word.text.strip()]
        self._ends = list(accumulate(len("".join(word.text.split())) for word in self._words))
        self._before = list(accumulate((not char.isspace() for char in text), initial=0))
        self._fits = bool(self._ends) and self._ends[-1] == self._before[-1]

    def at(self, start: int, end: int) -> tuple[Box, int]:
        """Return the box of ``text[start:end]`` and the lowest confidence of its letters and figures (signs do not count);
        without words nowhere, and certain.
        """
        if not self._fits:
            return NOWHERE, 0 if self._words else 100
        first, last = self._before[start], self._before[end] - 1
        touched = range(bisect_right(self._ends, first), bisect_right(self._ends, last) + 1)
        boxes = [self._part(index, first, last) for index in touched]
        spoken = [index for index in touched if any(map(str.isalnum, self._words[index].text))]
        return surrounding(boxes), min(self._words[index].confidence for index in spoken or touched)

    def _part(self, index: int, first: int, last: int) -> Box:
        """Return the part of a word's box that holds the wanted characters: within a word all are equally wide."""
        word, begin = self._words[index], self._ends[index - 1] if index else 0
        letters = max(1, self._ends[index] - begin)
        left, right = max(first - begin, 0), min(last - begin + 1, letters)
        across = (word.x1 - word.x0, word.y1 - word.y0)
        if across[0] >= across[1]:
            return word.x0 + across[0] * left // letters, word.y0, word.x0 + across[0] * right // letters, word.y1
        return word.x0, word.y0, word.x1, word.y1


def find_numbers(text: str, words: Sequence[Word], cert_words: Collection[str] = ()) -> tuple[PageNumber, ...]:
    """Return the certificate, serial and application numbers on a page, each key once, the clearest mention of it."""
    places = Places(text, words)
    best: dict[tuple[str, str], PageNumber] = {}
    for number in _all_numbers(text, places, cert_words):
        known = best.get((number.kind, number.key))
        if known is None or (not number.repaired, number.confidence) > (not known.repaired, known.confidence):
            best[number.kind, number.key] = number
    return tuple(best.values())


def _all_numbers(text: str, places: Places, cert_words: Collection[str]) -> Iterator[PageNumber]:
    for mention in find_cert_numbers(text, words=cert_words):
        box, sure = places.at(mention.start, mention.end)
        cert = mention.cert_no
        yield PageNumber(CERT_NO, mention.raw, cert.norm, cert.key, sure, box, mention.repaired)
    for found in _SERIAL.finditer(text):
        box, sure = places.at(*found.span(1))
        raw, head = found[1], found[1][:1] if found[1][0].isalpha() else ""
        norm = head + skeleton(raw[len(head) :])
        yield PageNumber(CERT_SERIAL, raw, norm, skeleton(raw), sure, box, norm != raw or not head)
    for found in _APPLICATION.finditer(text):
        box, sure = places.at(*found.span(1))
        norm = normalise_number(found[1])
        yield PageNumber(APPLICATION_NO, found[1], norm, skeleton(norm), sure, box, repaired=False)


_LONG: Final = 6
"""Figures from which a number is known inside a longer run; a shorter one may stand there by chance."""


def agrees(norm: str, text: str) -> bool | None:
    """Tell whether another reading of the same place holds the same digits; None where it holds something else.

    A reading with as many digits that are others contradicts; one with more or fewer has not seen the number whole.
    """
    wanted, there = _digits(norm), _digits(text)
    if wanted == there or (len(wanted) >= _LONG and wanted in there):
        return True
    return False if len(wanted) == len(there) else None


def _digits(text: str) -> str:
    return "".join(char for char in skeleton(text) if char.isascii() and char.isdigit())


def with_opinion(number: PageNumber, opinions: Iterable[Opinion]) -> PageNumber:
    """Return the number as sure as a second engine makes it: what it agrees to is clear, what it contradicts never is."""
    for opinion in opinions:
        if opinion.key == number.key:
            sure = max(number.confidence, AGREED) if opinion.agrees else min(number.confidence, CONTRADICTED)
            return replace(number, confidence=sure)
    return number


# --- the vote ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NumberVote:
    """One mention as stored: its key, whether it had to be repaired to be read, and its confidence 0..100."""

    key: str
    repaired: bool
    confidence: int = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the pages of a file agree on; ``is_voted`` when more than one page says so clearly."""

    key: str
    is_voted: bool


def verdict(pages: Iterable[Sequence[NumberVote]], sure_from: int = SURE_FROM) -> Verdict | None:
    """Return the number that the pages of a file agree on, None while that is not sure.

    A clean and clear reading weighs two, a repaired or doubtful one one. Sure is a key that weighs twice as much as the
    next, and either four or the clear reading of the only number in the file.
    """
    weights: Counter[str] = Counter()
    clear: set[str] = set()
    for page in pages:
        for mention in page:
            is_clear = not mention.repaired and mention.confidence >= sure_from
            weights[mention.key] += 2 if is_clear else 1
            clear |= {mention.key} if is_clear else set()
    if not weights:
        return None
    (key, weight), *others = weights.most_common()
    second = others[0][1] if others else 0
    is_sure = weight >= 2 * second and (weight >= 4 or (key in clear and not others))
    return Verdict(key, is_voted=weight >= 4) if is_sure else None


def names_someone(texts: Iterable[str], names: Collection[str]) -> bool:
    """Tell whether texts name one of the people; a name of one character is no witness."""
    wanted = {simplified("".join(name.split())) for name in names}
    wanted = {name for name in wanted if len(name) > 1}
    return any(name in simplified("".join(text.split())) for text in texts for name in wanted)
