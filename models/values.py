"""Reading single values from a clerk's keyboard or an office's table: areas, dates, numbers, terms. Full width, blanks
and Chinese numerals are understood; what cannot be read is refused with a `Reason`, never guessed. The written text
itself is kept elsewhere, unchanged.

Source: column rules of the register (domain reference, section 2.3), a proposal.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

EARLIEST: Final = dt.date(1949, 10, 1)
LARGEST_MU: Final = Decimal("9999999999.9999")
_LONG_TERM: Final = frozenset({"长期", "永久", "无固定期限"})
_BLANK: Final = frozenset({"", "/", "-", "—", "无", "空"})
_HAN_DIGITS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_DATE: Final = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_COMPACT: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_AREA: Final = re.compile(r"^\d{1,10}(?:\.\d{1,4})?$")


class Reason(enum.Enum):
    """Why a value was refused."""

    REQUIRED = "required"
    AREA = "area"
    AREA_ZERO = "area_zero"
    DATE = "date"
    DATE_RANGE = "date_range"
    NUMBER = "number"
    TOO_LONG = "too_long"
    CODE = "code"
    CERT_NO = "cert_no"
    RESIDENT_ID = "resident_id"
    USCC = "uscc"
    TERM_ORDER = "term_order"
    UNPRINTED_HAS_SERIAL = "unprinted_has_serial"
    UNSEALED_HAS_DATE = "unsealed_has_date"


class BadValue(ValueError):
    """A value that cannot be read."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EndDate:
    """The end of a term: a day, or open (长期); an unknown end is neither."""

    day: dt.date | None = None
    is_open: bool = False


_WIDE: Final = str.maketrans({0xFF01 + i: 0x21 + i for i in range(94) if chr(0x21 + i).isalnum()})


def tidy(text: str) -> str:
    """Return a text without control characters and blanks at its ends, its letters and digits in half width.

    Punctuation stays as it is: （ and ， belong to Chinese text.
    """
    return "".join(char for char in text if char.isprintable() or char.isspace()).strip().translate(_WIDE)


def split_names(text: str) -> tuple[str, ...]:
    """Return names separated by any usual separator, in order and each once."""
    unified = level(text)
    for separator in ",;/|\n\t\u3001\uff0c\uff1b":
        unified = unified.replace(separator, "\u3001")
    return tuple(dict.fromkeys(name.strip() for name in unified.split("\u3001") if name.strip()))


def level(text: str) -> str:
    """Return the text in half width without blanks at its ends."""
    return unicodedata.normalize("NFKC", text).strip()


def is_blank(text: str) -> bool:
    """Say whether the text stands for "nothing": empty, a stroke, 无 or 空."""
    return level(text) in _BLANK


def is_long_term(text: str) -> bool:
    """Say whether a term has no end (长期)."""
    return level(text) in _LONG_TERM


def read_area(text: str) -> Decimal:
    """Read an area in 亩: more than zero, at most four decimals, never rounded.

    Raises:
        BadValue: REQUIRED, AREA or AREA_ZERO.
    """
    plain = re.sub(r"亩$|[\s,]", "", level(text).replace("。", "."))
    if not plain:
        raise BadValue(Reason.REQUIRED)
    if not _AREA.match(plain):
        raise BadValue(Reason.AREA)
    try:
        area = Decimal(plain)
    except InvalidOperation as error:  # pragma: no cover - the expression above admits only numbers
        raise BadValue(Reason.AREA) from error
    if not 0 < area <= LARGEST_MU:
        raise BadValue(Reason.AREA_ZERO)
    return area


def read_date(text: str, *, today: dt.date) -> dt.date | None:
    """Read a day of the past in any usual spelling; None for blank.

    Understood: 2010-05-06, 2010/5/6, 2010.5.6, 20100506, 2010年5月6日 and the same in Chinese numerals.

    Raises:
        BadValue: DATE if no such day exists, DATE_RANGE before 1949-10-01 or after `today`.
    """
    day = read_day(text)
    if day is not None and not EARLIEST <= day <= today:
        raise BadValue(Reason.DATE_RANGE)
    return day


def read_end_date(text: str) -> EndDate:
    """Read the end of a term, which may lie in the future or be open (长期).

    Raises:
        BadValue: DATE if no such day exists.
    """
    return EndDate(is_open=True) if is_long_term(text) else EndDate(read_day(text))


def read_day(text: str) -> dt.date | None:
    """Read a day in any usual spelling; None for blank. Raises BadValue (DATE) if no such day exists."""
    if is_blank(text):
        return None
    plain = re.sub(r"\s+", "", level(_han_date(text)))
    match = _DATE.match(plain) or _COMPACT.match(plain)
    if match is None:
        raise BadValue(Reason.DATE)
    try:
        return dt.date(*map(int, match.groups()))
    except ValueError as error:
        raise BadValue(Reason.DATE) from error


def _han_date(text: str) -> str:
    """Turn 二〇一〇年十一月二十三日 into 2010年11月23日; tens are written out, so they go before the digits."""
    tens = re.sub(r"([一二三]?)十([一二三四五六七八九]?)", lambda m: f"{m[1] or '一'}{m[2] or '〇'}", text)
    return tens.translate(_HAN_DIGITS)


def read_count(text: str, *, largest: int = 10**9) -> int | None:
    """Read a whole number from zero; None for blank or a stroke.

    Raises:
        BadValue: NUMBER.
    """
    if is_blank(text):
        return None
    plain = re.sub(r"[\s,]|株$|年$", "", level(text))
    if not re.fullmatch(r"\d{1,10}", plain) or int(plain) > largest:
        raise BadValue(Reason.NUMBER)
    return int(plain)


def read_text(text: str, *, longest: int, required: bool = False) -> str:
    """Return the text as written, but for blanks at its ends and control characters.

    Raises:
        BadValue: REQUIRED or TOO_LONG.
    """
    plain = "".join(char for char in text.strip() if char >= " " and char != "\x7f")
    if required and not plain:
        raise BadValue(Reason.REQUIRED)
    if len(plain) > longest:
        raise BadValue(Reason.TOO_LONG)
    return plain


_LEFT_OUT = ("P", "S", "Z", "C")
"""Punctuation, signs, blanks and control characters, by the first letter of their Unicode category."""


def bare(text: str) -> str:
    """Return a text as the viewer compares it with what is to be lit: without spaces, signs, width and case."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in folded if not unicodedata.category(char).startswith(_LEFT_OUT))
