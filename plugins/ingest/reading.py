"""Reading one page: find the way it lies, let an engine read it; when the result is doubtful, try one strip the other way
round, and the whole page only when the strip reads better so.

Runs inside the recognition process. The engine's confidence is never the only witness: tesseract can return an empty page
with confidence 95, so the text is also held against the amount of ink on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from PIL import Image

from lindang.ports import OcrEngine, OcrLine, OcrWord
from plugins.ingest.domain import image as look
from plugins.ingest.domain.fields import NOWHERE, agrees, find_numbers
from plugins.ingest.domain.layout import laid_out
from plugins.ingest.domain.reasons import Refused
from plugins.ingest.domain.scan import SCALE
from plugins.ingest.domain.text import (
    LOW_CONFIDENCE,
    THIN_TEXT,
    Opinion,
    PageReading,
    is_thin,
    mean_confidence,
    page_text,
    page_words,
)

DOUBTFUL_BELOW: Final = {"tesseract": 75.0, "rapidocr": 80.0, "rapidocr-fast": 80.0}
_STRIP_SHARE: Final = 4


@dataclass(frozen=True, slots=True)
class _Attempt:
    lines: list[OcrLine]
    angle: float
    quarter_turns: int
    doubts: tuple[str, ...]
    engine: OcrEngine

    @property
    def weight(self) -> float:
        return _weight(self.lines)


class LineReader(Protocol):
    """An engine that can be asked about a single line."""

    def read_line(self, gray: np.ndarray, dpi: int) -> str:
        """Return the text of a strip that holds one line."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A second engine and when it is asked: about certificate and other numbers read with less confidence than this; and
    the engine that reads a page again of which the first told less than its ink promises.
    """

    engine: LineReader | None = None
    sure_from: int = 0
    cert_words: Collection[str] = ()
    thorough: Callable[[], OcrEngine] | None = None

    def opinions(self, reading: PageReading, page: look.Gray, dpi: int) -> Iterator[Opinion]:
        """Yield what the engine says of the doubtful numbers of an upright page; nothing where it reads something else."""
        numbers = find_numbers(reading.text, reading.words, self.cert_words) if self.engine else ()
        for number in numbers:
            if self.engine and number.confidence < self.sure_from and number.box != NOWHERE:
                said = agrees(number.norm, _line(self.engine, look.strip(page, number.box, SCALE), dpi))
                if said is not None:
                    yield Opinion(number.key, said)


def _line(engine: LineReader, strip: look.Gray, dpi: int) -> str:
    """Read a strip; a second engine that fails has no opinion, and the page keeps its text."""
    try:
        return engine.read_line(strip, dpi)
    except Refused:
        return ""


NOBODY: Final = Witness()


def read_page(view: Path, engine: OcrEngine, dpi: int, witness: Witness = NOBODY) -> PageReading:
    """Read the text of a page's view image; a second engine may be asked about numbers.

    Returns:
        Text and words, boxes on the view as it lies; empty for a page without writing. ``quarter_turns`` says how often
        the view must be turned counter-clockwise to stand upright.
    """
    with Image.open(view, formats=("JPEG",)) as opened:
        gray = look.writing(opened, dpi)
    seen = look.at_look_size(gray, dpi)
    ink = look.ink_share(seen)
    if ink < look.BLANK_SHARE:
        return PageReading("", (), 0.0, engine.name, engine.version)
    turns = 1 if look.is_sideways(seen) else 0
    best = _attempt(gray, turns, engine, dpi, ink)
    if best.doubts and _reads_better_turned(best, gray, engine, dpi):
        best = max(best, _attempt(gray, (turns + 2) % 4, engine, dpi, ink), key=lambda attempt: attempt.weight)
    if _runs_down(best.lines):
        stood = _attempt(gray, (best.quarter_turns + 1) % 4, engine, dpi, ink)
        best = stood if stood.weight > 0.9 * best.weight else best
    if THIN_TEXT in best.doubts and witness.thorough:
        best = max(best, _attempt(gray, best.quarter_turns, witness.thorough(), dpi, ink), key=lambda one: one.weight)
    return _reading(best, gray, witness, dpi)


def _runs_down(lines: list[OcrLine]) -> bool:
    """Tell whether most of what was read stands in upright strips: a page with few words, which lies on its side after all."""
    lengths = [(len(line.text), line.box[3] - line.box[1] > 1.5 * (line.box[2] - line.box[0])) for line in lines]
    down = sum(length for length, is_down in lengths if is_down and length > 1)
    return 2 * down > sum(length for length, _is_down in lengths)


def _weight(lines: list[OcrLine]) -> float:
    return sum(line.confidence * len(line.text) for line in lines)


def _reads_better_turned(attempt: _Attempt, gray: look.Gray, engine: OcrEngine, dpi: int) -> bool:
    """Read the quarter with the most writing the other way round, and hold it against what was read there.

    Most doubtful pages are maps and poor handwriting, not pages that lie upside down: a strip tells at a quarter of the cost.
    """
    page = np.rot90(gray, attempt.quarter_turns)
    top, bottom = look.densest_strip(page, page.shape[0] // _STRIP_SHARE)
    turned = engine.recognise(np.ascontiguousarray(np.rot90(page[top:bottom], 2)), dpi)
    upright = [line for line in attempt.lines if top <= (line.box[1] + line.box[3]) / 2 < bottom]
    return _weight(turned) > _weight(upright)


def _attempt(gray: look.Gray, turns: int, engine: OcrEngine, dpi: int, ink: float) -> _Attempt:
    turned = np.ascontiguousarray(np.rot90(gray, turns)) if turns else gray
    lines = engine.recognise(turned, dpi)
    angle = look.skew_angle(look.at_look_size(turned, dpi))
    return _Attempt(lines, angle, turns, tuple(_doubts(lines, engine.name, ink)), engine)


def _doubts(lines: list[OcrLine], engine: str, ink: float) -> Iterator[str]:
    if mean_confidence(lines) < DOUBTFUL_BELOW.get(engine, 75.0):
        yield LOW_CONFIDENCE
    if is_thin("".join(line.text for line in lines), ink):
        yield THIN_TEXT


def _reading(attempt: _Attempt, gray: look.Gray, witness: Witness, dpi: int) -> PageReading:
    size, page = (gray.shape[1], gray.shape[0]), np.rot90(gray, attempt.quarter_turns)
    rows = laid_out(attempt.lines, np.ascontiguousarray(page), dpi, attempt.angle)
    unturned = [[_unturned(line, size, attempt.quarter_turns) for line in row] for row in rows]
    upright = PageReading(
        text=page_text(rows),
        words=page_words(rows, (page.shape[1], page.shape[0])),
        confidence=mean_confidence(attempt.lines),
        engine=attempt.engine.name,
        engine_version=attempt.engine.version,
        quarter_turns=attempt.quarter_turns,
        doubts=attempt.doubts,
    )
    opinions = tuple(witness.opinions(upright, page, dpi))
    return replace(upright, words=page_words(unturned, size), opinions=opinions)


def _unturned(line: OcrLine, size: tuple[int, int], turns: int) -> OcrLine:
    words = line.words or (OcrWord(line.box, line.text, line.confidence),)
    placed = tuple(OcrWord(look.unturn_box(word.box, size, turns), word.text, word.confidence) for word in words)
    return OcrLine(look.unturn_box(line.box, size, turns), line.text, line.confidence, placed)
