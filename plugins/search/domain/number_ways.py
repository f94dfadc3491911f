"""How a number may differ from what was typed and still be meant, and what of a number a query may leave open.

Near numbers are not measured but spelt out: every number that differs by one digit is looked up as a whole, so that nothing is read
that does not match and nothing that matches is missed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations
from typing import Any, Final

from models.numbers import CertReading, cert_query, normalise_number

NEAR_FROM: Final = 5
"""From so many digits a number with one of them wrong is looked for: of fewer, every neighbour exists."""

NEAR_UP_TO: Final = 40
"""Characters; more than these are no number of the field (28 in 不动产单元号)."""


class Match(IntEnum):
    """How a number matches what was typed; smaller is surer, and is shown first."""

    EXACT = 1
    FORMER = 2
    PREFIX = 3
    TAIL = 4
    LOOKALIKE = 5
    ONE_WRONG = 6
    ONE_MISSING = 7
    ONE_SURPLUS = 8
    SWAPPED = 9
    MIDDLE = 10
    PATTERN = 11
    RANGE = 12


NEAR: Final = frozenset(range(Match.LOOKALIKE, Match.SWAPPED + 1))
"""Ways that guess at a mistake."""


# --- near numbers -----------------------------------------------------------------------------------------------

_DIGITS: Final = "0123456789"
_ALIKE: Final = {"0": "8", "1": "7", "3": "8", "5": "6", "6": "5", "7": "1", "8": "03"}
"""Digits that recognition takes for each other."""


def near_numbers(number: str) -> dict[str, Match]:
    """Return every number that differs by one digit, and how: wrong, missing in what was typed, surplus there, or swapped.

    Two digits may be wrong where both look alike (1 and 7, 3 and 8). What is no digit stays as it is.
    """
    found: dict[str, Match] = {}
    for match, others in (
        (Match.LOOKALIKE, _alike(number)),
        (Match.ONE_WRONG, _replaced(number)),
        (Match.ONE_MISSING, _inserted(number)),
        (Match.ONE_SURPLUS, _dropped(number)),
        (Match.SWAPPED, _swapped(number)),
    ):
        for other in others:
            found.setdefault(other, match)
    found.pop(number, None)
    return found


def _places(number: str) -> list[int]:
    return [place for place, char in enumerate(number) if char in _DIGITS]


def _alike(number: str) -> Iterator[str]:
    alike = [(place, other) for place in _places(number) for other in _ALIKE.get(number[place], "")]
    for place, other in alike:
        yield number[:place] + other + number[place + 1 :]
    for (first, one), (second, two) in combinations(alike, 2):
        if first != second:
            yield number[:first] + one + number[first + 1 : second] + two + number[second + 1 :]


def _replaced(number: str) -> Iterator[str]:
    return (number[:place] + digit + number[place + 1 :] for place in _places(number) for digit in _DIGITS)


def _inserted(number: str) -> Iterator[str]:
    gaps = {gap for place in _places(number) for gap in (place, place + 1)}
    return (number[:gap] + digit + number[gap:] for gap in sorted(gaps) for digit in _DIGITS)


def _dropped(number: str) -> Iterator[str]:
    return (number[:place] + number[place + 1 :] for place in _places(number))


def _swapped(number: str) -> Iterator[str]:
    places = set(_places(number))
    for place in sorted(places):
        if place + 1 in places:
            yield number[:place] + number[place + 1] + number[place] + number[place + 2 :]


def near_serials(number: str) -> dict[int, Match]:
    """Return the serial numbers near to one as typed, as whole numbers: how many zeros lead one is not known."""
    near: dict[int, Match] = {}
    for other, match in near_numbers(number).items():
        if other:
            near[int(other)] = min(match, near.get(int(other), match))
    near.pop(int(number), None)
    return near


# --- queries ----------------------------------------------------------------------------------------------------

_FIELD = re.compile(r"(?:(?P<cert>证号|cert)|(?P<code>档号|code))[:：]\s*", re.IGNORECASE)
_OF_CERTIFICATES: Final = frozenset({"cert_no", "cert_serial", "title_cert_no"})
_OF_FILES: Final = frozenset({"archival_code"})
_QUOTES = frozenset('"“”「」＂')


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers from one to another, both included.

    Attributes:
        word: The county's word, None when any will do.
        year: Its year, None when any will do.
        serials: First and last serial number of a certificate; None where the ends are no such numbers.
        norms: First and last normal form, of equal length; None where they differ in length.
    """

    word: str | None
    year: int | None
    serials: tuple[int, int] | None
    norms: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class NumberQuery:
    """A query by number.

    Attributes:
        text: What stands behind the field name, as typed.
        norm: Its normal form; wildcards stay.
        kinds: Which kinds of numbers are meant; empty for all.
        span: The range asked for.
    """

    text: str
    norm: str
    kinds: frozenset[str] = frozenset()
    span: NumberRange | None = None

    @property
    def digits(self) -> str:
        """All digits, in order."""
        return "".join(char for char in self.norm if char in _DIGITS)

    @property
    def is_digits(self) -> bool:
        """Whether nothing but digits was typed, apart from what separates them."""
        return self.norm == self.digits

    @property
    def is_pattern(self) -> bool:
        """Whether digits were left open with ``?`` or ``*``."""
        return "?" in self.norm or "*" in self.norm

    @property
    def is_precise(self) -> bool:
        """Whether this is one number so far as its form tells, so that a near one may be meant."""
        return len(self.digits) >= NEAR_FROM and len(self.norm) <= NEAR_UP_TO and not _foreign(self.norm)


