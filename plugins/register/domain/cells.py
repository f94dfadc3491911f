"""The texts of one row of a foreign sheet: raw cells become the cells of our columns, nothing is guessed.

Numbers stored as numbers are written out as the spreadsheet shows them; a number in a date column is the spreadsheet's day
count; 同上 and its ditto marks take the text above. What a spreadsheet has already spoilt, a long number rounded or a formula
that failed, is a fault, never repaired.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from plugins.register.domain.columns import BY_KEY, Kind
from plugins.register.domain.workbook import DATE, ERROR, RawCell, RawRow

ROUNDED, FAILED = "F05", "F06"
SAME_AS_ABOVE: Final = frozenset({"同上", "〃", "″", '"', "''", "“", "”", "同上行", "＂"})
_TOTALS: Final = frozenset({"合计", "小计", "总计", "共计", "总合计", "合计数"})
_EXACT: Final = 1e15
_DAY_ZERO: Final = dt.date(1899, 12, 30)
_DAYS: Final = range(15_000, 60_000)
_DAY_KINDS: Final = frozenset({Kind.DAY, Kind.END_DAY})
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?E\+1[4-9]", re.IGNORECASE)


@dataclass(slots=True)
class RowTexts:
    """One row read: texts by column key (empty ones left out), spoilt cells, and the columns that said 同上."""

    row_no: int
    cells: dict[str, str]
    spoilt: list[tuple[str, str, str]] = field(default_factory=list)
    same_as_above: list[str] = field(default_factory=list)


def row_texts(row: RawRow, columns: Mapping[int, str], above: Mapping[str, str]) -> RowTexts:
    """Read the cells of a row; ``above`` are the cells of the row before it."""
    found = RowTexts(row.no, {})
    cells, width = row.cells, len(row.cells)
    for number, key in columns.items():
        raw = cells[number - 1] if number <= width else ""
        if raw == "":
            continue
        text = cell_text(raw, key)
        if not text:
            continue
        if text in SAME_AS_ABOVE:
            found.same_as_above.append(key)
            text = above.get(key, "")
        elif code := _spoilt(raw, text):
            found.spoilt.append((key, code, text))
        if text:
            found.cells[key] = text
    return found


def cell_text(raw: RawCell, key: str) -> str:
    """Return the text of a raw cell in a column."""
    if isinstance(raw, str):
        return tidy_text(raw)
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, list):
        return raw[1] if raw[0] in {DATE, ERROR} else ""
    if BY_KEY[key].kind in _DAY_KINDS and float(raw).is_integer() and int(raw) in _DAYS:
        return (_DAY_ZERO + dt.timedelta(days=int(raw))).isoformat()
    return number_text(float(raw))


def number_text(value: float) -> str:
    """Return a number as a spreadsheet shows it: no trailing ``.0``, no exponent below 10^15."""
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if abs(value) >= _EXACT:
        return f"{value:.14E}"
    return format(Decimal(repr(round(value, 10))).normalize(), "f")


def tidy_text(text: str) -> str:
    """Return a text without blanks at its ends; control characters that no cell can mean become blanks."""
    if text.isprintable():
        return text.strip()
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text).strip()


def _spoilt(raw: RawCell, text: str) -> str:
    if isinstance(raw, str):
        return ROUNDED if "+" in text and _SCIENTIFIC.fullmatch(text) else ""
    if isinstance(raw, list):
        return FAILED if raw[0] == ERROR else ""
    return ROUNDED if not isinstance(raw, bool) and abs(raw) >= _EXACT else ""


def is_totals_row(row: RawRow) -> bool:
    """Say whether a row is a total (合计) of the rows above rather than a parcel: its first text says so."""
    for cell in row.cells:
        if isinstance(cell, str) and cell.strip():
            return re.sub(r"[\s:：]", "", unicodedata.normalize("NFKC", cell)) in _TOTALS
        if cell != "":
            return False
    return False


def as_area(text: str) -> Decimal:
    """Return an area for adding up; what is none counts as nothing, its own row says so."""
    try:
        area = Decimal(unicodedata.normalize("NFKC", text).removesuffix("亩").strip() or "0")
    except InvalidOperation:
        return Decimal(0)
    return area if area.is_finite() else Decimal(0)
