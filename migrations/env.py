"""Alembic's environment: runs inside the engine that ``lindang.migrate`` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import JSON, Engine

import models  # registers every table
from lindang.config import load_settings
from lindang.db import Fixed4, UtcDateTime, make_engine

metadata = models.Base.metadata


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as the plain ones that they are stored in: a migration must not change with the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Fixed4):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _engine() -> Engine:
    given = context.config.attributes.get("engine")
    if isinstance(given, Engine):
        return given
    settings = load_settings()
    return make_engine(settings.host.database_url, settings.host.data_dir)


def run() -> None:
    """Run the migrations in one transaction (SQLite, too, changes structure transactionally)."""
    engine = _engine().execution_options(write=True)
    with engine.connect() as connection, connection.begin():
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
