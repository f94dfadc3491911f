"""When a folder has come to rest: all its files have kept size and time for a while, so the copying is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.ingest.domain.naming import folder_of

Stamp = tuple[int, int]
"""Size in bytes and modification time in nanoseconds."""


@dataclass(slots=True)
class Stability:
    """Remembers since when each file has not changed. Clocks of file servers do not matter: only change does."""

    seconds: float
    _since: dict[str, tuple[Stamp, float]] = field(default_factory=dict)

    def settled(self, seen: Mapping[str, Stamp], now: float) -> list[str]:
        """Return the paths of all folders at rest, in the order seen.

        A folder is at rest when every file in it has been the same for ``seconds``; a household is then taken whole and
        its items get their numbers in order. Files that stand in no folder settle one by one.

        Args:
            seen: relative paths with their stamps, all files that are there now.
            now: a monotonic time in seconds.
        """
        self._since = {path: self._age_of(path, stamp, now) for path, stamp in seen.items()}
        restless = {group_of(path) for path, (_stamp, since) in self._since.items() if now - since < self.seconds}
        return [path for path in seen if group_of(path) not in restless]

    def _age_of(self, path: str, stamp: Stamp, now: float) -> tuple[Stamp, float]:
        known = self._since.get(path)
        return known if known is not None and known[0] == stamp else (stamp, now)


def group_of(path: str) -> str:
    """Return what settles together: the first folder of a path, or the file itself where there is none."""
    return folder_of(path).partition("/")[0] or path
