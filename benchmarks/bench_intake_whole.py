"""From receiving to finding, whole: ``make bench-intake`` or ``python -m benchmarks.bench_intake_whole``.

Draws households of a fictional village, takes them in with the application as it is installed (a worker process with two
readers, every page in the search index, searchable PDF on) and waits until nothing is left to do: once for each engine and
once without recognition. Prints pages a minute by the clock, CPU seconds a page, and the most memory that readers and worker
held together (pages shared between processes counted once). Then the same pages through OCRmyPDF and through the plain call
of pytesseract, when they are installed. Leaves the figures in ``build/bench_intake_whole.json``.

The clock tells the truth only on an idle machine; CPU seconds bear other work beside them well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy import Select, func, select

from lindang.host import Host
from lindang.testing import make_host
from lindang.worker import drain
from models.archive import Item, Page
from models.digital import LAYERED, VIEW, DigitalObject, PageText
from models.place import Division
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing.render import VARIED, render_household
from plugins.demo.drawing.wear import Quality
from plugins.ingest.adapters.engines import ENGINES, OFF, choose
from plugins.ingest.queries.layers import OF_THE_FILE
from plugins.ingest.service.folders import folder_draft, take_folder

REPORT: Final = Path(__file__).resolve().parent.parent / "build" / "bench_intake_whole.json"
OCRMYPDF: Final = REPORT.parent / "rivals" / "bin" / "ocrmypdf"
COUNTY, VILLAGE = "990121", "990121193205"
QUALITIES: Final = tuple(quality.value for quality in Quality)
THREADS: Final = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS")
CONFIG: Final = """\
[plugins.ingest]
ocr = "{engine}"
ocr_workers = 2
ocr_nice = 0
cert_words = ["岭"]
[plugins.ingest.quality]
dpi_min = 100
"""
NAIVE: Final = """\
import sys, pytesseract
from PIL import Image
for name in sys.argv[1:]:
    pytesseract.image_to_string(Image.open(name), lang="chi_sim")
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one way cost: pages, seconds by the clock, CPU seconds, most memory of readers and of worker (MB, shared once)."""

    pages: int
    wall: float
    cpu: float
    readers_mb: int = 0
    worker_mb: int = 0

    @property
    def cpu_a_page(self) -> float:
        """CPU seconds a page."""
        return self.cpu / max(self.pages, 1)


class Memory:
    """Watches what a worker process and its readers hold."""

    def __init__(self, pid: int) -> None:
        self.readers_mb = self.worker_mb = 0
        self._pid, self._done = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(2):
            readers = [pid for pid in children_of(self._pid) if "reader_child" in command_of(pid)]
            self.readers_mb = max(self.readers_mb, sum(map(share_of, readers)))
            self.worker_mb = max(self.worker_mb, share_of(self._pid))


def children_of(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started."""
    for task in Path("/proc").glob(f"{pid}/task/*"):
        with suppress(OSError):
            yield from map(int, (task / "children").read_text(encoding="ascii").split())


def command_of(pid: int) -> str:
    """Return a process's command line; empty when it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    return ""


def share_of(pid: int) -> int:
    """Return a process's memory in MB, what it shares with others divided among them; 0 when it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) // 1024
    return 0


def draw(folder: Path, seed: int, pages: int, dpi: int) -> int:
    """Draw households of all qualities into a folder until there are ``pages``; returns how many there are."""
    village, drawn = invent_village(seed, 60), 0
    for number, household in enumerate(village.households):
        quality = QUALITIES[number % len(QUALITIES)]
        papers = render_household(folder, village, household, quality=quality, dpi=dpi, handling=VARIED)  # type: ignore[arg-type]
        drawn += sum(len(file.pages) for file in papers.files)
        if drawn >= pages:
            break
    return drawn


def used() -> float:
    """Return the CPU seconds of this process and of those it has waited for."""
    return used_by(resource.RUSAGE_SELF) + used_by(resource.RUSAGE_CHILDREN)


def used_by(who: int) -> float:
    """Return the CPU seconds of this process, or of those it has waited for."""
    one = resource.getrusage(who)
    return one.ru_utime + one.ru_stime


@contextmanager
def archive(folder: Path, engine: str) -> Iterator[Host]:
    """Give a new archive with a county and a village."""
    made = make_host(folder, ingest={"ocr": engine})
    with made.transaction() as session:
        session.add(Division(code=COUNTY, name="示范县", level="county", parent_code="", valid_to=None))
        session.add(Division(code=COUNTY + "193", name="青岭镇", level="town", parent_code=COUNTY, valid_to=None))
        session.add(Division(code=VILLAGE, name="柳树沟村", level="village", parent_code=COUNTY + "193", valid_to=None))
    yield made
    made.close()


def take_in(scans: Path, engine: str) -> Run:
    """Take all scans in with an engine, from receiving to the last entry in the index."""
    with tempfile.TemporaryDirectory() as folder, archive(Path(folder), engine) as host:
        before, started = used(), time.monotonic()
        with worker(Path(folder), engine) as process:
            memory = Memory(process.pid)
            list(take_folder(host, host.system_actor(), scans, folder_draft(scans, VILLAGE, engine)))
            received = used() - before  # what comes after in this process is only waiting and watching
            drain(host)
            wall = time.monotonic() - started
            memory.stop()
            before = used_by(resource.RUSAGE_CHILDREN)
        cpu = received + used_by(resource.RUSAGE_CHILDREN) - before
        pages = finished_pages(host, engine)
    return Run(pages, wall, cpu, memory.readers_mb, memory.worker_mb)


