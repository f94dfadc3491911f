"""Reference tables as an office keeps them: the classification scheme, the household checklist, code lists and
divisions, each a CSV file with a header line. A table is read whole; every fault is reported with its line and column,
and a table with a fault is not loaded at all.

Source: the shipped tables are proposals (provenance column); an office replaces them with its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import enum
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from models.completeness import Rule, RuleError

SCHEME_COLUMNS: Final = ("code", "parent", "level", "title", "retention", "unit", "note", "provenance", "clause")
CHECKLIST_COLUMNS: Final = ("doc_type", "title", "rule", "note", "provenance")
CODE_COLUMNS: Final = ("list", "code", "label", "aliases", "provenance", "note")
DIVISION_COLUMNS: Final = ("code", "name", "level", "parent", "valid_from", "valid_to", "successor")

RETENTIONS: Final = ("Y", "D30", "D10")
UNITS: Final = ("件", "卷", "组")
SCHEME_LEVELS: Final = frozenset("XTVH")
DIVISION_LEVELS: Final = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}


class Wrong(enum.Enum):
    """What is wrong with a cell, a line or the whole table."""

    HEADER = "header"
    ENCODING = "encoding"
    EMPTY = "empty"
    CELLS = "cells"
    REQUIRED = "required"
    REPEATED = "repeated"
    PARENT = "parent"
    RETENTION = "retention"
    UNIT = "unit"
    LEVEL = "level"
    RULE = "rule"
    CODE = "code"
    DATE = "date"
    PERIOD = "period"
    SUCCESSOR = "successor"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class RowFault:
    """One fault: line of the file from 1 (0 is the whole file), column name, kind, the text found."""

    line: int
    column: str
    wrong: Wrong
    value: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file and its cells by column name."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True, slots=True)
class Table:
    """The readable lines of a table and everything that is wrong with it."""

    rows: tuple[Row, ...]
    faults: tuple[RowFault, ...]


def decode(data: bytes) -> str | None:
    """Return the text of an office's file: UTF-8 with or without mark, or GB 18030; None if it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_table(text: str, required: Iterable[str], optional: Iterable[str] = ()) -> Table:
    """Read the lines of a CSV text; columns may stand in any order, unknown ones are ignored."""
    reader = csv.reader(io.StringIO(text))
    header = [cell.strip() for cell in next(reader, [])]
    lacking = [column for column in required if column not in header]
    if lacking:
        return Table((), tuple(RowFault(1, column, Wrong.HEADER) for column in lacking))
    rows: list[Row] = []
    faults: list[RowFault] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            faults.append(RowFault(reader.line_num, "", Wrong.CELLS, f"{len(cells)}/{len(header)}"))
            continue
        found = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        rows.append(Row(reader.line_num, {**dict.fromkeys(optional, ""), **found}))
    if not rows and not faults:
        faults.append(RowFault(0, "", Wrong.EMPTY))
    return Table(tuple(rows), tuple(faults))


def read_scheme(text: str) -> Table:
    """Read a classification scheme: categories (no parent) and their classes."""
    table = read_table(text, ("code", "parent", "level", "title", "retention", "unit"), SCHEME_COLUMNS)
    codes = {row["code"] for row in table.rows}
    faults = [*table.faults, *_lacking(table.rows, "code", "title"), *_repeated(table.rows, "code")]
    for row in table.rows:
        if row["parent"] and row["parent"] not in codes:
            faults.append(RowFault(row.line, "parent", Wrong.PARENT, row["parent"]))
        if row["parent"]:
            faults.extend(_class_faults(row))
    return Table(table.rows, _sorted(faults))


def _class_faults(row: Row) -> Iterable[RowFault]:
    if row["retention"] not in RETENTIONS:
        yield RowFault(row.line, "retention", Wrong.RETENTION, row["retention"])
    if row["unit"] not in UNITS:
        yield RowFault(row.line, "unit", Wrong.UNIT, row["unit"])
    if not row["level"] or set(row["level"].replace(",", "")) - SCHEME_LEVELS:
        yield RowFault(row.line, "level", Wrong.LEVEL, row["level"])


