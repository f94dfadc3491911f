"""The recognition child: one engine with its models loaded, reading one page image after another.

Started by ``adapters.reader`` as ``python -m plugins.ingest.reader_child ENGINE OPTIONS NICE``; speaks the line protocol of
``lindang.child``. It reads view images only, which our own pipeline made, and has no network.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from lindang import limits as walls
from lindang.ports import OcrEngine
from plugins.ingest.adapters.engines import ENGINES, EngineOptions, witness_of
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.reading import Witness, read_page


def main(name: str, options: str, nice: str) -> None:
    """Answer questions until standard input ends."""
    walls.leave_network()
    walls.step_back(int(nice))
    told = EngineOptions(**json.loads(options))
    engine = ENGINES[name](told)
    witness = witness_of(engine, told)
    for line in sys.stdin:
        question = json.loads(line)
        answer = _answer(Path(question["path"]), engine, int(question["dpi"]), witness)
        walls.give_back()
        sys.stdout.write(json.dumps({**answer, "resident_mb": walls.resident_mb()}) + "\n")
        sys.stdout.flush()


def _answer(path: Path, engine: OcrEngine, dpi: int, witness: Witness) -> dict[str, Any]:
    try:
        return {"reading": dataclasses.asdict(read_page(path, engine, dpi, witness))}
    except Refused as refused:
        return {"refused": [refused.code, refused.detail]}
    except MemoryError:
        return {"refused": [ReasonCode.OUT_OF_MEMORY, ""]}


if __name__ == "__main__":
    main(*sys.argv[1:])
