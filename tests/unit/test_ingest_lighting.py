"""What is lit in a PDF: the very characters that were looked for, across words, whatever their width, case and spaces."""

from __future__ import annotations

from plugins.ingest.domain.lighting import lit_boxes


def word(x0: int, x1: int, text: str, y0: int = 100, y1: int = 200) -> list[int | str]:
    return [x0, y0, x1, y1, text, 90]


def test_a_part_of_a_word_is_lit_by_the_widths_of_its_characters() -> None:
    assert lit_boxes([word(0, 600, "后沟松林地A1")], ["松林"]) == [(200.0, 100.0, 300.0 + 100.0, 200.0)]


def test_a_mark_reaches_across_words_and_blanks() -> None:
    words = [word(0, 200, "王建"), word(210, 330, " 国"), word(400, 500, "李四")]
    assert lit_boxes(words, ["王 建国"]) == [(0.0, 100.0, 200.0, 200.0), (250.0, 100.0, 330.0, 200.0)]


def test_what_lies_between_two_occurrences_in_one_word_stays_dark() -> None:
    assert lit_boxes([word(0, 400, "松柏油松")], ["松"]) == [(0.0, 100.0, 100.0, 200.0), (300.0, 100.0, 400.0, 200.0)]


def test_width_case_and_signs_make_no_difference() -> None:
    words = [word(0, 400, "（２０１０）ａｂ")]
    assert lit_boxes(words, ["2010ab"]) == lit_boxes(words, ["（2010) AB"]) != []


def test_every_occurrence_is_lit_also_where_they_overlap() -> None:
    assert lit_boxes([word(0, 300, "松松松")], ["松松"]) == [(0.0, 100.0, 300.0, 200.0)]
    assert len(lit_boxes([word(0, 100, "松"), word(200, 300, "柏"), word(400, 500, "松")], ["松"])) == 2


def test_a_line_that_runs_downward_is_lit_downward() -> None:
    assert lit_boxes([word(0, 100, "后沟松林", 0, 800)], ["松林"]) == [(0.0, 400.0, 100.0, 800.0)]


def test_nothing_is_lit_for_nothing_or_for_signs_alone() -> None:
    assert lit_boxes([word(0, 100, "后沟")], ["", "，", "松"]) == []
    assert lit_boxes([], ["松"]) == []
