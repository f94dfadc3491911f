"""RapidOCR (PP-OCR models inside the wheel): the better reader of forms, seals and handwriting, no system package needed.

OpenVINO computes when it is installed, onnxruntime otherwise; one thread each, because pages are read side by side by
processes. Lines are looked for with the longest side at 1280 pixels, which measured both faster and more accurate than
2000, and read at the full size of the view, which small print and the figures on maps need (errors on parcel maps fell
from 2.5 to 1.4 %); the direction classifier stays off, since the page's direction is known.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from lindang.ports import OcrLine, OcrWord
from plugins.ingest.domain.text import runs

FINDING_SIDE: Final = 1280
"""Longest side of the page, in pixels, at which lines are looked for."""
READING_SIDE: Final = 3400
"""Longest side of the page from which they are read: an A3 at 200 dpi."""


class RapidEngine:
    """Implements ``OcrEngine`` with rapidocr; loads its models when made (several seconds, about 0.9 GB)."""

    name = "rapidocr"

    def __init__(self, *, det_model: str = "", rec_model: str = "") -> None:
        # Imported here because it loads OpenCV and a neural runtime: only the process that reads pages pays for them.
        _mute_telemetry()
        rapidocr: Any = importlib.import_module("rapidocr")
        runtime = "openvino" if importlib.util.find_spec("openvino") else "onnxruntime"
        kind = rapidocr.EngineType(runtime)
        settings: dict[str, Any] = {
            "Global.max_side_len": READING_SIDE,
            "Det.limit_type": "max",
            "Det.limit_side_len": FINDING_SIDE,
            "Global.use_cls": False,
            "Global.log_level": "error",
            "Det.engine_type": kind,
            "Rec.engine_type": kind,
            "EngineConfig.openvino.inference_num_threads": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        settings |= {"Det.model_path": det_model} if det_model else {}
        settings |= {"Rec.model_path": rec_model} if rec_model else {}
        self._engine = rapidocr.RapidOCR(params=settings)
        self.version = f"{importlib.metadata.version('rapidocr')}+{runtime}"

    def recognise(self, gray: np.ndarray, dpi: int) -> list[OcrLine]:
        """Return the lines of a one-channel page."""
        stacked = np.ascontiguousarray(np.repeat(gray[:, :, None], 3, axis=2))
        found: Any = self._engine(stacked, return_word_box=True, return_single_char_box=True)
        if not getattr(found, "txts", None):
            return []
        words = found.word_results if len(found.word_results) == len(found.txts) else [()] * len(found.txts)
        return [
            OcrLine(_box(box), text, 100 * float(score), _runs(chars))
            for box, text, score, chars in zip(found.boxes, found.txts, found.scores, words, strict=True)
        ]


def _runs(chars: Sequence[tuple[str, float, Sequence[Sequence[float]] | None]]) -> tuple[OcrWord, ...]:
    return runs(OcrWord(_box(box), text, 100 * float(score)) for text, score, box in chars if box is not None)


def _box(corners: Sequence[Sequence[float]]) -> tuple[int, int, int, int]:
    xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    return round(min(xs)), round(min(ys)), round(max(xs)), round(max(ys))


def _mute_telemetry() -> None:
    """Keep OpenVINO from counting its users over the network: what is read here is nobody's business.

    Without the module OpenVINO uses a stub of its own.
    """
    forbidden: Any = None  # an entry of None is how Python is told to refuse an import
    sys.modules["openvino_telemetry"] = forbidden


def is_installed() -> bool:
    """Tell whether rapidocr and a runtime for it can be imported, without importing them."""
    runtimes = ("openvino", "onnxruntime")
    return bool(importlib.util.find_spec("rapidocr")) and any(map(importlib.util.find_spec, runtimes))
