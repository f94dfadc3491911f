"""The fast profile: small models read every line, and the exact engine reads again the lines that they were not sure of.

The small models (PP-OCRv6 tiny, Apache-2.0) are no part of what ``make run`` installs. ``make fast`` takes them out of a
package that is pinned by its digest, or an office puts the two files into a folder of its own. The exact engine is loaded
when the first line is doubtful.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from lindang.i18n import Text, lazy
from lindang.ports import OcrLine
from plugins.ingest.adapters.rapid import Models, RapidEngine
from plugins.ingest.domain.doubt import clearer, is_doubtful

FOLDER: Final = Path(sys.prefix) / "share" / "lindang" / "ocr-fast"
"""Where ``make fast`` puts the models: in the environment, so that ``make clean`` takes them away with it."""
FINDING_SIDE: Final = 960
DET, REC = "*det*.onnx", "*rec*.onnx"


def models_in(folder: str) -> Models | None:
    """Return the model files of a folder (empty: where ``make fast`` puts them); None unless there is one of each kind."""
    root = Path(folder) if folder else FOLDER
    finders, readers = sorted(root.glob(DET)), sorted(root.glob(REC))
    if len(finders) != 1 or len(readers) != 1:
        return None
    return Models(det=str(finders[0]), rec=str(readers[0]), finding_side=FINDING_SIDE)


def missing(folder: str) -> Text:
    """Return what keeps the fast profile from being used and how to mend it; empty where nothing does."""
    if models_in(folder) is not None:
        return ""
    return _EMPTY if folder else _NOT_MADE


_NOT_MADE: Final[Text] = lazy(
    "没有快档的模型，不能选用“RapidOCR 快档”；需要时运行 make fast，或把模型文件放进 ocr_fast_models 指定的文件夹"
)
_EMPTY: Final[Text] = lazy("ocr_fast_models 指定的文件夹里没有快档的模型：应有一个 *det*.onnx 和一个 *rec*.onnx")


class FastEngine:
    """Implements ``OcrEngine`` with two pairs of models; ``exact`` makes the second when it is needed."""

    name = "rapidocr-fast"

    def __init__(self, models: Models, exact: Callable[[], RapidEngine]) -> None:
        self._quick, self._make_exact = RapidEngine(models), exact
        self.version = self._quick.version

    @cached_property
    def exact(self) -> RapidEngine:
        """The exact engine, for what the small models cannot tell."""
        return self._make_exact()

    def recognise(self, gray: np.ndarray, dpi: int) -> list[OcrLine]:
        """Return the lines of a one-channel page, the doubtful ones as the exact engine reads them."""
        found = self._quick.find(gray, dpi)
        lines = found.lines
        doubtful = [index for index, line in enumerate(lines) if is_doubtful(line)]
        if doubtful:
            again = self.exact.read_boxes(found.page, [found.corners[index] for index in doubtful])
            for index, line in zip(doubtful, again, strict=True):
                lines[index] = clearer(lines[index], line)
        return lines

    def read_line(self, gray: np.ndarray, dpi: int) -> str:
        """Return what the exact engine reads on a strip that holds one line."""
        return self.exact.read_line(gray, dpi)
