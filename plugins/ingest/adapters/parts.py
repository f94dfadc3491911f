"""Having a stack cut into papers in a limited child process."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lindang.child import ChildLost, LineChild
from lindang.limits import Limits
from plugins.ingest.domain.reasons import ReasonCode, Refused

CHILD: Final = "plugins.ingest.split_child"
DIVISIBLE: Final = frozenset({"pdf", "tiff"})
"""Kinds of files that can hold several pages."""


@contextmanager
def parts_of(
    path: Path, kind: str, parts: Sequence[Sequence[int]], *, folder: Path, limits: Limits, seconds: float
) -> Iterator[list[Path]]:
    """Have a file cut and lend the papers, in order; they go away afterwards.

    Args:
        path: the stack, read only.
        kind: its format, one of ``DIVISIBLE``.
        parts: the page numbers (from 1) of each paper.
        folder: where the work folder is made.
        limits: bounds on the child.
        seconds: how long it may take.

    Raises:
        Refused: the stack does not allow it, or the child died of it.
    """
    with tempfile.TemporaryDirectory(prefix="split-", dir=folder) as workdir:
        child = LineChild(CHILD, (), folder=workdir)
        question = {"path": str(path.resolve()), "kind": kind, "folder": workdir, "parts": [list(p) for p in parts]}
        try:
            answer = child.ask({**question, "limits": dataclasses.asdict(limits)}, timeout=seconds)
        except ChildLost as lost:
            code = ReasonCode.TIMEOUT if lost.timed_out else ReasonCode.ENGINE_FAILURE
            raise Refused(code, lost.errors[-200:]) from lost
        finally:
            child.close()
        if "refused" in answer:
            raise Refused(ReasonCode.NOT_DIVISIBLE, str(answer["refused"]))
        yield _written(Path(workdir), answer.get("files"), len(parts))


def _written(workdir: Path, names: object, count: int) -> list[Path]:
    """Return the papers, trusting nothing that the child says of them."""
    listed = [str(name) for name in names] if isinstance(names, list) else []
    paths = [workdir / name for name in listed if "/" not in name and not name.startswith(".")]
    if len(paths) != count or any(not path.is_file() or path.is_symlink() for path in paths):
        raise Refused(ReasonCode.ENGINE_FAILURE, "parts")
    return paths
