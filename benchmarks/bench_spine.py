"""Figures on this machine: intake per recognition engine, time until findable, search latency, memory. ``make bench``.

The archive is driven from outside, as an office drives it: ``lindang run`` with its worker, ``lindang ingest folder``, and
pages asked for over HTTP code paths. The papers are those of the fictional village. Prints a table, and leaves the same
figures in ``build/bench.json``. Not a test: nothing fails, compare only runs of one machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask.testing import FlaskClient
from fpdf import FPDF
from sqlalchemy import func, select

from lindang.auth import system_actor
from lindang.events import EventRow, pending
from lindang.host import Host
from lindang.jobs import QUEUED, RUNNING, JobRow
from lindang.testing import client, make_app, make_host
from models.archive import Page
from plugins.demo.drawing.fonts import Face, font_file
from plugins.demo.drawing.render import render_village
from plugins.demo.drawing.truth import VillageTruth
from plugins.search.domain.engine import Filters, Request
from plugins.search.service.answering import find
from tools.measure import quantile

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "bench.json"
PAGES_PER_PDF = 20
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 3600
Figures = dict[str, float]


# ------------------------------------------------------------------------------------------------------------- server
@dataclasses.dataclass
class Memory:
    """The largest resident size seen, in MB: of the web process, and of the worker with its children."""

    web: float = 0.0
    worker: float = 0.0


class Server:
    """``lindang run`` on a free port, watched for its memory."""

    def __init__(self, data: Path) -> None:
        self.port = _free_port()
        environment = {**os.environ, "LINDANG__HOST__PORT": str(self.port)}
        command = [sys.executable, "-m", "lindang", "--data", str(data), "run"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.peak = Memory()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def wait_until_up(self) -> float:
        """Wait for the health page; returns the seconds it took."""
        started = time.monotonic()
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2):
                    return time.monotonic() - started
            except (urllib.error.URLError, ConnectionError):
                _give_up_after(started, 60)
                time.sleep(0.1)

    def memory(self) -> Memory:
        """Return what is resident now."""
        children = _descendants(self.process.pid)
        return Memory(_resident_mb(self.process.pid), sum(map(_resident_mb, children)))

    def settled_memory(self) -> Memory:
        """Return what is resident once both processes have loaded what they need and stand still."""
        before = Memory()
        while True:
            time.sleep(2)
            now = self.memory()
            if now.worker and abs(now.web - before.web) + abs(now.worker - before.worker) < 1:
                return now
            before = now

    def _watch(self) -> None:
        while not self._stop.wait(0.25):
            now = self.memory()
            self.peak = Memory(max(self.peak.web, now.web), max(self.peak.worker, now.worker))

    def close(self) -> None:
        """Stop the server as Ctrl-C would."""
        self._stop.set()
        self._watcher.join()
        self.process.terminate()
        self.process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text(encoding="ascii").split()]
        except OSError:
            continue
        found += [one for child in children for one in (child, *_descendants(child))]
    return found


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _give_up_after(started: float, seconds: float) -> None:
    if time.monotonic() - started > seconds:
        raise TimeoutError(f"nothing happened within {seconds:.0f} s")


# ------------------------------------------------------------------------------------------------------------- archive
@contextmanager
def archive(folder: Path) -> Iterator[tuple[Host, Server]]:
    """Give a new archive with its server running, and a host of our own that looks at the same data."""
    host = make_host(folder)
    server = Server(folder)
    try:
        server.wait_until_up()
        yield host, server
    finally:
        server.close()
        host.close()


def ingest(data: Path, scans: Path, village: str, engine: str) -> None:
    """Hand a folder to the archive; the server's worker does the rest."""
    command = [sys.executable, "-m", "lindang", "--data", str(data), "ingest", "folder", str(scans)]
    options = ["--county", village[:6], "--village", village, "--ocr", engine, "--json"]
    subprocess.run([*command, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until_quiet(host: Host) -> None:
    """Wait until no job is due or running and every event is delivered."""
    started = time.monotonic()
    while True:
        with host.view() as session:
            jobs = (
                session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state.in_((QUEUED, RUNNING)))) or 0
            )
            if jobs == 0 and pending(session) == 0:
                return
        _give_up_after(started, PATIENCE_SECONDS)
        time.sleep(0.1)


def page_count(host: Host) -> int:
    """Count the filed pages."""
    with host.view() as session:
        return session.scalar(select(func.count()).select_from(Page)) or 0


# -------------------------------------------------------------------------------------------------------- measurements
def bench_intake(truth: VillageTruth, engine: str) -> Figures:
    """Pages per minute from the folder to findable, with this engine; memory before and at the peak."""
    with tempfile.TemporaryDirectory() as folder, archive(Path(folder) / "data") as (host, server):
        idle = server.settled_memory()
        started = time.monotonic()
        ingest(host.data_dir, truth.scans, truth.village.code, engine)
        wait_until_quiet(host)
        seconds = time.monotonic() - started
        pages = page_count(host)
        return {
            "pages": pages,
            "seconds": round(seconds, 1),
            "pages_per_minute": round(60 * pages / seconds, 1),
            "web_idle_mb": round(idle.web, 1),
            "worker_idle_mb": round(idle.worker, 1),
            "web_peak_mb": round(server.peak.web, 1),
            "worker_peak_mb": round(server.peak.worker, 1),
        }


