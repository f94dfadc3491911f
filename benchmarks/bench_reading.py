"""What a machine reads off the fictional village's papers, held against what was drawn: ``python -m benchmarks.bench_reading``.

For every engine and quality class: characters missed and characters that are not on the page (order left out of account,
widths folded; seals and the fictional mark count neither way), certificate numbers found on the pages that bear one, how
often a page had to be read the other way round, and seconds a page, by the clock and of CPU time. One process, one thread,
as a worker reads. Leaves the same figures in ``build/bench_reading.json``.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}  # before any library starts its threads

import argparse
import json
import resource
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lindang.ports import OcrEngine, OcrLine
from models.identifiers import cert_key
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing.render import render_household
from plugins.demo.drawing.truth import PageTruth
from plugins.demo.drawing.wear import Quality
from plugins.ingest.adapters.engines import ENGINES, EngineOptions
from plugins.ingest.domain.fields import cert_mentions
from plugins.ingest.domain.scan import ScanProfile
from plugins.ingest.pipeline import process
from plugins.ingest.reading import read_page

REPORT = Path(__file__).resolve().parent.parent / "build" / "bench_reading.json"
READABLE = ("printed", "hand")


@dataclass(slots=True)
class Score:
    """Sums over the pages of one quality class."""

    pages: int = 0
    turned_again: int = 0
    characters: int = 0
    missed: int = 0
    invented: int = 0
    numbers: int = 0
    numbers_found: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def add(self, truth: PageTruth, text: str, attempts: int) -> None:
        """Count one page."""
        written = letters("".join(line.text for line in truth.lines if line.kind in READABLE))
        other = letters("".join(line.text for line in truth.lines if line.kind not in READABLE))
        read = letters(text)
        self.pages += 1
        self.turned_again += attempts > 1
        self.characters += written.total()
        self.missed += (written - read).total()
        self.invented += (read - written - other).total()
        if number := truth.fields.get("cert_no"):
            self.numbers += 1
            self.numbers_found += cert_key(number) in {mention.cert_no.key for mention in cert_mentions(text)}

    def line(self, engine: str, quality: str) -> str:
        """Return the figures as a row of the table."""
        pages, characters = max(self.pages, 1), max(self.characters, 1)
        return (
            f"| {engine} | {quality} | {self.pages} | {100 * self.missed / characters:.2f} % "
            f"| {100 * self.invented / characters:.2f} % | {self.numbers_found}/{self.numbers} | {self.turned_again} "
            f"| {self.wall / pages:.2f} | {self.cpu / pages:.2f} |"
        )


class Counted:
    """An engine that counts how often it was asked."""

    def __init__(self, engine: OcrEngine) -> None:
        self._engine = engine
        self.name, self.version = engine.name, engine.version
        self.asked = 0

    def recognise(self, gray: np.ndarray, dpi: int) -> list[OcrLine]:
        """Ask the engine."""
        self.asked += 1
        return self._engine.recognise(gray, dpi)


def letters(text: str) -> Counter[str]:
    """Return the letters, figures and characters of a text, without widths, blanks and punctuation."""
    return Counter(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def pages(quality: str, households: int, dpi: int) -> Iterator[tuple[Path, int, PageTruth]]:
    """Draw the papers and yield every written page as the archive would keep it: view image, its dpi, its truth."""
    village = invent_village(7, max(households, 1))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for household in village.households[:households]:
            drawn = render_household(root / "scans", village, household, quality=quality, dpi=dpi)  # type: ignore[arg-type]
            for number, file in enumerate(drawn.files):
                work = root / f"{household.index}-{number}"
                work.mkdir()
                found = process(root / "scans" / file.relative_path, work, ScanProfile())
                for page, truth in zip(found.pages, file.pages, strict=True):
                    if not truth.is_blank:
                        yield work / page.view, round((page.dpi or dpi) * page.view_width / page.width), truth


def measure(engine: OcrEngine, quality: str, households: int, dpi: int) -> Score:
    """Read all pages of one quality class."""
    score, counted = Score(), Counted(engine)
    for view, view_dpi, truth in pages(quality, households, dpi):
        counted.asked, started, before = 0, time.perf_counter(), cpu_seconds()
        text = read_page(view, counted, view_dpi).text
        score.wall += time.perf_counter() - started
        score.cpu += cpu_seconds() - before
        score.add(truth, text, counted.asked)
    return score


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the programs it has called."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=1, help="households per quality class")
    parser.add_argument("--dpi", type=int, default=150)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--qualities", default=",".join(Quality))
    chosen = parser.parse_args()
    report: dict[str, dict[str, float]] = {}
    print("| engine | papers | pages | missed | invented | numbers | again | s/page | CPU s/page |")
    print(f"|---|---|{'--:|' * 7}")
    for name in chosen.engines.split(","):
        engine = ENGINES[name](EngineOptions())
        for quality in chosen.qualities.split(","):
            score = measure(engine, quality, chosen.households, chosen.dpi)
            report[f"{name} {quality}"] = asdict(score)
            print(score.line(name, quality), flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
