"""How long a login lives: without being used, and at most."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

IDLE, ABSOLUTE = "idle", "absolute"
LOGOUT, REPLACED, PASSWORD, DISABLED, RIGHTS, ENDED = "logout", "replaced", "password", "disabled", "rights", "ended"
"""Why a login ended: time-outs; log-out, one login too many, password change, account closed, rights changed, by an officer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """The office's time-outs."""

    idle: dt.timedelta
    absolute: dt.timedelta

    @property
    def touch_every(self) -> dt.timedelta:
        """How stale ``last_seen_at`` may become before it is written again: reading a page should not write each time."""
        return min(dt.timedelta(minutes=1), self.idle / 5)

    def end_reason(self, created: dt.datetime, seen: dt.datetime, now: dt.datetime) -> str | None:
        """Return why a login is over by now, or None while it lives."""
        if now >= created + self.absolute:
            return ABSOLUTE
        if now >= seen + self.idle:
            return IDLE
        return None
