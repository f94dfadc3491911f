"""Tesseract through pytesseract, used the way that measured best: one call, one channel, one thread, no temporary PNG.

The page is given as the path of an uncompressed TIFF; pytesseract would otherwise write a PNG, which costs more than half
the recognition. ``OMP_THREAD_LIMIT=1`` belongs in the environment: several spinning OpenMP threads burn 3.6 times the CPU.
Paper is evened out and the page levelled for reading only. ``--psm 6`` loses forms, ``+eng`` loses Chinese: neither is used.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytesseract
from PIL import Image

from lindang.ports import OcrLine, OcrWord
from plugins.ingest.domain.image import at_look_size, even_paper, level, skew_angle, unlevel_box
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.text import line_of, split_at_gaps

LANGUAGE: Final = "chi_sim"
_WORD_LEVEL: Final = 5
_COLUMN_OF_LINES, _ONE_LINE = 4, 7


def version() -> str:
    """Return the version of the tesseract command."""
    return str(pytesseract.get_tesseract_version()).split()[0]


class TesseractEngine:
    """Implements ``OcrEngine`` with the tesseract command."""

    name = "tesseract"

    def __init__(self, *, timeout: int = 90) -> None:
        self.version = version()
        self._timeout = timeout

    def recognise(self, gray: np.ndarray, dpi: int) -> list[OcrLine]:
        """Return the lines of a one-channel page; boxes lie on the page as given. Raises Refused after a timeout."""
        page = even_paper(gray)
        angle = skew_angle(at_look_size(page, dpi))
        size = (gray.shape[1], gray.shape[0])
        table = self._table(level(page, angle), dpi)
        words = [(key, _unlevelled(word, size, angle)) for key, word in _words(table)]
        lines = ([word for _, word in group] for _, group in groupby(words, key=lambda pair: pair[0]))
        return [line_of(piece) for line in lines for piece in split_at_gaps(line)]

    def read_line(self, gray: np.ndarray, dpi: int) -> str:
        """Return the text of a strip that holds one line. Raises Refused after a timeout."""
        return "".join(word.text for _key, word in _words(self._table(even_paper(gray), dpi, mode=_ONE_LINE)))

    def _table(self, page: np.ndarray, dpi: int, *, mode: int = _COLUMN_OF_LINES) -> Mapping[str, Sequence[Any]]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.tif"
            Image.fromarray(page).save(path, "TIFF", compression=None)
            try:
                table: Mapping[str, Sequence[Any]] = pytesseract.image_to_data(
                    str(path),
                    lang=LANGUAGE,
                    config=f"--psm {mode} --dpi {dpi}",
                    output_type=pytesseract.Output.DICT,
                    timeout=self._timeout,
                )
            except RuntimeError as error:  # pytesseract's way of saying that the time ran out
                raise Refused(ReasonCode.TIMEOUT, self.name) from error
            except pytesseract.TesseractError as error:
                raise Refused(ReasonCode.ENGINE_FAILURE, str(error)[:200]) from error
        return table


def _words(table: Mapping[str, Sequence[Any]]) -> list[tuple[tuple[int, int, int], OcrWord]]:
    """Return the words with the (block, paragraph, line) they belong to, in tesseract's order."""
    words = []
    for index, level_no in enumerate(table["level"]):
        text = str(table["text"][index]).strip()
        if int(level_no) != _WORD_LEVEL or not text:
            continue
        left, top = int(table["left"][index]), int(table["top"][index])
        box = (left, top, left + int(table["width"][index]), top + int(table["height"][index]))
        key = (int(table["block_num"][index]), int(table["par_num"][index]), int(table["line_num"][index]))
        words.append((key, OcrWord(box, text, max(0.0, float(table["conf"][index])))))
    return words


def _unlevelled(word: OcrWord, size: tuple[int, int], angle: float) -> OcrWord:
    return OcrWord(unlevel_box(word.box, size, angle), word.text, word.confidence)


@functools.cache
def missing() -> str:
    """Return what keeps tesseract from being used: ``program``, ``chi_sim``, or nothing."""
    try:
        languages = pytesseract.get_languages(config="")
    except (pytesseract.TesseractNotFoundError, OSError):
        return "program"
    return "" if LANGUAGE in languages else LANGUAGE
