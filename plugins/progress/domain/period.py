"""Months of the office: which one is reported, until when, and which reports came late.

Source: work plan 2020, 四(三): 各市于每月27日前.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

_SHAPE: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One month."""

    year: int
    month: int

    def __str__(self) -> str:
        """Return it as ``2020-09``."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def previous(self) -> Period:
        """The month before."""
        return Period(self.year - 1, 12) if self.month == 1 else Period(self.year, self.month - 1)

    @property
    def following(self) -> Period:
        """The month after."""
        return Period(self.year + 1, 1) if self.month == 12 else Period(self.year, self.month + 1)

    @property
    def last_day(self) -> dt.date:
        """The last day of the month."""
        return dt.date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def day(self, number: int) -> dt.date:
        """Return a day of the month, or its last day where the month is shorter."""
        return min(dt.date(self.year, self.month, 1) + dt.timedelta(days=number - 1), self.last_day)


def period_of(day: dt.date) -> Period:
    """Return the month of a day."""
    return Period(day.year, day.month)


def read_period(text: str) -> Period | None:
    """Return the month written as ``2020-09``, or None."""
    found = _SHAPE.fullmatch(text)
    return Period(int(found[1]), int(found[2])) if found else None


def may_report(period: Period, today: dt.date) -> bool:
    """Say whether a month may be reported: the present one, or a past one that is still owed; never a future one."""
    return period <= period_of(today)


def is_late(handed_in_on: dt.date, period: Period, due_day: int) -> bool:
    """Say whether a report of a month was handed in after its day."""
    return handed_in_on > period.day(due_day)
