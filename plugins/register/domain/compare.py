"""Comparing two keyings of one row, column by column: spellings that mean the same are the same, numbers are compared as
numbers and nothing near a number is good enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from models.numbers import normalise_number
from plugins.register.domain.columns import BY_KEY, Kind
from plugins.register.domain.keying import KEYED_BOOK, KEYED_PAGE, is_side

COMPARED: Final = tuple(key for key in (*KEYED_BOOK, *KEYED_PAGE) if key != "id_no")
"""What two people key apart from each other; numbers of identity papers are compared sealed, by their digest."""

Labels = Mapping[str, Mapping[str, str]]
"""List of codes → what may be written → code."""

_DAY: Final = re.compile(r"(\d{4})\D*?(\d{1,2})\D+(\d{1,2})\D*|(\d{4})(\d{2})(\d{2})")
_NOTHING: Final = frozenset({"", "/", "-", "无"})
_UNITS: Final = re.compile(r"(亩|株|年)$")


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that the two wrote differently, each as written."""

    field: str
    first: str
    second: str


def differences(first: Mapping[str, str], second: Mapping[str, str], labels: Labels) -> tuple[Difference, ...]:
    """Return the columns in which two keyings differ, in the order of the page."""
    pairs = ((key, first.get(key, ""), second.get(key, "")) for key in COMPARED)
    return tuple(Difference(key, a, b) for key, a, b in pairs if not same(key, a, b, labels))


def compared_count(first: Mapping[str, str], second: Mapping[str, str]) -> int:
    """Return how many columns at least one of the two filled: the fields that count as keyed."""
    return sum(1 for key in COMPARED if first.get(key) or second.get(key))


def same(key: str, first: str, second: str, labels: Labels) -> bool:
    """Say whether two texts of one column mean the same."""
    read = _reader(key, labels)
    return read(first) == read(second)


def _reader(key: str, labels: Labels) -> Callable[[str], object]:
    column = BY_KEY[key]
    if column.kind in _BY_KIND:
        return _BY_KIND[column.kind]
    if column.code_list:
        known = labels.get(column.code_list, {})
        return lambda text: known.get(level(text)) or known.get(text.strip()) or level(text)
    return _side if is_side(key) else level


def level(text: str) -> str:
    """Level width, blanks and the signs between words; Chinese characters stay as they are."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return re.sub(r"[,;、；。.:：]+", ",", plain).strip(",").upper() if not _is_figure(plain) else plain


def _is_figure(plain: str) -> bool:
    return bool(re.fullmatch(r"[\d.\-]+", plain))


def _side(text: str) -> str:
    """Beside the heading 东至 some write 至 once more."""
    return level(text).removeprefix("至")


def _number(text: str) -> object:
    plain = _UNITS.sub("", "".join(unicodedata.normalize("NFKC", text).split()).replace(",", ""))
    if plain in _NOTHING:
        return ""
    try:
        return Decimal(plain)
    except InvalidOperation:
        return plain


def _day(text: str) -> object:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = _DAY.fullmatch(plain)
    return tuple(int(part) for part in found.groups() if part) if found else level(text)


def _names(text: str) -> object:
    return tuple(name for name in re.split(r"[,，、;；/\s]+", unicodedata.normalize("NFKC", text)) if name)


_BY_KIND: Final[Mapping[Kind, Callable[[str], object]]] = {
    Kind.AREA: _number,
    Kind.COUNT: _number,
    Kind.YEAR: _number,
    Kind.DAY: _day,
    Kind.END_DAY: _day,
    Kind.NAMES: _names,
    Kind.CERT_NO: normalise_number,
}


def per_ten_thousand(faults: int, fields: int) -> Decimal:
    """Return the rate of faults in ten thousand fields, one decimal; 0 where nothing was keyed."""
    return (Decimal(faults * 10_000) / fields).quantize(Decimal("0.1")) if fields else Decimal(0)


def sample(parcel_ids: Iterable[int], percent: int, draw: Callable[[list[int], int], list[int]]) -> list[int]:
    """Return the rows to be keyed again: all of them, or a drawn share, at least one, in the order of the sheet."""
    rows = sorted(parcel_ids)
    if percent >= 100 or not rows:
        return rows
    return sorted(draw(rows, max(1, -(-len(rows) * percent // 100))))
