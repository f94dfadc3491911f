"""Every class of typed query finds what a plain scan of the stored text finds: a small slice of ``make search-truth``."""

from __future__ import annotations

import random
from pathlib import Path

from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Unit
from tools.search_truth import Outcome, compare, corpus, run
from tools.search_truth import cases as classes


def test_nothing_is_missed_and_nothing_is_false(tmp_path: Path) -> None:
    draw = random.Random(3)
    outcomes = dict(run(WhooshEngine(tmp_path), corpus(300, draw), 6, draw))
    assert {name: outcome for name, outcome in outcomes.items() if not outcome.is_right} == {}
    silent = [name for name, outcome in outcomes.items() if not outcome.hits]
    assert silent == ["没有的字"], "a class that finds nothing proves nothing"
    assert len(outcomes) >= 20


def test_an_index_that_lost_or_invented_something_is_told(tmp_path: Path) -> None:
    draw = random.Random(3)
    stored = corpus(60, draw)
    engine = WhooshEngine(tmp_path)
    engine.rebuild(lambda _known: iter(stored), lambda _keys: ())
    docs = [doc for unit in stored for doc in unit.docs]
    engine.replace([Unit(stored[0].key)])
    outcome = Outcome()
    for _ in range(3):
        compare(engine, docs, classes(docs, draw)["1 字"](), outcome)
    compare(engine, docs[:-20], classes(docs, draw)["或"](), outcome)
    assert outcome.missed > 0
    assert outcome.miscounted > 0
    invented = Outcome()
    for _ in range(5):
        compare(engine, docs[: len(docs) // 2], classes(docs, draw)["2 字"](), invented)
    assert invented.false > 0
