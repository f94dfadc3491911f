"""Having a workbook written again with its faulty cells marked, in a limited child process."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lindang.child import ChildLost, LineChild
from lindang.limits import Limits
from plugins.register.adapters.workbook import ReaderLimits, cause_of
from plugins.register.domain.workbook import Refusal, WorkbookRefused

CHILD: Final = "plugins.register.marking_child"
_MEMORY_FACTOR: Final = 2
_TIME_FACTOR: Final = 4
Mark = tuple[int, int, int, bool, str]
"""Sheet, row, column (0: the row as a whole), whether it refused the row, what is said."""


@contextmanager
def marked(path: Path, marks: Sequence[Mark], folder: Path, limits: ReaderLimits) -> Iterator[Path]:
    """Lend the marked workbook.

    Raises:
        WorkbookRefused: whatever happened to the child.
    """
    workdir = Path(tempfile.mkdtemp(prefix="mark-", dir=folder))
    child = LineChild(CHILD, (), folder=str(workdir))
    bounds = Limits(memory_mb=limits.memory_mb * _MEMORY_FACTOR, cpu_seconds=limits.cpu_seconds * _TIME_FACTOR)
    question = {"path": str(path.resolve()), "folder": str(workdir), "limits": dataclasses.asdict(bounds)}
    try:
        (workdir / "marks.json").write_text(json.dumps(list(marks), ensure_ascii=False), encoding="utf-8")
        try:
            answer = child.ask(question, timeout=limits.piece_seconds * _TIME_FACTOR)
        except ChildLost as lost:
            raise WorkbookRefused(cause_of(lost)) from lost
        if "refused" in answer:
            code, place = answer["refused"]
            raise WorkbookRefused(Refusal(code), str(place))
        yield workdir / "marked.xlsx"
    finally:
        child.close()
        shutil.rmtree(workdir, ignore_errors=True)
