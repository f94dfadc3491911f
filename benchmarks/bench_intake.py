"""How well and how fast scans are read: ``make bench-intake`` or ``python -m benchmarks.bench_intake``.

Draws seeded papers of a fictional village (three quality classes; print of several shops and a hand, seals over text, bleed
through, skew, folds, grain; a sixth of the pages lies turned), takes them through the intake's own steps and holds the
outcome against what was drawn. For every engine and class: edits that the written lines need (each line is looked for in
the page's text; widths, blanks and signs levelled), characters that nobody wrote, CPU seconds of each step; then certificate
numbers, serials, application and identity numbers, page by page and as the file votes: exactly right, wrong, and wrong
although called sure. Leaves the same figures in ``build/bench_intake.json``.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}  # before any library starts its threads

import argparse
import json
import resource
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.reading_truth import Characters, Drawing, DrawnPage, Numbers
from lindang.ports import OcrEngine, OcrLine
from models.identifiers import ID_NO, cert_key
from models.numbers import skeleton
from plugins.demo.drawing.wear import Quality
from plugins.ingest.adapters.engines import ENGINES, EngineOptions, choose, witness_of
from plugins.ingest.domain.certificate import read_certificate_page
from plugins.ingest.domain.fields import (
    APPLICATION_NO,
    CERT_NO,
    CERT_SERIAL,
    SURE_FROM,
    NumberVote,
    find_numbers,
    names_someone,
    verdict,
    with_opinion,
)
from plugins.ingest.domain.privacy import id_numbers
from plugins.ingest.domain.text import PageReading
from plugins.ingest.reading import Witness, read_page
from plugins.ingest.settings import IngestSettings

REPORT: Final = Path(__file__).resolve().parent.parent / "build" / "bench_intake.json"
CLASSES: Final = tuple(quality.value for quality in Quality)
PAGE, FILE = "page", "file"


@dataclass(slots=True)
class Household:
    """What the pages of one household's file say, and what stands on them."""

    votes: dict[str, list[list[NumberVote]]] = field(default_factory=lambda: defaultdict(list))
    truth: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    holders: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Score:
    """The figures of one engine on one quality class."""

    characters: Characters = field(default_factory=Characters)
    numbers: dict[str, Numbers] = field(default_factory=dict)
    blank_wrong: int = 0
    turned_wrong: int = 0
    asked_again: int = 0
    prepare: float = 0.0
    read: float = 0.0
    fields: float = 0.0
    wall: float = 0.0
    seen: int = 0


class Counted:
    """An engine that counts how often it was asked."""

    def __init__(self, engine: OcrEngine) -> None:
        self._engine = engine
        self.name, self.version, self.asked = engine.name, engine.version, 0

    def recognise(self, gray: np.ndarray, dpi: int) -> list[OcrLine]:
        """Ask the engine."""
        self.asked += 1
        return self._engine.recognise(gray, dpi)


def measure(engine: OcrEngine, witness: Witness, quality: str, pages: int, drawing: Drawing) -> Score:
    """Read pages of one quality class and hold what comes out against what was drawn."""
    score, counted, files = Score(), Counted(engine), defaultdict[int, Household](Household)
    for page in drawing.pages(quality, pages):
        score.seen += 1
        score.blank_wrong += page.looks_blank != page.truth.is_blank
        if page.looks_blank or page.truth.is_blank:
            continue
        counted.asked, started, before = 0, time.perf_counter(), cpu_seconds()
        reading = read_page(page.view, counted, page.dpi, witness)
        score.read += cpu_seconds() - before
        before = cpu_seconds()
        found = numbers_of(reading, witness)
        score.fields += cpu_seconds() - before
        score.wall += time.perf_counter() - started
        score.asked_again += counted.asked > 1
        score.turned_wrong += reading.quarter_turns != page.truth.quarter_turns
        score.characters.add(page.truth, reading.text)
        count_page(score, files[page.household], page, reading, found)
    score.prepare = drawing.prepared
    for file in files.values():
        count_file(score, file)
    return score


def numbers_of(reading: PageReading, witness: Witness) -> dict[str, list[NumberVote]]:
    """Return what a page says of each kind of number, as the archive would keep it."""
    votes: dict[str, list[NumberVote]] = defaultdict(list)
    for number in find_numbers(reading.text, reading.words, witness.cert_words):
        sure = with_opinion(number, reading.opinions)
        votes[number.kind].append(NumberVote(sure.key, sure.repaired, sure.confidence))
    votes[ID_NO] = [NumberVote(number, repaired=False) for number in id_numbers(reading.text)]
    read_certificate_page([list(word) for word in reading.words], witness.cert_words)
    return votes