def read_checklist(text: str) -> Table:
    """Read a household checklist; the rules are those of `models.completeness`."""
    table = read_table(text, ("doc_type", "title", "rule"), CHECKLIST_COLUMNS)
    faults = [*table.faults, *_lacking(table.rows, "doc_type", "title"), *_repeated(table.rows, "doc_type")]
    for row in table.rows:
        try:
            Rule.parse(row["doc_type"], row["title"], row["rule"])
        except RuleError:
            faults.append(RowFault(row.line, "rule", Wrong.RULE, row["rule"]))
    return Table(table.rows, _sorted(faults))


def read_codes(text: str) -> Table:
    """Read code lists: every line names its list."""
    table = read_table(text, ("list", "code", "label"), CODE_COLUMNS)
    faults = [*table.faults, *_lacking(table.rows, "list", "code", "label"), *_repeated(table.rows, "list", "code")]
    return Table(table.rows, _sorted(faults))


def read_divisions(text: str, *, known: frozenset[str] = frozenset()) -> Table:
    """Read divisions; a parent or successor may stand in the file or be `known` already.

    A code may come back with another `valid_from` (its name or place changed); the same pair twice is a fault.
    """
    table = read_table(text, ("code", "name"), DIVISION_COLUMNS)
    codes = known | {row["code"] for row in table.rows}
    faults = [*table.faults, *_lacking(table.rows, "name"), *_repeated(table.rows, "code", "valid_from")]
    for row in table.rows:
        faults.extend(_division_faults(row, codes))
    return Table(table.rows, _sorted(faults))


def _division_faults(row: Row, codes: frozenset[str]) -> Iterable[RowFault]:
    code, level = row["code"], row["level"]
    if not re.fullmatch(r"\d+", code) or len(code) not in DIVISION_LEVELS:
        yield RowFault(row.line, "code", Wrong.CODE, code)
        return
    if level and level != DIVISION_LEVELS[len(code)]:
        yield RowFault(row.line, "level", Wrong.LEVEL, level)
    if row["parent"] and row["parent"] not in codes:
        yield RowFault(row.line, "parent", Wrong.PARENT, row["parent"])
    if row["successor"] and row["successor"] not in codes:
        yield RowFault(row.line, "successor", Wrong.SUCCESSOR, row["successor"])
    yield from _period_faults(row)


def _period_faults(row: Row) -> Iterable[RowFault]:
    days = []
    for column in ("valid_from", "valid_to"):
        try:
            days.append(read_day(row[column]))
        except ValueError:
            yield RowFault(row.line, column, Wrong.DATE, row[column])
    if len(days) == 2 and days[0] and days[1] and days[1] < days[0]:
        yield RowFault(row.line, "valid_to", Wrong.PERIOD, row["valid_to"])


def read_day(text: str) -> dt.date | None:
    """Read an ISO date of a table; None for blank.

    Raises:
        ValueError: for anything else.
    """
    return dt.date.fromisoformat(text) if text else None


def parent_of(code: str) -> str:
    """Return the code one level up: county of a town, town of a village; empty for a province."""
    widths = sorted(DIVISION_LEVELS)
    shorter = [width for width in widths if width < len(code)]
    return code[: shorter[-1]] if shorter else ""


def _lacking(rows: Iterable[Row], *columns: str) -> list[RowFault]:
    return [RowFault(row.line, column, Wrong.REQUIRED) for row in rows for column in columns if not row[column]]


def _repeated(rows: Iterable[Row], *columns: str) -> list[RowFault]:
    seen: set[tuple[str, ...]] = set()
    faults = []
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key in seen:
            faults.append(RowFault(row.line, columns[-1], Wrong.REPEATED, " ".join(filter(None, key))))
        seen.add(key)
    return faults


def _sorted(faults: Iterable[RowFault]) -> tuple[RowFault, ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.line, fault.column)))
