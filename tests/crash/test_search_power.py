"""A power cut at any moment of committing, merging and rebuilding: the index opens, and what it acknowledged is there."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Unit
from tests.crash.power import Call, Disk, calls_of
from tests.crash.test_search_kill import WRITER, drafts, first_draft

LAST_DRAFT = 43
"""Two rebuilds and a few merges on the way."""


@pytest.fixture
def traced(tmp_path: Path) -> tuple[Disk, list[Call]]:
    """Let a writer work on an index and return the disk before, and all that it did."""
    folder = tmp_path / "index"
    WhooshEngine(folder).rebuild(lambda _known: (first_draft(key) for key in range(20)), lambda _keys: ())
    disk = Disk(folder)
    writer = WRITER.replace("while True:", f"while draft < {LAST_DRAFT}:")
    assert writer != WRITER
    return disk, calls_of(["-c", writer, str(folder), "0"], folder, tmp_path / "trace")


@pytest.mark.parametrize("cuts", [50, pytest.param(1000, marks=pytest.mark.slow)])
def test_after_a_power_cut_the_index_opens_with_all_that_was_acknowledged(
    tmp_path: Path, traced: tuple[Disk, list[Call]], cuts: int
) -> None:
    disk, calls = traced
    draw = random.Random(20)
    moments = sorted(draw.sample(range(len(calls)), min(cuts, len(calls))))
    known, said = dict.fromkeys(range(20), 0), b""
    for number, call in enumerate(calls):
        disk.apply(call)
        if call.name == "say":
            said += call.data
            known |= {int(key): int(draft) for key, draft in re.findall(rb"(\d+) (\d+)\n", said)}
        if number in moments:
            opens_with(tmp_path / f"cut{number}", disk, known, draw)


def opens_with(left: Path, disk: Disk, known: dict[int, int], draw: random.Random) -> None:
    """Open what a cut leaves: every unit at least as new as was acknowledged, and at most one draft newer; then go on with it."""
    disk.after_cut(left, draw)
    engine = WhooshEngine(left)
    engine.check()
    found = dict.fromkeys(range(20), 0) | drafts(engine, LAST_DRAFT)
    newer = {key: (found[key], draft) for key, draft in known.items() if found[key] != draft}
    assert all(there > draft for there, draft in newer.values()), (left.name, newer)
    assert len(newer) <= 1, "one commit can be durable before it is acknowledged"
    assert len(engine.stamps()) == 20
    assert engine.replace([Unit(0)])
    assert len(WhooshEngine(left).stamps()) == 19