def read_number_query(text: str) -> NumberQuery | None:
    """Return what a query asks for by number; None for what stands in quotation marks or has no digits or signs of a number."""
    if _QUOTES & set(text):
        return None
    kinds, field = frozenset[str](), _FIELD.match(text.strip())
    if field:
        text = text.strip()[field.end() :]
        kinds = _OF_CERTIFICATES if field["cert"] else _OF_FILES
    span = _read_range(text, has_field=bool(field))
    return NumberQuery(text, normalise_number(text), kinds, span)


_WORDS_OF_NUMBERS = re.compile(
    r"^[\u4e00-\u9fa5]{0,8}?林?权?[证證]?字|[\u4e00-\u9fa5]{1,21}?不动产权|[\u4e00-\u9fa5]{1,3}(?=\d)"
)
_HAN = re.compile(r"[\u3400-\u9fff]")


def _foreign(norm: str) -> bool:
    """Tell whether there are Chinese characters that no number has."""
    return bool(_HAN.search(_WORDS_OF_NUMBERS.sub("", norm, count=1)))


# --- patterns ---------------------------------------------------------------------------------------------------

_LEAST_TAIL, _LEAST_RUN, _LEAST_HEAD = 3, 4, 5


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A number with digits left open: ``?`` is one character, ``*`` any. The least of `tail`, `run`, `head` is enough to look it up.

    Attributes:
        text: Normal form with the wildcards.
        is_digits: Whether only digits were given: then a number must end so, else the whole number must be so.
        tail: Digits behind the last wildcard.
        run: The longest run of digits.
        head: What stands before the first wildcard.
    """

    text: str
    is_digits: bool
    tail: str
    run: str
    head: str

    @property
    def way(self) -> str:
        """By what part the candidates are found: ``tail``, ``head``, ``run``, or empty when too little is given."""
        if len(self.tail) >= _LEAST_TAIL:
            return "tail"
        if not self.is_digits and len(_only_digits(self.head)) >= _LEAST_HEAD:
            return "head"
        if len(self.run) >= _LEAST_RUN:
            return "run"
        return ""


def read_pattern(query: NumberQuery) -> NumberPattern | None:
    """Return the pattern a query asks for; None where there is none, or other words stand in it."""
    norm = query.norm
    if not query.is_pattern or _foreign(norm.replace("?", "0").replace("*", "0")):
        return None
    runs = re.findall(r"[0-9]+", norm)
    return NumberPattern(
        text=norm,
        is_digits=not re.sub(r"[0-9?*]", "", norm),
        tail=found[0] if (found := re.search(r"[0-9]*$", norm)) else "",
        run=max(runs, key=len, default=""),
        head=re.split(r"[?*]", norm, maxsplit=1)[0],
    )


def like(text: str) -> str:
    """Return a text with wildcards as a LIKE pattern whose escape is the backslash."""
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return escaped.replace("?", "_").replace("*", "%")


def _only_digits(text: str) -> str:
    return "".join(char for char in text if char in _DIGITS)


# --- ranges -----------------------------------------------------------------------------------------------------

_SPAN = re.compile(r"^(?P<first>.+?)(?:\.\.|~|至|—)(?P<last>.+)$")
_HYPHEN = re.compile(r"^(?P<first>[^-]*\d)-(?P<last>\d+[号號]?)$")


def _read_range(text: str, *, has_field: bool) -> NumberRange | None:
    """Return the range between two numbers; a hyphen makes one only behind a field name, elsewhere it is part of a number."""
    level = "".join(unicodedata.normalize("NFKC", text).split())
    found = _SPAN.match(level) or (_between_hyphens(level) if has_field else None)
    if not found:
        return None
    first, last = normalise_number(found["first"]), normalise_number(found["last"])
    if not _only_digits(first) or not _only_digits(last):
        return None
    reading = _whole(found["first"])
    serials = _serials(reading, found["last"]) if reading else None
    norms = _norms(first, last)
    if not serials and not norms:
        return None
    return NumberRange(reading.word if reading else None, reading.year if reading else None, serials, norms)


def _between_hyphens(text: str) -> re.Match[str] | None:
    """Return the two ends around a hyphen when both are written alike: 证号:2010-123 is a year and a number."""
    found = _HYPHEN.match(text)
    if not found:
        return None
    first, last = (normalise_number(found[end]) for end in ("first", "last"))
    end = first[len(first.rstrip(_DIGITS)) :]
    return found if len(end) == len(last) and end <= last else None


def _whole(text: str) -> CertReading | None:
    """Return the likeliest number of a certificate that a text stands for."""
    typed = cert_query(text)
    readings = [one for one in (typed.readings if typed else ()) if _is_serial(one.number)]
    return readings[0] if readings else None


def _is_serial(number: str) -> bool:
    return number.isascii() and number.isdigit()


def _serials(first: CertReading, last: str) -> tuple[int, int] | None:
    """Return the serial numbers from one reading to another end, which may be written as a whole or by its last part."""
    other = _whole(last)
    is_alike = other is not None and other.year == first.year and other.word in (None, first.word)
    end = other.number if other is not None and is_alike else normalise_number(last)
    return _ordered(int(first.number), int(end)) if _is_serial(end) else None


def _norms(first: str, last: str) -> tuple[str, str] | None:
    """Return two normal forms of equal length; an end of which only the last digits are given is filled up from the first."""
    if len(last) < len(first) and _is_serial(last):
        last = first[: len(first) - len(last)] + last
    head, other = first.rstrip(_DIGITS), last.rstrip(_DIGITS)
    return _ordered(first, last) if len(first) == len(last) and head == other else None


def _ordered(first: Any, last: Any) -> tuple[Any, Any]:
    return (first, last) if first <= last else (last, first)
