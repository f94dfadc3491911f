"""Full text at scale: ``python -m benchmarks.bench_search [--files N] [--against] [--stock N]``.

The index of this archive is built, opened and searched, each in a process of its own, and every total is compared with a plain
scan where the archive is small enough. With ``--against`` the same pages and the same
queries go through Tantivy, SQLite's FTS5 and stock Whoosh, the last with fewer pages because it builds too slowly; what they
miss or find too much is printed beside. All times are processor time of one process: other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.search_corpus import PAGES, query_kinds, texts, units
from benchmarks.search_rivals import RIVALS, Clock, Search, Words
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.engine import Request
from plugins.search.domain.query import And, Word
from tools.measure import quantile

REPORT = Path(__file__).resolve().parent.parent / "build" / "bench_search.json"
QUERIES = 60
COMPARED_PAGES = 60_000
"""Up to this many pages every total is compared with a scan."""


@dataclass
class Figures:
    """What one engine needed.

    Attributes:
        pages: How many it holds.
        pages_per_second: Building, processor time, without making the pages.
        index_share: Bytes of the index for each byte of text.
        build_mb: Most memory that building added, mapped files not counted.
        open_ms: Opening, in a new process.
        first_ms: The first search after that.
        serving_mb: Memory that opening and all searches added, mapped files not counted.
        p95: Milliseconds by kind of query, first twenty hits and total.
        wrong: Totals that are not those of the scan, by kind: missed and found too much, in pages.
    """

    pages: int = 0
    pages_per_second: int = 0
    index_share: float = 0.0
    build_mb: int = 0
    open_ms: float = 0.0
    first_ms: float = 0.0
    serving_mb: int = 0
    p50: dict[str, float] = field(default_factory=dict)
    p95: dict[str, float] = field(default_factory=dict)
    wrong: dict[str, tuple[int, int]] = field(default_factory=dict)


# --- engines ----------------------------------------------------------------------------------------------------


def build_ours(folder: Path, files: int) -> float:
    """Build the index of this archive; returns seconds."""
    clock = Clock()
    WhooshEngine(folder).rebuild(lambda _known: clock.outside(units(files)), lambda _keys: ())
    return clock.seconds


def open_ours(folder: Path) -> Search:
    """Open it."""
    engine = WhooshEngine(folder)
    engine.search(Request(query=Word("\ue000\ue000"), scope=("",)))

    def search(wanted: Words) -> int:
        query = And(tuple(map(Word, wanted))) if len(wanted) > 1 else Word(wanted[0])
        return engine.search(Request(query=query, scope=("",), facets=False)).hits

    return search


ENGINES: dict[str, tuple[Callable[[Path, int], float], Callable[[Path], Search]]] = {
    "lindang": (build_ours, open_ours),
    **RIVALS,
}


# --- measuring --------------------------------------------------------------------------------------------------


def measure(name: str, files: int, truths: dict[str, list[int]] | None) -> Figures:
    """Build and search with one engine, each in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Figures(pages=files * PAGES)
        _elsewhere(_build, name, Path(folder), files, into=figures)
        bytes_ = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        sample = min(files, 1000)
        text_bytes = sum(len(text.encode()) for text in texts(sample)) / sample * files
        figures.index_share = round(bytes_ / text_bytes, 2)
        _elsewhere(_serve, name, Path(folder), files, truths, into=figures)
    return figures


def _elsewhere(work: Callable[..., dict[str, Any]], *arguments: Any, into: Figures) -> None:
    """Run the work in a new process and take over the figures that it returns."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        for key, value in pool.apply(work, arguments).items():
            setattr(into, key, value)


def _build(name: str, folder: Path, files: int) -> dict[str, Any]:
    list(texts(1))
    before, most = _own_memory(), 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, _own_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds = ENGINES[name][0](folder, files)
    done.set()
    watcher.join()
    return {"pages_per_second": round(files * PAGES / seconds), "build_mb": most - before}


def _serve(name: str, folder: Path, files: int, truths: dict[str, list[int]] | None) -> dict[str, Any]:
    first = query_kinds(files)["four"]()
    memory = _own_memory()
    started = time.process_time()
    search = ENGINES[name][1](folder)
    opened = time.process_time()
    search(first)
    result: dict[str, Any] = {
        "open_ms": round(1000 * (opened - started), 1),
        "first_ms": round(1000 * (time.process_time() - opened), 1),
        "p50": {},
        "p95": {},
        "wrong": {},
    }
    for kind, queries in asked(files).items():
        waits, totals = _timed(search, queries)
        result["p50"][kind] = round(quantile(waits, 0.5) / 1e6, 2)
        result["p95"][kind] = round(quantile(waits, 0.95) / 1e6, 2)
        if truths:
            pairs = list(zip(totals, truths[kind], strict=True))
            result["wrong"][kind] = (
                sum(max(0, true - found) for found, true in pairs),
                sum(max(0, found - true) for found, true in pairs),
            )
    result["serving_mb"] = _own_memory() - memory
    return result


def asked(files: int) -> dict[str, list[Words]]:
    """Return the queries, by kind."""
    return {kind: [make() for _ in range(QUERIES)] for kind, make in query_kinds(files).items()}


def _timed(search: Search, queries: Sequence[Words]) -> tuple[list[int], list[int]]:
    waits, totals = [], []
    for query in queries:
        started = time.process_time_ns()
        totals.append(max(0, search(query)))
        waits.append(time.process_time_ns() - started)
    return waits, totals


def _own_memory() -> int:
    """Return the memory of this process in MB that is no mapped file."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) // 1024


def scan(files: int) -> dict[str, list[int]]:
    """Return the totals of all queries by looking at every page."""
    pages = list(texts(files))
    return {
        kind: [sum(all(word in page for word in query) for page in pages) for query in queries]
        for kind, queries in asked(files).items()
    }


def show(name: str, figures: Figures) -> None:
    """Print one engine."""
    print(
        f"{name:17} {figures.pages:>9} pages  {figures.pages_per_second:>6} pages/s  index {figures.index_share:.2f} of the text  "
        f"build {figures.build_mb} MB  open {figures.open_ms} ms, first search {figures.first_ms} ms  "
        f"serving {figures.serving_mb} MB"
    )
    print(" " * 18 + "p95 ms  " + "  ".join(f"{kind} {value:.2f}" for kind, value in figures.p95.items()))
    if wrong := {kind: pair for kind, pair in figures.wrong.items() if any(pair)}:
        print(" " * 18 + "missed/false  " + "  ".join(f"{kind} {pair[0]}/{pair[1]}" for kind, pair in wrong.items()))


def main() -> None:
    """Measure, print, and leave the figures in build/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="archive files of six pages")
    parser.add_argument("--against", action="store_true", help="the other engines too")
    parser.add_argument("--stock", type=int, default=500, help="archive files for stock Whoosh")
    parser.add_argument("--only", nargs="*", default=[], choices=ENGINES, help="these engines")
    chosen = parser.parse_args()
    report: dict[str, Figures] = {}
    for name in chosen.only or (ENGINES if chosen.against else ["lindang"]):
        files = min(chosen.files, chosen.stock) if name == "stock whoosh" else chosen.files
        report[name] = measure(name, files, scan(files) if files * PAGES <= COMPARED_PAGES else None)
        show(name, report[name])
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({name: asdict(figures) for name, figures in report.items()}, indent=2), "utf-8")
    if any(any(pair) for pair in report.get("lindang", Figures()).wrong.values()):
        raise SystemExit("a total is not that of the scan")


if __name__ == "__main__":
    main()
