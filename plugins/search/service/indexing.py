"""Keeping the index in step with the database: after events, from nothing, and at the start of the worker."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import cast

import structlog
from sqlalchemy.orm import Session

from lindang.auth import system_actor
from lindang.errors import Conflict
from lindang.events import Event
from lindang.host import Host
from lindang.i18n import _
from plugins.search.domain.documents import Unit
from plugins.search.domain.engine import IndexedEngine, IndexUnavailable
from plugins.search.domain.spelling import Spelling, chosen_spelling
from plugins.search.queries.changes import pending_units, touched_units
from plugins.search.queries.units import load_units, unit_keys
from plugins.search.service.naming import name_differences, rebuild_names
from plugins.search.service.splitting import split_again, unsplit_numbers

log = structlog.get_logger()

REBUILD_JOB = "search.rebuild"
UNITS_PER_COMMIT = 100
SAMPLE = 25
"""How many units the check at the start compares to the last letter."""


def engine_of(host: Host, name: str = "") -> IndexedEngine:
    """Return the full-text engine of that name, or the one that the settings choose. Raises ConfigError."""
    return cast("IndexedEngine", host.port("search_engine", name or host.settings.plugin("search").engine))


def spelling_of(host: Host) -> Spelling:
    """Return how texts are spelled for searching, by the settings."""
    return chosen_spelling(fold_variants=host.settings.plugin("search").fold_variants)


def index_events(host: Host, events: Iterable[Event]) -> None:
    """Bring the index up to date with what the events say has changed; safe to repeat."""
    with host.view() as session:
        keys = sorted(touched_units(session, events))
    engine = engine_of(host)
    for start in range(0, len(keys), UNITS_PER_COMMIT):
        with host.view() as session:
            units = _load(host, session, keys[start : start + UNITS_PER_COMMIT])
        if not engine.replace(units):
            order_rebuild(host, "no readable index")
            return


def rebuild(host: Host, progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Make names and pieces of numbers right, build the index anew beside the one in use and swap it in; returns the number of units.

    Raises:
        Conflict: If another rebuild runs.
    """
    rebuild_names(host, progress)
    split_again(host)
    return build_index(host, engine_of(host), progress)


def build_index(host: Host, engine: IndexedEngine, progress: Callable[[int, int], None]) -> int:
    """Build the index of an engine anew, or go on with one half-built; returns the number of units. Raises Conflict."""
    try:
        return engine.rebuild(lambda known: _all_units(host, progress, known), lambda keys: read_units(host, keys))
    except BlockingIOError as error:
        raise Conflict(_("索引正在重建"), remedy=_("请等它完成。")) from error


def _all_units(host: Host, progress: Callable[[int, int], None], known: AbstractSet[int]) -> Iterator[Unit]:
    """Yield every unit but the known ones, in short reading transactions, so that a long rebuild holds up nobody."""
    with host.view() as session:
        stored = unit_keys(session)
    keys = [key for key in stored if key not in known]
    for start in range(0, len(keys), UNITS_PER_COMMIT):
        progress(len(stored) - len(keys) + start, len(stored))
        yield from read_units(host, keys[start : start + UNITS_PER_COMMIT])
    progress(len(stored), len(stored))


def read_units(host: Host, keys: Iterable[int]) -> list[Unit]:
    """Return these units as the database has them now, spelled for searching; one that is gone has no documents."""
    with host.view() as session:
        return _load(host, session, keys)


def _load(host: Host, session: Session, keys: Iterable[int]) -> list[Unit]:
    return list(spelling_of(host).units(load_units(session, list(keys))))


def order_rebuild(host: Host, reason: str) -> None:
    """Queue a rebuild, unless one is waiting already."""
    log.warning("search.rebuild_ordered", reason=reason)
    with host.uow(system_actor()) as uow:
        uow.enqueue(REBUILD_JOB, "", label=_("重建检索索引"))


# --- is the index right? ----------------------------------------------------------------------------------------


def differences(host: Host, *, sample: int | None = None, engine: str = "") -> dict[int, str]:
    """Compare index and database, units with events on their way left aside.

    Args:
        host: The host.
        sample: How many units to compare in full; all when left out. Keys are always compared.
        engine: Name of the engine whose index is meant; that of the settings when left out.

    Returns:
        What is wrong, by unit key: ``missing``, ``surplus`` or ``stale``.

    Raises:
        IndexUnavailable: There is no readable index.
    """
    with host.view() as session:
        keys = unit_keys(session)
    compared = set(keys if sample is None or len(keys) <= sample else random.sample(keys, sample))
    first = _compare(host, compared, engine)
    # An event delivered between the two readings looks like a fault; it no longer does the second time.
    second = _compare(host, compared & first.keys(), engine) if first else {}
    return {key: fault for key, fault in second.items() if key in first}


def _compare(host: Host, compared: Iterable[int], engine: str) -> dict[int, str]:
    with host.view() as session:
        moving, stored = pending_units(session), set(unit_keys(session))
        indexed = engine_of(host, engine).stamps()
        wrong = dict.fromkeys(stored - indexed.keys(), "missing") | dict.fromkeys(indexed.keys() - stored, "surplus")
        for unit in _load(host, session, sorted(indexed.keys() & stored & set(compared))):
            if unit.stamp != indexed[unit.key]:
                wrong[unit.key] = "stale"
    return {key: fault for key, fault in wrong.items() if key not in moving}


def check_at_start(host: Host) -> None:
    """Order a rebuild if the index cannot be read, or if index, names or numbers are not those of the database."""
    try:
        wrong = differences(host, sample=SAMPLE)
    except IndexUnavailable as error:
        order_rebuild(host, str(error))
        return
    if wrong:
        key, fault = next(iter(wrong.items()))
        order_rebuild(host, f"{len(wrong)} units differ, first: {key} {fault}")
    elif unnamed := name_differences(host, sample=SAMPLE):
        key, fault = next(iter(unnamed.items()))
        order_rebuild(host, f"names of {len(unnamed)} certificates differ, first: {key} {fault}")
    elif unsplit := unsplit_numbers(host, sample=SAMPLE):
        order_rebuild(host, f"{len(unsplit)} numbers lack pieces, first: {unsplit[0]}")


def prepare_empty(host: Host) -> None:
    """Give a new archive its empty index at once, so that its first day needs no rebuild."""
    try:
        engine_of(host).stamps()
    except IndexUnavailable:
        with host.view() as session:
            is_new = not unit_keys(session)
        if is_new:
            rebuild(host)
