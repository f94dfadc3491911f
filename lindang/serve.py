"""``lindang run``: the web server and one worker child, in one command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

import structlog
import waitress
from flask import Flask

from lindang.host import Host
from lindang.web import ROOT

log = structlog.get_logger()

RESTART_SECONDS = 1.0
STOP_SECONDS = 15.0


class WorkerChild:
    """Keeps one worker process alive: starts it, starts it again when it dies, stops it at the end."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the child and the thread that watches it."""
        self._spawn()
        threading.Thread(target=self._watch, daemon=True, name="worker-watch").start()

    def stop(self) -> None:
        """Ask the child to end, then make it."""
        self._stopping.set()
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _spawn(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "lindang", *self._arguments]
        self._process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own program

    def _watch(self) -> None:
        while not self._stopping.is_set():
            if self._process is not None and self._process.poll() is not None:
                log.warning("worker.died", status=self._process.returncode)
                time.sleep(RESTART_SECONDS)
                if not self._stopping.is_set():
                    self._spawn()
            time.sleep(0.2)


def serve(host: Host, app: Flask, worker_arguments: list[str] | None) -> None:
    """Serve until SIGTERM or SIGINT; ``worker_arguments`` None means that the worker runs elsewhere."""
    settings = host.settings.host
    server = waitress.create_server(
        app,
        host=settings.address,
        port=settings.port,
        threads=settings.threads,
        ident="lindang",
        max_request_body_size=settings.upload_limit_mb * 1024 * 1024 + 1024 * 1024,
        inbuf_overflow=256 * 1024,
        clear_untrusted_proxy_headers=True,
    )
    child = WorkerChild(worker_arguments) if worker_arguments is not None else None
    signal.signal(signal.SIGTERM, _stop)
    try:
        if child:
            child.start()
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        if child:
            child.stop()
        host.close()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
