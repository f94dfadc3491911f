"""From recognised lines to the text of a page: reading order, spacing fit for Chinese, word boxes, confidence.

The text and the words of a page agree: the words, in their order, with white space dropped, are the text with white space
dropped. A highlighter can therefore find a phrase in the words and mark exactly the boxes that hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from lindang.ports import OcrLine, OcrWord
from plugins.ingest.domain.scan import SCALE, Word

HAN: Final = "\u2e80-\u2fdf\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WIDE: Final = HAN + "\u3000-\u303f\uff00-\uffef"
_GAP_IN_HAN: Final = re.compile(rf"(?<=[{_WIDE}])[ \t\u00a0\u3000]+(?=[{_WIDE}])")
_BLANKS: Final = re.compile(r"[ \u00a0\u3000]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


LOW_CONFIDENCE, THIN_TEXT = "low_confidence", "thin_text"
"""Doubts about the reading of a page: unclear on the whole; fewer characters than its ink promises."""


class Opinion(NamedTuple):
    """What a second engine says of a number that the first was not sure of: the number's key, and whether it agrees."""

    key: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class PageReading:
    """The text of a page as stored: lines joined by line breaks, cells of a row by tabs, boxes normalised."""

    text: str
    words: tuple[Word, ...]
    confidence: float
    engine: str
    engine_version: str
    quarter_turns: int = 0
    doubts: tuple[str, ...] = field(default=())
    opinions: tuple[Opinion, ...] = field(default=())


def tidy(text: str) -> str:
    """Return one line without control characters, without blanks between Chinese characters, blanks collapsed."""
    return _GAP_IN_HAN.sub("", _BLANKS.sub(" ", _CONTROL.sub("", text))).strip()


def join_words(words: Iterable[str]) -> str:
    """Join the words of one line: a blank stays only between words that are not Chinese."""
    return tidy(" ".join(word for word in words if word))


def reading_order(lines: Sequence[OcrLine], angle: float = 0.0) -> list[list[OcrLine]]:
    """Return the lines in rows, top to bottom, left to right within a row; ``angle`` is the skew of the page.

    Two lines share a row when their middles are closer than half the smaller height, after the skew is taken out.
    """
    slope = float(np.tan(np.radians(angle)))
    rows: list[list[OcrLine]] = []
    level = -1.0
    for line in sorted(lines, key=lambda each: _middle(each, slope)):
        middle = _middle(line, slope)
        if rows and middle - level < min(letter_height(line), letter_height(rows[-1][-1])) / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
        level = middle
    return [sorted(row, key=lambda each: each.box[0]) for row in rows]


def _middle(line: OcrLine, slope: float) -> float:
    x0, y0, x1, y1 = line.box
    return (y0 + y1) / 2 - (x0 + x1) / 2 * slope


