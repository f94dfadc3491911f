"""A declared list of certificates (颁证清册) as an office hands it in: one certificate a line, with parcels and area if it has them.

Read whole; every fault is reported with its line, and a list with a fault is not taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from lindang.i18n import Text, lazy
from models.numbers import parse_cert_no
from plugins.register.domain.cells import cell_text, is_totals_row
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.header import level_heading
from plugins.register.domain.workbook import RawRow

PARCELS: Final = "parcels"
_COLUMNS: Final = ("cert_no", "holder_name", "village_code", "area_mu")
_PARCEL_HEADINGS: Final = ("宗地数", "宗数", "宗地总数", "地块数", "宗地")
_AREA: Final = re.compile(r"\d{1,10}(?:\.\d{1,4})?")
_SEARCHED_ROWS: Final = 20
_LONGEST: Final = 80

NO_HEADER, NO_NUMBER, BAD_NUMBER, TWICE, BAD_COUNT, BAD_AREA, BAD_PLACE, NO_LINES = (
    "no_header",
    "no_number",
    "bad_number",
    "twice",
    "bad_count",
    "bad_area",
    "bad_place",
    "no_lines",
)
WORDS: Final[Mapping[str, Text]] = {
    NO_HEADER: lazy("没有找到表头：须有“林权证号”一列"),
    NO_NUMBER: lazy("缺少林权证号"),
    BAD_NUMBER: lazy("林权证号“%(value)s”太长或没有数字"),
    TWICE: lazy("林权证号“%(value)s”在清册中出现两次"),
    BAD_COUNT: lazy("宗地数“%(value)s”不是整数"),
    BAD_AREA: lazy("面积“%(value)s”不是最多四位小数的数"),
    BAD_PLACE: lazy("村代码“%(value)s”不是本区划内的 12 位代码"),
    NO_LINES: lazy("清册中没有一行林权证"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLine:
    """One certificate of the list."""

    line_no: int
    cert_no: str
    holder_name: str = ""
    division_code: str = ""
    parcels: int | None = None
    area_mu: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DeclaredFault:
    """What is wrong in one line; line 0 is the whole list."""

    line_no: int
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """A list as read."""

    lines: tuple[DeclaredLine, ...]
    faults: tuple[DeclaredFault, ...]


def _spellings() -> dict[str, str]:
    known = {level_heading(word): PARCELS for word in _PARCEL_HEADINGS}
    for key in _COLUMNS:
        column = BY_KEY[key]
        for word in (str(column.header), *column.synonyms):
            known.setdefault(level_heading(word), key)
    return known


_KNOWN: Final = _spellings()


def read_declared(rows: Iterable[RawRow], division_code: str) -> Declared:
    """Read a list for a division; lines without a village belong to the division itself."""
    reader = _Reader(division_code)
    for row in rows:
        reader.take(row)
    return reader.result()


class _Reader:
    """Reads line by line and keeps every fault."""

    def __init__(self, division_code: str) -> None:
        self._division = division_code
        self._columns: dict[str, int] = {}
        self._lines: list[DeclaredLine] = []
        self._faults: list[DeclaredFault] = []
        self._seen: set[str] = set()

    def take(self, row: RawRow) -> None:
        if not self._columns:
            if row.no <= _SEARCHED_ROWS:
                self._columns = _header(row)
            return
        texts = {key: _text(row, number, key) for key, number in self._columns.items()}
        if is_totals_row(row) or not any(texts.values()):
            return
        self._faults.extend(DeclaredFault(row.no, reason, value) for reason, value in self._wrong(texts))
        if not self._faults:
            self._lines.append(self._line(row.no, texts))

    def _wrong(self, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        number = texts["cert_no"]
        if not number:
            yield NO_NUMBER, ""
        elif len(number) > _LONGEST or not any(char.isdecimal() for char in number):
            yield BAD_NUMBER, number[:_LONGEST]
        elif (key := _key(number)) in self._seen:
            yield TWICE, number
        else:
            self._seen.add(key)
        if (parcels := texts.get(PARCELS, "")) and not re.fullmatch(r"\d{1,6}", _plain(parcels)):
            yield BAD_COUNT, parcels
        if (area := texts.get("area_mu", "")) and not _AREA.fullmatch(_plain(area).removesuffix("亩")):
            yield BAD_AREA, area
        village = _plain(texts.get("village_code", ""))
        if village and not (re.fullmatch(r"\d{12}", village) and village.startswith(self._division)):
            yield BAD_PLACE, village

    def _line(self, line_no: int, texts: Mapping[str, str]) -> DeclaredLine:
        area = _plain(texts.get("area_mu", "")).removesuffix("亩")
        parcels = _plain(texts.get(PARCELS, ""))
        return DeclaredLine(
            line_no=line_no,
            cert_no=texts["cert_no"],
            holder_name=texts.get("holder_name", ""),
            division_code=_plain(texts.get("village_code", "")) or self._division,
            parcels=int(parcels) if parcels else None,
            area_mu=Decimal(area) if area else None,
        )

    def result(self) -> Declared:
        if not self._columns:
            return Declared((), (DeclaredFault(0, NO_HEADER),))
        if not self._lines and not self._faults:
            return Declared((), (DeclaredFault(0, NO_LINES),))
        return Declared(tuple(self._lines), tuple(self._faults))


def _header(row: RawRow) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, cell in enumerate(row.cells):
        key = _KNOWN.get(level_heading(cell)) if isinstance(cell, str) else None
        if key:
            found.setdefault(key, number)
    return found if "cert_no" in found else {}


def _text(row: RawRow, number: int, key: str) -> str:
    if number >= len(row.cells):
        return ""
    return cell_text(row.cells[number], key if key in BY_KEY else "tree_count")


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).replace(",", "").split())


def _key(number: str) -> str:
    parsed = parse_cert_no(number)
    return parsed.key if parsed else _plain(number)