@contextmanager
def worker(folder: Path, engine: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the application's worker on an archive."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(engine=engine), encoding="utf-8")
    command = [sys.executable, "-m", "lindang", "--data", str(folder), "--config", str(config), "worker"]
    environment = {**os.environ, "LINDANG__HOST__WORKERS": "3", "LINDANG__HOST__DISK_RESERVE_MB": "0"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (folder / "worker.alive").exists():
            if process.poll() is not None:
                raise RuntimeError(f"the worker ended: {process.returncode}")
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def finished_pages(host: Host, engine: str) -> int:
    """Return how many pages are filed; raises RuntimeError unless each is read and in a searchable PDF as far as it should be."""
    with host.view() as session:
        pages = session.scalar(select(func.count()).select_from(Page)) or 0
        views = session.scalar(select(func.count()).where(DigitalObject.role == VIEW)) or 0
        written = session.scalar(select(func.count()).select_from(Page).where(~Page.is_blank)) or 0
        texts = session.scalar(select(func.count()).where(PageText.is_current)) or 0
        items = session.scalar(_items_read()) or 0
        layered = session.scalar(select(func.count()).where(DigitalObject.role == LAYERED)) or 0
        filed = session.scalar(select(func.count()).select_from(Item)) or 0
    if pages != views or not filed or (engine != OFF and (texts < written or layered < items)):
        raise RuntimeError(f"{engine}: {pages=} {views=} {written=} {texts=} {items=} {layered=}")
    return pages


def _items_read() -> Select[int]:
    """Return how many 件 have a page that an engine has read: those whose file brought its text need no PDF of ours."""
    read = select(func.count(func.distinct(Page.item_id))).join(PageText, PageText.page_id == Page.id)
    return read.where(PageText.is_current, PageText.engine.not_in(OF_THE_FILE))


def rival(command: Sequence[str], pages: int) -> Run:
    """Run a rival's command with the threads that it takes by itself."""
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    before, started = used(), time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Run(pages, time.monotonic() - started, used() - before)


def rivals(scans: Path, most: int, dpi: int) -> dict[str, Run]:
    """Take some of the pages through what else there is; says what is not installed."""
    found: dict[str, Run] = {}
    with tempfile.TemporaryDirectory() as folder:
        images = single_pages(scans, Path(folder), most)
        if not images or shutil.which("tesseract") is None:
            print("没有 tesseract：不与别的比较（apt install tesseract-ocr tesseract-ocr-chi-sim）")
            return found
        if OCRMYPDF.exists():
            whole, made = Path(folder) / "all.pdf", Path(folder) / "made.pdf"
            first, *others = [Image.open(path) for path in images]
            first.save(whole, save_all=True, append_images=others, resolution=dpi)
            found["OCRmyPDF"] = rival(
                [str(OCRMYPDF), "-l", "chi_sim", "--jobs", "2", str(whole), str(made)], len(images)
            )
        else:
            print("没有 OCRmyPDF：不与它比较（make rivals 可装，只为比较）")
        found["pytesseract"] = rival([sys.executable, "-c", NAIVE, *map(str, images)], len(images))
    return found


def single_pages(scans: Path, folder: Path, most: int) -> list[Path]:
    """Return the drawn papers that are single JPEG images, copied, spread over all of them."""
    papers = sorted(scans.rglob("*.jpg"))
    chosen = papers[:: max(1, len(papers) // most)][:most]
    return [Path(shutil.copy(path, folder / f"{number}.jpg")) for number, path in enumerate(chosen)]


def row(name: str, run: Run, best: Run | None) -> str:
    """Return a row of the table."""
    ratio = f"{run.cpu_a_page / best.cpu_a_page:.1f}" if best else ""
    memory = (f"{run.readers_mb}", f"{run.worker_mb}") if run.worker_mb else ("", "")
    figures = (
        str(run.pages),
        f"{60 * run.pages / run.wall:.0f}",
        f"{run.cpu_a_page:.2f}",
        f"{120 / run.cpu_a_page:.0f}",
    )
    return f"| {name} | {' | '.join((*figures, *memory, ratio))} |"


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60, help="at least so many pages")
    parser.add_argument("--rival-pages", type=int, default=8)
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--engines", default=",".join([OFF, *(name for name in ENGINES if choose(name).engine == name)])
    )
    chosen = parser.parse_args()
    runs: dict[str, Run] = {}
    with tempfile.TemporaryDirectory() as folder:
        scans = Path(folder)
        draw(scans, chosen.seed, chosen.pages, chosen.dpi)
        for engine in filter(None, chosen.engines.split(",")):
            runs[engine] = take_in(scans, engine)
            print(f"{engine}: {runs[engine]}", flush=True)
        runs |= rivals(scans, chosen.rival_pages, chosen.dpi)
    best = runs.get("rapidocr-fast") or runs.get("rapidocr")
    print(
        "\n| way | pages | pages/min by the clock | CPU s a page | pages/min of two idle cores, from CPU "
        "| readers MB | worker MB | times our CPU |\n|---|--:|--:|--:|--:|--:|--:|--:|"
    )
    for name, run in runs.items():
        print(row(name, run, best))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({name: asdict(run) for name, run in runs.items()}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
