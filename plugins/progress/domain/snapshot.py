"""What a report froze: its columns, who is missing, the form as it was shown; its digest; and the same as a file for another archive.

Source: domain reference 7 (an immutable snapshot: values, rule version, data hash).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plugins.progress.domain.annex import CORNER, ROWS, Figures, from_values, to_values, total

FORMAT: Final = "lindang-annex1/1"
TITLE: Final = "%s林权证登记信息入库数字化进度情况表"
_WHOLE: Final = {4: "市合计", 2: "省合计"}
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One unit of the form: its numbers, and where they are from (a baseline's document, or a report's version and digest)."""

    code: str
    name: str
    figures: Figures
    source: str = ""


def frozen(code: str, name: str, columns: Sequence[Column], missing: Sequence[str], counted_at: str) -> dict[str, Any]:
    """Return what a report keeps: numbers and the form made of them."""
    return {
        "unit": {"code": code, "name": name},
        "columns": [
            {"code": one.code, "name": one.name, "source": one.source, **to_values(one.figures)} for one in columns
        ],
        "missing": list(missing),
        "counted_at": counted_at,
        "form": form_of(code, name, columns),
    }


def form_of(code: str, name: str, columns: Sequence[Column]) -> dict[str, Any]:
    """Return the form as it stands on paper: title, headings, rows of texts. A county's own has no 合计."""
    whole = _WHOLE.get(len(code))
    heads = [CORNER, *([whole] if whole else []), *(one.name for one in columns)]
    cells = [one.figures.cells() for one in columns]
    if whole:
        cells.insert(0, total(one.figures for one in columns).cells())
    rows = [[label, *(column[number] for column in cells)] for number, label in enumerate(ROWS)]
    return {"title": TITLE % name, "heads": heads, "rows": rows}


def columns_of(values: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a snapshot. Raises KeyError, TypeError or ValueError for values that are not one."""
    return tuple(
        Column(
            code=_text(one["code"]),
            name=_text(one["name"]),
            figures=from_values(one),
            source=str(one.get("source", "")),
        )
        for one in values["columns"]
    )


def whole_of(values: Mapping[str, Any]) -> Figures:
    """Return the sum of a snapshot's columns."""
    return total(one.figures for one in columns_of(values))


def canonical(values: Mapping[str, Any]) -> bytes:
    """Return the one spelling of plain values from which digest and signature are made."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a snapshot, hexadecimal."""
    return hashlib.sha256(canonical(values)).hexdigest()


def is_whole(values: Mapping[str, Any], code: str) -> bool:
    """Say whether a snapshot says of the unit what its own numbers say: columns inside of it, and the form made of them."""
    try:
        columns = columns_of(values)
        unit = values["unit"]
        same = unit["code"] == code and values["form"] == form_of(code, _text(unit["name"]), columns)
        missing = all(isinstance(one, str) for one in values["missing"])
        return same and missing and bool(columns) and all(one.code.startswith(code) for one in columns)
    except (KeyError, TypeError, ValueError):
        return False


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise ValueError(f"not a name: {value!r}")
    return value
