"""One row of the register: the texts of a line become typed values, and what cannot be read comes back as faults, all at once.

Three layers stay apart: ``cells`` are the texts as written, the other attributes their normal form; what the registry
confirms stands elsewhere. A text is refused only when the row could not be stored or found again because of it; everything
else that is odd about it is for the rules.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from models.issue_states import read_state
from models.numbers import comparison_key, parse_cert_no
from models.persons import mask_keyed_ids
from models.values import (
    EARLIEST,
    BadValue,
    is_blank,
    is_long_term,
    level,
    read_area,
    read_count,
    read_day,
    split_names,
    tidy,
)
from plugins.register.domain.columns import BY_KEY, COLUMNS, Column, Kind, Owner

Codes = Mapping[str, Mapping[str, str]]
"""List of codes → what may be written → code."""

ERROR: Final = "E"
MISSING, NO_NUMBER, NO_STATE, NO_AREA = "R01", "R04", "R05", "R10"
NO_DAY, NO_COUNT, NO_CODE, TOO_LONG, TOO_EARLY = "F01", "F02", "F03", "F04", "F07"

_NUMBER_LIKE: Final = frozenset({"cert_serial", "application_no", "parcel_no", "parcel_code", "bdc_unit_no", "id_no"})
_LONG_NUMBERS: Final = frozenset({"id_no", "parcel_code", "bdc_unit_no"})
"""The one column for identity numbers, sealed as soon as it is read; and numbers so long that part of one may look like such."""
_JUDGED_APART: Final = frozenset({"cert_no", "area_mu", "issue_state", "village_code", "archival_code"})
_NEEDED: Final = tuple(c for c in COLUMNS if c.need == "R" and c.key not in _JUDGED_APART and c.owner is not Owner.FILE)
_SURE: Final = frozenset({column.key for column in _NEEDED} | {"cert_no", "area_mu", "issue_state"})
_ORDER: Final = {column.key: at for at, column in enumerate(COLUMNS)}
_MOST_KNOWN: Final = 50_000
_FOREST_SUFFIX: Final = re.compile(r"^(.+?)[(（]([公商])[)）]$")
_FOREST_CLASSES: Final = {"公": "公益林", "商": "商品林"}
_TERM_UNTIL: Final = "term_end"
_MASK: Final = "*"


@dataclass(frozen=True, slots=True)
class Row:
    """A row in normal form, by column key; empty texts, None and () say nothing. ``id_no`` is plain: it goes into the vault.

    ``division_code`` is the village; ``cells`` are the texts as written by column key, empty ones left out.
    """

    certificate_id: int | None = None
    parcel_id: int | None = None
    division_code: str = ""
    seq: int | None = None
    town_name: str = ""
    town_code: str = ""
    village_name: str = ""
    village_code: str = ""
    group_name: str = ""
    cert_no: str = ""
    cert_no_norm: str = ""
    cert_key: str = ""
    cert_serial: str = ""
    application_no: str = ""
    parcel_no: str = ""
    parcel_code: str = ""
    bdc_unit_no: str = ""
    location: str = ""
    place_name: str = ""
    compartment: str = ""
    subcompartment: str = ""
    area_mu: Decimal | None = None
    area_as_written: str = ""
    bound_e: str = ""
    bound_s: str = ""
    bound_w: str = ""
    bound_n: str = ""
    main_species: str = ""
    tree_count: int | None = None
    forest_category: str = ""
    origin: str = ""
    forest_class: str = ""
    plant_year: int | None = None
    land_owner: str = ""
    land_use_holder: str = ""
    tree_owner: str = ""
    tree_use_holder: str = ""
    holder_name: str = ""
    holder_type: str = ""
    id_type: str = ""
    id_no: str = ""
    co_mode: str = ""
    co_holders: tuple[str, ...] = ()
    acquisition: str = ""
    term_years: int | None = None
    term_start: dt.date | None = None
    term_end: dt.date | None = None
    is_term_open: bool = False
    issuer: str = ""
    issue_date: dt.date | None = None
    annotation: str = ""
    archival_code: str = ""
    issue_state: str = ""
    remark: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellFault:
    """Why a row cannot be taken: column, rule or form code, the values of its sentence."""

    field: str
    code: str
    facts: Mapping[str, Any]
    severity: str = ERROR


@dataclass(frozen=True, slots=True)
class Reading:
    """A row with everything that keeps it from being taken; no faults means it can be stored.

    ``masked`` are the columns in which an identity number stood among words: the row has it masked already.
    """

    row: Row
    faults: tuple[CellFault, ...]
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What one text of one column says, or why it cannot be read; ``masked`` is the text to keep where it is another."""

    values: Mapping[str, Any]
    fault: CellFault | None = None
    masked: str = ""