def bench_search(truth: VillageTruth, pages: int, queries: int) -> dict[str, Figures]:
    """Latency of the search page over many text pages, and the time until a new page is found."""
    texts = [page.text for file in truth.files() for page in file.pages if page.text]
    with tempfile.TemporaryDirectory() as folder, archive(Path(folder) / "data") as (host, _server):
        write_texts(Path(folder) / "texts", texts, pages)
        ingest(host.data_dir, Path(folder) / "texts", truth.village.code, "off")
        wait_until_quiet(host)
        browser = client(make_app(host), system_actor())
        found: dict[str, Figures] = {"pages": {"pages": page_count(host)}}
        for kind, make in query_makers(texts).items():
            found[kind] = latency([timed(browser, make()) for _ in range(queries)])
        found["findable_after"] = latency([findable_after(host, Path(folder), truth, n) for n in range(10)])
        return found


def write_texts(folder: Path, texts: Sequence[str], pages: int) -> None:
    """Write ``pages`` born-digital pages, twenty to a file, ten files to a household, every page with its own words."""
    rng = random.Random(7)
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    for number in range(-(-pages // PAGES_PER_PDF)):
        target = folder / f"{number // 10 + 1:04d}-测试户" / f"{number % 10 + 1:02d}-材料.pdf"
        count = min(PAGES_PER_PDF, pages - number * PAGES_PER_PDF)
        write_pdf(
            target,
            ["\n".join([f"第 {number}-{page} 页", *rng.sample(lines, min(25, len(lines)))]) for page in range(count)],
        )


def write_pdf(target: Path, pages: Sequence[str]) -> None:
    """Write a text PDF."""
    path, index = font_file(Face.SONG)
    pdf = FPDF()
    pdf.add_font("face", fname=path, collection_font_number=index)
    for text in pages:
        pdf.add_page()
        pdf.set_font("face", size=10)
        pdf.multi_cell(0, 6, text)
    target.parent.mkdir(parents=True, exist_ok=True)
    pdf.output(str(target))


def query_makers(texts: Sequence[str]) -> dict[str, Callable[[], str]]:
    """Return makers of queries by kind: Chinese of growing length, and certificate numbers."""
    rng = random.Random(11)
    han = ["".join(c for c in text if "\u4e00" <= c <= "\u9fff") for text in texts]
    han = [text for text in han if len(text) > 20]

    def piece(length: int) -> str:
        text = rng.choice(han)
        start = rng.randrange(len(text) - length)
        # in quotation marks: a single character may be one of the words 与, 或, 非
        return f'"{text[start : start + length]}"'

    return {
        "1 character": lambda: piece(1),
        "2 characters": lambda: piece(2),
        "4 characters": lambda: piece(4),
        "8 characters": lambda: piece(8),
        "two words": lambda: f"{piece(2)} {piece(3)}",
        "certificate number": lambda: f"林证字(2010)第{rng.randrange(1, 999):04d}号",
    }


def timed(browser: FlaskClient, query: str) -> float:
    """Return the milliseconds of one search page, made and rendered."""
    started = time.perf_counter()
    answer = browser.get("/search", query_string={"q": query})
    if answer.status_code != 200:
        raise RuntimeError(f"search for {query!r} answered {answer.status_code}")
    return 1000 * (time.perf_counter() - started)


def findable_after(host: Host, folder: Path, truth: VillageTruth, number: int) -> float:
    """Return the milliseconds from the commit of a new page's text to the first search that finds it."""
    word = "".join(random.Random(1000 + number).sample("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥", 8))
    scans = folder / f"late{number}"
    write_pdf(scans / f"{900 + number:04d}-后来户" / "01-新材料.pdf", [f"新到的一页：{word}"])
    ingest(host.data_dir, scans, truth.village.code, "off")
    started = time.monotonic()
    while not has_hit(host, word):
        _give_up_after(started, 60)
        time.sleep(POLL_SECONDS)
    seen = host.clock.now()
    with host.view() as session:
        stored = session.scalars(
            select(EventRow.happened_at).where(EventRow.name == "PageTextStored").order_by(EventRow.id.desc())
        ).first()
    return 1000 * (seen - stored).total_seconds() if stored else 0.0


def has_hit(host: Host, word: str) -> bool:
    """Say whether a full-text search finds the word."""
    wanted = Request(query=None, scope=(), filters=Filters(), limit=1, per_group=0, facets=False)
    answer = find(host, system_actor(), word, wanted).answer
    return answer is not None and answer.hits > 0


def latency(milliseconds: Sequence[float]) -> Figures:
    """Return the usual quantiles in milliseconds."""
    scaled = [round(value * 10) for value in milliseconds]
    return {
        "p50_ms": quantile(scaled, 0.5) / 10,
        "p95_ms": quantile(scaled, 0.95) / 10,
        "max_ms": max(scaled) / 10,
        "n": len(scaled),
    }


# -------------------------------------------------------------------------------------------------------------- report
def table(title: str, rows: dict[str, Figures]) -> str:
    """Return figures as a Markdown table."""
    columns = list(dict.fromkeys(key for figures in rows.values() for key in figures))
    lines = [f"\n| {title} | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
    lines += [f"| {name} | {' | '.join(str(figures.get(c, '')) for c in columns)} |" for name, figures in rows.items()]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=3, help="households whose scans are taken in, per engine")
    parser.add_argument("--engines", default="off,tesseract,rapidocr")
    parser.add_argument("--pages", type=int, default=1000, help="text pages to search in")
    parser.add_argument("--queries", type=int, default=100, help="queries of each kind")
    chosen = parser.parse_args()
    report: dict[str, dict[str, Figures]] = {"intake": {}}
    with tempfile.TemporaryDirectory() as folder:
        truth = render_village(Path(folder), households=chosen.households, workers=os.cpu_count() or 1)
        for engine in chosen.engines.split(","):
            report["intake"][engine] = bench_intake(truth, engine)
            print(table("intake", report["intake"]), flush=True)
        report["search"] = bench_search(truth, chosen.pages, chosen.queries)
        print(table("search", report["search"]), flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
