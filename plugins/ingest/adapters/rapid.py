"""RapidOCR (PP-OCR models inside the wheel): the better reader of forms, seals and handwriting, no system package needed.

OpenVINO computes when it is installed, onnxruntime otherwise; one thread each, because pages are read side by side by
processes. Lines are looked for with the longest side at 1280 pixels, which measured both faster and more accurate than
2000, and read at the full size of the view, which small print and the figures on maps need (errors on parcel maps fell
from 2.5 to 1.4 %); the direction classifier stays off, since the page's direction is known.

OpenVINO prepares itself for every shape of image it meets and keeps what it prepared: lines are therefore padded to a few
widths, two at a time, and few preparations are kept (``docs/decisions/0030-two-readers.md`` has the figures).
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from lindang.ports import OcrLine, OcrWord
from plugins.ingest.domain.closer import Box, is_large, is_news, quarters
from plugins.ingest.domain.text import runs

FINDING_SIDE: Final = 1280
"""Longest side of the page, in pixels, at which lines are looked for."""
READING_SIDE: Final = 3400
"""Longest side of the page from which they are read: an A3 at 200 dpi."""
_LINES_AT_ONCE: Final = 2
_WIDTH_STEP: Final = 64
_KEPT_SHAPES: Final = 16
_LINE_HEIGHT: Final = 48
_LEAST_CONFIDENCE: Final = 50.0
_WAVERING: Final = 0.1


@dataclass(frozen=True, slots=True)
class Models:
    """Model files (empty: those inside the package), the longest side of the page at which lines are looked for, and
    look-alikes: for a character that the office's papers do not have, the one that is meant where the engine wavers.
    """

    det: str = ""
    rec: str = ""
    finding_side: int = FINDING_SIDE
    look_alikes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A page as the engine takes it, and its lines with the four corners of each."""

    page: np.ndarray
    corners: Sequence[np.ndarray]
    lines: list[OcrLine]