_NOTHING_READ: Final = _Read({})


class _Refused(Exception):
    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class RowReader:
    """Reads rows against the code lists in force. Most texts of a village stand in many rows, so each is read once."""

    def __init__(self, codes: Codes, *, today: dt.date) -> None:
        """Begin with nothing read; no tree was planted later than ``today``."""
        self._codes = codes
        self._today = today
        self._known: dict[tuple[str, str], _Read] = {}

    def read(self, cells: Mapping[str, str]) -> Reading:
        """Read the texts of one row.

        Args:
            cells: Column key → text as written; columns that are not there count as empty.

        Returns:
            The row, readable or not (what could not be read is empty there), and its faults in the order of the columns.
        """
        values: dict[str, Any] = {}
        faults: list[CellFault] = []
        masked: dict[str, str] = {}
        known = self._known
        for key, text in cells.items():
            if not text:
                continue
            found = known.get((key, text)) or self._read(key, text)
            values.update(found.values)
            if found.masked:
                masked[key] = found.masked
            if found.fault is not None:
                faults.append(found.fault)
        if faults or not values.keys() >= _SURE or not all(map(values.get, _SURE)):
            told = {fault.field for fault in faults}
            faults += [fault for fault in _gaps(values, cells) if fault.field not in told]
            faults.sort(key=lambda fault: _ORDER[fault.field])
        return Reading(Row(**values, cells={**cells, **masked}), tuple(faults), tuple(masked))

    def _read(self, key: str, text: str) -> _Read:
        column = BY_KEY.get(key)
        if column is None:
            return _NOTHING_READ
        kept = kept_text(key, text)
        masked = kept if kept != text else ""
        try:
            found = _Read(_read(column, kept, self._codes, self._today), None, masked)
        except _Refused as refused:
            found = _Read({}, CellFault(key, refused.code, refused.facts), masked)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known[key, text] = found
        return found


def kept_text(key: str, text: str) -> str:
    """Return a column's text as it may be kept in plain: an identity number anywhere but in its own column is masked."""
    return text if key in _LONG_NUMBERS else mask_keyed_ids(text)


def read_row(cells: Mapping[str, str], codes: Codes, *, today: dt.date) -> Reading:
    """Read one row alone; see `RowReader`."""
    return RowReader(codes, today=today).read(cells)


def _gaps(values: Mapping[str, Any], cells: Mapping[str, str]) -> list[CellFault]:
    """Return what is missing so that the row could not be stored: R columns, number, state, area."""
    gaps = [CellFault(c.key, MISSING, {"columns": [c.key]}) for c in _NEEDED if values.get(c.key) in {None, ""}]
    if not values.get("cert_no"):
        gaps.append(CellFault("cert_no", MISSING, {"columns": ["cert_no"]}))
    if not values.get("issue_state"):
        gaps.append(CellFault("issue_state", NO_STATE, {}))
    if not values.get("area_mu"):
        gaps.append(CellFault("area_mu", NO_AREA, {"area": cells.get("area_mu", "")}))
    return gaps


