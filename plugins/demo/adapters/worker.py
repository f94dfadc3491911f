"""The real background worker beside the builder, and the real command line inside it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator

from lindang.cli import cli
from lindang.host import Host
from lindang.web import ROOT

_STOP_SECONDS = 20.0


@contextlib.contextmanager
def working(host: Host) -> Iterator[None]:
    """Have a worker process serve the folder as long as the block lasts."""
    with (host.data_dir / "demo-worker.log").open("ab") as log:
        command = [sys.executable, "-m", "lindang", "--data", str(host.data_dir), "worker", "--child"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own program
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
    """Run one of our commands on the folder, in this process, and return what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        cli.main(["--data", str(host.data_dir), *arguments], standalone_mode=False)
    return printed.getvalue()
