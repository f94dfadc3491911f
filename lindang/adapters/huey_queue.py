"""Huey as the carrier of job ids: a SQLite file beside the data, or Redis by URL.

Huey acknowledges before it runs, so a killed worker loses what it held; that is why the ledger in ``lindang.jobs`` sends
again whatever has no living lease, and why this file needs no durability of its own. Whole it must be all the same: without
any synchronising a power cut left it malformed, and nothing could be sent through it any more. So it is synchronised when
its log is folded back (not at each commit), and one that is malformed for whatever reason is set aside and begun anew.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from huey import RedisHuey, SqliteHuey
from huey.api import Huey
from huey.storage import SqliteStorage

log = structlog.get_logger()


class HueyQueue:
    """Sends job ids through Huey and consumes them with worker threads."""

    def __init__(self, huey: Huey) -> None:
        self._huey = huey
        self._run: Callable[[int], None] | None = None
        self._task: Any = huey.task(name="lindang.run")(self._call)

    def _call(self, job_id: int) -> None:
        if self._run is None:
            raise RuntimeError("a job was taken by a process that consumes nothing")
        self._run(job_id)

    def send(self, job_id: int) -> None:
        """Offer the job to the workers."""
        self._task(job_id)

    def consume(self, run: Callable[[int], None], *, workers: int) -> None:
        """Run jobs in ``workers`` threads until SIGTERM or SIGINT; blocks the main thread."""
        self._run = run
        logging.getLogger("huey").setLevel(logging.WARNING)
        consumer = self._huey.create_consumer(
            workers=workers, worker_type="thread", periodic=False, initial_delay=0.05, max_delay=0.25, backoff=1.1
        )
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        consumer.run()


class _WholeFile(SqliteStorage):  # type: ignore[misc]
    """Huey's file, which a power cut may set back by some entries but never spoils."""

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


def embedded_queue(data_dir: Path) -> HueyQueue:
    """Return the queue in ``queue.db`` of the data folder."""
    file = data_dir / "queue.db"
    if not _is_whole(file):
        _set_aside(file)
    return HueyQueue(SqliteHuey("lindang", filename=str(file), results=False, storage_class=_WholeFile))


def _is_whole(file: Path) -> bool:
    if not file.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=20)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.OperationalError:
        return True  # busy: somebody works with it
    except sqlite3.DatabaseError:
        return False


def _set_aside(file: Path) -> None:
    """Move a malformed file and its log away; what it carried is sent again from the ledger of jobs."""
    log.warning("queue.malformed", file=str(file), kept_as=f"{file.name}.damaged")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + ending).rename(file.with_name(f"{file.name}.damaged{ending}"))


def redis_queue(url: str) -> HueyQueue:
    """Return the queue on the Redis server at ``url``."""
    return HueyQueue(RedisHuey("lindang", url=url, results=False))
