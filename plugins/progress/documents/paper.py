"""What is printed: a form with who filled it in, and the small line below that tells which report this is; never
its state, which moves on while the report stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lindang.i18n import format_date_doc


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A form ready to be written; `units` are the columns that stand for a unit, as (code, number of the column)."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    units: tuple[tuple[str, int], ...]
    period: str
    state: str
    report_no: int
    data_sha256: str
    filled_by: str
    phone: str
    filled_on: dt.date | None
    missing: tuple[str, ...]
    made_at: dt.datetime

    @property
    def foot(self) -> str:
        """The last line of the form, as the work plan has it."""
        gap = "\u3000" * 4
        when = format_date_doc(self.filled_on)
        return f"填报人：{self.filled_by}{gap}联系电话：{self.phone}{gap}填报时间：{when}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said below the form: units without a report, and which report this is."""
        said = f"{self.period} 第 {self.report_no} 版　数据摘要（SHA-256）：{self.data_sha256}"
        missing = f"未报（合计不含）：{'、'.join(self.missing)}"
        return (missing, said) if self.missing else (said,)


def paper_of(values: Mapping[str, Any], **about: Any) -> Paper:
    """Return the paper of a snapshot; `about` are the fields that are not in it."""
    form: Mapping[str, Sequence[Any]] = values["form"]
    codes = [one["code"] for one in values["columns"]]
    first = len(form["heads"]) - len(codes)
    return Paper(
        title=str(form["title"]),
        heads=tuple(form["heads"]),
        rows=tuple(tuple(row) for row in form["rows"]),
        units=tuple((code, first + number) for number, code in enumerate(codes)),
        missing=tuple(values["missing"]),
        **about,
    )
