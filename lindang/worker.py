"""The worker process: runs jobs, delivers events, offers lost jobs again.

One per machine in the embedded default; it alone writes the search index. Three kinds of threads: the queue's consumers
(jobs), the dispatcher (events, every 0.2 s) and the sweeper (jobs nobody holds, every second).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

import structlog
from sqlalchemy import func, select

from lindang.errors import Conflict, Unavailable
from lindang.events import Dispatcher, pending
from lindang.host import Host
from lindang.jobs import QUEUED, RUNNING, JobRow, Sweeper, due_jobs, run_job

log = structlog.get_logger()

DISPATCH_SECONDS = 0.2
SWEEP_SECONDS = 1.0
HEARTBEAT_FILE = "worker.alive"
_PR_SET_PDEATHSIG = 1


def run_worker(host: Host) -> None:
    """Work until SIGTERM or SIGINT. Raises Conflict when a worker already serves this data folder."""
    lock = take_worker_lock(host)
    for plugin in host.plugins:
        if plugin.on_worker_start is not None:
            plugin.on_worker_start(host)
    dispatcher, sweeper = Dispatcher(host), Sweeper(host)
    _every(DISPATCH_SECONDS, lambda: _beat(host, dispatcher), "dispatcher")
    _every(SWEEP_SECONDS, sweeper.run_once, "sweeper")
    log.info("worker.started", workers=host.settings.host.workers)
    try:
        host.queue.consume(lambda job_id: run_job(host, job_id), workers=host.settings.host.workers)
    finally:
        lock.close()


def take_worker_lock(host: Host) -> IO[str]:
    """Hold the folder's worker lock (a kernel lock: it goes with the process)."""
    lock = (host.data_dir / "worker.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise Conflict(f"数据文件夹 {host.data_dir} 已有后台进程在运行", remedy="同一文件夹只能有一个。") from error
    return lock


def drain(host: Host, *, timeout: float = 3600.0) -> None:
    """Return when no job is due and no event waits: work here when no worker runs, else wait for it.

    Used by ``--wait`` on the command line and by tests. Raises Unavailable when ``timeout`` seconds were not enough.
    """
    try:
        lock = take_worker_lock(host)
    except Conflict:
        _wait_for_worker(host, timeout)
        return
    deadline = time.monotonic() + timeout
    try:
        for plugin in host.plugins:
            if plugin.on_worker_start is not None:
                plugin.on_worker_start(host)
        dispatcher = Dispatcher(host)
        while time.monotonic() < deadline:
            delivered = dispatcher.run_once()
            due = due_jobs(host)
            for job_id in due:
                run_job(host, job_id)
            if not due and not delivered:
                return
    finally:
        lock.close()
    raise Unavailable("后台任务没有在规定时间内做完", remedy="请到“任务中心”查看。")


def _wait_for_worker(host: Host, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with host.view() as session:
            busy = session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state.in_((QUEUED, RUNNING))))
            if not busy and not pending(session):
                return
        time.sleep(0.2)
    raise Unavailable("后台任务没有在规定时间内做完", remedy="请到“任务中心”查看。")


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies, so that no worker is left behind (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:
            raise SystemExit(0)


def seconds_since_heartbeat(host: Host) -> float | None:
    """Return how long ago the worker last beat; None when it never did."""
    file = host.data_dir / HEARTBEAT_FILE
    return time.time() - file.stat().st_mtime if file.exists() else None


def _beat(host: Host, dispatcher: Dispatcher) -> None:
    file = host.data_dir / HEARTBEAT_FILE
    if not file.exists() or time.time() - file.stat().st_mtime > 1:
        file.touch()
    while dispatcher.run_once():
        pass


def _every(seconds: float, action: Callable[[], object], name: str) -> None:
    def loop() -> None:
        while True:
            try:
                action()
            except Exception:
                log.exception("worker.loop_failed", loop=name)
                time.sleep(2)
            time.sleep(seconds)

    threading.Thread(target=loop, daemon=True, name=name).start()
