"""By what spellings a name or a place of the register is found, and what of them a query asks for.

Keys are texts compared as a whole or by their beginning, so that no look-up reads more of the table than it answers with: every
end of a name (a part of it is the beginning of an end), the name with each character left open in turn (two names differ in one
character if they share such a form), its pinyin and its initials in every reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from models.hanzi import simplified
from plugins.search.domain.folding import SEPARATOR, fold
from plugins.search.domain.readings import name_readings, untoned

NAME, PLACE, LOCATION = "name", "place", "location"
"""Sorts of terms: names of holders, 小地名, 坐落."""

PART, OPEN, INITIALS, PINYIN = "part", "open", "initials", "pinyin"
"""Kinds of keys of a name; a place has its ends, under its own sort."""

FEWEST, MOST = 2, 30
"""How many characters a query by name has."""

SPELT_UP_TO = 12
"""Up to this length one wrong, missing or surplus character is looked for, and same sound."""

MAX_DIGITS = 3
"""More digits than these make a number, and those are looked up elsewhere."""


class Why(IntEnum):
    """How a certificate or a parcel was found; smaller is surer, and is shown first."""

    NAME = 1
    PART = 2
    SOUND = 3
    ONE_CHARACTER = 4
    ONE_MISSING = 5
    ONE_SURPLUS = 6
    INITIALS = 7
    PINYIN = 8
    PLACE = 9
    LOCATION = 10
    VILLAGE = 11
    ONE_OF_TWO = 12


_DOTS = str.maketrans("", "", "·•・‧∙⋅●.．。﹒᛫')(（）' ")
_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NAME_TEXT = re.compile(rf"[{_HAN}a-z0-9][{_HAN}a-z0-9\-]*")
_ANY_HAN = re.compile(rf"[{_HAN}]")
_LETTERS = re.compile(r"[a-z]+")
_NYU = re.compile(r"(?<![a-z])nyu")
"""Only where a syllable surely begins: in jianyue the n ends one."""
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def fold_name(text: str) -> str:
    """Return the form in which two spellings of a name are equal: half width, simplified script, without dots and brackets."""
    return simplified(fold(unicodedata.normalize("NFKC", text)).translate(_DOTS))


def term_keys(sort: str, text: str) -> set[tuple[str, str]]:
    """Return kind and key of every spelling under which a folded text is found."""
    if sort != NAME:
        return {(sort, end) for end in _ends(text)}
    keys = {(PART, end) for end in _ends(text)}
    keys |= {(OPEN, form) for form in open_forms(text)}
    for syllables in name_readings(text):
        keys.add((PINYIN, sound_key(syllables)))
        keys.add((INITIALS, "".join(syllable[0] for syllable in syllables)[:MOST]))
    return keys


def _ends(text: str) -> Iterator[str]:
    return (text[start : start + MOST] for start in range(len(text) - FEWEST + 1))


def open_forms(text: str) -> list[str]:
    """Return the name with each of its characters left open in turn; none for one too long for that."""
    if len(text) > SPELT_UP_TO:
        return []
    return [f"{text[:place]}{SEPARATOR}{text[place + 1 :]}" for place in range(len(text))]


def missing_forms(text: str) -> list[str]:
    """Return the open forms that names with one character more have."""
    if len(text) >= SPELT_UP_TO:
        return []
    return [f"{text[:place]}{SEPARATOR}{text[place:]}" for place in range(len(text) + 1)]


def surplus_forms(text: str) -> set[str]:
    """Return the names with one character less."""
    if not FEWEST < len(text) <= SPELT_UP_TO:
        return set()
    return {text[:place] + text[place + 1 :] for place in range(len(text))}


def sound_key(syllables: tuple[str, ...]) -> str:
    """Return the key of one reading: its pinyin, and behind a blank how long each syllable is (方安 and 范敢 are no homophones).

    Of a name too long to be compared by sound only the pinyin, as far as a query can be.
    """
    pinyin = "".join(syllables)
    if len(syllables) > SPELT_UP_TO:
        return pinyin[:MOST]
    return f"{pinyin} {''.join(str(len(syllable)) for syllable in syllables)}"


@dataclass(frozen=True, slots=True)
class NameQuery:
    """A query by name or place: ``text`` folded, and whether it can be pinyin."""

    text: str
    is_pinyin: bool = False

    @property
    def sounds(self) -> list[str]:
        """The keys of names that sound the same."""
        return [] if len(self.text) > SPELT_UP_TO else [sound_key(one) for one in name_readings(self.text)]


def read_name_query(text: str) -> NameQuery | None:
    """Return what a query asks for by name; None when it is no name: a number, a field, several words."""
    level = unicodedata.normalize("NFKC", text).strip()
    words = level.split()
    if not words or _OPERATORS & set(words):
        return None
    if letters := _letters(level):
        return NameQuery(letters, is_pinyin=True)
    if len(words) > 1 and any(len(word) > 1 for word in words):
        return None  # several words are several questions; 王 明 is a name written wide
    folded = fold_name(level)
    if not _NAME_TEXT.fullmatch(folded) or not _ANY_HAN.search(folded):
        return None
    digits = sum(map(str.isdigit, folded))
    return NameQuery(folded) if FEWEST <= len(folded) <= MOST and digits <= MAX_DIGITS else None


def _letters(text: str) -> str:
    """Return the letters of a text in pinyin: small, without tones, blanks and apostrophes, ü as v; nothing if it is none."""
    level = _NYU.sub("nv", untoned(text.lower()).replace("’", "'"))
    plain = "".join(level.translate(_DOTS).split())
    if not _LETTERS.fullmatch(plain) or not FEWEST <= len(plain) <= MOST:
        return ""
    return plain.replace("lyu", "lv")
