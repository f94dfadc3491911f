"""Every class of query against a plain scan of the stored text: what was missed, what is false. ``make search-truth``.

The queries are typed, as a person would, and go through the grammar; what they mean is said here a second time, with Python's
``in`` and ``re`` alone, so that grammar, index and grouping are all under test. Exit status 1 if anything differs.

``python -m tools.search_truth --documents 10000``; with ``--database URL`` the engine inside that PostgreSQL is compared (its
schema ``search_index`` is made anew there). The times are those of the first 20 hits with total and facets.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from benchmarks.search_corpus import GIVEN, SURNAMES, units
from plugins.search.adapters.pg_engine import PostgresEngine
from plugins.search.adapters.pg_shards import OneServer, Shards
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Kind, SearchDoc, Unit
from plugins.search.domain.engine import Answer, IndexedEngine, Request
from plugins.search.domain.folding import SEPARATOR, fold, fold_parts
from plugins.search.domain.grammar import parse_query

Predicate = Callable[[SearchDoc], bool]
Key = tuple[int, int, int, int]
ANY_SCOPE = ("",)
HEADS = frozenset({Kind.FILE, Kind.CERTIFICATE})
TITLED = HEADS | {Kind.ITEM}
ALL_KINDS = frozenset(Kind)
BETWEEN = 30
"""How many characters `*` stands for at most."""
_NUMBER = re.compile(r"\d{5}")
_HAN = re.compile("[\u4e00-\u9fff]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A query as typed, and what it means."""

    typed: str
    means: Predicate
    kinds: frozenset[Kind] = ALL_KINDS
    scope: tuple[str, ...] = ANY_SCOPE


