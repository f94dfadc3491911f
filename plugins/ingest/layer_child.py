"""The child that makes PDFs with a text layer: it opens originals that nobody vouches for, so it is limited like the parser.

Started by ``adapters.layering`` as ``python -m plugins.ingest.layer_child``; each PDF is made in a process of its own
(``lindang.forks``).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import pikepdf

from lindang import limits as walls
from lindang.forks import serve
from plugins.ingest.adapters.layered import LayerPage, write_layered

_ROOT: Final = Path(walls.__file__).resolve().parents[1]
READABLE: Final = (
    *map(Path, ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")),
    *map(Path, (sys.prefix, sys.base_prefix)),
    *(_ROOT / name for name in ("plugins", "lindang", "models")),
)
"""What the child may read besides the originals: libraries and our own code. Not the archive, not its keys."""


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Make one PDF, inside the walls."""
    pages = [
        LayerPage(Path(page["path"]), page["kind"], page["index"], page["words"], page.get("lights", ()))
        for page in question["pages"]
    ]
    target = Path(question["target"])
    walls.stay_within(target.parent, (*{page.path for page in pages}, *READABLE))
    walls.apply(walls.Limits(**question["limits"]))
    return _written(pages, target, question)


def _written(pages: list[LayerPage], target: Path, question: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"is_archival": write_layered(pages, target, title=question["title"], date=question["date"])}
    except (pikepdf.PdfError, OSError, ValueError, KeyError, IndexError, TypeError, SyntaxError) as error:
        return {"refused": f"{type(error).__name__}: {error}"[:300]}
    except MemoryError:
        return {"refused": "MemoryError"}


if __name__ == "__main__":
    serve(answer)
