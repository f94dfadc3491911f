"""A child process that answers questions: one JSON line in, one JSON line out, until its standard input ends.

The parent never waits longer than it said it would, and every way in which a child can fail to answer becomes one
exception, :class:`ChildLost`. A lost child is replaced at the next question. Children end with their parent, because the
kernel closes the pipe.
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
from typing import IO, Any, Final

_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "SYSTEMROOT")
_ONE_THREAD: Final = {
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_ERROR_TAIL: Final = 2000


class ChildLost(Exception):
    """The child gave no answer: it died (``signal_no`` or ``exit_code``), or its time ran out (``timed_out``)."""

    def __init__(self, *, timed_out: bool = False, status: int | None = None, errors: str = "") -> None:
        self.timed_out = timed_out
        self.signal_no = -status if status is not None and status < 0 else 0
        self.exit_code = status if status is not None and status >= 0 else None
        self.errors = errors
        super().__init__("timed out" if timed_out else f"status {status}: {errors[-300:]}")


class LineChild:
    """One child process running ``python -m module arguments``; started at the first question."""

    def __init__(self, module: str, arguments: Sequence[str], *, folder: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._rest = b""

    def ask(self, question: dict[str, Any], *, timeout: float) -> dict[str, Any]:
        """Return the child's answer.

        Raises:
            ChildLost: when it dies, answers nonsense, or takes longer than ``timeout`` seconds.
        """
        process = self._started()
        if process.stdin is None:
            raise ChildLost(status=None)
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(self._line(process, time.monotonic() + timeout))
        except (BrokenPipeError, ValueError) as error:
            raise self._lost() from error
        if not isinstance(answer, dict):
            raise self._lost()
        return answer

    @property
    def pid(self) -> int | None:
        """The process id of the living child."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def close(self) -> None:
        """End the child; a later question starts another."""
        if self._process is not None:
            _end(self._process)
        self._process = None
        self._rest = b""

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=_environment(self._folder),
                start_new_session=True,
            )
            weakref.finalize(self, _end, self._process)
        return self._process

    def _line(self, process: subprocess.Popen[bytes], deadline: float) -> bytes:
        """Return the next whole line. Raises ChildLost."""
        if process.stdout is None:
            raise self._lost()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    self.close()
                    raise ChildLost(timed_out=True)
                chunk = os.read(process.stdout.fileno(), 1 << 16)
                if not chunk:
                    raise self._lost()
                self._rest += chunk
        line, _newline, self._rest = self._rest.partition(b"\n")
        return line

    def _lost(self) -> ChildLost:
        status = None
        if self._process is not None:
            _end(self._process)
            status = self._process.returncode
        errors = self._tail()
        self.close()
        return ChildLost(status=status, errors=errors)

    def _tail(self) -> str:
        if self._errors is None:
            return ""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _ERROR_TAIL))
        return self._errors.read().decode(errors="replace").strip()


def _environment(folder: str) -> dict[str, str]:
    """Return the child's environment: nothing of ours but where Python and the engines are; no secret, no setting."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return {**kept, **_ONE_THREAD, "PYTHONPATH": path, "TMPDIR": folder, "HOME": folder, "PYTHONUTF8": "1"}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the process end by itself for a moment (its input is closed), then end its whole group."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
