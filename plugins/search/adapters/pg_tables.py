"""The tables of the PostgreSQL index: a schema of its own, a pair of tables per generation, one generation current.

Everything in the schema is derived from the archive's tables and made by the adapter; it is in no migration and may be
dropped at any time (the index is then rebuilt)::

    search_index.generation     number, format, spelling, state ('building' or 'current'), when begun, when last written
    search_index.dirty          units that changed while a generation was being built
    search_index.unit_3         key and stamp of every unit of generation 3
    search_index.doc_3          its documents: facts, texts, and the lexemes that the GIN index holds
    search_index.doc_3_0        a part of them, where they are spread over several servers (see `pg_shards`)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Float, Integer, MetaData, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from plugins.search.domain.matching import COLUMN_OF_FIELD

SCHEMA = "search_index"
TEXT_COLUMNS = tuple(COLUMN_OF_FIELD.values())
_FACTS: tuple[tuple[str, Any], ...] = (
    ("unit", BigInteger),
    ("place", BigInteger),
    ("file_id", BigInteger),
    ("item_id", BigInteger),
    ("page_id", BigInteger),
    ("certificate_id", BigInteger),
    ("page_no", Integer),
    ("area", BigInteger),
    ("day", Integer),
    ("year", Integer),
    ("class_code", Text(collation="C")),
    ("sort_code", Text(collation="C")),
    ("kind", SmallInteger),
    ("state", SmallInteger),
    ("in_batch", SmallInteger),
    ("respelled", SmallInteger),
)
FACT_COLUMNS = tuple(name for name, _type in _FACTS)

_SIZE = text(
    "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = :schema AND c.relkind = 'r'"
)

_METADATA = MetaData(schema=SCHEMA)
GENERATION = Table(
    "generation",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("spelling", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("begun_at", Float(53), nullable=False),
    Column("committed_at", Float(53), nullable=False),
)
DIRTY = Table(
    "dirty", _METADATA, Column("id", BigInteger, primary_key=True), Column("unit", BigInteger, nullable=False)
)


@lru_cache(maxsize=8)
def unit_table(number: int) -> Table:
    """Return the table of the units of a generation."""
    return Table(
        f"unit_{number}",
        MetaData(schema=SCHEMA),
        Column("unit", BigInteger, primary_key=True, autoincrement=False),
        Column("stamp", BigInteger, nullable=False),
    )


@lru_cache(maxsize=32)
def doc_table(number: int | str) -> Table:
    """Return the table of the documents of a generation, or of a part of one ("3_0")."""
    facts = (Column(name, kind, nullable=False, index=name == "unit") for name, kind in _FACTS)
    texts = (Column(name, Text(collation="C"), nullable=False) for name in TEXT_COLUMNS)
    columns = (*facts, Column("division", Text(collation="C"), nullable=False), *texts, Column("grams", TSVECTOR))
    return Table(f"doc_{number}", MetaData(schema=SCHEMA), *columns)


def make_schema(connection: Connection) -> None:
    """Make the schema and the tables that all generations share, where they are not there."""
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    _METADATA.create_all(connection)


def make_indexes(connection: Connection, name: str) -> None:
    """Make the indexes of a loaded table of documents and let the planner know it."""
    table = f"{SCHEMA}.{name}"
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name}_grams ON {table} USING gin (grams)")
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name}_long ON {table} (unit) WHERE grams IS NULL")
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name}_kind ON {table} (kind) WHERE kind <> 4")
    connection.exec_driver_sql(f"ANALYZE {table}")


def size_of_schema(connection: Connection) -> int:
    """Return the bytes of all tables of the index in this database, their indexes included."""
    return int(connection.scalar(_SIZE, {"schema": SCHEMA}) or 0)


def quoted(lexeme: str) -> str:
    """Return a lexeme as PostgreSQL spells it in queries and vectors."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
