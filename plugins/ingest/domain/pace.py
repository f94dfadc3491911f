"""How fast work goes and when it will be done, from what the last minutes brought."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

WINDOW: Final = dt.timedelta(minutes=10)
"""How far back the pace is measured."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Pages done and expected (``total`` is an estimate until all files are parsed), pages of the window, its minutes."""

    done: int
    total: int
    recent: int
    minutes: float

    @property
    def per_minute(self) -> float:
        """Pages a minute."""
        return self.recent / self.minutes if self.minutes > 0 else 0.0

    def end(self, now: dt.datetime) -> dt.datetime | None:
        """Return when the rest will be done at this pace; None while nothing moves or nothing is left."""
        left = self.total - self.done
        if left <= 0 or self.per_minute <= 0:
            return None
        return now + dt.timedelta(minutes=left / self.per_minute)


def expected_pages(done: int, files_left: int, *, pages: int, files_parsed: int) -> int:
    """Return how many pages it will be in all: those done, and as many for each file left as those parsed have on average."""
    return done + round(files_left * (pages / files_parsed if files_parsed else 1))


def window_minutes(started: dt.datetime, now: dt.datetime) -> float:
    """Return how many minutes the window covers: no more than the work has lasted, no less than a quarter."""
    return max(0.25, min(now - started, WINDOW).total_seconds() / 60)
