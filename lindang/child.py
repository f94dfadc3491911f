"""A child process that answers questions: one JSON line in, one JSON line out, until its standard input ends.

The parent never waits longer than it said it would, and every way in which a child can fail to answer becomes one
exception, :class:`ChildLost`; only a child that was asked to end is told apart. A lost child is replaced at the next
question. Children end with their parent, because the kernel closes the pipe.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "LD_LIBRARY_PATH")
_ONE_THREAD: Final = {
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_ERROR_TAIL: Final = 2000
_PATIENCE_SECONDS: Final = 0.3


class ChildLost(Exception):
    """The child gave no answer: it died with ``status`` (negative: a signal), or its time ran out."""

    def __init__(self, *, timed_out: bool = False, status: int | None = None, errors: str = "") -> None:
        self.timed_out = timed_out
        self.status = status
        self.errors = errors
        super().__init__("timed out" if timed_out else f"status {status}: {errors[-300:]}")


class ChildEnded(Exception):
    """Somebody asked the child to end, as a shutdown does: that says nothing of the question, which may be asked again."""


class LineChild:
    """One child process running ``python -m module arguments``; started at the first question."""

    def __init__(self, module: str, arguments: Sequence[str], *, folder: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._folder = folder
        self._running: _Running | None = None

    def ask(self, question: dict[str, Any], *, timeout: float) -> dict[str, Any]:
        """Return the child's answer.

        Raises:
            ChildLost: when it dies, answers nonsense, or takes longer than ``timeout`` seconds.
            ChildEnded: when it was asked to end.
        """
        running = self._started()
        try:
            running.write(json.dumps(question).encode() + b"\n")
            answer = json.loads(running.read_line(time.monotonic() + timeout))
        except TimeoutError as error:
            self.close()
            raise ChildLost(timed_out=True) from error
        except (BrokenPipeError, EOFError, ValueError) as error:
            raise self._lost() from error
        if not isinstance(answer, dict):
            raise self._lost()
        return answer

    @property
    def pid(self) -> int | None:
        """The process id of the living child."""
        return self._running.process.pid if self._running and self._running.is_alive else None

    def close(self) -> None:
        """End the child; a later question starts another."""
        if self._running is not None:
            self._running.end()
        self._running = None

    def _started(self) -> _Running:
        if self._running is None or not self._running.is_alive:
            self.close()
            self._running = _start(self._command, self._folder)
            weakref.finalize(self, self._running.end)
        return self._running

    def _lost(self) -> ChildLost | ChildEnded:
        if self._running is None:
            return ChildLost()
        status, errors = self._running.end(), self._running.last_words
        self._running = None
        return ChildEnded() if status == -signal.SIGTERM else ChildLost(status=status, errors=errors)


@dataclass(slots=True)
class _Running:
    """A started child with its pipes."""

    process: subprocess.Popen[bytes]
    questions: IO[bytes]
    answers: IO[bytes]
    errors: IO[bytes]
    rest: bytes = b""
    last_words: str = ""

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def write(self, line: bytes) -> None:
        self.questions.write(line)
        self.questions.flush()

    def read_line(self, deadline: float) -> bytes:
        """Return the next whole line. Raises TimeoutError or EOFError."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.answers, selectors.EVENT_READ)
            while b"\n" not in self.rest:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError
                chunk = os.read(self.answers.fileno(), 1 << 16)
                if not chunk:
                    raise EOFError
                self.rest += chunk
        line, _newline, self.rest = self.rest.partition(b"\n")
        return line

    def end(self) -> int | None:
        """Let the process end by itself for a moment, its input closed, then end its group; returns its exit status."""
        with contextlib.suppress(OSError):
            self.questions.close()
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.answers.close()
        if not self.errors.closed:
            size = self.errors.seek(0, os.SEEK_END)
            self.errors.seek(max(0, size - _ERROR_TAIL))
            self.last_words = self.errors.read().decode(errors="replace").strip()
            self.errors.close()
        return self.process.returncode


def _start(command: list[str], folder: str) -> _Running:
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=_environment(folder),
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise ChildLost(errors="no pipes")
    return _Running(process, process.stdin, process.stdout, errors)


def _environment(folder: str) -> dict[str, str]:
    """Return the child's environment: nothing of ours but where Python and the engines are; no secret, no setting."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return {**kept, **_ONE_THREAD, "PYTHONPATH": path, "TMPDIR": folder, "HOME": folder, "PYTHONUTF8": "1"}
