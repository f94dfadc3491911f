"""The database: engine, naming convention, column types, and the rules that keep SQLite honest.

SQLite runs in WAL mode with foreign keys on and ``synchronous=FULL`` (NORMAL loses acknowledged commits on a power
cut), and every writing transaction begins with ``BEGIN IMMEDIATE`` (a deferred read-to-write upgrade fails at once with
"database is locked", whatever the time-out). PostgreSQL uses the same models.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Engine, MetaData, String, TypeDecorator, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, ExceptionContext
from sqlalchemy.orm import DeclarativeBase

from lindang.errors import ConfigError, NoSpace
from lindang.i18n import _

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_SECONDS = 20
_NO_ROOM_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
NETWORK_FILESYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs"}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant, stored in UTC; naive values are refused, aware ones come back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Convert to UTC; SQLite keeps it without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Attach UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Fixed4(TypeDecorator[Decimal]):
    """A decimal with four places, stored as an integer of ten-thousandths, so that sums are exact everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Scale; more than four places are refused, never rounded in silence."""
        if value is None:
            return None
        scaled = value * 10_000
        if scaled != scaled.to_integral_value():
            raise ValueError(f"more than four decimals: {value}")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Scale back."""
        return None if value is None else Decimal(value) / 10_000


Json = JSON().with_variant(JSONB(), "postgresql")
Sha256 = String(64)
DivisionCode = String(12)


class Base(DeclarativeBase):
    """Base of every table of the host and of ``models``."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        dt.datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
        Decimal: Fixed4(),
        str: String(),
    }


def make_engine(url: str, data_dir: Path) -> Engine:
    """Return an engine for ``url``, or for the embedded SQLite file when ``url`` is empty.

    Raises:
        ConfigError: the embedded database would lie on a network file system, where WAL corrupts.
    """
    if url and not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, json_serializer=_to_json)
    if not url:
        refuse_network_filesystem(data_dir)
        url = f"sqlite:///{data_dir / 'lindang.db'}"
    connect = {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect, json_serializer=_to_json)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _tell_of_full_disk)
    return engine


def _to_json(value: Any) -> str:
    """Write real characters and no blanks: half the size of escapes, for text that is all Chinese."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # autocommit mode of the driver: the "begin" event below is then the only thing that opens a transaction
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _tell_of_full_disk(context: ExceptionContext) -> None:
    """Let a database that finds no room on the disk say so as everything else does: nothing of the transaction was written."""
    if getattr(context.original_exception, "sqlite_errorcode", None) in _NO_ROOM_CODES:
        raise NoSpace(
            _("磁盘已满，数据库写不进去，这一步没有保存"), remedy=_("请清理磁盘后重试；已入库的档案不受影响。")
        ) from context.original_exception


def refuse_network_filesystem(folder: Path, mounts: str | None = None) -> None:
    """Raise ConfigError when ``folder`` lies on a network file system (``mounts`` in /proc/mounts form)."""
    if mounts is None:
        table = Path("/proc/mounts")
        mounts = table.read_text(encoding="utf-8", errors="replace") if table.exists() else ""
    target = str(folder.resolve())
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), fields[1])
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    if kind in NETWORK_FILESYSTEMS:
        raise ConfigError(
            f"数据文件夹 {folder} 在网络文件系统({kind})上，内置数据库在那里会损坏",
            remedy="请把 [host] data_dir 改到本机磁盘，或用 database_url 连接 PostgreSQL。",
        )
