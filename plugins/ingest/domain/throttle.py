"""Counting requests in a sliding window, in memory: enough to slow somebody down who tries addresses or floods one."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

_MOST_KEYS: Final = 10_000


@dataclass(slots=True)
class Throttle:
    """At most ``limit`` requests of a key in ``seconds``; safe to use from several threads."""

    limit: int
    seconds: float
    _seen: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, key: str, now: float) -> bool:
        """Count a request and say whether it may pass; ``now`` is a monotonic time in seconds."""
        with self._lock:
            times = self._seen.setdefault(key, deque())
            while times and now - times[0] >= self.seconds:
                times.popleft()
            if len(self._seen) > _MOST_KEYS:
                self._forget(now)
            if len(times) >= self.limit:
                return False
            times.append(now)
            return True

    def _forget(self, now: float) -> None:
        self._seen = {key: times for key, times in self._seen.items() if times and now - times[-1] < self.seconds}
