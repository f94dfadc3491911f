"""Every class of query against a plain look at every document: ``python -m benchmarks.search_truth [--files N] [--queries N]``.

Prints for each class how many documents the index missed and how many it found that it should not have; totals, groups, counts of
facets and, where there are few hits, the hits themselves are compared. Ends with an error if anything differs. With 200,000 files
it takes a quarter of an hour and 8 GB of memory for the documents.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.search_corpus import archive, cert_no, holder, query_kinds
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Unit
from plugins.search.domain.engine import Answer, Filters, Group, Request, SearchEngine
from plugins.search.domain.grammar import parse_query
from plugins.search.domain.query import And, Node, Not, Or, Word
from plugins.search.domain.scan import scan

FEW = 3000
"""Up to this many hits are compared one by one."""

Make = Callable[[], Request]


def classes(files: int) -> dict[str, Make]:
    """Return a maker of requests for every class of query."""
    draw, words = random.Random(5), query_kinds(files, seed=5)

    def key() -> int:
        return draw.randint(1, files)

    def typed(text: str) -> Node:
        node = parse_query(text)
        if node is None:
            raise ValueError(text)
        return node

    trees: dict[str, Callable[[], Node]] = {
        **{kind: lambda make=make: _all_of(make()) for kind, make in words.items()},  # type: ignore[misc]
        "or": lambda: Or((Word(words["two"]()[0]), Word(words["name"]()[0]))),
        "not": lambda: And((Word(words["two"]()[0]), Not(Word(words["two"]()[0])))),
        "holder": lambda: typed(f"权利人:{holder(key())[:2]}"),
        "title": lambda: typed(f"题名:{holder(key())}"),
        "field number": lambda: typed(f"证号:{cert_no(key())}"),
        "wildcard": lambda: typed(f"{holder(key())[0]}?{holder(key())[-1]}"),
        "near": lambda: typed(
            f'"{words["two"]()[0].strip(_MARKS) or "林权"} {words["two"]()[0].strip(_MARKS) or "登记"}"~20'
        ),
        "area": lambda: typed(f"面积:{draw.randint(1, 60)}-{draw.randint(60, 200)}"),
        "years": lambda: typed(f"年度:{draw.randint(2006, 2008)}..{draw.randint(2008, 2011)} 状态:已发放"),
        "batch": lambda: typed(f"批次:yj{key() % 50:03d}"),
    }
    requests: dict[str, Make] = {kind: lambda make=make: _request(make()) for kind, make in trees.items()}  # type: ignore[misc]
    return requests | {
        "scope": lambda: replace(_request(trees["two"]()), scope=(f"1411241{key() % 20:02d}", "141125")),
        "filters": lambda: replace(
            _request(trees["two"]()), filters=Filters(division=f"1411241{key() % 20:02d}", year=2006 + key() % 6)
        ),
        "everything": lambda: replace(_request(None), filters=Filters(issue_state=draw.randint(1, 4))),
    }


_MARKS = '"“”()（）:,。、*?~-'


def _all_of(words: Sequence[str]) -> Node:
    return And(tuple(map(Word, words))) if len(words) > 1 else Word(words[0])


def _request(query: Node | None) -> Request:
    return Request(query=query, scope=("",), limit=0, per_group=0)


def compare(engine: SearchEngine, units: Sequence[Unit], request: Request) -> tuple[int, int]:
    """Return how many documents the engine misses and how many it finds too much; counts that differ weigh one each."""
    right = scan(request, units)
    if right.hits > FEW:
        request = replace(request, limit=20, per_group=1)
    found = engine.search(request)
    if right.hits <= FEW:
        true, seen = _pages(right), _pages(found)
        missed, false = len(true - seen), len(seen - true)
    else:
        missed, false = max(0, right.hits - found.hits), max(0, found.hits - right.hits)
    differs = (found.group_count, dict(found.facets)) != (right.group_count, dict(right.facets))
    return missed, false + differs


def _pages(answer: Answer) -> set[tuple[int, ...]]:
    return {hit for group in answer.groups for hit in _ids(group)}


def _ids(group: Group) -> list[tuple[int, ...]]:
    return [(hit.kind, hit.file_id, hit.item_id, hit.page_id, hit.certificate_id) for hit in group.hits]


def check(engine: SearchEngine, units: Sequence[Unit], queries: int) -> int:
    """Print one line per class; return how much differs in all."""
    wrong = 0
    for kind, make in classes(len(units)).items():
        pairs = [compare(engine, units, make()) for _ in range(queries)]
        missed, false = (sum(numbers) for numbers in zip(*pairs, strict=True))
        print(f"{kind:13} {queries} queries: {missed} missed, {false} false", flush=True)
        wrong += missed + false
    return wrong


def main() -> None:
    """Build, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="archive files, of fourteen documents each")
    parser.add_argument("--queries", type=int, default=4, help="queries of each class")
    chosen = parser.parse_args()
    started = time.monotonic()
    units = list(archive(chosen.files))
    with tempfile.TemporaryDirectory() as folder:
        engine = WhooshEngine(Path(folder))
        engine.rebuild(lambda _known: iter(units), lambda _keys: ())
        wrong = check(engine, units, chosen.queries)
    print(f"{chosen.files} files, {wrong} differences, {time.monotonic() - started:.0f} s")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
