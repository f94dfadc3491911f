"""Killing the index writer at any moment: what it acknowledged is there, and the next writer goes on."""

from __future__ import annotations

import dataclasses
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

MOST_UNHEARD = 40
"""More drafts than this no writer makes between two of its acknowledgements."""

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import json, os, sys
from pathlib import Path
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Kind, SearchDoc, Unit

def unit(key, draft):
    doc = SearchDoc(unit=key, file_id=key, item_id=key, page_id=key, kind=Kind.PAGE, division="141124100201",
                    body=f"岚县第{key}号。第{draft}稿。" + "林权登记" * 20)
    return Unit(key, (doc,))

def saved(key, draft):
    database[str(key)], database["pending"] = draft, key
    stored.with_suffix(".new").write_text(json.dumps(database))
    os.replace(stored.with_suffix(".new"), stored)

engine, draft, stored = WhooshEngine(Path(sys.argv[1])), int(sys.argv[2]), Path(sys.argv[1]) / "database.json"
database = json.loads(stored.read_text()) if stored.exists() else {"pending": 0, **{str(key): 0 for key in range(20)}}
engine.replace([unit(database["pending"], database[str(database["pending"])])])  # what was not acknowledged comes again
while True:
    draft += 1
    if draft % 10 == 0:
        engine.rebuild(lambda known: (unit(key, database[str(key)]) for key in range(20) if key not in known),
                       lambda keys: [unit(key, database[str(key)]) for key in keys])
    else:
        saved(draft % 20, draft)
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


def drafts(engine: WhooshEngine, last: int) -> dict[int, int]:
    """Read the drafts, up to the last that can be there, out of the index by searching for each."""
    found: dict[int, int] = {}
    for draft in range(1, last + 1):
        answer = engine.search(Request(query=Word(f"第{draft}稿"), scope=("",), limit=0))
        keys = [hit.page_id for group in answer.groups for hit in group.hits]
        assert not found.keys() & set(keys), "a unit is there twice"
        found.update(dict.fromkeys(keys, draft))
    return found


def first_draft(key: int) -> Unit:
    """Return a unit as it is before any writer ran."""
    facts = {"unit": key, "file_id": key, "item_id": key, "page_id": key, "division": "141124100201"}
    return Unit(key, (SearchDoc(kind=Kind.PAGE, body=f"岚县第{key}号。第0稿。", **facts),))


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path, kills: int) -> None:
    generator = random.Random(7)
    WhooshEngine(tmp_path).rebuild(lambda _known: (first_draft(key) for key in range(20)), lambda _keys: ())
    known = dict.fromkeys(range(20), 0)
    for _ in range(kills):
        known |= write_until_killed(tmp_path, max(known.values()), generator.uniform(0.0, 0.25))
        engine = WhooshEngine(tmp_path)
        engine.check()
        found = drafts(engine, max(known.values()) + MOST_UNHEARD)
        for key, draft in known.items():
            # The commit that was killed may have been durable before it could be acknowledged.
            assert found.get(key, 0) >= draft, key
        known |= found
    engine = WhooshEngine(tmp_path)
    assert engine.replace([Unit(0)])
    assert len(engine.stamps()) == 19
    engine.rebuild(lambda known: (first_draft(key) for key in {1} - known), lambda _keys: ())
    assert len(list(tmp_path.glob("g*"))) == 1, "what a killed rebuild left behind is gone"


REBUILDER = """
import sys, time
from pathlib import Path
from plugins.search.adapters import whoosh_engine
from plugins.search.domain.documents import Kind, SearchDoc, Unit

def unit(key):
    doc = SearchDoc(unit=key, file_id=key, item_id=key, page_id=key, kind=Kind.PAGE, division="141124100201",
                    body=f"岚县第{key}号。第0稿。")
    return Unit(key, (doc,))

def all_units(known):
    print(len(known), flush=True)
    for key in range(400):
        if key not in known:
            time.sleep(0.005)
            yield unit(key)

whoosh_engine.SEGMENT_CHARACTERS = 1500
whoosh_engine.WhooshEngine(Path(sys.argv[1])).rebuild(all_units, lambda keys: ())
"""


def test_a_rebuild_killed_again_and_again_goes_on_and_ends_right(tmp_path: Path) -> None:
    """Three kills, each in the middle; what changes after each is in the index at once and in the new one at the end."""
    database = {key: first_draft(key) for key in range(400)}
    WhooshEngine(tmp_path).rebuild(lambda _known: iter(database.values()), lambda _keys: ())
    begun_with = []
    for attempt in range(3):
        rebuilder = subprocess.Popen(
            [sys.executable, "-c", REBUILDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with rebuilder:
            assert rebuilder.stdout is not None
            begun_with.append(int(rebuilder.stdout.readline()))
            wait_for_segments(tmp_path, more_than=segments(tmp_path))
            rebuilder.send_signal(signal.SIGKILL)
        engine = WhooshEngine(tmp_path)
        database |= {attempt: changed(attempt, 7), 399 - attempt: Unit(399 - attempt)}
        assert engine.replace([database[attempt], database[399 - attempt]])
        assert engine.stamps() == {key: unit.stamp for key, unit in database.items() if unit.docs}
    assert begun_with[0] == 0
    assert 0 < begun_with[1] < begun_with[2] < 400, "each went on where the one before was killed"
    rest: list[int] = []
    engine.rebuild(
        lambda known: (rest.append(key) or unit for key, unit in database.items() if key not in known),
        lambda keys: [database[key] for key in keys],
    )
    assert len(rest) < 400 - begun_with[2]
    assert engine.stamps() == {key: unit.stamp for key, unit in database.items() if unit.docs}
    engine.check()


def segments(folder: Path) -> set[str]:
    """Return the lists of segments, one for each commit, that all generations have had so far."""
    return {f"{path.parent.name}/{path.name}" for path in folder.glob("g*/*.toc")}


def wait_for_segments(folder: Path, more_than: set[str]) -> None:
    """Wait until the rebuild has committed twice more, however slow the machine is."""
    for _commit in range(2):
        until = time.monotonic() + 60
        while segments(folder) <= more_than:
            assert time.monotonic() < until, "nothing was committed"
            time.sleep(0.01)
        more_than = more_than | segments(folder)


def changed(key: int, draft: int) -> Unit:
    """Return a unit after somebody has changed it."""
    (doc,) = first_draft(key).docs
    return Unit(key, (dataclasses.replace(doc, body=f"岚县第{key}号。第{draft}稿。"),))
