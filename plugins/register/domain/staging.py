"""What a foreign row would do to the register: the verdict on one row, from texts to new, same, changed or faulty.

Only what makes a row unfit to be taken is a refusing fault: an empty mandatory cell, an unreadable number, date, code or
state, a village that is not this county's or not the sheet's, a key that the file holds twice, a cell the spreadsheet has
spoilt. Everything else a rule finds is a finding, reported beside and dealt with after the import.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from models.issue_states import is_backward, read_state
from models.persons import mask_keyed_ids
from plugins.register.domain.cells import RowTexts, tidy_text
from plugins.register.domain.columns import BY_KEY, Owner
from plugins.register.domain.compare import Labels, same
from plugins.register.domain.row import Row
from plugins.register.domain.target_rows import is_running_text, masked_text

NEW, SAME, CHANGED, FAULTY = "new", "same", "changed", "faulty"
VERDICTS: Final = (NEW, SAME, CHANGED, FAULTY)
TOTALS: Final = "F08"
MASKED: Final = "F09"
STATE_BACK: Final = "F10"
HIDDEN: Final = "F11"
_ROW_KEYS: Final = frozenset(key for key, column in BY_KEY.items() if column.owner is not Owner.SHEET)
_LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to say about a cell of the file; ``is_refusing``: the row cannot be taken because of it."""

    field: str
    code: str
    severity: str
    facts: Mapping[str, Any]
    is_refusing: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """A row that the register has: its current texts (ID number masked) and the digest of that number."""

    parcel_id: int
    cells: Mapping[str, str]
    id_no_hash: str


@dataclass(slots=True)
class Judged:
    """A row of the file with everything known about it."""

    row_no: int
    village_code: str
    cells: dict[str, str]
    place: str
    marks: list[Mark] = field(default_factory=list)
    verdict: str = NEW
    changes: dict[str, list[str]] = field(default_factory=dict)
    parcel_id: int | None = None


def holds_a_parcel(texts: RowTexts) -> bool:
    """Say whether a row says anything beyond its number and its place: forms are handed in with numbered empty rows."""
    return not _ROW_KEYS.isdisjoint(texts.cells) or bool(texts.spoilt)


def place_of(sheet: str, texts: RowTexts) -> str:
    """Name the source of a row, and which of its texts were 同上 and so come from the row above."""
    place = f"{sheet}!{texts.row_no}"
    if texts.same_as_above:
        place += f"（同上：{'、'.join(str(BY_KEY[key].header) for key in texts.same_as_above)}）"
    return place[:_LONGEST_NAME]


def village_marks(written: str, sheet: str, county: str, villages: frozenset[str]) -> list[Mark]:
    """Judge a row's village code against the sheet's, the county and the divisions in force at any time."""
    code = "".join(unicodedata.normalize("NFKC", written).split())
    if not code:
        return [Mark("village_code", "R01", "E", {"columns": ["village_code"]})]
    facts: dict[str, Any] = {}
    if sheet and code != sheet:
        facts = {"case": "other", "written": code, "village": sheet}
    elif not code.startswith(county):
        facts = {"case": "county", "village": code, "county": county}
    elif code not in villages:
        facts = {"case": "unknown", "village": code}
    return [Mark("village_code", "R02", "E", facts)] if facts else []


def going_back(there: str, row: Row) -> Mark | None:
    """Refuse a row whose state lies before the one that the register has: that takes a reason and a second person."""
    old = read_state(there)
    if not is_backward(old, row.issue_state):
        return None
    return Mark("issue_state", STATE_BACK, "E", {"old": old, "new": row.issue_state})


def changes_of(
    cells: Mapping[str, str], known: Known, keys: frozenset[str], *, id_digest: str, labels: Labels
) -> dict[str, list[str]]:
    """Return old and new text of every column of the file that says something else than the register.

    A column that the file lacks changes nothing, nor does another spelling of the same value, nor a masked ID number that is
    masked as the register shows it; an empty cell is a change.
    """
    changed = {}
    for key in keys & _ROW_KEYS - {"id_no"}:
        old, new = known.cells.get(key, ""), cells.get(key, "")
        if old != new and not same(key, old, new, labels) and not _is_exported(key, old, new):
            changed[key] = [old, new]
    written = cells.get("id_no", "")
    is_kept = is_masked(written) and is_mask_of(written, known)
    if "id_no" in keys and not is_kept and id_digest != known.id_no_hash:
        changed["id_no"] = [known.cells.get("id_no", ""), written]
    return changed


def _is_exported(key: str, old: str, new: str) -> bool:
    """Say whether the new text is what an export makes of the old: control characters blank, ID numbers in words masked."""
    plain = tidy_text(old)
    return plain == new or (is_running_text(key) and masked_text(plain) == new)


def is_masked(id_no: str) -> bool:
    """Say whether an ID number is written with stars: it cannot be stored."""
    return "*" in unicodedata.normalize("NFKC", id_no)


def is_mask_of(id_no: str, known: Known | None) -> bool:
    """Say whether a masked ID number is the one that the register shows for this row."""
    written = "".join(unicodedata.normalize("NFKC", id_no).split()).upper()
    return known is not None and written == known.cells.get("id_no", "")


def mask_marks(id_no: str, known: Known | None) -> list[Mark]:
    """Refuse a masked ID number that the register cannot know: on a new row, or one masked otherwise than it is there."""
    if not is_masked(id_no) or is_mask_of(id_no, known):
        return []
    return [Mark("id_no", MASKED, "E", {"value": id_no, "case": "new" if known is None else "other"})]


def clean_name(name: str) -> str:
    """Return the name of an uploaded file as words to be shown: no folders, no signs that deceive, no person's number, not too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = mask_keyed_ids("".join(c for c in last if c.isprintable() and unicodedata.category(c) != "Cf").strip())
    if len(plain) <= _LONGEST_NAME:
        return plain or "_"
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[: _LONGEST_NAME - 10]}…{dot}{suffix[:8]}" if dot else plain[:_LONGEST_NAME]
