"""倒排工期: the work that is left, spread back from the deadline over working days; how far behind, and when it will end.

Source: work plan 2020, 三(一): 细化责任，倒排工期，明确每月纸质档案扫描、信息数字化入库任务; domain reference 7 for the
figures, which are a proposal: on track up to 5 %, behind up to 20 %, else severe; forecast = today + R / mean of 14 days.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from models.workdays import Calendar
from plugins.progress.domain.period import Period, period_of

ON_TRACK, BEHIND, SEVERE = "on_track", "behind", "severe"
FORECAST_DAYS: Final = 14
PAGES_PER_FILE: Final = 15
"""Pages of a household file that nobody has counted yet. Source: domain reference 8, general knowledge."""
_TRACK_LIMIT: Final = Decimal("0.05")
_BEHIND_LIMIT: Final = Decimal("0.20")
_FARTHEST: Final = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The plan of one measure: done when it began, the whole, and what shall be done by the end of each month."""

    base: int
    total: int
    targets: Mapping[str, int]


def months(starts_on: dt.date, deadline: dt.date) -> list[Period]:
    """Return the months from the first day to the last."""
    found, period = [], period_of(starts_on)
    while period <= period_of(deadline):
        found.append(period)
        period = period.following
    return found


def spread(base: int, total: int, starts_on: dt.date, deadline: dt.date, calendar: Calendar) -> Line:
    """Spread what is left over the working days from `starts_on` to `deadline`, both of them included.

    Targets are cumulative, never fall, and the last is the whole. What is done already is the target where more is done
    than there was to do.
    """
    before = starts_on - dt.timedelta(days=1)
    days, left = calendar.between(before, deadline), max(total - base, 0)
    targets = {}
    for period in months(starts_on, deadline):
        so_far = calendar.between(before, min(period.last_day, deadline))
        share = math.ceil(left * so_far / days) if days else left
        targets[str(period)] = base + share
    targets[str(period_of(deadline))] = base + left
    return Line(base=base, total=total, targets=targets)


def target_on(line: Line, starts_on: dt.date, deadline: dt.date, day: dt.date, calendar: Calendar) -> int:
    """Return what shall be done by the end of a day: between two months' ends, by working days."""
    if day < starts_on:
        return line.base
    if day >= deadline:
        return _last(line)
    period = period_of(day)
    earlier, goal = line.targets.get(str(period.previous), line.base), line.targets[str(period)]
    before = max(starts_on, dt.date(period.year, period.month, 1)) - dt.timedelta(days=1)
    whole = calendar.between(before, min(period.last_day, deadline))
    share = calendar.between(before, day) / whole if whole else 1
    return earlier + math.floor((goal - earlier) * share)


def _last(line: Line) -> int:
    return max(line.targets.values(), default=line.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one measure stands on a day; `forecast` is None where nothing moves, and today where all is done."""

    measure: str
    total: int
    done: int
    target: int
    required: int
    forecast: dt.date | None

    @property
    def left(self) -> int:
        """What is left to do."""
        return max(self.total - self.done, 0)

    @property
    def gap(self) -> Decimal:
        """(target - done) / target; 0 where nothing is due yet or more is done than that."""
        if self.target <= self.done or not self.target:
            return Decimal(0)
        return Decimal(self.target - self.done) / self.target

    @property
    def verdict(self) -> str:
        """On track, behind or severe."""
        if self.gap <= _TRACK_LIMIT:
            return ON_TRACK
        return BEHIND if self.gap <= _BEHIND_LIMIT else SEVERE


def required_per_day(left: int, today: dt.date, deadline: dt.date, calendar: Calendar) -> int:
    """Return how much is to be done on each working day that is left, today included; all of it where none is left."""
    days = calendar.between(today - dt.timedelta(days=1), deadline)
    return math.ceil(left / days) if days else left


def mean_per_day(history: Sequence[tuple[dt.date, int]], today: dt.date, done: int) -> Decimal | None:
    """Return what was done each calendar day of the last fourteen, or since the first day known; None without a past.

    Where nothing was noted fourteen days ago, the day before that counts with its own distance. `history` are (day,
    cumulative value), in order.
    """
    since = today - dt.timedelta(days=FORECAST_DAYS)
    known = [one for one in history if one[0] < today]
    if not known:
        return None
    before = [one for one in known if one[0] <= since]
    day, value = before[-1] if before else known[0]
    return Decimal(done - value) / (today - day).days


def forecast_end(left: int, mean: Decimal | None, today: dt.date) -> dt.date | None:
    """Return the day on which it will be done at this pace; None where nothing moves, or not in a hundred years."""
    if not left:
        return today
    if mean is None or mean <= 0:
        return None
    days = math.ceil(Decimal(left) / mean)
    return today + dt.timedelta(days=days) if days <= _FARTHEST else None


def to_table(lines: Mapping[str, Line]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a plan as the table keeps it: (totals with the base, targets by month)."""
    totals = {name: {"base": line.base, "total": line.total} for name, line in lines.items()}
    named = sorted({month for line in lines.values() for month in line.targets})
    return totals, {month: {name: line.targets[month] for name, line in lines.items()} for month in named}


def from_table(totals: Mapping[str, Any], targets: Mapping[str, Any]) -> dict[str, Line]:
    """Return the lines of a plan that `to_table` wrote."""
    return {
        name: Line(
            base=int(whole["base"]),
            total=int(whole["total"]),
            targets={month: int(values[name]) for month, values in targets.items()},
        )
        for name, whole in totals.items()
    }
