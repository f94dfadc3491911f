"""An office that opens in a moment: the program is loaded once, and every opening is a fork of it.

Started as ``python -m tests.crash.nursery DATA SETTINGS``: a line ``open PORT`` on standard input starts web server and worker,
both in a process group of their own, and answers with its number; whoever asked may kill the whole group at any moment. A
crashed office is opened again by the next line. The settings are those of ``lindang.testing.make_host``, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from flask import Flask  # noqa: F401 - loaded here once for all forks

from lindang.cli import composition
from lindang.config import load_settings
from lindang.host import Host
from lindang.serve import serve
from lindang.web import create_web_app
from lindang.worker import run_worker

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The parent's side: opens offices over one data folder and kills them."""

    def __init__(self, data: Path, settings: dict[str, Any], log: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.nursery", str(data), json.dumps(settings)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def open(self, port: int) -> int:
        """Open an office at a port of this machine; returns the number of its process group."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"open {port}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the nursery; offices that are still open go on."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def kill(group: int) -> None:
    """Kill web server and worker of an office at once; their child processes end because their pipes close."""
    os.killpg(group, signal.SIGKILL)
    while any(_is_alive(process, group) for process in Path("/proc").iterdir() if process.name.isdigit()):
        time.sleep(0.01)


def _is_alive(process: Path, group: int) -> bool:
    """Say whether a process is one of the group and not dead: those that nobody has buried yet count as dead."""
    try:
        _name, _end, facts = (process / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")
    except OSError:
        return False
    state, _parent, its_group = facts.split()[:3]
    return int(its_group) == group and state not in "ZX"


def _host(data: Path, settings: dict[str, Any], port: int) -> Host:
    given = dict(settings)
    base = {"data_dir": str(data), "disk_reserve_mb": 0, "port": port, **given.pop("host", {})}
    values = {"host": base, "plugins": given}
    made: Host = composition().make_host(load_settings(environment={}, overrides=values))
    return made


def _open(data: Path, settings: dict[str, Any], port: int) -> int:
    """Fork a web server, which forks a worker; returns the group's number."""
    pid = os.fork()
    if pid:
        os.setpgid(pid, pid)  # here and in the fork: whichever comes first, the group is there when its number is told
        return pid
    os.setpgid(0, 0)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    if os.fork() == 0:
        run_worker(_host(data, settings, port))
        os._exit(0)
    host = _host(data, settings, port)
    serve(host, create_web_app(host), None)
    os._exit(0)


def bury() -> None:
    """Take leave of the offices that were killed: not by ignoring their signals, which every child would inherit."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """Open offices until standard input ends."""
    data, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
    for line in sys.stdin:
        bury()
        sys.stdout.write(f"{_open(data, settings, int(line.split()[1]))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
