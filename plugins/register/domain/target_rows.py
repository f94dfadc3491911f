"""From a row of the register to the row of a target: values taken, written, coded and masked, and what the target would refuse.

What is refused is told and still converted: whether a file is made with such rows is for a person to say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from models.persons import mask_personal_in
from plugins.register.domain.columns import BY_KEY, Kind
from plugins.register.domain.mapping import DAY_FORMATS, LONGEST_CELL, Layer, TargetColumn, TargetMapping

EMPTY, NO_CODE, TOO_LONG, BAD_FORMAT, NO_ROOM = "X01", "X02", "X03", "X04", "X05"
"""What a target refuses: a required value is empty, a code has no counterpart, a text is too long, has the wrong form, or does not
fit into a cell of a spreadsheet."""

OTHER: Final = "*"
"""The code of a mapping that stands for every value it does not name."""

_RUNNING_TEXT: Final = frozenset({Kind.TEXT, Kind.NAMES})
_NUMBERS: Final = frozenset({"cert_serial", "application_no", "parcel_no", "parcel_code", "bdc_unit_no", "town_code"})
_SHOWN: Final = 40


@dataclass(slots=True)
class SourceRow:
    """One row of the register in its three layers, each by column key; names of places stand in both of the first."""

    village_code: str
    written: dict[str, str]
    normal: dict[str, Any] = field(default_factory=dict)
    registry: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetFault:
    """What a target would refuse: its column, why, the value (cut, ID numbers masked), the limit, what the column is called."""

    column: str
    code: str
    value: str = ""
    longest: int = 0
    title: str = ""

    @property
    def label(self) -> str:
        """The column as a person reads it: its heading, and what that stands for."""
        return f"{self.column} {self.title}".rstrip()


Taker = Callable[[SourceRow], str]


class RowConverter:
    """Converts rows for one target; made once, used for every row."""

    def __init__(self, mapping: TargetMapping, *, masks: bool, in_cells: bool) -> None:
        """``masks``: identity numbers in running text are masked too; ``in_cells``: the file is a spreadsheet."""
        columns = list(enumerate(mapping.columns))
        self._columns = mapping.columns
        self._takers = [_taker(column) for column in mapping.columns]
        self._coded = [(at, column) for at, column in columns if column.codes]
        self._masked = [at for at, column in columns if masks and is_running_text(column.field)]
        self._checked = [
            (at, column, re.compile(column.pattern) if column.pattern else None)
            for at, column in columns
            if column.required or column.longest or column.pattern
        ]
        self._in_cells = in_cells

    def convert(self, row: SourceRow) -> tuple[list[str], list[TargetFault]]:
        """Return the texts of a row in the order of the target's columns, and what the target would refuse of it."""
        texts = [take(row) for take in self._takers]
        faults: list[TargetFault] = []
        uncoded: set[int] = set()
        for at, column in self._coded:
            if texts[at]:
                found = column.codes.get(texts[at], column.codes.get(OTHER))
                if found is None:
                    faults.append(TargetFault(column.name, NO_CODE, _shown(texts[at]), 0, column.title))
                    uncoded.add(at)
                texts[at] = found or ""
        for at in self._masked:
            texts[at] = masked_text(texts[at])
        for at, column, pattern in self._checked:
            if at not in uncoded:
                faults += _refused(texts[at], column, pattern)
        if self._in_cells and max(map(len, texts), default=0) > LONGEST_CELL // 2:
            faults += [
                TargetFault(column.name, NO_ROOM, _shown(text), LONGEST_CELL, column.title)
                for column, text in zip(self._columns, texts, strict=True)
                if units_of(text) > LONGEST_CELL
            ]
        return texts, faults


def _refused(text: str, column: TargetColumn, pattern: re.Pattern[str] | None) -> list[TargetFault]:
    if not text:
        return [TargetFault(column.name, EMPTY, title=column.title)] if column.required else []
    if column.longest and len(text) > column.longest:
        return [TargetFault(column.name, TOO_LONG, _shown(text), column.longest, column.title)]
    if pattern is not None and not pattern.fullmatch(text):
        return [TargetFault(column.name, BAD_FORMAT, _shown(text), 0, column.title)]
    return []


def _shown(text: str) -> str:
    return mask_personal_in(text[:_SHOWN])


# --- taking a value -----------------------------------------------------------------------------------------------------


def _taker(column: TargetColumn) -> Taker:
    if not column.field:
        return lambda _row: column.constant
    key = column.field
    if column.layer is Layer.WRITTEN:
        return lambda row: row.written.get(key, "")
    write = _writer(column)
    if column.layer is Layer.NORMAL:
        return lambda row: write(row.normal.get(key))
    written = "cert_no" if key == "title_cert_no" else key
    return lambda row: row.registry.get(key) or write(row.normal.get(written))


def _writer(column: TargetColumn) -> Callable[[Any], str]:
    """Return how a value of the normal form is written."""
    form = column.format
    if form in DAY_FORMATS:
        template = DAY_FORMATS[form]
        return lambda value: template.format(value) if isinstance(value, dt.date) else ""
    if form:
        step = Decimal(1).scaleb(-len(form.partition(".")[2]))
        return lambda value: "" if value is None else f"{Decimal(value).quantize(step, ROUND_HALF_UP):f}"
    return _plain


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return f"{value.to_integral_value() if whole else value.normalize():f}"
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


# --- texts --------------------------------------------------------------------------------------------------------------


def is_running_text(key: str) -> bool:
    """Say whether a column holds words in which a number of an identity paper may hide."""
    column = BY_KEY.get(key)
    return column is not None and column.kind in _RUNNING_TEXT and key not in _NUMBERS


def masked_text(text: str) -> str:
    """Return a text with the identity numbers and mobile phone numbers in it masked."""
    return mask_personal_in(text)


def units_of(text: str) -> int:
    """Return the length of a text as a spreadsheet counts it: a rare character beyond the basic plane counts twice."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, longest: int) -> str:
    """Return the beginning of a text that is no longer than a spreadsheet allows."""
    while units_of(text) > longest:
        text = text[: len(text) - max(1, (units_of(text) - longest) // 2)]
    return text


_FORBIDDEN_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_LONGEST_NAME: Final = 31


class SheetNames:
    """Gives every sheet of a workbook a name of its own that spreadsheets accept.

    Source: domain reference 2.3: town and village, cut to 31 characters, without brackets and ``: * ? /`` and the backslash.
    """

    def __init__(self) -> None:
        """Begin an empty workbook."""
        self._taken: set[str] = set()

    def name(self, wanted: str, otherwise: str) -> str:
        """Return the name for a sheet; ``otherwise`` where nothing usable is left of the wanted one."""
        plain = _FORBIDDEN_IN_NAMES.sub("", wanted).strip().strip("'") or otherwise
        name, number = cut(plain, _LONGEST_NAME).rstrip("'"), 2
        while name.casefold() in self._taken or name.casefold() == "history":
            ending = f"({number})"
            name, number = cut(plain, _LONGEST_NAME - len(ending)) + ending, number + 1
        self._taken.add(name.casefold())
        return name


_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r]")
_HARMLESS: Final = re.compile(r"[+-]?\d+(?:\.\d+)?|[=+\-@]+")


def guarded(text: str) -> str:
    """Return a text for a CSV file: one that a spreadsheet would take for a formula gets its own sign for text in front."""
    return f"'{text}" if _DANGEROUS.match(text) and not _HARMLESS.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Take back what :func:`guarded` did."""
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text) else text
