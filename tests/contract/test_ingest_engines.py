"""What every recognition engine must do: find the text, say where it stands and how sure it is, on every lie of the page."""

from __future__ import annotations

import importlib.resources
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from lindang.ports import OcrEngine, OcrLine
from models.persons import find_id_numbers
from plugins.ingest.adapters import fast
from plugins.ingest.adapters.engines import ENGINES, EngineOptions, choose
from plugins.ingest.adapters.reader import PageReader
from plugins.ingest.adapters.tesseract import TesseractEngine
from plugins.ingest.domain import doubt
from plugins.ingest.domain.fields import cert_mentions
from plugins.ingest.domain.image import Gray, red_channel
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.reading import Witness, read_page
from tests.ingest_kit import blank_page
from tests.support.pages import household

pytestmark = pytest.mark.ocr

DPI = 150
ALLOWED_MISSING = {"tesseract": 0.12, "rapidocr": 0.02, "rapidocr-fast": 0.02}
"""Share of the characters of a clean page that an engine may miss; measured are 0.01 to 0.02 and 0.000."""

_made: dict[str, OcrEngine] = {}


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OcrEngine:
    """Return each engine in turn, loaded once."""
    name = str(request.param)
    if name not in _made:
        _made[name] = ENGINES[name](EngineOptions(fast_models=str(fast_folder(tmp_path_factory))))
    return _made[name]


def fast_folder(factory: pytest.TempPathFactory) -> Path:
    """Return a folder with models for the fast profile: those of ``make fast``, else RapidOCR's own, dropped in.

    Either way the engine loads two pairs of models and reads twice; only the first is the fast profile that was measured.
    """
    if fast.models_in("") is not None:
        return fast.FOLDER
    folder = factory.mktemp("dropped")
    shipped = Path(str(importlib.resources.files("rapidocr"))) / "models"
    for path in shipped.glob("PP-OCRv6_*.onnx"):
        shutil.copy(path, folder)
    return folder


def page() -> Path:
    """Return the scan of a receipt with number, name, ID number and a seal."""
    truth, scans = household(0, dpi=DPI)
    return scans / truth.file("D12").relative_path


def pixels() -> Gray:
    """Return its red channel."""
    with Image.open(page()) as image:
        return red_channel(image.convert("RGB"))


def letters(text: str) -> Counter[str]:
    """Count the characters of a text that matter."""
    return Counter(re.sub(r"[\s\W_]", "", unicodedata.normalize("NFKC", text)))


def missing(text: str) -> float:
    """Return the share of the page's characters that a text lacks."""
    truth, _scans = household(0, dpi=DPI)
    lines = truth.file("D12").pages[0].lines
    wanted = letters("".join(line.text for line in lines if line.kind != "seal"))
    return sum((wanted - letters(text)).values()) / sum(wanted.values())


def test_an_engine_reads_a_page_and_says_who_it_is(engine: OcrEngine) -> None:
    lines = engine.recognise(pixels(), DPI)
    assert missing("".join(line.text for line in lines)) <= ALLOWED_MISSING[engine.name]
    assert re.match(r"\d+\.\d+", engine.version)


def test_boxes_lie_on_the_page_and_confidence_is_a_percentage(engine: OcrEngine) -> None:
    gray = pixels()
    height, width = gray.shape
    for line in engine.recognise(gray, DPI):
        for box, sure in [(line.box, line.confidence), *((word.box, word.confidence) for word in line.words)]:
            x0, y0, x1, y1 = box
            assert -3 <= x0 < x1 <= width + 3
            assert -3 <= y0 < y1 <= height + 3
            assert 0 <= sure <= 100


def test_the_words_of_a_line_are_its_text(engine: OcrEngine) -> None:
    for line in engine.recognise(pixels(), DPI):
        words = "".join(word.text for word in line.words)
        assert "".join(words.split()) == "".join(line.text.split())


