"""Sixteen people search while scans are taken in: ``python -m benchmarks.bench_search_load [--people N] [--seconds S]``.

The archive is served as ``lindang run`` serves it; every person asks through the API with a key of their own and thinks for one to
three seconds before the next search. Meanwhile the worker takes in and reads scanned households. Prints milliseconds (p50, p95,
most) for full text and for certificate numbers, the number of errors, and how many pages were taken in.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from pathlib import Path

from benchmarks.bench_spine import ROOT, archive, ingest, latency, page_count, query_makers, table, wait_until_quiet
from benchmarks.bench_spine import write_texts as write_pages
from plugins.demo.drawing.render import render_village
from plugins.demo.drawing.truth import VillageTruth

REPORT = ROOT / "build" / "bench_search_load.json"
NUMBER = "certificate number"


def run_lindang(data: Path, *arguments: str) -> str:
    """Run one of the product's commands; returns what it prints."""
    command = [sys.executable, "-m", "lindang", "--data", str(data), *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


class People:
    """People at their desks, each with a key and a thread of their own."""

    def __init__(self, address: str, keys: list[str], texts: list[str]) -> None:
        self._address, self._texts = address, texts
        self._done = threading.Event()
        self._lock = threading.Lock()
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self._threads = [threading.Thread(target=self._work, args=(n, key)) for n, key in enumerate(keys)]

    def start(self) -> None:
        """Let everybody begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish the search they are at."""
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int, key: str) -> None:
        lots, makers = random.Random(number), query_makers(self._texts)
        while not self._done.wait(lots.uniform(1, 3)):
            kind = lots.choice(list(makers))
            started = time.perf_counter()
            fault = self._ask(key, makers[kind]())
            with self._lock:
                self.waits["number" if kind == NUMBER else "full text"].append(1000 * (time.perf_counter() - started))
                self.errors += [fault] if fault else []

    def _ask(self, key: str, query: str) -> str:
        """Search once; returns what went wrong."""
        address = f"{self._address}/api/v1/search?{urllib.parse.urlencode({'q': query, 'size': 20})}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"})  # noqa: S310 - our own server
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                json.load(answer)
        except (OSError, ValueError) as error:
            return f"{query}: {error}"
        return ""


def measure(truth: VillageTruth, folder: Path, *, people: int, seconds: int, pages: int) -> dict[str, object]:
    """Search with everybody for so long, while scans are taken in again and again."""
    texts = [page.text for file in truth.files() for page in file.pages if page.text]
    with archive(folder / "data") as (host, server):
        write_pages(folder / "texts", texts, pages)
        ingest(host.data_dir, folder / "texts", truth.village.code, "off")
        wait_until_quiet(host)
        keys = [_key_of(host.data_dir, f"person{number}", truth.village.code[:6]) for number in range(people)]
        before = page_count(host)
        office = People(f"http://127.0.0.1:{server.port}", keys, texts)
        started = time.monotonic()
        office.start()
        ingest(host.data_dir, truth.scans, truth.village.code, "tesseract")
        time.sleep(max(0.0, seconds - (time.monotonic() - started)))
        office.stop()
        figures: dict[str, object] = {kind: latency(waits) for kind, waits in sorted(office.waits.items())}
        taken = page_count(host) - before
    return figures | {"errors": {"n": len(office.errors), "first": office.errors[:1]}, "taken in": {"pages": taken}}


def _key_of(data: Path, login: str, county: str) -> str:
    run_lindang(data, "user", "add", login, "--name", login, "--role", "archivist", "--prefix", county)
    return run_lindang(data, "user", "token", login).splitlines()[-1]


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pages", type=int, default=1000, help="text pages to search in")
    parser.add_argument("--households", type=int, default=6, help="households whose scans are taken in meanwhile")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        truth = render_village(Path(folder), households=chosen.households, workers=2)
        figures = measure(truth, Path(folder), people=chosen.people, seconds=chosen.seconds, pages=chosen.pages)
    print(table(f"{chosen.people} people", figures))  # type: ignore[arg-type]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if figures["errors"]["n"]:  # type: ignore[index]
        raise SystemExit(1)


if __name__ == "__main__":
    main()
