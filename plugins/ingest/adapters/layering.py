"""Having a PDF with a text layer made in a limited process."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lindang.child import ChildLost
from lindang.forks import LOST, ChildPool
from lindang.limits import Limits

CHILD: Final = "plugins.ingest.layer_child"
FILE: Final = "layered.pdf"


class NotLayered(Exception):
    """No PDF came out; the message says why, for the technician."""


@dataclass(frozen=True, slots=True)
class Layered:
    """A PDF that was made, in a folder that goes away; whether it is PDF/A-2b."""

    path: Path
    is_archival: bool


@contextmanager
def layered(
    children: ChildPool,
    pages: Sequence[dict[str, Any]],
    *,
    title: str,
    date: str,
    folder: Path,
    limits: Limits,
    seconds: float,
) -> Iterator[Layered]:
    """Have a PDF made and lend it.

    Args:
        children: Of this module's `CHILD`.
        pages: In order, each with ``path``, ``kind``, ``index``, ``words`` and perhaps ``lights`` as `layered.LayerPage` takes them.
        title: For the metadata.
        date: For the metadata, ISO 8601.
        folder: Where the work folder is made.
        limits: Bounds on the child.
        seconds: How long it may take.

    Raises:
        NotLayered: the originals do not allow it, or the child died of them.
    """
    with tempfile.TemporaryDirectory(prefix="layer-", dir=folder) as workdir:
        target = Path(workdir) / FILE
        question = {"pages": list(pages), "title": title, "date": date, "target": str(target)}
        try:
            answer = children.ask({**question, "limits": dataclasses.asdict(limits)}, timeout=seconds)
        except ChildLost as lost:
            raise NotLayered("timeout" if lost.timed_out else lost.errors[-200:]) from lost
        if LOST in answer:
            raise NotLayered(f"status {answer[LOST]}")
        if "refused" in answer or not target.is_file() or target.is_symlink():
            raise NotLayered(str(answer.get("refused", "no file")))
        yield Layered(target, bool(answer["is_archival"]))
