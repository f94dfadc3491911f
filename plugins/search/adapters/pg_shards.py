"""Where the documents of a PostgreSQL index lie: in the archive's own server, or spread over several.

Spread, the table of a generation is partitioned by unit; each partition is a foreign table (``postgres_fdw``) whose rows lie in
another server. The archive's server asks all of them at once and puts their answers together; units, generations and locks
stay with it. What a crash leaves on the others is swept at the next build, and a unit of which only one server knows is found
by comparing stamps, like everything else that an index may have missed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from plugins.search.adapters.pg_tables import (
    SCHEMA,
    doc_table,
    make_indexes,
    size_of_schema,
)

_ROWS_AT_A_TIME = 2000


class Places(Protocol):
    """Makes, measures and drops the tables of documents."""

    @property
    def description(self) -> str:
        """What an index has to be built anew for when it changes."""

    def make(self, connection: Connection, number: int) -> None:
        """Make the empty table of a generation."""

    def index(self, connection: Connection, number: int) -> None:
        """Make the indexes of a loaded generation and let the planner know it."""

    def sweep(self, kept: Iterable[int]) -> None:
        """Drop, away from the archive's server, the tables of all generations but these."""

    def size(self, connection: Connection) -> int:
        """Return the bytes of the whole schema."""


class OneServer:
    """Everything in the archive's own database."""

    description = ""

    def make(self, connection: Connection, number: int) -> None:
        """Make the empty table of a generation."""
        doc_table(number).create(connection)

    def index(self, connection: Connection, number: int) -> None:
        """Make the indexes of a loaded generation and let the planner know it."""
        make_indexes(connection, f"doc_{number}")

    def sweep(self, kept: Iterable[int]) -> None:
        """Drop nothing: there is no other server."""

    def size(self, connection: Connection) -> int:
        """Return the bytes of the whole schema."""
        return size_of_schema(connection)


class Shards:
    """The documents spread over other databases; the archive's role may use ``postgres_fdw``, and make a schema in each."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Take the databases' addresses, as in `database_url`; nothing is connected before the first use."""
        self._urls = [make_url(url) for url in urls]

    @property
    def description(self) -> str:
        """What an index has to be built anew for when it changes: the databases, their order included."""
        return " ".join(map(_address, self._urls))

    @cached_property
    def _engines(self) -> list[Engine]:
        return [create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool) for url in self._urls]

    def make(self, connection: Connection, number: int) -> None:
        """Make the empty table of a generation: partitions on the others, and what names them in the archive's server."""
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgres_fdw")
        whole = CreateTable(doc_table(number)).compile(connection.engine)
        connection.exec_driver_sql(f"{whole} PARTITION BY HASH (unit)")
        for place, (url, engine) in enumerate(zip(self._urls, self._engines, strict=True)):
            with engine.connect() as shard:
                shard.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                shard.exec_driver_sql(f"DROP TABLE IF EXISTS {SCHEMA}.doc_{number}_{place}")
                doc_table(f"{number}_{place}").create(shard)
            _introduce(connection, url)
            connection.exec_driver_sql(
                f"CREATE FOREIGN TABLE {SCHEMA}.doc_{number}_{place} PARTITION OF {SCHEMA}.doc_{number}"
                f" FOR VALUES WITH (MODULUS {len(self._urls)}, REMAINDER {place})"
                f" SERVER {_server(url)} OPTIONS (schema_name '{SCHEMA}', table_name 'doc_{number}_{place}')"
            )

    def index(self, connection: Connection, number: int) -> None:
        """Make the indexes on each server, and let its planner and the archive's know the tables."""
        for place, engine in enumerate(self._engines):
            with engine.connect() as shard:
                make_indexes(shard, f"doc_{number}_{place}")
        connection.exec_driver_sql(f"ANALYZE {SCHEMA}.doc_{number}")

    def sweep(self, kept: Iterable[int]) -> None:
        """Drop, on the other servers, the tables of all generations but these."""
        for place, engine in enumerate(self._engines):
            wanted = {f"doc_{number}_{place}" for number in kept}
            with engine.connect() as shard:
                for name in inspect(shard).get_table_names(SCHEMA):
                    if name.startswith("doc_") and name.endswith(f"_{place}") and name not in wanted:
                        shard.exec_driver_sql(f'DROP TABLE {SCHEMA}."{name}"')

    def size(self, connection: Connection) -> int:
        """Return the bytes of the whole schema, on all servers."""
        total = size_of_schema(connection)
        for engine in self._engines:
            with engine.connect() as shard:
                total += size_of_schema(shard)
        return total


def _server(url: URL) -> str:
    """Return the name by which the archive's server knows a database: another address, another name."""
    return f"lindang_search_{zlib.crc32(_address(url).encode()):08x}"


def _address(url: URL) -> str:
    return f"{_host(url)}:{url.port or 5432}/{url.database}"


def _host(url: URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    return host if isinstance(host, str) else host[0]


def _introduce(connection: Connection, url: URL) -> None:
    """Let the archive's server know another one: where it is, and as whom to go there."""
    name, owner = _server(url), "FOR CURRENT_USER SERVER"
    where = {"host": _host(url), "port": url.port or 5432, "dbname": url.database}
    options = _options({**where, "fetch_size": _ROWS_AT_A_TIME, "async_capable": "true"})
    connection.exec_driver_sql(
        f"CREATE SERVER IF NOT EXISTS {name} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({options})"
    )
    connection.exec_driver_sql(f"DROP USER MAPPING IF EXISTS {owner} {name}")
    person = _options({"user": url.username, "password": url.password})
    connection.exec_driver_sql(f"CREATE USER MAPPING {owner} {name} OPTIONS ({person})")


def _options(values: Mapping[str, object]) -> str:
    """Return options in SQL's spelling; those without a value are left out."""
    pairs = ((name, str(value).replace("'", "''")) for name, value in values.items() if value is not None)
    return ", ".join(f"{name} '{value}'" for name, value in pairs)
