"""Kills a command at every one of its system calls that change something, and looks at what is left.

``strace`` injects SIGKILL at the n-th call of one kind (its counters run per call and per process), so the points are
enumerated, not drawn: run once to count, then once per point. After each kill the caller recovers as the office would
(the same command again) and the invariants must hold.

A SIGKILL keeps the page cache; it proves the order of operations, not what a power cut leaves.
"""

from __future__ import annotations

import collections
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "link", "unlink", "ftruncate", "mkdir")
TIMEOUT_SECONDS = 600
"""A busy machine takes two minutes for what takes three seconds otherwise; that is no finding."""
STRACE = ("strace", "-f", "-qq")  # not --seccomp-bpf: strace 6.1 then injects at the first call of a kind or never
_LINE = re.compile(r"^(\d+) +(\w+)\(")


@dataclass(frozen=True, slots=True)
class Point:
    """The ``number``-th call of one kind in any one process of the command."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call}#{self.number}"


def environment() -> dict[str, str]:
    """Return the environment of the commands: the checkout importable, no settings of the person who runs the test."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINDANG")}
    return {**clean, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def run(arguments: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a Python command of the project to its end."""
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=check, timeout=TIMEOUT_SECONDS
    )


def points(arguments: Sequence[str], trace: Path) -> list[Point]:
    """Run the command once under strace and return every point at which it can be killed, in a fixed order."""
    wanted = ",".join(CALLS)
    command = [*STRACE, "-e", f"trace={wanted}", "-e", "signal=none", "-o", str(trace), sys.executable]
    subprocess.run(
        [*command, *arguments], env=environment(), cwd=ROOT, capture_output=True, check=True, timeout=TIMEOUT_SECONDS
    )
    counted: collections.Counter[tuple[str, str]] = collections.Counter()
    for line in trace.read_text(errors="replace").splitlines():
        found = _LINE.match(line)
        if found and found.group(2) in CALLS:
            counted[found.group(1), found.group(2)] += 1
    most: dict[str, int] = {}
    for (_process, call), count in counted.items():
        most[call] = max(most.get(call, 0), count)
    return [Point(call, number) for call in CALLS for number in range(1, most.get(call, 0) + 1)]


def kill_at(point: Point, arguments: Sequence[str], trace: Path) -> bool:
    """Run the command and kill whichever process makes that call; return whether a process died there."""
    _injected(point, arguments, trace, "signal=SIGKILL")
    return "+++ killed by SIGKILL" in trace.read_text(errors="replace")


def fail_at(point: Point, arguments: Sequence[str], trace: Path, error: str = "ENOSPC") -> bool:
    """Run the command with that one call failing with ``error``; return whether it was made and did fail."""
    _injected(point, arguments, trace, f"error={error}")
    return "(INJECTED)" in trace.read_text(errors="replace")


def _injected(point: Point, arguments: Sequence[str], trace: Path, what: str) -> None:
    inject = f"inject={point.call}:{what}:when={point.number}"
    command = [*STRACE, "-o", str(trace), "-e", f"trace={point.call}", "-e", inject, sys.executable]
    subprocess.run(
        [*command, *arguments], env=environment(), cwd=ROOT, capture_output=True, check=False, timeout=TIMEOUT_SECONDS
    )


def some(found: Sequence[Point]) -> Iterator[Point]:
    """Yield the point in the middle of each kind of call: a slice that takes a minute."""
    for call in CALLS:
        kind = [point for point in found if point.call == call]
        if kind:
            yield kind[len(kind) // 2]
