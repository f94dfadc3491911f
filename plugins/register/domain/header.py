"""Which column of a foreign sheet is which of ours: heading words levelled, the header row found, the columns mapped.

Offices put title rows above the header, order columns as they like, write 四至 over 东 南 西 北 in a second header row, and have
words of their own; what a county's own heading means is remembered once somebody said so.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plugins.register.domain.columns import COLUMNS, Column
from plugins.register.domain.workbook import RawCell, RawRow

IGNORED: Final = "-"
"""What a remembered heading means that a person said to leave out."""
SEARCHED_ROWS: Final = 20
_FEW: Final = 4
_MANY_TEXTS: Final = 8
_BRACKETED: Final = re.compile(r"\([^()]*\)")
_SIGNS: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_VILLAGE_CODE: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


@functools.lru_cache(maxsize=4096)
def level_heading(text: str) -> str:
    """Return a heading as it is compared: half width, small letters, nothing but letters, figures and Chinese."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())


def _without_brackets(text: str) -> str:
    return level_heading(_BRACKETED.sub("", unicodedata.normalize("NFKC", text)))


def _spellings() -> dict[str, str]:
    known: dict[str, str] = {}
    for column in COLUMNS:
        for words in (str(column.header), *column.synonyms, column.key):
            known.setdefault(level_heading(words), column.key)
    return known


_KNOWN: Final = _spellings()
MANDATORY: Final[tuple[Column, ...]] = tuple(column for column in COLUMNS if column.need == "R")


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet.

    Attributes:
        row: Number of its last row; data begin below.
        columns: Column key by column number from 1.
        strange: Headings nobody has explained, by column number.
        left_out: Headings that a person said to leave out, or that repeat another, by column number.
        village_code: The code in the cells above the header, or "".
    """

    row: int
    columns: Mapping[int, str]
    strange: Mapping[int, str]
    left_out: Mapping[int, str]
    village_code: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The mandatory columns that no heading stands for."""
        found = {*self.columns.values(), *(["village_code"] if self.village_code else [])}
        return tuple(column.key for column in MANDATORY if column.key not in found)


def meaning(heading: str, memory: Mapping[str, str]) -> str:
    """Return the column key that a heading stands for, :data:`IGNORED`, or "" when nobody knows."""
    levelled = level_heading(heading)
    return memory.get(levelled) or _KNOWN.get(levelled) or _KNOWN.get(_without_brackets(heading), "")


def find_header(
    rows: Sequence[RawRow], spans: Sequence[tuple[int, int, int]], memory: Mapping[str, str]
) -> Header | None:
    """Find the header among the first rows of a sheet.

    Of all rows, and pairs of rows with a heading over several others, the one with most known headings; where hardly any is
    known, the first row that looks like headings, so that a person can say what they mean.
    """
    best: tuple[int, Header] | None = None
    for index, row in enumerate(rows):
        for headings, last in _readings(row, rows[index + 1] if index + 1 < len(rows) else None, spans):
            header = _map(headings, last, memory)
            if len(header.columns) >= max(_FEW, best[0] + 1 if best else 0):
                best = (len(header.columns), header)
        if best and not set(best[1].missing) - {"village_code"}:
            break
    found = best[1] if best else _unknown_header(rows, memory)
    if found is None:
        return None
    return replace(found, village_code=_code_above([row for row in rows if row.no < found.row]))


def _unknown_header(rows: Sequence[RawRow], memory: Mapping[str, str]) -> Header | None:
    for row in rows:
        headings = _texts(row)
        if len(set(headings.values())) >= _MANY_TEXTS and len(headings) == sum(cell != "" for cell in row.cells):
            return _map(headings, row.no, memory)
    return None


def _readings(
    row: RawRow, below: RawRow | None, spans: Sequence[tuple[int, int, int]]
) -> list[tuple[dict[int, str], int]]:
    """Return the ways to read a header beginning in this row: by itself, and with the row below as its second half."""
    single = _texts(row)
    found = [(single, row.no)]
    across = [(first, last) for number, first, last in spans if number == row.no]
    if below is None or not across or below.no != row.no + 1:
        return found
    upper = dict(single)
    for first, last in across:
        upper.update(dict.fromkeys(range(first, last + 1), single.get(first, "")))
    lower = _texts(below)
    double = {}
    for column in sorted({*upper, *lower}):
        over, under = upper.get(column, ""), lower.get(column, "")
        double[column] = _joined(over, under)
    return [*found, (double, below.no)]


def _joined(over: str, under: str) -> str:
    """Return the heading of two levels: both words where that is known, else the lower, else the upper."""
    if not under or under == over:
        return over
    if level_heading(over + under) in _KNOWN or level_heading(under) not in _KNOWN:
        return over + under
    return under


def _texts(row: RawRow) -> dict[int, str]:
    return {
        number: cell.strip() for number, cell in enumerate(row.cells, 1) if isinstance(cell, str) and _is_heading(cell)
    }


def _is_heading(cell: str) -> bool:
    return bool(level_heading(cell)) and len(cell) <= 60 and not level_heading(cell).isdigit()


def _map(headings: Mapping[int, str], last_row: int, memory: Mapping[str, str]) -> Header:
    columns: dict[int, str] = {}
    strange: dict[int, str] = {}
    left_out: dict[int, str] = {}
    for number, heading in headings.items():
        key = meaning(heading, memory)
        if key == IGNORED or key in columns.values():
            left_out[number] = heading
        elif key:
            columns[number] = key
        else:
            strange[number] = heading
    return Header(last_row, columns, strange, left_out)


def _code_above(rows: Sequence[RawRow]) -> str:
    """Return the village code that stands in the rows above the header, if exactly one does."""
    found = {code for row in rows for cell in row.cells for code in _VILLAGE_CODE.findall(_digits(cell))}
    return found.pop() if len(found) == 1 else ""


def _digits(cell: RawCell) -> str:
    if isinstance(cell, str):
        return unicodedata.normalize("NFKC", cell)
    if isinstance(cell, float | int) and not isinstance(cell, bool) and float(cell).is_integer():
        return str(int(cell))
    return ""
