"""The real background worker beside the builder, and the real command line, as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lindang.errors import PermanentFailure
from lindang.host import Host
from lindang.web import ROOT

_STOP_SECONDS = 20.0


def _command(host: Host, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "lindang", "--data", str(host.data_dir), *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def working(host: Host) -> Iterator[None]:
    """Have a worker process serve the folder as long as the block lasts."""
    with (host.data_dir / "demo-worker.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            _command(host, "worker", "--child"), env=_environment(), stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run_command(host: Host, *arguments: str) -> str:
    """Run one of our commands on the folder and return what it prints.

    Raises:
        PermanentFailure: it failed; the message is what it said.
    """
    done = subprocess.run(  # noqa: S603 - our own program
        _command(host, *arguments), env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PermanentFailure(f"lindang {' '.join(arguments)}: {done.stderr.strip()[-800:]}")
    return done.stdout