def count_page(
    score: Score, file: Household, page: DrawnPage, reading: PageReading, found: dict[str, list[NumberVote]]
) -> None:
    """Count one page, and keep for the file what it says."""
    for kind in KINDS:
        truth = {key_of(kind, page.truth.fields[kind])} if page.truth.fields.get(kind) else set()
        file.truth[kind] |= truth
        file.votes[kind].append(found[kind])
        if truth:
            sums = score.numbers.setdefault(f"{PAGE} {kind}", Numbers())
            sums.add(truth, {vote.key: is_clear(vote) for vote in found[kind]})
    file.holders |= {page.truth.fields[name] for name in ("holder",) if name in page.truth.fields}
    file.texts.append(reading.text)


def is_clear(vote: NumberVote) -> bool:
    """Tell whether a mention counts as clearly read."""
    return not vote.repaired and vote.confidence >= SURE_FROM


def count_file(score: Score, file: Household) -> None:
    """Count one file: the number its pages agree on, sure where it would be linked without a person."""
    for kind in (CERT_NO, CERT_SERIAL, APPLICATION_NO):
        said = verdict(file.votes[kind]) if file.truth[kind] else None
        if file.truth[kind]:
            is_sure = said is not None and (said.is_voted or names_someone(file.texts, file.holders))
            sums = score.numbers.setdefault(f"{FILE} {kind}", Numbers())
            sums.add(file.truth[kind], {said.key: is_sure} if said else {})


KINDS: Final = (CERT_NO, CERT_SERIAL, APPLICATION_NO, ID_NO)


def key_of(kind: str, written: str) -> str:
    """Return the key of a number that was drawn."""
    if kind == CERT_NO:
        return cert_key(written)
    return written if kind == ID_NO else skeleton(written)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the programs it has called."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mb() -> int:
    """Return the most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def character_row(engine: str, quality: str, score: Score) -> str:
    """Return the first table's row: characters, mistakes about the page as a whole, CPU seconds a page and step."""
    c, pages = score.characters, max(score.characters.pages, 1)
    steps = (score.prepare / max(score.seen, 1), score.read / pages, score.fields / pages)
    return (
        f"| {engine} | {quality} | {c.pages} | {c.error_rate:.2f} % | {c.invented_rate:.2f} % | {score.blank_wrong} "
        f"| {score.turned_wrong} | {score.asked_again} | {' | '.join(f'{step:.2f}' for step in steps)} "
        f"| {60 / max(sum(steps), 0.01):.0f} |"
    )


def number_row(engine: str, kind: str, n: Numbers) -> str:
    """Return the second table's row."""
    precision = 100 * (n.sure - n.sure_wrong) / n.sure if n.sure else 100.0
    return (
        f"| {engine} | {kind} | {n.bearers} | {n.right} | {n.wrong} | {n.sure} | {n.sure_wrong} | {precision:.1f} % |"
    )


def engines_here() -> list[str]:
    """Return the engines that this machine has."""
    return [name for name in ENGINES if choose(name).engine == name]


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=40, help="pages per quality class")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--engines", default=",".join(engines_here()))
    parser.add_argument("--qualities", default=",".join(CLASSES))
    parser.add_argument("--worst", action="store_true", help="name the lines that were read worst")
    chosen = parser.parse_args()
    scores = {name: _engine_scores(name, chosen) for name in chosen.engines.split(",")}
    print(
        "\n| engine | number | bearers | right | wrong | sure | sure and wrong | precision of sure |\n|---|---|"
        + "--:|" * 6
    )
    for name, by_class in scores.items():
        for kind, sums in sorted(_summed(by_class).items()):
            print(number_row(name, kind, sums))
    print(f"\npeak memory of this process, drawing included: {peak_mb()} MB")
    report = {name: {q: asdict(score) for q, score in by_class.items()} for name, by_class in scores.items()}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(
        json.dumps(report | {"peak_mb": peak_mb()}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def _engine_scores(name: str, chosen: argparse.Namespace) -> dict[str, Score]:
    look_alikes = tuple(IngestSettings().ocr_look_alikes.items())
    options = EngineOptions(cert_words=("岭",), sure_from=SURE_FROM, look_alikes=look_alikes)
    engine = ENGINES[name](options)
    witness = witness_of(engine, options)
    print(
        "| engine | papers | pages | edits | invented | blank? | turned? | again "
        f"| prepare s | read s | fields s | pages/min of one core |\n|---|---|{'--:|' * 10}"
    )
    scores = {}
    for quality in chosen.qualities.split(","):
        drawing = Drawing(chosen.seed, chosen.dpi)
        scores[quality] = measure(engine, witness, quality, chosen.pages, drawing)
        print(character_row(name, quality, scores[quality]), flush=True)
        if chosen.worst:
            print(sorted(scores[quality].characters.worst, key=lambda pair: -pair[1])[:25], flush=True)
    return scores


def _summed(by_class: dict[str, Score]) -> dict[str, Numbers]:
    sums: dict[str, Numbers] = defaultdict(Numbers)
    for score in by_class.values():
        for kind, numbers in score.numbers.items():
            for part in ("bearers", "right", "wrong", "sure", "sure_wrong"):
                setattr(sums[kind], part, getattr(sums[kind], part) + getattr(numbers, part))
    return sums


if __name__ == "__main__":
    main()
