"""Brings the database to the structure of this program, with Alembic."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from lindang.host import Host

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def _config(host: Host | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if host is not None:
        config.attributes["engine"] = host.engine
    return config


def head_revision() -> str | None:
    """Return the revision that this program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current_revision(host: Host) -> str | None:
    """Return the revision of the database, None when it is empty."""
    with host.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(host: Host, revision: str = "head") -> None:
    """Upgrade to ``revision``; processes that start together take turns."""
    with _only_one(host.data_dir):
        command.upgrade(_config(host), revision)


def downgrade(host: Host, revision: str) -> None:
    """Go back to ``revision``; for tests and emergencies."""
    with _only_one(host.data_dir):
        command.downgrade(_config(host), revision)


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    with (data_dir / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(host: Host) -> None:
    """Make the archive ready to run: structure, then every plugin's reference data. Safe to repeat."""
    if current_revision(host) != head_revision():
        upgrade(host)
    for plugin in host.plugins:
        if plugin.setup is not None:
            plugin.setup(host)
