"""The workbook child: one limited process reads one untrusted file and hands its rows over in pieces.

Started by ``adapters.workbook`` as ``python -m plugins.register.reader_child``; speaks the line protocol of
``lindang.child``. The first question names the file and the limits and is answered with the book; every further question
with the next piece. While the parent works on one piece the child already reads the next.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lindang import limits as walls
from plugins.register.adapters.workbook_reader import Workbook, open_workbook
from plugins.register.domain.workbook import Refusal, WorkbookRefused, head_to_json

PIECE_ROWS: Final = 500
_ROOT: Final = Path(walls.__file__).resolve().parents[1]
READABLE: Final = (
    *map(Path, ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")),
    *map(Path, (sys.prefix, sys.base_prefix)),
    *(_ROOT / name for name in ("plugins", "lindang", "models")),
)
"""What the reader may read besides its file: libraries and our own code. Not the archive, not its keys."""


def main() -> None:
    """Answer questions until standard input ends or the file does."""
    question = json.loads(sys.stdin.readline())
    walls.die_with_parent()
    walls.leave_network()
    path = Path(question["path"])
    walls.stay_within(Path(question["folder"]), (path, *READABLE))
    walls.apply(walls.Limits(**question["limits"]))
    answers = _answers(path)
    _tell(next(answers))
    for answer in answers:  # made before its question comes: the parent is still busy with the one before
        if not sys.stdin.readline():
            return
        _tell(answer)


def _tell(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _answers(path: Path) -> Iterator[dict[str, Any]]:
    try:
        workbook = open_workbook(path)
        yield {"book": {"sheets": workbook.book.sheets, "notices": workbook.book.notices}}
        yield from _pieces(workbook)
        yield {"end": True}
    except WorkbookRefused as refused:
        yield {"refused": [refused.code, refused.place]}
    except (MemoryError, RecursionError):
        yield {"refused": [Refusal.OUT_OF_MEMORY, ""]}


def _pieces(workbook: Workbook) -> Iterator[dict[str, Any]]:
    for sheet in workbook.sheets:
        head = head_to_json(sheet.head)
        while True:
            rows = [[row.no, row.cells] for row in itertools.islice(sheet.rows, PIECE_ROWS)]
            is_last = len(rows) < PIECE_ROWS
            yield {"sheet": head, "rows": rows, "is_last": is_last}
            if is_last:
                break


if __name__ == "__main__":
    main()
