"""The machine's own clock."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """Tells the present instant in UTC."""

    def now(self) -> dt.datetime:
        """Return now, aware, in UTC."""
        return dt.datetime.now(dt.UTC)