def letter_height(line: OcrLine) -> int:
    """Return the height of one line of writing: of a cell of several lines, that of its words."""
    heights = sorted(word.box[3] - word.box[1] for word in line.words) or [line.box[3] - line.box[1]]
    return max(1, min(heights[len(heights) // 2], line.box[3] - line.box[1]))


def page_text(rows: Sequence[Sequence[OcrLine]]) -> str:
    """Return the text of a page: one line per row; pieces of a row that stand apart (table cells) parted by a tab."""
    return "\n".join(row_text(row) for row in rows if any(line.text.strip() for line in row))


def row_text(row: Sequence[OcrLine]) -> str:
    """Return the text of one row: pieces that stand apart are parted by a tab."""
    pieces: list[str] = []
    end = None
    for line in row:
        text = "\t".join(map(tidy, line.text.split("\t")))
        if not text:
            continue
        if end is not None:
            pieces.append("\t" if line.box[0] - end > 0.6 * letter_height(line) else "")
        pieces.append(text)
        end = line.box[2]
    return "".join(pieces)


def page_words(rows: Sequence[Sequence[OcrLine]], size: tuple[int, int]) -> tuple[Word, ...]:
    """Return the words of a page in reading order, boxes in 0..10000 of ``size`` (width, height)."""
    words = (word for row in rows for line in row for word in (line.words or (_whole(line),)))
    return tuple(normalised(word, size) for word in words if word.text.strip())


def _whole(line: OcrLine) -> OcrWord:
    return OcrWord(line.box, line.text, line.confidence)


def normalised(word: OcrWord, size: tuple[int, int]) -> Word:
    """Return a word with its box in 0..10000 of the image's width and height."""
    width, height = max(1, size[0]), max(1, size[1])
    x0, y0, x1, y1 = word.box
    across = (min(max(round(x * SCALE / width), 0), SCALE) for x in (x0, x1))
    down = (min(max(round(y * SCALE / height), 0), SCALE) for y in (y0, y1))
    (left, right), (top, bottom) = across, down
    return Word(left, top, right, bottom, tidy(word.text), round(word.confidence))


def mean_confidence(lines: Iterable[OcrLine]) -> float:
    """Return the confidence of a page, 0..100, each line weighing as much as it has characters; 0 without text."""
    total = weight = 0.0
    for line in lines:
        count = len(line.text.strip())
        total += line.confidence * count
        weight += count
    return round(total / weight, 1) if weight else 0.0


def is_thin(text: str, ink: float) -> bool:
    """Tell whether a text is too short for the writing seen on the page.

    An engine may return nothing, with high confidence, for a page full of text: the ink is the second witness. One
    written character of ordinary size covers some 1/40,000 of a page at least.
    """
    return len("".join(text.split())) < min(20.0, ink * 2000)


_LONGEST_RUN: Final = 12


def _class_of(text: str) -> str:
    if re.fullmatch(rf"[{HAN}]+", text):
        return "han"
    return "alnum" if text.isascii() and text.isalnum() else "other"


def runs(words: Iterable[OcrWord]) -> tuple[OcrWord, ...]:
    """Join the characters or words of one line into runs of one kind (Chinese; letters and digits; signs).

    Inside such a run all characters are equally wide, so that a part of it can be marked by slicing its box; a page then
    needs some hundred boxes instead of a thousand. A gap ends a run.
    """
    result: list[OcrWord] = []
    for word in words:
        if result and _joins(result[-1], word):
            result[-1] = _joined(result[-1], word)
        elif word.text.strip():
            result.append(word)
    return tuple(result)


def _joins(run: OcrWord, word: OcrWord) -> bool:
    gap = word.box[0] - run.box[2]
    height = max(1, run.box[3] - run.box[1])
    same = _class_of(run.text) == _class_of(word.text)
    return same and gap < 0.6 * height and len(run.text) + len(word.text) <= _LONGEST_RUN


def _joined(run: OcrWord, word: OcrWord) -> OcrWord:
    (a, b, c, d), (e, f, g, h) = run.box, word.box
    chars, more = len(run.text), len(word.text)
    confidence = (run.confidence * chars + word.confidence * more) / max(1, chars + more)
    return OcrWord((min(a, e), min(b, f), max(c, g), max(d, h)), run.text + word.text, confidence)


def split_at_gaps(words: Sequence[OcrWord]) -> list[list[OcrWord]]:
    """Part the words of one engine line where they stand wide apart: the cells of a table row."""
    pieces: list[list[OcrWord]] = []
    for word in words:
        height = max(1, word.box[3] - word.box[1])
        if pieces and word.box[0] - pieces[-1][-1].box[2] <= 1.5 * height:
            pieces[-1].append(word)
        else:
            pieces.append([word])
    return pieces


def line_of(words: Sequence[OcrWord]) -> OcrLine:
    """Return the line that a non-empty piece of words makes."""
    lefts, tops, rights, bottoms = zip(*(word.box for word in words), strict=True)
    box = (min(lefts), min(tops), max(rights), max(bottoms))
    weight = sum(len(word.text) for word in words) or 1
    confidence = sum(word.confidence * len(word.text) for word in words) / weight
    return OcrLine(box, join_words(word.text for word in words), confidence, runs(words))
