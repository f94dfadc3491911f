"""The child that cuts one file into papers: it opens an original that nobody vouches for, so it is limited like the parser.

Started by ``adapters.parts`` as ``python -m plugins.ingest.split_child``; speaks the line protocol of ``lindang.child``: one
question, one answer.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pikepdf

from lindang import limits as walls
from plugins.ingest.adapters.part_files import write_pdf_parts, write_tiff_parts
from plugins.ingest.domain.tiff_part import NotDivisible
from plugins.ingest.layer_child import READABLE


def main() -> None:
    """Answer the one question."""
    question = json.loads(sys.stdin.readline())
    walls.die_with_parent()
    walls.leave_network()
    source, folder = Path(question["path"]), Path(question["folder"])
    walls.stay_within(folder, (source, *READABLE))
    walls.apply(walls.Limits(**question["limits"]))
    sys.stdout.write(json.dumps(_answer(source, folder, question)) + "\n")
    sys.stdout.flush()


def _answer(source: Path, folder: Path, question: dict[str, Any]) -> dict[str, Any]:
    write = write_tiff_parts if question["kind"] == "tiff" else write_pdf_parts
    try:
        return {"files": write(source, question["parts"], folder)}
    except NotDivisible as error:
        return {"refused": str(error)[:200]}
    except (pikepdf.PdfError, OSError, ValueError, KeyError, IndexError, TypeError) as error:
        return {"refused": f"{type(error).__name__}: {error}"[:300]}
    except MemoryError:
        return {"refused": "MemoryError"}


if __name__ == "__main__":
    main()
