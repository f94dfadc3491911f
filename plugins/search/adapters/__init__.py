"""Search engines behind the port ``search_engine``."""

from __future__ import annotations

from lindang.errors import ConfigError
from lindang.host import Host
from plugins.search.adapters.pg_engine import PostgresEngine
from plugins.search.adapters.pg_shards import OneServer, Shards
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.spelling import chosen_spelling


def make_whoosh(host: Host) -> WhooshEngine:
    """Return the embedded engine, with its index in the data folder."""
    return WhooshEngine(host.data_dir / "index", _spelling(host))


def make_postgresql(host: Host) -> PostgresEngine:
    """Return the engine inside the archive's PostgreSQL. Raises ConfigError if the archive has an embedded database."""
    if host.engine.dialect.name != "postgresql":
        raise ConfigError(
            '[plugins.search] engine = "postgresql"：档案库不在 PostgreSQL 里',
            remedy='请先用 [host] database_url 连接 PostgreSQL，或改回 engine = "whoosh"。',
        )
    settings = host.settings.plugin("search")
    places = Shards(settings.shards) if settings.shards else OneServer()
    return PostgresEngine(host.engine, exact_up_to=settings.exact_up_to, spelling=_spelling(host), places=places)


def _spelling(host: Host) -> str:
    return chosen_spelling(fold_variants=host.settings.plugin("search").fold_variants).name
