"""Drawn papers and how near a reading comes to what is written on them: characters, numbers, votes. Seeded, repeatable."""

from __future__ import annotations

import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from plugins.demo.domain.values import Household, Village
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing.render import VARIED, render_household
from plugins.demo.drawing.truth import PageTruth
from plugins.ingest.domain.scan import ScanProfile
from plugins.ingest.pipeline import process

WRITTEN: Final = ("printed", "hand")
_FIRST_HOUSEHOLD: Final = {"clean": 0, "office": 10, "poor": 20}


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page as the archive keeps it: the household's number, document type, view image, its dpi, what is written on it."""

    household: int
    doc_type: str
    view: Path
    dpi: int
    truth: PageTruth
    looks_blank: bool


@dataclass(slots=True)
class Drawing:
    """Yields drawn pages and adds up what drawing was no part of: the CPU seconds of preparing them for the archive."""

    seed: int
    dpi: int
    prepared: float = 0.0

    def pages(self, quality: str, count: int) -> Iterator[DrawnPage]:
        """Draw households of one quality class until there are ``count`` pages; every class has households of its own."""
        first, drawn = _FIRST_HOUSEHOLD[quality], 0
        village = invent_village(self.seed, 60)
        for household in village.households[first:]:
            with tempfile.TemporaryDirectory() as folder:
                for page in self._household(Path(folder), village, household, quality):
                    yield page
                    drawn += 1
                    if drawn == count:
                        return

    def _household(self, root: Path, village: Village, household: Household, quality: str) -> Iterator[DrawnPage]:
        papers = render_household(root, village, household, quality=quality, dpi=self.dpi, handling=VARIED)  # type: ignore[arg-type]
        for number, file in enumerate(papers.files):
            work = root / str(number)
            work.mkdir()
            before = time.process_time()
            found = process(root / file.relative_path, work, ScanProfile())
            self.prepared += time.process_time() - before
            for page, truth in zip(found.pages, file.pages, strict=True):
                dpi = round((page.dpi or self.dpi) * page.view_width / page.width)
                yield DrawnPage(household.index, file.doc_type, work / page.view, dpi, truth, page.is_blank)


def letters(text: str) -> str:
    """Return the letters, figures and characters of a text, without widths, blanks and punctuation."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def edits(line: str, text: str) -> int:
    """Return how many characters must be changed, added or taken away to find a line somewhere in a text."""
    codes, there = np.frombuffer(text.encode("utf-32-le"), np.uint32), np.arange(len(text) + 1)
    costs = np.zeros(len(text) + 1, np.int64)  # the line may begin anywhere
    for code in np.frombuffer(line.encode("utf-32-le"), np.uint32):
        step = costs + 1
        step[1:] = np.minimum(step[1:], costs[:-1] + (codes != code))
        costs = there + np.minimum.accumulate(step - there)
    return int(costs.min())


@dataclass(slots=True)
class Characters:
    """Characters written, how many edits the written lines need, and characters read that nobody wrote."""

    pages: int = 0
    written: int = 0
    edits: int = 0
    invented: int = 0
    worst: list[tuple[str, int]] = field(default_factory=list)

    def add(self, truth: PageTruth, text: str) -> None:
        """Count one page."""
        read = letters(text)
        lines = [letters(line.text) for line in truth.lines if line.kind in WRITTEN]
        others = Counter(letters("".join(line.text for line in truth.lines if line.kind not in WRITTEN)))
        missed = [(line, edits(line, read)) for line in lines if line]
        self.pages += 1
        self.written += sum(map(len, lines))
        self.edits += sum(count for _line, count in missed)
        self.invented += (Counter(read) - Counter("".join(lines)) - others).total()
        self.worst += [pair for pair in missed if pair[1]]

    @property
    def error_rate(self) -> float:
        """Edits for each hundred characters."""
        return 100 * self.edits / max(self.written, 1)

    @property
    def invented_rate(self) -> float:
        """Characters that nobody wrote for each hundred written."""
        return 100 * self.invented / max(self.written, 1)


@dataclass(slots=True)
class Numbers:
    """One kind of number: bearers (pages or files), read exactly right, read wrong, and wrong although called sure."""

    bearers: int = 0
    right: int = 0
    wrong: int = 0
    sure: int = 0
    sure_wrong: int = 0

    def add(self, truth: set[str], found: dict[str, bool]) -> None:
        """Count one bearer; ``found`` says of each value read whether it was called sure."""
        self.bearers += bool(truth)
        self.right += bool(truth) and truth <= set(found)
        self.wrong += bool(set(found) - truth)
        self.sure += sum(found.values())
        self.sure_wrong += sum(sure for value, sure in found.items() if value not in truth)
