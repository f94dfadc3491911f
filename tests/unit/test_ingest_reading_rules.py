"""Rules of reading: which text of a page is current, which lines are read again, what a closer look adds, job arguments."""

from __future__ import annotations

import pytest

from lindang.ports import OcrLine, OcrWord
from plugins.ingest.domain.closer import is_large, is_news, quarters
from plugins.ingest.domain.doubt import clearer, is_doubtful
from plugins.ingest.domain.targets import Target
from plugins.ingest.domain.versions import Standing, takes_over

BOX = (0, 0, 100, 20)


def standing(engine: str, profile: str = "", *, text: bool = True) -> Standing:
    """Return a text as the rule sees it."""
    return Standing(engine, text, profile)


@pytest.mark.parametrize(
    ("new", "present", "wins"),
    [
        (standing("tesseract"), None, True),
        (standing("rapidocr"), standing("tesseract"), True),
        (standing("rapidocr"), standing("rapidocr-fast"), True),
        (standing("rapidocr"), standing("rapidocr"), True),
        (standing("tesseract"), standing("pdf-layer"), True),
        (standing("rapidocr-fast"), standing("rapidocr"), False),
        (standing("tesseract"), standing("rapidocr-fast"), False),
        (standing("rapidocr"), standing("pdf"), False),
        (standing("rapidocr", "turn90 thin_text"), standing("tesseract"), False),
        (standing("rapidocr", text=False), standing("tesseract"), False),
        (standing("tesseract"), standing("rapidocr", "thin_text"), True),
        (standing("rapidocr", "thin_text"), standing("tesseract", "thin_text"), True),
        (standing("rapidocr", "low_confidence"), standing("tesseract"), True),
    ],
)
def test_the_better_engine_has_the_current_text_unless_it_says_too_little(
    new: Standing, present: Standing | None, *, wins: bool
) -> None:
    assert takes_over(new, present) is wins


def line(text: str, confidence: float, *words: tuple[str, float]) -> OcrLine:
    """Return a line with the confidence of its words."""
    return OcrLine(BOX, text, confidence, tuple(OcrWord(BOX, word, sure) for word, sure in words))


def test_unclear_lines_and_numbers_are_read_again() -> None:
    assert is_doubtful(line("山", 80))
    assert not is_doubtful(line("至山脊，以分水岭为界", 98, ("至山脊", 99), ("以分水岭为界", 91)))
    assert is_doubtful(line("岭林证字（2009）第0301号", 97, ("岭林证字", 99), ("2009", 99), ("0301", 84)))
    assert is_doubtful(line("编号B1401234567", 98, ("编号", 99), ("B1401234567", 90)))
    assert not is_doubtful(line("24亩", 96, ("24", 80), ("亩", 99)))


def test_the_clearer_of_two_readings_is_kept() -> None:
    quick = line("松树峁", 85)
    assert clearer(quick, line("松树昴", 70)) is quick
    assert clearer(quick, line("", 0)) is quick
    assert clearer(quick, line("松树茆", 92)).text == "松树茆"


def test_only_sheets_larger_than_a4_are_looked_at_closer() -> None:
    assert not is_large(2339, 1654, 200)
    assert is_large(2339, 3307, 200)
    assert not is_large(2339, 3307, 400)


def test_what_a_quarter_shows_is_news_only_when_whole_and_not_known() -> None:
    size = (3307, 2339)
    first, right, *_lower = quarters(2339, 3307, 200)
    assert first[2] - right[0] >= 80
    assert is_news((500, 500, 546, 526), [], first, size)
    assert not is_news((500, 500, 546, 526), [(480, 490, 700, 540)], first, size)
    assert not is_news((first[2] - 40, 500, first[2], 526), [], first, size)
    assert is_news((0, 0, 40, 26), [], first, size)
    assert not is_news((right[0] + 1, 500, right[0] + 40, 526), [], right, size)
    assert is_news((size[0] - 40, 500, size[0], 526), [], right, size)


@pytest.mark.parametrize("text", ["12", "12@tesseract", "again:12@rapidocr-fast", "file:7", "file:7@rapidocr"])
def test_a_job_is_what_its_argument_says(text: str) -> None:
    assert str(Target.parse(text)) == text


def test_an_order_to_read_again_names_item_and_engine() -> None:
    assert Target.parse("again:12@rapidocr") == Target(12, engine="rapidocr", again=True)
