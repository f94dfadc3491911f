"""Huey as the carrier of job ids: a SQLite file beside the data, or Redis by URL.

Huey acknowledges before it runs, so a killed worker loses what it held; that is why the ledger in ``lindang.jobs`` sends
again whatever has no living lease, and why this file needs no durability of its own.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import RedisHuey, SqliteHuey
from huey.api import Huey


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


def embedded_queue(data_dir: Path) -> HueyQueue:
    """Return the queue in ``queue.db`` of the data folder."""
    return HueyQueue(SqliteHuey("lindang", filename=str(data_dir / "queue.db"), results=False, fsync=False))


def redis_queue(url: str) -> HueyQueue:
    """Return the queue on the Redis server at ``url``."""
    return HueyQueue(RedisHuey("lindang", url=url, results=False))
