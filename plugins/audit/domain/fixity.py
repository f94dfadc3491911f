"""What to do about a stored file after both places were read: decided by digests only, never by age, size or name."""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import dataclass
from typing import Final


class Reading(enum.Enum):
    """What reading a file again showed."""

    GOOD = "good"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNASKED = "unasked"
    """There is no second copy, or its disk is not there now."""


class Remedy(enum.Enum):
    """What is done then."""

    NOTHING = "nothing"
    COPY = "copy"
    """Make the second copy, or make it anew, from the good file in the store."""
    RECOVER = "recover"
    """Put the good second copy into the store."""
    ALARM = "alarm"
    """There is no good file anywhere: people must bring a backup."""


def remedy(store: Reading, copy: Reading) -> Remedy:
    """Return what is done about a file."""
    if store is Reading.GOOD:
        return Remedy.COPY if copy in {Reading.DAMAGED, Reading.MISSING} else Remedy.NOTHING
    return Remedy.RECOVER if copy is Reading.GOOD else Remedy.ALARM


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be read in one go: seconds, and bytes per second (0: without limit)."""

    seconds: float = 0.0
    bytes_per_second: float = 0.0

    def is_spent(self, elapsed: float) -> bool:
        """Say whether the time is over."""
        return bool(self.seconds) and elapsed >= self.seconds

    def rest(self, elapsed: float, read: int) -> float:
        """Return how many seconds to wait so that so many bytes have not been read too quickly."""
        return max(0.0, read / self.bytes_per_second - elapsed) if self.bytes_per_second else 0.0


_HOURS: Final = re.compile(r"([01]?\d|2[0-3])-([01]?\d|2[0-3])")


def is_hour_for_it(hours: str, now: dt.time) -> bool:
    """Say whether reading is allowed now: ``20-7`` means from eight in the evening until seven; empty means always."""
    if not hours:
        return True
    match = _HOURS.fullmatch(hours)
    if match is None:
        return False
    first, last = int(match[1]), int(match[2])
    return first <= now.hour < last if first < last else now.hour >= first or now.hour < last
