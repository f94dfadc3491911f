"""Which recognition engine reads: the one asked for, or the best that this machine has, or none with a reason to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lindang.i18n import Text, lazy
from lindang.ports import OcrEngine
from plugins.ingest.adapters import fast, rapid, tesseract
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.record import PDF_BORN, PDF_LAYER
from plugins.ingest.reading import NOBODY, Witness

OFF, TESSERACT, RAPIDOCR, FAST, AUTO = "off", "tesseract", "rapidocr", "rapidocr-fast", "auto"
CHOICES: Final = (AUTO, RAPIDOCR, FAST, TESSERACT, OFF)
LABELS: Final[Mapping[str, Text]] = {
    AUTO: lazy("自动选择"),
    RAPIDOCR: lazy("RapidOCR"),
    FAST: lazy("RapidOCR 快档"),
    TESSERACT: lazy("Tesseract"),
    OFF: lazy("不识别文字"),
}


_BROUGHT: Final[Mapping[str, Text]] = {
    PDF_BORN: lazy("PDF 自带的文字"),
    PDF_LAYER: lazy("PDF 自带的识别层"),
}


def engine_name(engine: str) -> str:
    """Return the name of who read a text, for people."""
    return str({**LABELS, **_BROUGHT}.get(engine, engine))


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What engines can be told: paths of other models for rapidocr, seconds a page may take; the county's words in
    certificate numbers, and the confidence from which a number is believed without a second engine (0: none is asked);
    the folder of the fast models (empty: where ``make fast`` puts them); look-alikes, the character that is meant second.
    """

    det_model: str = ""
    rec_model: str = ""
    seconds: int = 90
    cert_words: tuple[str, ...] = ()
    sure_from: int = 0
    fast_models: str = ""
    look_alikes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that will read (``off``: none), and why it is not the one wished for, where that is so."""

    engine: str
    note: Text = ""


def _exact(options: EngineOptions) -> rapid.RapidEngine:
    return rapid.RapidEngine(rapid.Models(options.det_model, options.rec_model, look_alikes=options.look_alikes))


def _fast(options: EngineOptions) -> fast.FastEngine:
    models = fast.models_in(options.fast_models)
    if models is None:
        raise Refused(ReasonCode.ENGINE_FAILURE, str(fast.missing(options.fast_models)))
    return fast.FastEngine(replace(models, look_alikes=options.look_alikes), lambda: _exact(options))


ENGINES: Final[Mapping[str, Callable[[EngineOptions], OcrEngine]]] = {
    TESSERACT: lambda options: tesseract.TesseractEngine(timeout=options.seconds),
    RAPIDOCR: _exact,
    FAST: _fast,
}
"""The engines, made in the process that reads."""


def witness_of(engine: OcrEngine, options: EngineOptions) -> Witness:
    """Return whom an engine's reading is held against: tesseract stands beside rapidocr, the exact profile behind the fast."""
    if not options.sure_from:
        return NOBODY
    if isinstance(engine, fast.FastEngine):
        return Witness(engine, options.sure_from, options.cert_words, lambda: engine.exact)
    second = tesseract.TesseractEngine(timeout=options.seconds) if _has_second(engine) else None
    return Witness(second, options.sure_from, options.cert_words)


def _has_second(engine: OcrEngine) -> bool:
    return engine.name == RAPIDOCR and not tesseract.missing()


def choose(wanted: str, fast_models: str = "") -> Choice:
    """Return the engine to use for a setting or a person's wish, without loading it; ``fast_models`` as in the settings."""
    if wanted == OFF:
        return Choice(OFF)
    if wanted == FAST and rapid.is_installed():
        why_not = fast.missing(fast_models)
        return Choice(RAPIDOCR, why_not) if why_not else Choice(FAST)
    if wanted in (AUTO, RAPIDOCR) and rapid.is_installed():
        return Choice(RAPIDOCR)
    missing = tesseract.missing()
    if not missing:
        return Choice(TESSERACT, lazy("没有安装 RapidOCR，改用 Tesseract") if wanted in (RAPIDOCR, FAST) else "")
    if wanted == TESSERACT and rapid.is_installed():
        return Choice(RAPIDOCR, _TESSERACT_NOTES[missing])
    return Choice(
        OFF, lazy("没有可用的识别引擎，暂不识别文字；安装 RapidOCR(make run)或 tesseract-ocr-chi-sim 后可补识别")
    )


_TESSERACT_NOTES: Final[Mapping[str, Text]] = {
    "program": lazy("没有安装 Tesseract，改用 RapidOCR；如需要请安装：apt install tesseract-ocr tesseract-ocr-chi-sim"),
    tesseract.LANGUAGE: lazy(
        "Tesseract 缺少简体中文数据，改用 RapidOCR；如需要请安装：apt install tesseract-ocr-chi-sim"
    ),
}


def version_of(engine: str) -> str:
    """Return the version that an engine's texts will bear, without loading its models."""
    return tesseract.version() if engine == TESSERACT else rapid.version()


def lacking(fast_models: str = "") -> dict[str, Text]:
    """Return for each engine what keeps it from being used on this machine and how to mend it; empty where nothing does."""
    rapid_lacks = "" if rapid.is_installed() else _NO_RAPID
    tesseract_lacks = tesseract.missing()
    return {
        RAPIDOCR: rapid_lacks,
        FAST: rapid_lacks or fast.missing(fast_models),
        TESSERACT: _TESSERACT_INSTALL[tesseract_lacks] if tesseract_lacks else "",
    }


def notes() -> list[Text]:
    """Return what an administrator should know about the engines of this machine; the fast profile is an extra."""
    return [text for engine, text in lacking().items() if text and engine != FAST]


_NO_RAPID: Final = lazy("没有安装 RapidOCR：识别准确率较低；重新运行 make run 可装上")
_TESSERACT_INSTALL: Final[Mapping[str, Text]] = {
    "program": lazy("没有安装 Tesseract，不能选用它识别：apt install tesseract-ocr tesseract-ocr-chi-sim"),
    tesseract.LANGUAGE: lazy("Tesseract 缺少简体中文数据，不能选用它识别：apt install tesseract-ocr-chi-sim"),
}
