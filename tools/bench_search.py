"""Figures of the full-text engine alone: build, one commit, size, memory, latency by kind of query; all against a scan.

``python -m tools.bench_search --documents 1000`` writes an index of made-up archive pages into a temporary folder. The
figures through the whole application are those of ``benchmarks.bench_spine``.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Kind, SearchDoc, Unit
from plugins.search.domain.engine import Request
from plugins.search.domain.query import And, Node, Word

PAGES = 6
QUERIES = 60
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "大小长永春秋山河贵福金银文武明亮平安国强"
PLACES = "河沟梁坡洼峁湾岔塬崖坪岭"
FORM = (
    "林权登记申请表 申请人:{name} 住址:{county}{village}。林地坐落:{place},小地名{small}。"
    "东至{e},西至{w},南至{s},北至{n}。面积{area}亩,主要树种{tree},林种{kind}。"
    "经公示无异议,同意登记发证。证号:岚林证字({year})第{number:05d}号。{filler}"
)


def units(count: int, generator: random.Random) -> Iterator[Unit]:
    """Yield archive files of six pages of form-like text with names, bounds and numbers."""
    common = [chr(0x4E00 + min(int(generator.paretovariate(0.6)), 6000)) for _ in range(4000)]
    for key in range(1, count + 1):
        pages = (_page(key, number, generator, common) for number in range(1, PAGES + 1))
        yield Unit(key, tuple(pages))


def _page(key: int, number: int, draw: random.Random, common: list[str]) -> SearchDoc:
    text = FORM.format(
        name=draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN),
        county="临县",
        village=f"{draw.choice(SURNAMES)}家{draw.choice(PLACES)}村",
        place=draw.choice(GIVEN) + draw.choice(PLACES),
        small=draw.choice(SURNAMES) + draw.choice(PLACES),
        **{side: draw.choice(GIVEN) + draw.choice(PLACES) for side in "ewsn"},
        area=draw.randint(1, 200),
        tree=draw.choice(["油松", "侧柏", "刺槐", "核桃"]),
        kind=draw.choice(["防护林", "经济林", "用材林"]),
        year=draw.choice([2009, 2010, 2011]),
        number=draw.randint(1, 99999),
        filler="".join(draw.choice(common) for _ in range(180)),
    ).replace(" ", "")
    page_id = key * 10 + number
    facts: dict[str, Any] = {
        "unit": key,
        "file_id": key,
        "item_id": key,
        "page_id": page_id,
        "page_no": number,
        "year": 2010,
    }
    return SearchDoc(kind=Kind.PAGE, division=f"1411241{key % 20:02d}201", body=text, class_code="QQ01", **facts)


def query_kinds(bodies: list[str], draw: random.Random) -> dict[str, Callable[[], Node]]:
    """Return makers of queries: single characters, pieces of real text, names, two words, what is on half the pages."""

    def piece(length: int) -> Word:
        body = draw.choice(bodies)
        start = draw.randrange(len(body) - length)
        return Word(body[start : start + length])

    return {
        "char1": lambda: piece(1),
        "ph2": lambda: piece(2),
        "ph3": lambda: piece(3),
        "ph4": lambda: piece(4),
        "ph6": lambda: piece(6),
        "name": lambda: Word(draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN)),
        "and2": lambda: And((piece(2), piece(3))),
        "common4": lambda: Word("主要树种"),
        "absent": lambda: Word("魑魅魍魉"),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    documents = parser.parse_args().documents
    draw = random.Random(7)
    stored = list(units(documents, draw))
    bodies = [doc.body for unit in stored for doc in unit.docs]
    with tempfile.TemporaryDirectory() as folder:
        engine = WhooshEngine(Path(folder))
        started = time.process_time()
        engine.rebuild(lambda _known: iter(stored), lambda _keys: ())
        seconds = time.process_time() - started
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.seg"))
        share = size / sum(len(body.encode()) for body in bodies)
        print(f"build     {documents / seconds:8.0f} documents/s cpu, index {share:.2f} of the text")
        _measure_commits(engine, stored)
        for kind, make in query_kinds(bodies, draw).items():
            _measure_queries(engine, kind, make, bodies)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"memory    {peak:8.0f} MB peak, corpus included")


def _measure_commits(engine: WhooshEngine, stored: list[Unit]) -> None:
    waits = []
    for unit in stored[:40]:
        started = time.perf_counter()
        engine.replace([unit])
        engine.search(Request(query=Word("甲"), scope=("",)))
        waits.append(1000 * (time.perf_counter() - started))
    print(f"commit    {_spread(waits)} of one document, until a search sees it")


def _measure_queries(engine: WhooshEngine, kind: str, make: Callable[[], Node], bodies: list[str]) -> None:
    waits, hits = [], 0
    for _ in range(QUERIES):
        query = make()
        started = time.perf_counter()
        answer = engine.search(Request(query=query, scope=("",)))
        waits.append(1000 * (time.perf_counter() - started))
        hits += answer.hits
        needles = [part.text for part in query.parts if isinstance(part, Word)] if isinstance(query, And) else []
        needles = needles or [query.text] if isinstance(query, Word) else needles
        truth = sum(all(needle in body for needle in needles) for body in bodies)
        if answer.hits != truth:
            raise RuntimeError(f"{query}: {answer.hits} hits, a scan finds {truth}")
    print(f"{kind:9} {_spread(waits)}, {hits / QUERIES:.0f} hits on average")


def _spread(waits: list[float]) -> str:
    ordered = sorted(waits)
    return f"p50 {ordered[len(ordered) // 2]:7.2f} ms, p95 {ordered[len(ordered) * 95 // 100]:7.2f} ms"


if __name__ == "__main__":
    main()