def _read(column: Column, text: str, codes: Codes, today: dt.date) -> dict[str, Any]:
    if len(text) > column.longest:
        raise _Refused(TOO_LONG, longest=column.longest)
    reader = _READERS.get(column.kind)
    if reader is not None:
        return reader(column.key, text)
    if column.kind is Kind.CODE:
        return _code(column, text, codes)
    if column.kind is Kind.YEAR:
        return {column.key: _count(text.replace("年", ""), largest=today.year)}
    return {column.key: _text(column.key, text)}


def _text(key: str, text: str) -> str:
    if is_blank(text):
        return ""
    if key in _NUMBER_LIKE:
        return "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return tidy(text)


def _cert_no(key: str, text: str) -> dict[str, Any]:
    """Take any number that can be found again; old forms stay as they are. A text without a figure is none, nor is a person's."""
    if is_blank(text):
        return {}
    parsed = parse_cert_no(text)
    has_figure = any(char.isdigit() or char in "〇一二三四五六七八九十" for char in text)
    if parsed is None and (not has_figure or _MASK in text):
        raise _Refused(NO_NUMBER, cert_no=text)
    norm, comparison = comparison_key(text)
    return {key: tidy(text), "cert_no_norm": norm, "cert_key": comparison}


def _state(key: str, text: str) -> dict[str, Any]:
    state = read_state(text)
    if not state:
        raise _Refused(NO_STATE)
    return {key: state}


def _area(key: str, text: str) -> dict[str, Any]:
    try:
        return {key: read_area(text), "area_as_written": text.strip()}
    except BadValue as error:
        raise _Refused(NO_AREA, area=text) from error


def _count_of(key: str, text: str) -> dict[str, Any]:
    if key == "term_years" and is_long_term(text):
        return {"is_term_open": True}
    return {key: _count(text)}


def _count(text: str, largest: int = 10**9) -> int | None:
    try:
        return read_count(text, largest=largest)
    except BadValue as error:
        raise _Refused(NO_COUNT, value=text) from error


def _day(key: str, text: str) -> dict[str, Any]:
    if key == _TERM_UNTIL and is_long_term(text):
        return {"is_term_open": True}
    try:
        day = read_day(text)
    except BadValue as error:
        raise _Refused(NO_DAY, value=text) from error
    if day is not None and day < EARLIEST:
        raise _Refused(TOO_EARLY, value=text)
    return {key: day}


def _code(column: Column, text: str, codes: Codes) -> dict[str, Any]:
    if is_blank(text):
        return {}
    known = codes.get(column.code_list, {})
    plain = "".join(level(text).split())
    more: dict[str, str] = {}
    suffix = _FOREST_SUFFIX.match(plain)
    if column.key == "forest_category" and suffix:
        plain, more = suffix[1], {"forest_class": _FOREST_CLASSES[suffix[2]]}
    code = known.get(plain) or known.get(text.strip()) or known.get(plain.replace("(", "（").replace(")", "）"))
    if code is None:
        raise _Refused(NO_CODE, value=text)
    return {column.key: code, **more}


def _names(key: str, text: str) -> dict[str, Any]:
    return {key: () if is_blank(text) else split_names(text)}


def _village(key: str, text: str) -> dict[str, Any]:
    code = "".join(unicodedata.normalize("NFKC", text).split())
    return {key: code, "division_code": code}


def _archival_code(key: str, text: str) -> dict[str, Any]:
    return {key: "" if is_blank(text) else level(text)}


_READERS: Final[Mapping[Kind, Callable[[str, str], dict[str, Any]]]] = {
    Kind.CERT_NO: _cert_no,
    Kind.STATE: _state,
    Kind.AREA: _area,
    Kind.COUNT: _count_of,
    Kind.DAY: _day,
    Kind.END_DAY: _day,
    Kind.NAMES: _names,
    Kind.VILLAGE: _village,
    Kind.ARCHIVAL_CODE: _archival_code,
}
