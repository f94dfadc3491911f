"""Killing the index writer at any moment: what it acknowledged is there, and the next writer goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Kind, SearchDoc, Unit
from plugins.search.domain.engine import Request
from plugins.search.domain.query import Word

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from pathlib import Path
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Kind, SearchDoc, Unit

def unit(key, draft):
    doc = SearchDoc(unit=key, file_id=key, item_id=key, page_id=key, kind=Kind.PAGE, division="141124100201",
                    body=f"岚县第{key}号。第{draft}稿。" + "林权登记" * 20)
    return Unit(key, (doc,))

engine, draft = WhooshEngine(Path(sys.argv[1])), int(sys.argv[2])
while True:
    draft += 1
    if draft % 10 == 0:
        engine.rebuild(lambda known: (unit(key, draft) for key in range(20) if key not in known), lambda keys: [unit(key, draft) for key in keys])
        print(*range(20), draft, flush=True)
    else:
        engine.replace([unit(draft % 20, draft)])
        print(draft % 20, draft, flush=True)
"""


def write_until_killed(folder: Path, draft: int, seconds: float) -> dict[int, int]:
    """Run a writer, kill it, and return the latest draft it acknowledged of each unit."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(draft)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer:
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        lines = [first, *writer.stdout]
    acknowledged: dict[int, int] = {}
    for line in lines:
        *keys, number = map(int, line.split())
        acknowledged.update(dict.fromkeys(keys, number))
    return acknowledged


def drafts(engine: WhooshEngine) -> dict[int, int]:
    """Read the drafts out of the index by searching for each."""
    found: dict[int, int] = {}
    for draft in range(1, 4000):
        answer = engine.search(Request(query=Word(f"第{draft}稿"), scope=("",), limit=0))
        keys = [hit.page_id for group in answer.groups for hit in group.hits]
        assert not found.keys() & set(keys), "a unit is there twice"
        found.update(dict.fromkeys(keys, draft))
        if len(found) == 20 and draft > max(found.values()) + 200:
            return found
    return found


def first_draft(key: int) -> Unit:
    """Return a unit as it is before any writer ran."""
    facts = {"unit": key, "file_id": key, "item_id": key, "page_id": key, "division": "141124100201"}
    return Unit(key, (SearchDoc(kind=Kind.PAGE, body=f"岚县第{key}号。第0稿。", **facts),))


@pytest.mark.parametrize("kills", [8, pytest.param(40, marks=pytest.mark.slow)])
def test_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path, kills: int) -> None:
    generator = random.Random(7)
    WhooshEngine(tmp_path).rebuild(lambda _known: (first_draft(key) for key in range(20)), lambda _keys: ())
    known = dict.fromkeys(range(20), 0)
    for _ in range(kills):
        known |= write_until_killed(tmp_path, max(known.values()), generator.uniform(0.0, 0.25))
        engine = WhooshEngine(tmp_path)
        engine.check()
        found = drafts(engine)
        for key, draft in known.items():
            # The commit that was killed may have been durable before it could be acknowledged.
            assert found.get(key, 0) >= draft, key
        known |= found
    engine = WhooshEngine(tmp_path)
    assert engine.replace([Unit(0)])
    assert len(engine.stamps()) == 19
    engine.rebuild(iter([first_draft(1)]), lambda _keys: ())
    assert len(list(tmp_path.glob("g*"))) == 1, "what a killed rebuild left behind is gone"
