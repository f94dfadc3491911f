"""Which engine will read, decided before a transaction: looking for engines may start a process."""

from __future__ import annotations

from lindang.host import Host
from plugins.ingest.adapters.engines import AUTO, OFF, choose
from plugins.ingest.domain.targets import Target
from plugins.ingest.queries.wishes import wanted_engine
from plugins.ingest.tools import settings_of


def engine_for(host: Host, wanted: str) -> str:
    """Return the engine that will read (a wish of ``auto`` or nothing is the settings' choice); empty when none will."""
    settings = settings_of(host)
    engine = choose(settings.ocr if wanted in ("", AUTO) else wanted, settings.ocr_fast_models).engine
    return "" if engine == OFF else engine


def engine_for_target(host: Host, target: Target) -> str:
    """Return the engine that will read an item or a waiting file, as its run wished."""
    with host.view() as session:
        wanted = wanted_engine(session, target)
    return engine_for(host, wanted)


def engine_for_file(host: Host, file_id: int) -> str:
    """Return the engine that will read an intake file, as its run wished."""
    return engine_for_target(host, Target(file_id, is_desk_file=True))
