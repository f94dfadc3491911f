"""The marking child: one limited process writes one workbook again with its marks.

Started by ``adapters.marker`` as ``python -m plugins.register.marking_child``; speaks the line protocol of ``lindang.child``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from lindang import limits as walls
from plugins.register.adapters.marking import mark_workbook
from plugins.register.domain.workbook import Refusal, WorkbookRefused
from plugins.register.reader_child import READABLE


def main() -> None:
    """Answer the one question."""
    question = json.loads(sys.stdin.readline())
    walls.die_with_parent()
    walls.leave_network()
    folder, source = Path(question["folder"]), Path(question["path"])
    walls.stay_within(folder, (source, *READABLE))
    walls.apply(walls.Limits(**question["limits"]))
    sys.stdout.write(json.dumps(_answer(source, folder)) + "\n")


def _answer(source: Path, folder: Path) -> dict[str, Any]:
    listed = json.loads((folder / "marks.json").read_text(encoding="utf-8"))
    marks: dict[int, dict[int, dict[int, tuple[bool, str]]]] = {}
    for sheet, row, column, is_refusing, words in listed:
        marks.setdefault(sheet, {}).setdefault(row, {})[max(column, 1)] = (bool(is_refusing), str(words))
    try:
        mark_workbook(source, folder / "marked.xlsx", marks)
    except WorkbookRefused as refused:
        return {"refused": [refused.code, refused.place]}
    except MemoryError:
        return {"refused": [Refusal.OUT_OF_MEMORY, ""]}
    return {"done": True}


if __name__ == "__main__":
    main()