def test_a_box_lies_where_the_truth_says(engine: OcrEngine) -> None:
    truth, _scans = household(0, dpi=DPI)
    wanted = next(line for line in truth.file("D12").pages[0].lines if line.text == "林权证领取签收单")
    found = _holding(engine.recognise(pixels(), DPI), "林权证领取")
    overlap_x = min(found.box[2], wanted.box[2]) - max(found.box[0], wanted.box[0])
    overlap_y = min(found.box[3], wanted.box[3]) - max(found.box[1], wanted.box[1])
    assert overlap_x > 0.8 * (wanted.box[2] - wanted.box[0])
    assert overlap_y > 0.5 * (wanted.box[3] - wanted.box[1])


def _holding(lines: list[OcrLine], words: str) -> OcrLine:
    return next(line for line in lines if words in "".join(line.text.split()))


def test_white_paper_gives_no_text(engine: OcrEngine) -> None:
    assert engine.recognise(np.full((600, 420), 255, dtype=np.uint8), DPI) == []


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_read_however_it_lies(engine: OcrEngine, tmp_path: Path, turn: int) -> None:
    with Image.open(page()) as image:
        image.convert("RGB").rotate(turn, expand=True).save(tmp_path / "view.jpg", quality=90)
    reading = read_page(tmp_path / "view.jpg", engine, DPI)
    assert missing(reading.text) <= ALLOWED_MISSING[engine.name]
    assert reading.quarter_turns == (4 - turn // 90) % 4
    assert [mention.cert_no.key for mention in cert_mentions(reading.text, ["岭"])] == ["岭|2009|301"]
    assert [span.number for span in find_id_numbers(reading.text)] == ["990121193912160016"]
    assert not re.search("[\u4e00-\u9fff] [\u4e00-\u9fff]", reading.text)
    assert "".join(reading.text.split()) == "".join("".join(word.text.split()) for word in reading.words)
    assert all(0 <= value <= 10_000 for word in reading.words for value in word[:4])


def test_a_blank_page_is_not_even_given_to_the_engine(engine: OcrEngine, tmp_path: Path) -> None:
    blank_page(width=1240, height=1754).save(tmp_path / "view.jpg")
    assert read_page(tmp_path / "view.jpg", engine, DPI).text == ""


class Misreader:
    """An engine that takes a 1 for a 7."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def read_line(self, gray: Gray, dpi: int) -> str:
        """Return the number as it is not."""
        self.asked.append(gray.shape)
        return "岭林证字(2009)第0307号"


@pytest.mark.parametrize("turn", [0, 90])
def test_a_second_engine_is_asked_about_doubtful_numbers_where_they_stand(
    engine: OcrEngine, tmp_path: Path, turn: int
) -> None:
    with Image.open(page()) as image:
        image.convert("RGB").rotate(turn, expand=True).save(tmp_path / "view.jpg", quality=90)
    witness = Witness(TesseractEngine(), sure_from=101, cert_words=["岭"])
    opinions = dict(read_page(tmp_path / "view.jpg", engine, DPI, witness).opinions)
    assert opinions["岭|2009|301"] is True
    misreader = Misreader()
    reading = read_page(tmp_path / "view.jpg", engine, DPI, Witness(misreader, sure_from=101, cert_words=["岭"]))
    assert dict(reading.opinions)["岭|2009|301"] is False
    height, width = misreader.asked[0]
    assert 15 < height < 80 < width < 700


class Failing:
    """An engine that takes too long."""

    def read_line(self, gray: Gray, dpi: int) -> str:
        """Refuse."""
        raise Refused(ReasonCode.TIMEOUT, f"{gray.shape} {dpi}")


def test_a_second_engine_that_fails_costs_no_page(engine: OcrEngine, tmp_path: Path) -> None:
    with Image.open(page()) as image:
        image.convert("RGB").save(tmp_path / "view.jpg", quality=90)
    reading = read_page(tmp_path / "view.jpg", engine, DPI, Witness(Failing(), sure_from=101, cert_words=["岭"]))
    assert reading.opinions == ()
    assert reading.text


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[PageReader]:
    """Give a reader with a process of its own."""
    made = PageReader("tesseract", EngineOptions(), folder=tmp_path / "read", memory_mb=3000)
    yield made
    made.close()


def test_a_reading_process_that_dies_costs_one_page(reader: PageReader, tmp_path: Path) -> None:
    blank_page(width=1240, height=1754).save(tmp_path / "view.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no image")
    assert reader.read(tmp_path / "view.jpg", DPI).engine == "tesseract"
    with pytest.raises(Refused):
        reader.read(tmp_path / "broken.jpg", DPI)
    assert reader.read(tmp_path / "view.jpg", DPI).engine == "tesseract"


def test_a_reading_process_that_has_grown_too_large_is_replaced(tmp_path: Path) -> None:
    blank_page(width=1240, height=1754).save(tmp_path / "view.jpg")
    thin = PageReader("tesseract", EngineOptions(), folder=tmp_path / "read", memory_mb=1)
    thin.read(tmp_path / "view.jpg", DPI)
    assert thin._idle[0].pid is None
    thin.close()


def test_the_choice_of_an_engine_is_honest() -> None:
    assert choose("off").engine == "off"
    assert choose("auto").engine == "rapidocr"
    assert choose("tesseract").engine == "tesseract"
    assert choose("rapidocr-fast", "/nowhere").engine == "rapidocr"
    assert "*rec*.onnx" in str(choose("rapidocr-fast", "/nowhere").note)


def test_models_that_an_office_dropped_in_are_taken(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    folder = fast_folder(tmp_path_factory)
    assert choose("rapidocr-fast", str(folder)).engine == "rapidocr-fast"
    models = fast.models_in(str(folder))
    assert models is not None
    shutil.copy(models.det, tmp_path)
    assert choose("rapidocr-fast", str(tmp_path)).engine == "rapidocr"
    shutil.copy(models.rec, tmp_path)
    assert choose("rapidocr-fast", str(tmp_path)).engine == "rapidocr-fast"
    shutil.copy(models.rec, tmp_path / "another_rec.onnx")
    assert choose("rapidocr-fast", str(tmp_path)).engine == "rapidocr"


def test_the_exact_engine_reads_the_lines_that_the_fast_one_doubts(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = EngineOptions(fast_models=str(fast_folder(tmp_path_factory)))
    made = ENGINES["rapidocr-fast"](options)
    assert isinstance(made, fast.FastEngine)
    monkeypatch.setattr(doubt, "UNCLEAR_LINE", 0.0)
    monkeypatch.setattr(doubt, "UNCLEAR_NUMBER", 0.0)
    made.recognise(pixels(), DPI)
    assert "exact" not in vars(made)
    monkeypatch.setattr(doubt, "UNCLEAR_LINE", 101.0)
    lines = made.recognise(pixels(), DPI)
    assert "exact" in vars(made)
    assert missing("".join(line.text for line in lines)) <= ALLOWED_MISSING["rapidocr"]
    assert all("".join(word.text for word in line.words) == "".join(line.text.split()) for line in lines)


@pytest.mark.parametrize("engine", ["rapidocr", "rapidocr-fast"], indirect=True)
def test_small_print_on_a_sheet_larger_than_a4_is_found(engine: OcrEngine) -> None:
    sheet = np.full((2339, 3307), 250, dtype=np.uint8)
    small = Image.fromarray(sheet)
    draw = ImageDraw.Draw(small)
    for index in range(8):
        draw.text((300 + 380 * index, 240 + 250 * index), f"J{index + 1}", fill=20, font=ImageFont.load_default(34))
    found = {line.text for line in engine.recognise(np.asarray(small), 200)}
    assert {f"J{index + 1}" for index in range(8)} <= found
