"""Moving to another engine: its index is built beside, from the database, while the engine of the settings answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lindang.errors import Conflict
from lindang.host import Host
from lindang.i18n import _
from plugins.search.domain.engine import IndexedEngine, IndexUnavailable
from plugins.search.service.indexing import UNITS_PER_COMMIT, build_index, differences, engine_of, read_units

MOST_ROUNDS = 5
"""How often what changed meanwhile is taken over before the move gives up; each round is shorter than the one before."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did: units in the new index, whether it was built or only brought up to date, and how many were."""

    units: int
    is_built: bool
    caught_up: int


def move_to(host: Host, name: str, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Moved:
    """Make the index of another engine equal to the database; the settings are left to whoever runs the archive.

    A move that was cut off goes on; one that was finished only takes over what has changed since.

    Raises:
        Conflict: The engine answers already, or the index does not become equal.
        ConfigError: There is no such engine, or it cannot be used with this archive.
    """
    if name == host.settings.plugin("search").engine:
        raise Conflict(_("现在用的就是这个索引"), remedy=_("无需迁移；要重建请运行：lindang search rebuild"))
    engine, is_built = engine_of(host, name), False
    try:
        engine.stamps()
    except IndexUnavailable:
        build_index(host, engine, progress)
        is_built = True
    caught_up = _catch_up(host, engine)
    return Moved(units=len(engine.stamps()), is_built=is_built, caught_up=caught_up)


def _catch_up(host: Host, engine: IndexedEngine) -> int:
    """Take over every difference to the database; returns how many there were."""
    count = 0
    for _round in range(MOST_ROUNDS):
        wrong = sorted(differences(host, engine=engine.name))
        if not wrong:
            return count
        count += len(wrong)
        for start in range(0, len(wrong), UNITS_PER_COMMIT):
            engine.replace(read_units(host, wrong[start : start + UNITS_PER_COMMIT]))
    raise Conflict(_("新索引与数据库仍有差别"), remedy=_("请在改动较少时再运行一次；会从现在的状态继续。"))
