"""Working days in China: weekends are off, public holidays too, and some weekend days are worked instead (调休).

The arrangement of a year is announced the year before and is data (``models/data/holidays.toml``). A year that nobody entered counts
with weekends only, and every answer that touched such a year, or one not checked against its notice, says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_SATURDAY: Final = 5
_ONE: Final = dt.timedelta(days=1)
_FIELDS: Final = frozenset({"source", "verified", "off", "work"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The arrangement of one year: weekdays that are off, weekend days that are worked, where it says so, who checked it."""

    off: frozenset[dt.date]
    work: frozenset[dt.date]
    source: str = ""
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A day that was counted out; `unsure` are the years on the way whose holidays nobody entered or checked."""

    day: dt.date
    unsure: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The known years."""

    years: Mapping[int, Year] = field(default_factory=dict)

    def is_working(self, day: dt.date) -> bool:
        """Say whether an office works on this day."""
        year = self.years.get(day.year)
        if year and day in year.work:
            return True
        return day.weekday() < _SATURDAY and not (year and day in year.off)

    def is_sure(self, year: int) -> bool:
        """Say whether the holidays of a year were checked against the notice."""
        return year in self.years and self.years[year].is_verified

    def after(self, day: dt.date, count: int) -> Due:
        """Return the `count`-th working day after `day`; the day itself does not count."""
        last, left = day, count
        while left > 0:
            last += _ONE
            left -= self.is_working(last)
        return Due(last, tuple(year for year in range(day.year, last.year + 1) if not self.is_sure(year)))

    def between(self, first: dt.date, last: dt.date) -> int:
        """Return how many working days lie after `first` up to and with `last`; 0 when `last` is not later."""
        days = (first + _ONE * number for number in range(1, (last - first).days + 1))
        return sum(self.is_working(day) for day in days)


def calendar_of(table: Mapping[str, Any]) -> Calendar:
    """Return the calendar that a table of years describes.

    Raises:
        ValueError: an entry is not what it should be; the message names the year and the day.
    """
    return Calendar({int(year): _year(year, entry) for year, entry in table.items() if _is_year(year)})


def _is_year(name: str) -> bool:
    if not name.isdecimal():
        raise ValueError(f"[{name}] 不是年份")
    return True


def _year(name: str, entry: object) -> Year:
    if not isinstance(entry, Mapping) or set(entry) - _FIELDS:
        raise ValueError(f"[{name}] 只能有 source、verified、off、work")
    off, work = _days(name, "off", entry.get("off", [])), _days(name, "work", entry.get("work", []))
    for day in off:
        if day.weekday() >= _SATURDAY:
            raise ValueError(f"[{name}] off 里的 {day} 本来就是周末")
    for day in work:
        if day.weekday() < _SATURDAY:
            raise ValueError(f"[{name}] work 里的 {day} 本来就上班")
    return Year(
        off=off, work=work, source=str(entry.get("source", "")), is_verified=entry.get("verified", False) is True
    )


def _days(name: str, key: str, days: object) -> frozenset[dt.date]:
    listed = days if isinstance(days, list) else [days]
    for day in listed:
        if type(day) is not dt.date or str(day.year) != name:
            raise ValueError(f"[{name}] {key} 里的 {day} 不是这一年的日期")
    return frozenset(listed)
