"""Which recognition engine reads: the one asked for, or the best that this machine has, or none with a reason to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lindang.host import Host
from lindang.i18n import Text, lazy
from lindang.ports import OcrEngine
from plugins.ingest.adapters import rapid, tesseract

OFF, TESSERACT, RAPIDOCR, AUTO = "off", "tesseract", "rapidocr", "auto"
CHOICES: Final = (AUTO, RAPIDOCR, TESSERACT, OFF)
LABELS: Final[Mapping[str, Text]] = {
    AUTO: lazy("自动选择"),
    RAPIDOCR: lazy("RapidOCR"),
    TESSERACT: lazy("Tesseract"),
    OFF: lazy("不识别文字"),
}


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What engines can be told: paths of other models for rapidocr, seconds a page may take; the county's words in
    certificate numbers, and the confidence from which a number is believed without a second engine (0: none is asked).
    """

    det_model: str = ""
    rec_model: str = ""
    seconds: int = 90
    cert_words: tuple[str, ...] = ()
    sure_from: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that will read (``off``: none), and why it is not the one wished for, where that is so."""

    engine: str
    note: Text = ""


ENGINES: Final[Mapping[str, Callable[[EngineOptions], OcrEngine]]] = {
    TESSERACT: lambda options: tesseract.TesseractEngine(timeout=options.seconds),
    RAPIDOCR: lambda options: rapid.RapidEngine(det_model=options.det_model, rec_model=options.rec_model),
}
"""The engines, made in the process that reads. Making one loads its models."""


def second_to(engine: str, options: EngineOptions) -> tesseract.TesseractEngine | None:
    """Return the engine that is asked about numbers which ``engine`` was not sure of; None where there is no other."""
    if engine != RAPIDOCR or not options.sure_from or tesseract.missing():
        return None
    return tesseract.TesseractEngine(timeout=options.seconds)


def choose(wanted: str) -> Choice:
    """Return the engine to use for a setting or a person's wish, without loading it."""
    if wanted == OFF:
        return Choice(OFF)
    if wanted in (AUTO, RAPIDOCR) and rapid.is_installed():
        return Choice(RAPIDOCR)
    missing = tesseract.missing()
    if not missing:
        return Choice(TESSERACT, lazy("没有安装 RapidOCR，改用 Tesseract") if wanted == RAPIDOCR else "")
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


def notes() -> list[Text]:
    """Return what an administrator should know about the engines of this machine."""
    found: list[Text] = []
    if not rapid.is_installed():
        found.append(lazy("没有安装 RapidOCR：识别准确率较低；重新运行 make run 可装上"))
    if missing := tesseract.missing():
        found.append(_TESSERACT_INSTALL[missing])
    return found


_TESSERACT_INSTALL: Final[Mapping[str, Text]] = {
    "program": lazy("没有安装 Tesseract，不能选用它识别：apt install tesseract-ocr tesseract-ocr-chi-sim"),
    tesseract.LANGUAGE: lazy("Tesseract 缺少简体中文数据，不能选用它识别：apt install tesseract-ocr-chi-sim"),
}


def start_notes(_host: Host) -> list[str]:
    """Return what the start prints and the health page shows: engines that are missing, and what that costs."""
    return [str(note) for note in notes()]
