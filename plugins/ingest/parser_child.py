"""The parsing child: loads the image and PDF libraries once, then forks one limited process for every file.

The forked process has its own session, its own limits and its own work folder, sees no network, and may change nothing
outside that folder nor read anything of the archive but its file. It reports each finished page through a pipe, so that a long document may take its time while a file
that hangs is ended. What it found is written to ``result.json`` in the work folder; a death leaves no such file.

Started by ``sandbox`` as ``python -m plugins.ingest.parser_child``; speaks the line protocol of ``lindang.child``.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

from lindang import limits as walls
from plugins.ingest import pipeline
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import ScanProfile, Side, to_json
from plugins.ingest.sandbox import NO_ROOM, RESULT

_ROOT: Final = Path(pipeline.__file__).resolve().parents[2]
_READABLE: Final = (
    *map(Path, ("/usr", "/lib", "/lib64", "/etc/fonts", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")),
    *map(Path, (sys.prefix, sys.base_prefix)),
    *(_ROOT / name for name in ("plugins", "lindang", "models")),
)
"""What a parser may read besides its file: libraries, fonts, our own code. Not the archive, not its keys."""


def main() -> None:
    """Answer questions until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever started us may ignore it, and we are to learn how each ends
    network = walls.leave_network()
    pipeline.warm_up()
    for line in sys.stdin:
        question = json.loads(line)
        answer = _run(question)
        sys.stdout.write(json.dumps({**answer, "network": network}) + "\n")
        sys.stdout.flush()


def _run(question: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_the_parser(question, writing)
    os.close(writing)
    try:
        in_time = _watch(reading, idle=question["idle_seconds"], total=question["total_seconds"])
    finally:
        os.close(reading)
    if not in_time:
        os.killpg(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {"status": status, "timed_out": not in_time}


def _watch(pipe: int, *, idle: float, total: float) -> bool:
    """Wait until the parser closes its pipe; False when it is silent or busy for too long, or nobody waits for us."""
    deadline = time.monotonic() + total
    while True:
        ready, _w, _x = select.select([pipe, sys.stdin], [], [], min(idle, max(0.0, deadline - time.monotonic())))
        if pipe in ready:
            if not os.read(pipe, 4096):
                return True
        elif not ready or sys.stdin in ready:
            # standard input speaks while a file is being parsed only when the parent is gone
            return False


def _be_the_parser(question: dict[str, Any], pipe: int) -> None:
    """Parse one file; never returns."""
    code = 1
    try:
        os.setsid()
        walls.die_with_parent()
        workdir, path = Path(question["workdir"]), Path(question["path"])
        bounds = walls.Limits(**question["limits"])
        pairs = [(Side(**one), Side(**other)) for one, other in question.get("pairs", ())]
        sides = (Path(side.path) for pair in pairs for side in pair)
        folder = walls.stay_within(workdir, (path, *sides, *_READABLE))
        walls.apply(bounds)
        profile = ScanProfile(**question["profile"])
        answer = _compare(pairs, profile) if pairs else _parse(path, workdir, profile, bounds, pipe)
        (workdir / RESULT).write_text(json.dumps({**answer, "folder": folder}), encoding="utf-8")
        code = 0
    except OSError as error:
        code = NO_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT) else 1
        raise
    finally:
        # no clean-up of the parent's state in the fork: leave at once, with or without a traceback on stderr
        if code:
            sys.excepthook(*sys.exc_info())
        os._exit(code)


def _compare(pairs: list[tuple[Side, Side]], profile: ScanProfile) -> dict[str, Any]:
    try:
        return {"unmatched": pipeline.compare(pairs, profile)}
    except Refused as refused:
        return {"refused": [refused.code, refused.detail]}


def _parse(path: Path, workdir: Path, profile: ScanProfile, bounds: walls.Limits, pipe: int) -> dict[str, Any]:
    def page_done(_number: int) -> None:
        os.write(pipe, b".")
        walls.allow_more_cpu(bounds.cpu_seconds)

    try:
        return {"result": to_json(pipeline.process(path, workdir, profile, page_done))}
    except Refused as refused:
        return {"refused": [refused.code, refused.detail]}
    except MemoryError:
        return {"refused": [ReasonCode.OUT_OF_MEMORY, ""]}


if __name__ == "__main__":
    main()
