"""A child of `lindang.forks` that does what it is told, to see what becomes of that: ``python -m tests.support.forked``."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from lindang.forks import serve

KEPT: list[int] = []
"""What a question leaves behind in its process; the next one must not see it."""


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Do one thing."""
    KEPT.append(1)
    if what := question.get("exit"):
        os._exit(what)
    if question.get("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    if question.get("raise"):
        raise ValueError("as asked")
    sys.stdout.write("noise")
    sys.stdout.flush()
    time.sleep(question.get("sleep", 0))
    return {"pid": os.getpid(), "parent": os.getppid(), "kept": len(KEPT), "read": sys.stdin.read()}


if __name__ == "__main__":
    serve(answer)
