"""The words of a page as it stands upright, gathered into phrases: what a reader of forms needs before it looks for labels.

Coordinates are ten-thousandths of the page as a person reads it; every phrase remembers its box on the image as it lies.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from plugins.ingest.domain.scan import SCALE

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

_TOUCH: Final = 60
_SIGNS: Final = re.compile(r"[\s\W_]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One word: its box on the upright page, its box on the image, text, confidence 0..100."""

    box: Box
    image_box: Box
    text: str
    confidence: int

    @property
    def letter(self) -> float:
        """Width of one letter; two narrow ones count as one."""
        wide = sum(2 if ord(char) > 0x2E7F else 1 for char in self.text) / 2
        return (self.box[2] - self.box[0]) / max(wide, 0.5)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together on one line."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The text, without blanks between the words."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def box(self) -> Box:
        """The box on the upright page."""
        return surrounding(piece.box for piece in self.pieces)

    @property
    def middle(self) -> float:
        """Height of the middle of the line."""
        return (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> int:
        """Height of the line."""
        return max(1, self.box[3] - self.box[1])

    @property
    def letter(self) -> float:
        """Width of a letter, as the longest word has it."""
        return max(self.pieces, key=lambda piece: len(piece.text)).letter


def surrounding(boxes: Iterable[Box]) -> Box:
    """Return the box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def level(text: str) -> str:
    """Level width and case, drop blanks and signs: the form in which labels are compared."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text)).lower()


def upright(words: Sequence[Sequence[Any]]) -> list[Piece]:
    """Return the words of a `PageText` as pieces of the upright page, in the order given (reading order)."""
    boxes = [(int(word[0]), int(word[1]), int(word[2]), int(word[3])) for word in words]
    running = _direction(boxes)
    return [
        Piece(_stood_up(box, running), box, str(word[4]), int(word[5] or 0))
        for box, word in zip(boxes, words, strict=True)
        if word[4]
    ]


def _direction(boxes: Sequence[Box]) -> str:
    """Say which way the lines run on the image: from words that follow each other and touch."""
    votes: Counter[str] = Counter()
    for a, b in pairwise(boxes):
        beside = min(a[3], b[3]) - max(a[1], b[1]) > min(a[3] - a[1], b[3] - b[1]) / 2
        below = min(a[2], b[2]) - max(a[0], b[0]) > min(a[2] - a[0], b[2] - b[0]) / 2
        votes["right"] += beside and abs(b[0] - a[2]) < _TOUCH
        votes["left"] += beside and abs(a[0] - b[2]) < _TOUCH
        votes["down"] += below and abs(b[1] - a[3]) < _TOUCH
        votes["up"] += below and abs(a[1] - b[3]) < _TOUCH
    best, count = max(votes.items(), key=lambda vote: vote[1], default=("right", 0))
    return best if count > votes["right"] else "right"


def _stood_up(box: Box, running: str) -> Box:
    """Return a box of an image whose lines run right, left, down or up, on the page as it is read."""
    x0, y0, x1, y1 = box
    match running:
        case "left":
            return SCALE - x1, SCALE - y1, SCALE - x0, SCALE - y0
        case "down":
            return y0, SCALE - x1, y1, SCALE - x0
        case "up":
            return SCALE - y1, x0, SCALE - y0, x1
        case _:
            return box


def phrases(pieces: Sequence[Piece]) -> list[Phrase]:
    """Join what stands together on a line: no gap wider than a good letter, middles within half a height."""
    usual = median((piece.letter for piece in pieces if len(piece.text) > 1), default=SCALE)
    result: list[list[Piece]] = []
    for piece in pieces:
        if result and _continues(result[-1][-1], piece, usual):
            result[-1].append(piece)
        else:
            result.append([piece])
    return [Phrase(tuple(each)) for each in result]


def median(values: Iterable[float], default: float) -> float:
    """Return the middle one of the values."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else default


def _continues(last: Piece, piece: Piece, usual: float) -> bool:
    height = min(last.box[3] - last.box[1], piece.box[3] - piece.box[1])
    offset = abs((last.box[1] + last.box[3]) - (piece.box[1] + piece.box[3])) / 2
    gap = piece.box[0] - last.box[2]
    letter = min(max(last.letter, piece.letter), 1.3 * usual)  # the box of a lone letter is wider than the letter
    return offset < 0.5 * height and -0.6 * letter < gap < 1.2 * letter