@dataclasses.dataclass(slots=True)
class Outcome:
    """What one class of queries came to: documents missed and falsely found, wrong counts, and milliseconds taken."""

    queries: int = 0
    hits: int = 0
    missed: int = 0
    false: int = 0
    miscounted: int = 0
    waits: list[float] = dataclasses.field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether nothing differs from the scan."""
        return not self.missed and not self.false and not self.miscounted


def corpus(count: int, draw: random.Random) -> list[Unit]:
    """Return archive files of a description, a 件 and six pages each, with all facts, texts folded."""
    return [_described(unit, draw) for unit in units(count)]


def _described(unit: Unit, draw: random.Random) -> Unit:
    key, holder = unit.key, _name(draw)
    village, title = f"{draw.choice(SURNAMES)}家沟村", f"{holder}林权登记档案"
    facts: dict[str, Any] = {
        "year": draw.choice([2008, 2009, 2010, 2011]),
        "area": draw.randint(0, 5000),
        "class_code": draw.choice(["F02", "F02A", "G01"]),
        "issue_state": draw.randint(0, 4),
        "in_batch": draw.random() < 0.3,
        "holder": holder,
        "village": fold_parts("东村镇", village),
        "cert_no": fold_parts(f"岚林证字(2010)第{draw.randint(0, 99999):05d}号"),
    }
    pages = [dataclasses.replace(doc, item_id=key, body=fold(doc.body), title="申请表", **facts) for doc in unit.docs]
    same: dict[str, Any] = {"unit": key, "file_id": key, "division": pages[0].division, **facts}
    file = SearchDoc(kind=Kind.FILE, body=fold_parts(title, holder, village, facts["cert_no"]), title=title, **same)
    item = SearchDoc(kind=Kind.ITEM, item_id=key, body=fold_parts("申请表", "林业局"), title="申请表", **same)
    return Unit(key, (file, item, *pages))


def _name(draw: random.Random) -> str:
    return draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN)


# --- classes of queries -----------------------------------------------------------------------------------------


def cases(docs: Sequence[SearchDoc], draw: random.Random) -> dict[str, Callable[[], Case]]:
    """Return a maker of queries for each class."""

    def piece(length: int) -> str:
        body = draw.choice(docs).body
        while len(body) < length or SEPARATOR in body:
            body = draw.choice(docs).body
        start = draw.randrange(len(body) - length + 1)
        return body[start : start + length]

    def han(length: int) -> str:
        text = piece(length)
        while not _HAN.fullmatch(text):
            text = piece(length)
        return text

    def phrase(length: int) -> Case:
        return _phrase(piece(length))

    def holder() -> str:
        return draw.choice(docs).holder

    def number() -> str:
        found = _NUMBER.search(draw.choice(docs).body)
        return str(found[0]) if found else number()

    made: dict[str, Callable[[], Case]] = {f"{length} 字": partial(phrase, length) for length in range(1, 9)}
    return made | {
        "姓名": lambda: _phrase(holder()),
        "号码": lambda: _phrase(number()),
        "没有的字": lambda: _phrase("魑魅" + han(1)),
        "两词": lambda: _both(piece(2), piece(3)),
        "或": lambda: _either(piece(3), piece(4)),
        "非": lambda: _without(piece(2), piece(2)),
        "题名": lambda: _in_field("题名", "title", holder()[:2], TITLED),
        "权利人": lambda: _in_field("权利人", "holder", holder()[:2], HEADS),
        "村": lambda: _in_field("村", "village", draw.choice(SURNAMES) + "家沟", HEADS),
        "年度": lambda: _years(piece(2), draw.randint(2008, 2010)),
        "面积": lambda: _areas(draw.randint(0, 40)),
        "通配 ?": lambda: _wild(han(3)),
        "通配 *": lambda: _wide(han(7)),
        "相隔": lambda: _near(han(7), draw.randint(0, 40)),
        "范围": lambda: dataclasses.replace(_phrase(piece(2)), scope=(f"1411241{draw.randrange(20):02d}", "15")),
    }


def _quoted(text: str) -> str:
    return f'"{text}"'


def _phrase(text: str) -> Case:
    return Case(_quoted(text), lambda doc: text in doc.body)


def _both(one: str, other: str) -> Case:
    return Case(f"{_quoted(one)} {_quoted(other)}", lambda doc: one in doc.body and other in doc.body)


def _either(one: str, other: str) -> Case:
    return Case(f"{_quoted(one)} OR {_quoted(other)}", lambda doc: one in doc.body or other in doc.body)


def _without(one: str, other: str) -> Case:
    return Case(f"{_quoted(one)} -{_quoted(other)}", lambda doc: one in doc.body and other not in doc.body)


def _in_field(label: str, field: str, text: str, kinds: frozenset[Kind]) -> Case:
    return Case(f"{label}:{text}", lambda doc: text in getattr(doc, field), kinds)


def _years(text: str, year: int) -> Case:
    return Case(
        f"{_quoted(text)} 年度:{year}..{year + 1}", lambda doc: text in doc.body and year <= doc.year <= year + 1
    )


def _areas(mu: int) -> Case:
    """An area of 0 is not known and is in no range."""
    return Case(f"面积:{mu}-{mu + 5}", lambda doc: max(1, 100 * mu) <= doc.area <= 100 * (mu + 5), HEADS)


def _wild(text: str) -> Case:
    means = re.compile(f"{text[0]}[^{SEPARATOR}]{text[2]}")
    return Case(f"{text[0]}?{text[2]}", lambda doc: means.search(doc.body) is not None)


def _wide(text: str) -> Case:
    one, other = text[:2], text[-2:]
    means = re.compile(f"{one}[^{SEPARATOR}]{{0,{BETWEEN}}}{other}")
    return Case(f"{one}*{other}", lambda doc: one in doc.body and means.search(doc.body) is not None)


def _near(text: str, apart: int) -> Case:
    one, other = text[:2], text[-2:]
    gap = f"[^{SEPARATOR}]{{0,{apart}}}"
    means = re.compile(f"{one}{gap}{other}|{other}{gap}{one}")
    return Case(
        f'"{one} {other}"~{apart}',
        lambda doc: one in doc.body and other in doc.body and means.search(doc.body) is not None,
    )


# --- comparing --------------------------------------------------------------------------------------------------


def compare(engine: IndexedEngine, docs: Sequence[SearchDoc], case: Case, outcome: Outcome) -> None:
    """Ask one query and add what differs from a scan of all documents to the outcome."""
    wanted = Request(query=parse_query(case.typed), scope=case.scope)
    started = time.perf_counter()
    first = engine.search(wanted)
    outcome.waits.append(1000 * (time.perf_counter() - started))
    whole = engine.search(dataclasses.replace(wanted, limit=0, per_group=0))
    found = {(hit.kind, hit.file_id, hit.item_id, hit.page_id) for group in whole.groups for hit in group.hits}
    hits = [doc for doc in docs if doc.kind in case.kinds and doc.division.startswith(case.scope) and case.means(doc)]
    truth = {_key(doc) for doc in hits}
    outcome.queries += 1
    outcome.hits += len(truth)
    outcome.missed += len(truth - found)
    outcome.false += len(found - truth)
    outcome.miscounted += _miscounted(first, whole, hits)


def _key(doc: SearchDoc) -> Key:
    return (doc.kind, doc.file_id, doc.item_id, doc.page_id)


def _miscounted(first: Answer, whole: Answer, hits: Sequence[SearchDoc]) -> int:
    """Return how many totals and facet counts are wrong."""
    groups = {(doc.unit, doc.item_id): doc for doc in hits}
    years = Counter(str(doc.year) for doc in groups.values())
    places = Counter(doc.division[:9] for doc in groups.values())
    states = Counter(str(doc.issue_state) for doc in groups.values() if doc.issue_state)
    wrong = [whole.facets["year"] != years, whole.facets["town"] != places, whole.facets["state"] != states]
    answers = (first, whole) if first.is_exact else (whole,)
    wrong += [(answer.hits, answer.group_count) != (len(hits), len(groups)) for answer in answers]
    return sum(wrong)


def run(engine: IndexedEngine, stored: list[Unit], queries: int, draw: random.Random) -> Iterator[tuple[str, Outcome]]:
    """Build the index and yield what every class of queries came to."""
    engine.rebuild(lambda known: (unit for unit in stored if unit.key not in known), lambda _keys: ())
    docs = [doc for unit in stored for doc in unit.docs]
    for name, make in cases(docs, draw).items():
        outcome = Outcome()
        for _ in range(queries):
            compare(engine, docs, make(), outcome)
        yield name, outcome


def main() -> int:
    """Compare and print; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000, help="archive files of eight documents each")
    parser.add_argument("--queries", type=int, default=10, help="queries of each class")
    parser.add_argument("--database", default="", help="URL of a PostgreSQL: compare the engine inside it")
    parser.add_argument(
        "--shard", action="append", default=[], help="URL of a PostgreSQL that has a part of the documents"
    )
    options = parser.parse_args()
    draw, is_right, started = random.Random(11), True, time.monotonic()
    stored = corpus(options.documents, draw)
    with tempfile.TemporaryDirectory() as folder:
        engine: IndexedEngine = WhooshEngine(Path(folder))
        if options.database:
            places = Shards(options.shard) if options.shard else OneServer()
            engine = PostgresEngine(create_engine(options.database), exact_up_to=10_000, places=places)
        print(f"{engine.name}, {options.documents} documents, {options.queries} queries of each class")
        for name, outcome in run(engine, stored, options.queries, draw):
            is_right &= outcome.is_right
            print(_line(name, outcome), flush=True)
        state = engine.state()
    print(f"{'right' if is_right else 'WRONG'}, {state.size / 1e6:.0f} MB index, {time.monotonic() - started:.0f} s")
    return 0 if is_right else 1


def _line(name: str, outcome: Outcome) -> str:
    ordered = sorted(outcome.waits)
    times = f"p50 {ordered[len(ordered) // 2]:7.1f} ms, p95 {ordered[len(ordered) * 95 // 100]:7.1f} ms"
    faults = f"missed {outcome.missed}, false {outcome.false}, miscounted {outcome.miscounted}"
    return f"{name:8}\t{outcome.hits:9} hits  {faults}  {times}"


if __name__ == "__main__":
    sys.exit(main())