class RapidEngine:
    """Implements ``OcrEngine`` with rapidocr; a model is loaded when it is first needed (some seconds, 0.6 GB for both)."""

    name = "rapidocr"

    def __init__(self, models: Models = Models()) -> None:
        # Imported here because it loads OpenCV and a neural runtime: only the process that reads pages pays for them.
        _mute_telemetry()
        rapidocr: Any = importlib.import_module("rapidocr")
        self._runtime = _runtime()
        kind = rapidocr.EngineType(self._runtime)
        settings: dict[str, Any] = {
            "Global.max_side_len": READING_SIDE,
            "Det.limit_type": "max",
            "Det.limit_side_len": models.finding_side,
            "Global.use_cls": False,
            "Global.return_word_box": True,
            "Global.return_single_char_box": True,
            "Global.log_level": "error",
            "Det.engine_type": kind,
            "Rec.engine_type": kind,
            "Rec.rec_batch_num": _LINES_AT_ONCE,
            "EngineConfig.openvino.inference_num_threads": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        settings |= {"Det.model_path": models.det} if models.det else {}
        settings |= {"Rec.model_path": models.rec} if models.rec else {}
        self._engine = rapidocr.RapidOCR(params=settings)
        self._look_alikes = models.look_alikes
        self.version = version()

    def recognise(self, gray: np.ndarray, dpi: int) -> list[OcrLine]:
        """Return the lines of a one-channel page."""
        return self.find(gray, dpi).lines

    def find(self, gray: np.ndarray, dpi: int) -> Found:
        """Return the lines of a one-channel page with their corners."""
        page, _loaded = _stacked(gray), (self._finder, self._reader)
        found: Any = self._engine(page)
        corners, lines = [], []
        if getattr(found, "txts", None):
            words = found.word_results if len(found.word_results) == len(found.txts) else [()] * len(found.txts)
            corners, lines = list(found.boxes), _lines(found.boxes, found.txts, found.scores, words)
        if is_large(gray.shape[0], gray.shape[1], dpi):
            more = self._overlooked(page, dpi, [line.box for line in lines])
            corners, lines = [*corners, *more], [*lines, *self.read_boxes(page, more)]
        told = [index for index, line in enumerate(lines) if line.confidence >= _LEAST_CONFIDENCE]
        return Found(page, [corners[index] for index in told], [lines[index] for index in told])

    def _overlooked(self, page: np.ndarray, dpi: int, known: Sequence[Box]) -> list[np.ndarray]:
        """Return the corners of lines on a large sheet that its quarters show and the whole did not."""
        height, width = page.shape[:2]
        more: dict[Box, np.ndarray] = {}
        for quarter in quarters(height, width, dpi):
            left, top, right, bottom = quarter
            seen = self._finder(np.ascontiguousarray(page[top:bottom, left:right])).boxes
            for corners in seen if seen is not None else ():
                placed = np.asarray(corners, dtype=np.float32) + np.array([left, top], dtype=np.float32)
                if is_news(_box(placed), [*known, *more], quarter, (width, height)):
                    more[_box(placed)] = placed
        return list(more.values())

    def read_boxes(self, page: np.ndarray, corners: Sequence[np.ndarray]) -> list[OcrLine]:
        """Return what stands in some places of a page, one line for each; without text where nothing was read."""
        if not len(corners):
            return []
        crops = self._engine.crop_text_regions(page, np.asarray(corners, dtype=np.float32))
        found = self._reader(_asked(crops))
        return [
            self._line(*each) for each in zip(corners, crops, found.txts, found.scores, found.word_results, strict=True)
        ]

    def _line(self, corners: np.ndarray, crop: np.ndarray, text: str, score: float, said: Any) -> OcrLine:
        if not text.strip():
            return OcrLine(_box(corners), "", 0.0)
        one = _parts().TextRecOutput([crop], (text,), (score,), (said,))
        (words,) = self._engine.calc_word_boxes([crop], np.asarray([corners]), one) or ((),)
        return OcrLine(_box(corners), text, 100 * float(score), _runs(words))

    def read_line(self, gray: np.ndarray, dpi: int) -> str:
        """Return the text of a strip that holds one line."""
        return str(self._reader(_asked([_stacked(gray)])).txts[0])

    @cached_property
    def _finder(self) -> Any:
        model = self._engine._load_det_model()  # noqa: SLF001 - rapidocr loads when it reads; here so that it can be made lean
        self._make_lean(model.session)
        _level_quickly(model)
        return model

    @cached_property
    def _reader(self) -> Any:
        model = self._engine._load_rec_model()  # noqa: SLF001 - as above
        ids = model.postprocess_op.dict
        self._make_lean(model.session)
        _pad_in_steps(model)
        _prefer(model, [(ids[wrong], ids[meant]) for wrong, meant in self._look_alikes if {wrong, meant} <= ids.keys()])
        return model

    def _make_lean(self, session: Any) -> None:
        if self._runtime != "openvino":
            return
        core = importlib.import_module("openvino").Core()
        lean = {"INFERENCE_NUM_THREADS": 1, "CPU_RUNTIME_CACHE_CAPACITY": _KEPT_SHAPES}
        session.session = core.compile_model(session.model, "CPU", lean).create_infer_request()


def _level_quickly(model: Any) -> None:
    """Have a finder bring a page's levels to -1..1 in one pass of single precision: rapidocr's way costs a third of the finding."""
    make = model.get_preprocess

    def made() -> Any:
        preparation = make()
        preparation.normalize = lambda image: image.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
        return preparation

    model.get_preprocess = made


def _pad_in_steps(model: Any) -> None:
    """Have a recogniser fit its lines into frames of a few widths only, and count its characters' places accordingly."""
    resize, decode = model.resize_norm_img, model.postprocess_op

    def stepped(ratio: float) -> float:
        return math.ceil(ratio * _LINE_HEIGHT / _WIDTH_STEP) * _WIDTH_STEP / _LINE_HEIGHT

    def decoded(said: Any, *arguments: Any, max_wh_ratio: float, **others: Any) -> Any:
        return decode(said, *arguments, max_wh_ratio=stepped(max_wh_ratio), **others)

    model.resize_norm_img = lambda line, ratio: resize(line, stepped(ratio))
    model.postprocess_op = decoded


def _prefer(model: Any, pairs: Sequence[tuple[int, int]]) -> None:
    """Have a recogniser take the second of two look-alikes where it names the first but thinks of the second as well."""
    decode = model.postprocess_op

    def decoded(said: Any, *arguments: Any, **others: Any) -> Any:
        for wrong, meant in pairs:
            for line, place in zip(*np.nonzero(said[:, :, wrong] > said[:, :, meant]), strict=True):
                chances = said[line, place]
                if chances[meant] >= _WAVERING and chances.argmax() == wrong:
                    chances[meant], chances[wrong] = chances[meant] + chances[wrong], 0
        return decode(said, *arguments, **others)

    if pairs:
        model.postprocess_op = decoded


def version() -> str:
    """Return the version of rapidocr and what computes for it."""
    return f"{importlib.metadata.version('rapidocr')}+{_runtime()}"


def _runtime() -> str:
    return "openvino" if importlib.util.find_spec("openvino") else "onnxruntime"


def _parts() -> Any:
    return importlib.import_module("rapidocr.ch_ppocr_rec")


def _asked(crops: Sequence[np.ndarray]) -> Any:
    return _parts().TextRecInput(img=crops, return_word_box=True)


def _stacked(gray: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.repeat(gray[:, :, None], 3, axis=2))


def _lines(
    corners: Iterable[Sequence[Sequence[float]]], texts: Iterable[str], scores: Iterable[float], words: Iterable[Any]
) -> list[OcrLine]:
    return [
        OcrLine(_box(box), text, 100 * float(score), _runs(chars))
        for box, text, score, chars in zip(corners, texts, scores, words, strict=True)
    ]


def _runs(chars: Sequence[tuple[str, float, Sequence[Sequence[float]] | None]]) -> tuple[OcrWord, ...]:
    return runs(OcrWord(_box(box), text, 100 * float(score)) for text, score, box in chars if box is not None)


def _box(corners: Sequence[Sequence[float]] | np.ndarray) -> tuple[int, int, int, int]:
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
