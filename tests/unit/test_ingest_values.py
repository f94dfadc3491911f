"""Values that cross processes and nights: answers of a child that is not trusted, stored records, folders at rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.ingest.domain import record as records
from plugins.ingest.domain import scan as scans
from plugins.ingest.domain.reasons import ReasonCode, Refused, on_page
from plugins.ingest.domain.stability import Stability
from plugins.ingest.domain.targets import Target
from plugins.ingest.domain.wording import WORDING, explain, remedy

PAGE = scans.PageScan(
    page_no=1,
    view="view-00001.jpg",
    thumb="thumb-00001.jpg",
    width=2480,
    height=3508,
    dpi=300,
    colour_mode="colour",
    view_width=1654,
    view_height=2339,
    thumb_width=226,
    thumb_height=320,
    is_blank=False,
    text="林权证",
    text_layer="born",
    words=(scans.Word(1, 2, 3, 4, "林权证", 100),),
    codes=("LD:1",),
)
RESULT = scans.ScanResult(format="pdf", media_type="application/pdf", pages=(PAGE,), tool="t")


def sent() -> dict[str, Any]:
    """Return the result as it comes through the pipe."""
    values: dict[str, Any] = json.loads(json.dumps(scans.to_json(RESULT)))
    return values


def test_a_scan_result_survives_its_journey() -> None:
    assert scans.from_json(sent()) == RESULT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("view", "../../secret.key"),
        ("view", "/etc/passwd"),
        ("thumb", ".hidden"),
        ("thumb", ""),
        ("width", "2480"),
        ("is_blank", 1.5),
        ("words", [[1, 2]]),
        ("text", 7),
        ("surprise", 1),
    ],
)
def test_an_answer_that_is_not_as_it_should_be_is_refused(field: str, value: object) -> None:
    values = sent()
    values["pages"][0][field] = value
    with pytest.raises(ValueError):
        scans.from_json(values)


def test_a_stored_record_comes_back_as_it_was() -> None:
    image = records.Derived("a" * 64, 10, 20, 30, 200)
    text = records.TextRecord("rapidocr", "3", "林", (scans.Word(1, 2, 3, 4, "林", 90),), 90, sealed_ids=("x",))
    page = records.PageRecord(1, image, image, 20, 30, 300, "colour", False, ("LD:1",), text)
    record = records.ScanRecord("jpeg", "image/jpeg", "t", "", False, 0.5, (page,))
    assert records.from_json(json.loads(json.dumps(records.to_json(record)))) == record


def test_a_page_wants_reading_unless_it_is_blank_or_has_a_text_to_trust() -> None:
    image = records.Derived("a" * 64, 1, 1, 1, 1)

    def page(text: records.TextRecord | None, *, blank: bool = False) -> records.PageRecord:
        return records.PageRecord(1, image, image, 1, 1, 1, "gray", blank, (), text)

    def text(engine: str) -> records.TextRecord:
        return records.TextRecord(engine, "", "字", (), 90)

    assert page(None).wants_reading
    assert page(text(records.PDF_LAYER)).wants_reading
    assert not page(text(records.PDF_BORN)).wants_reading
    assert not page(text("rapidocr")).wants_reading
    assert not page(None, blank=True).wants_reading


def test_every_reason_has_words_and_a_remedy() -> None:
    assert set(WORDING) == set(ReasonCode)
    assert all(str(wording.text) and str(wording.remedy) for wording in WORDING.values())


def test_a_reason_reads_as_a_sentence() -> None:
    assert explain(ReasonCode.UNSUPPORTED, "zip") == "不是可收的格式（压缩包或 Office/OFD 文档）"
    assert explain(ReasonCode.TRUNCATED, on_page(3)) == "文件不完整，后一部分丢失（第 3 页）"
    assert explain("something new") == "something new"
    assert remedy("something new") == ""
    assert str(Refused(ReasonCode.EMPTY)) == "empty"


@pytest.mark.parametrize("text", ["12", "12@tesseract", "file:7", "file:7@rapidocr"])
def test_a_recognition_target_reads_back(text: str) -> None:
    assert str(Target.parse(text)) == text


def test_a_target_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        Target.parse("file:abc")


def test_a_folder_settles_when_all_its_files_have_been_still() -> None:
    rest = Stability(10)
    assert rest.settled({"甲/1": (5, 1), "甲/2": (5, 1), "乙/1": (5, 1)}, now=0) == []
    assert rest.settled({"甲/1": (5, 1), "甲/2": (9, 2), "乙/1": (5, 1)}, now=9) == []
    assert rest.settled({"甲/1": (5, 1), "甲/2": (9, 2), "乙/1": (5, 1)}, now=11) == ["乙/1"]
    assert rest.settled({"甲/1": (5, 1), "甲/2": (9, 2)}, now=19) == ["甲/1", "甲/2"]


def test_a_file_that_comes_late_makes_its_folder_wait() -> None:
    rest = Stability(10)
    rest.settled({"甲/1": (5, 1)}, now=0)
    assert rest.settled({"甲/1": (5, 1), "甲/2": (5, 1)}, now=12) == []


def test_loose_files_settle_one_by_one() -> None:
    rest = Stability(10)
    rest.settled({"a.jpg": (5, 1)}, now=0)
    assert rest.settled({"a.jpg": (5, 1), "b.jpg": (5, 1)}, now=12) == ["a.jpg"]


def test_a_change_of_time_alone_counts_as_a_change() -> None:
    rest = Stability(10)
    rest.settled({"a.jpg": (5, 1)}, now=0)
    assert rest.settled({"a.jpg": (5, 2)}, now=12) == []
