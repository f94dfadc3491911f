"""Having an untrusted workbook read in a limited child process: whatever happens to the child becomes one refusal."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lindang.child import ChildLost, LineChild
from lindang.limits import Limits
from plugins.register.domain.workbook import (
    Book,
    RawRow,
    RawSheet,
    Refusal,
    WorkbookRefused,
    head_from_json,
)

CHILD: Final = "plugins.register.reader_child"
_DEATHS: Final = {
    signal.SIGXCPU: Refusal.TIMEOUT,
    signal.SIGKILL: Refusal.OUT_OF_MEMORY,
    signal.SIGABRT: Refusal.OUT_OF_MEMORY,
    signal.SIGSEGV: Refusal.READER,
}
"""The library gives up with an abort when it is refused memory."""


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """Bounds on reading one file."""

    memory_mb: int = 1024
    cpu_seconds: int = 300
    piece_seconds: float = 240.0


@dataclass(frozen=True, slots=True)
class OpenBook:
    """A workbook being read: its sheets come one after the other, each to be read to its end."""

    book: Book
    sheets: Iterator[RawSheet]


@contextmanager
def reading(path: Path, folder: Path, limits: ReaderLimits) -> Iterator[OpenBook]:
    """Have a file read and lend its sheets.

    Raises:
        WorkbookRefused: from here or while the sheets are read, naming the sheet where known.
    """
    workdir = tempfile.mkdtemp(prefix="book-", dir=folder)
    child = LineChild(CHILD, (), folder=workdir)
    reader = _Reader(child, limits)
    bounds = Limits(memory_mb=limits.memory_mb, cpu_seconds=limits.cpu_seconds, file_mb=1)
    question = {"path": str(path.resolve()), "folder": workdir, "limits": dataclasses.asdict(bounds)}
    try:
        answer = reader.ask(question)
        book = Book(tuple(map(str, answer["book"]["sheets"])), tuple(map(str, answer["book"]["notices"])))
        yield OpenBook(book, reader.sheets(book.sheets))
    finally:
        child.close()
        shutil.rmtree(workdir, ignore_errors=True)


class _Reader:
    """Asks the child for one piece after the other."""

    def __init__(self, child: LineChild, limits: ReaderLimits) -> None:
        self._child = child
        self._limits = limits
        self._place = ""

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._child.ask(question, timeout=self._limits.piece_seconds)
        except ChildLost as lost:
            raise WorkbookRefused(cause_of(lost), self._place) from lost
        if "refused" in answer:
            code, place = answer["refused"]
            raise WorkbookRefused(Refusal(code), str(place))
        return answer

    def sheets(self, names: Sequence[str]) -> Iterator[RawSheet]:
        self._place = names[0] if names else ""
        piece = self.ask({})
        while "sheet" in piece:
            head = head_from_json(piece["sheet"])
            self._place = head.name
            yield RawSheet(head, self._rows(piece))
            self._place = names[head.no] if head.no < len(names) else ""
            piece = self.ask({})

    def _rows(self, piece: dict[str, Any]) -> Iterator[RawRow]:
        while True:
            for number, cells in piece["rows"]:
                yield RawRow(number, cells)
            if piece["is_last"]:
                return
            piece = self.ask({})


def cause_of(lost: ChildLost) -> Refusal:
    """Return the refusal that a lost child amounts to."""
    if lost.timed_out:
        return Refusal.TIMEOUT
    if lost.status is not None and lost.status < 0:
        return _DEATHS.get(signal.Signals(-lost.status), Refusal.READER)
    return Refusal.READER
