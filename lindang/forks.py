"""Children that load their libraries once and fork one process for every question: quick, and each question starts clean.

A module of such a child calls :func:`serve`; the parent asks through a :class:`ChildPool`. What the forked process does to bound
itself (limits, what it may read) is its own first act; network and parent's death are seen to here.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from lindang import limits as walls
from lindang.child import LineChild

LOST: Final = "lost"
"""In an answer: the exit status of a forked process that gave none (negative: a signal)."""

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class ChildPool:
    """Child processes of one module, kept for the next question; safe to use from several threads."""

    def __init__(self, module: str, folder: Path) -> None:
        """Take the module to run with ``python -m`` and the folder for its temporary files; nothing is started yet."""
        self._module, self._folder = module, folder
        self._idle: list[LineChild] = []
        self._lock = threading.Lock()

    def ask(self, question: dict[str, Any], *, timeout: float) -> dict[str, Any]:
        """Return the answer of a child that is free, or of a new one. Raises what `LineChild.ask` raises."""
        with self._lock:
            child = self._idle.pop() if self._idle else LineChild(self._module, (), folder=str(self._folder))
        try:
            return child.ask(question, timeout=timeout)
        finally:
            with self._lock:
                self._idle.append(child)

    def close(self) -> None:
        """End the idle children."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.close()


def serve(answer: Answer) -> None:
    """Answer questions until standard input ends, each in a forked process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever started us may ignore it, and we are to learn how each ends
    walls.die_with_parent()
    walls.leave_network()
    gc.freeze()  # what is loaded is shared with the forks, not copied when the collector walks over it
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_in_fork(answer, json.loads(line))) + "\n")
        sys.stdout.flush()


def _in_fork(answer: Answer, question: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_the_fork(answer, question, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    found: dict[str, Any] = json.loads(said) if status == 0 else {LOST: status}
    return found


def _be_the_fork(answer: Answer, question: dict[str, Any], pipe: int) -> None:
    """Answer one question; never returns, and never runs the clean-up of the process it is a copy of."""
    code = 1
    try:
        walls.die_with_parent()
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, sys.stdin.fileno())
        os.dup2(nothing, sys.stdout.fileno())
        said = json.dumps(answer(question)).encode()
        with os.fdopen(pipe, "wb") as stream:
            stream.write(said)
        code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())
        os._exit(code)
