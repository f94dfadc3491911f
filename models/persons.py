"""Numbers of persons and organisations: check digits, the old form, masking, and finding them and phones in running text.

Pure functions. The place of birth inside an ID number is never tested against today's divisions: numbers are assigned
by the division of their day, and divisions come and go.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from operator import mul

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(3**place % 31 for place in range(17))
_EARLIEST_BIRTH = dt.date(1850, 1, 1)


def _level(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


# --- resident identity numbers ----------------------------------------------------------------------------------


def resident_id_check(first17: str) -> str:
    """Return the check character of a resident identity number.

    Source: GB 11643, weights and check table.
    """
    if len(first17) != len(_ID_WEIGHTS):
        raise ValueError(f"17 digits wanted, not {len(first17)}")
    return _ID_CHECKS[sum(map(mul, _ID_WEIGHTS, map(int, first17))) % 11]


def resident_id_birth(number: str) -> dt.date | None:
    """Return the birth date inside an 18-character number, None where no such day exists."""
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_resident_id(text: str, *, today: dt.date | None = None) -> bool:
    """Tell whether the text is an 18-character resident identity number that can exist.

    The check character must hold and the birth date must be a day before `today` (the current day if left out).

    Source: GB 11643.
    """
    number = _level(text)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or number[17] != resident_id_check(number[:17]):
        return False
    birth = resident_id_birth(number)
    return birth is not None and _EARLIEST_BIRTH <= birth < (today or dt.datetime.now(tz=dt.UTC).date())


def upgrade_resident_id(text: str) -> str | None:
    """Return the 18-character form of an old 15-digit number; None if it is no such number.

    Source: GB 11643 (century 19 after the sixth digit, check character appended).
    """
    number = _level(text)
    if not re.fullmatch(r"[0-9]{15}", number):
        return None
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + resident_id_check(first17) if resident_id_birth(first17) else None


# --- organisations ----------------------------------------------------------------------------------------------


def uscc_check(first17: str) -> str:
    """Return the check character of a unified social credit code.

    Source: GB 32100, weights 3^i mod 31.
    """
    total = sum(weight * _USCC_ALPHABET.index(char) for weight, char in zip(_USCC_WEIGHTS, first17, strict=True))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def is_uscc(text: str) -> bool:
    """Tell whether the text is a unified social credit code with a correct check character.

    Source: GB 32100.
    """
    code = _level(text)
    return bool(re.fullmatch(rf"[{_USCC_ALPHABET}]{{18}}", code)) and code[17] == uscc_check(code[:17])


# --- masking ----------------------------------------------------------------------------------------------------


def mask_id(number: str) -> str:
    """Return the number with its first six and last four characters shown; a short one is hidden altogether."""
    plain = _level(number)
    if len(plain) <= 10:
        return "*" * len(plain)
    return plain[:6] + "*" * (len(plain) - 10) + plain[-4:]


@dataclass(frozen=True, slots=True)
class IdSpan:
    """An identity number in running text: `number` as read, `start` and `end` its place in the text."""

    number: str
    start: int
    end: int


_LOOKALIKE = str.maketrans("OoQD〇零IlL|ZzSsBGx×✕", "0000001111225586XXX")
_SKIPPED = frozenset("-–—·.,，、_'\"\u200b\u200c\u200d\ufeff")
_JOINED = _LOOKALIKE | dict.fromkeys(map(ord, _SKIPPED))
_WINDOW = re.compile(r"(?=([1-9][0-9]{16}[0-9X]))")
_LABELLED_15 = re.compile(r"身份证.{0,8}?(?<![0-9])([1-9][0-9]{14})(?![0-9X])")
_MAX_REPAIRS = 3
_BIRTHS_UNTIL = dt.date(2100, 1, 1)


def find_id_numbers(text: str) -> list[IdSpan]:
    """Find the resident identity numbers in running text, in order and without overlap.

    Blanks, line breaks, dashes and full width inside a number are tolerated, and up to three look-alike letters. An
    18-character number counts only with a correct check character; an old 15-digit one, which has none, only behind
    the label 身份证.
    """
    result: list[IdSpan] = []
    for span in _candidates(text):
        if not result or span.start >= result[-1].end:
            result.append(span)
    return result


def _candidates(text: str) -> list[IdSpan]:
    """Return every stretch that reads as an identity number, overlapping ones included."""
    if not _may_hold_one(text):
        return []
    chars, repaired, origin = _digit_stream(text)
    windows = [match.span(1) for match in _WINDOW.finditer(chars)]
    spans = [
        (start, end)
        for start, end in windows
        if sum(repaired[start:end]) <= _MAX_REPAIRS and is_resident_id(chars[start:end], today=_BIRTHS_UNTIL)
    ]
    spans += [match.span(1) for match in _LABELLED_15.finditer(chars) if upgrade_resident_id(match[1])]
    return [IdSpan(chars[start:end], origin[start], origin[end - 1] + 1) for start, end in sorted(spans)]


def _may_hold_one(text: str) -> bool:
    """Say quickly whether a closer look is worth it: everything that `_digit_stream` joins to a number is joined here too."""
    joined = "".join(unicodedata.normalize("NFKD", text).split()).translate(_JOINED)
    return _WINDOW.search(joined) is not None or _LABELLED_15.search(joined) is not None


def _digit_stream(text: str) -> tuple[str, list[bool], list[int]]:
    """Return the text without gaps and with look-alikes as digits; which were exchanged; where each came from."""
    chars: list[str] = []
    repaired: list[bool] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        for plain in "" if _is_gap(char) else unicodedata.normalize("NFKC", char):
            folded = plain.translate(_LOOKALIKE)
            chars.append(folded)
            repaired.append(folded not in (plain, "X"))
            origin.append(index)
    return "".join(chars), repaired, origin


def _is_gap(char: str) -> bool:
    return char.isspace() or char in _SKIPPED


def mask_ids_in(text: str) -> str:
    """Return the text with every identity number masked; all other characters, and all offsets, stay as they are."""
    chars = list(text)
    for span in _candidates(text):
        places = [index for index in range(span.start, span.end) if not _is_gap(text[index])]
        for index in places[6:-4]:
            chars[index] = "*"
    return "".join(chars)


FEWEST_DIGITS = 12
"""A keyed text with fewer holds no identity number, even one with three look-alikes in it."""


def mask_keyed_ids(text: str) -> str:
    """Return a keyed text with the identity numbers in it masked; a text with few digits is not looked through."""
    return mask_ids_in(text) if sum(map(str.isdigit, text)) >= FEWEST_DIGITS else text


# --- phones -----------------------------------------------------------------------------------------------------

_PHONE_DIGITS = 11
_HALF_WIDTH = str.maketrans("０１２３４５６７８９－\u3000", "0123456789- ")
_PHONE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?![0-9A-Za-z])")


def mask_phones_in(text: str) -> str:
    """Return the text with the middle four digits of every mobile phone number masked; all offsets stay as they are.

    Eleven digits from 13 to 19 on, alone or grouped 3-4-4; a longer figure and one with a letter at its side is no phone number.
    """
    if sum(map(str.isdigit, text)) < _PHONE_DIGITS:
        return text
    chars = list(text)
    for found in _PHONE.finditer(text.translate(_HALF_WIDTH)):
        places = [index for index in range(*found.span()) if text[index].isdigit()]
        for index in places[3:7]:
            chars[index] = "*"
    return "".join(chars)


def mask_personal_in(text: str) -> str:
    """Return running words with identity numbers and mobile phone numbers masked, for exports and the journal."""
    return mask_phones_in(mask_ids_in(text)) if sum(map(str.isdigit, text)) >= _PHONE_DIGITS else text
