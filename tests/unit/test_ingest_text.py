"""From recognised lines to page text: spacing, order, boxes, what is hidden, what is read out of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindang.ports import OcrLine, OcrWord
from models.numbers import find_cert_numbers
from plugins.ingest.domain.fields import (
    NOWHERE,
    SURE_FROM,
    NumberVote,
    Verdict,
    agrees,
    cert_mentions,
    cover_codes,
    find_numbers,
    names_someone,
    unit_numbers,
    verdict,
    with_opinion,
)
from plugins.ingest.domain.privacy import id_numbers, mask_words
from plugins.ingest.domain.scan import Word
from plugins.ingest.domain.text import (
    Opinion,
    is_thin,
    join_words,
    mean_confidence,
    normalised,
    page_text,
    page_words,
    reading_order,
    runs,
    split_at_gaps,
    tidy,
)

ID = "141124197001010017"


def line(text: str, x: int, y: int, width: int = 100, height: int = 20, confidence: float = 90.0) -> OcrLine:
    """Return a line at a place."""
    return OcrLine((x, y, x + width, y + height), text, confidence)


def word(text: str, x: int, width: int = 20, confidence: float = 90.0) -> OcrWord:
    """Return a word on the first line."""
    return OcrWord((x, 0, x + width, 20), text, confidence)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("林 权 证", "林权证"),
        ("面积 12.5 亩", "面积 12.5 亩"),
        ("林权\u3000登记", "林权登记"),
        ("ABC  DEF", "ABC DEF"),
        ("甲\x00乙\x02", "甲乙"),
        (" 前后 ", "前后"),
        ("字 （ 2009 ） 第", "字（ 2009 ）第"),
    ],
)
def test_blanks_between_chinese_characters_go(raw: str, clean: str) -> None:
    assert tidy(raw) == clean


@given(st.lists(st.sampled_from(["林", "权", "证", "2009", "ABC", "，"]), max_size=12))
def test_joined_words_never_part_chinese_characters(words: list[str]) -> None:
    joined = join_words(words)
    assert not re.search("[林权证，] [林权证，]", joined)
    assert joined.replace(" ", "") == "".join(words)


def test_cells_of_a_row_are_parted_by_a_tab_and_rows_by_a_line_break() -> None:
    lines = [line("张三", 300, 102), line("权利人", 100, 100), line("坐落", 100, 150)]
    assert page_text(reading_order(lines)) == "权利人\t张三\n坐落"


def test_pieces_of_one_printed_line_are_joined_without_a_gap() -> None:
    lines = [line("根据中共中央", 100, 100), line("国务院", 205, 100)]
    assert page_text(reading_order(lines)) == "根据中共中央国务院"


def test_skew_does_not_disturb_the_order() -> None:
    # on a page that falls by 2 degrees, the right end of a line lies lower than the left end of the next
    lines = [line("一左", 0, 100), line("一右", 900, 131), line("二左", 0, 125), line("二右", 900, 156)]
    assert page_text(reading_order(lines, angle=2.0)) == "一左\t一右\n二左\t二右"


def test_words_are_given_in_ten_thousandths_of_the_page() -> None:
    assert normalised(OcrWord((0, 50, 100, 100), "林", 88.6), (200, 100)) == Word(0, 5000, 5000, 10000, "林", 89)


def test_a_box_beyond_the_page_is_cut() -> None:
    assert normalised(OcrWord((-5, 0, 500, 300), "林", 50), (200, 100))[:4] == (0, 0, 10000, 10000)


def test_text_and_words_agree_but_for_white_space() -> None:
    lines = [
        OcrLine((0, 0, 200, 20), "权利人", 90, (word("权利", 0, 40), word("人", 41))),
        line("张三", 300, 2),
        line("2009 年", 0, 60),
    ]
    rows = reading_order(lines)
    words = "".join(found.text for found in page_words(rows, (600, 100)))
    assert "".join(words.split()) == "".join(page_text(rows).split())


def test_characters_are_joined_into_runs_of_one_kind() -> None:
    chars = [word("林", 0), word("权", 21), word("1", 42, 10), word("2", 53, 10), word("，", 64), word("远", 300)]
    assert [run.text for run in runs(chars)] == ["林权", "12", "，", "远"]


def test_a_run_is_never_too_long_to_be_marked_exactly() -> None:
    chars = [word("林", index * 21) for index in range(30)]
    assert [len(run.text) for run in runs(chars)] == [12, 12, 6]


def test_an_engine_line_is_parted_at_wide_gaps() -> None:
    pieces = split_at_gaps([word("权利人", 0, 60), word("张三", 300, 40)])
    assert [[each.text for each in piece] for piece in pieces] == [["权利人"], ["张三"]]


def test_confidence_weighs_by_characters() -> None:
    assert mean_confidence([line("一二三四五六七八九", 0, 0, confidence=100), line("十", 0, 0, confidence=0)]) == 90.0
    assert mean_confidence([]) == 0.0


def test_a_page_full_of_ink_without_text_is_suspicious() -> None:
    assert is_thin("", ink=0.05)
    assert is_thin("一", ink=0.05)
    assert not is_thin("一" * 30, ink=0.05)
    assert not is_thin("一页", ink=0.0008)


def test_an_id_number_is_masked_though_it_runs_over_two_boxes() -> None:
    words = (
        Word(0, 0, 10, 10, "身份证号", 99),
        Word(10, 0, 20, 10, ID[:12], 99),
        Word(20, 0, 30, 10, ID[12:], 98),
    )
    masked = "".join(each.text for each in mask_words(words))
    assert masked == "身份证号141124********0017"
    assert [each[:4] for each in mask_words(words)] == [each[:4] for each in words]


def test_id_numbers_are_found_once_each() -> None:
    assert id_numbers(f"甲 {ID} 乙 {ID}") == (ID,)


def test_our_own_cover_codes_are_told_from_other_bar_codes() -> None:
    assert cover_codes(["http://x", " LD:141124-2020-YJ003-0007", "LD:141124-2020-YJ003-0007"]) == (
        "LD:141124-2020-YJ003-0007",
    )


def test_unit_numbers_are_read_with_or_without_their_gaps() -> None:
    assert unit_numbers("不动产单元号：141124102005JE00012L00000001。") == ("141124102005JE00012L00000001",)
    assert unit_numbers("35.60 141124 102005 JE00012 L00000001 号") == ("141124102005JE00012L00000001",)
    assert unit_numbers("1141124102005JE00012L00000001") == ()


def test_a_certificate_number_counts_once_per_page_in_its_best_reading() -> None:
    text = "岚林证字（2009）第14992100003号 又 岚林证字(2009)第149921O0003号"
    found = cert_mentions(text, words=["岚"])
    assert [(mention.cert_no.key, mention.repaired) for mention in found] == [("岚|2009|14992100003", False)]


CLEAN, REPAIRED = False, True


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([], None),
        ([[("甲", CLEAN)]], "甲"),
        ([[("甲", REPAIRED)]], None),
        ([[("甲", CLEAN)], [("甲", CLEAN)], [("乙", CLEAN)]], "甲"),
        ([[("甲", CLEAN)], [("乙", CLEAN)]], None),
        ([[("甲", REPAIRED)], [("甲", REPAIRED)], [("甲", REPAIRED)], [("甲", REPAIRED)]], "甲"),
        ([[("甲", CLEAN)], [("甲", CLEAN)], [("甲", CLEAN)], [("乙", CLEAN)], [("乙", REPAIRED)]], "甲"),
        ([[("甲", CLEAN)], [("甲", CLEAN)], [("乙", CLEAN)], [("乙", REPAIRED)]], None),
    ],
)
def test_the_pages_of_a_file_vote(pages: list[list[tuple[str, bool]]], expected: str | None) -> None:
    said = verdict([[NumberVote(*vote) for vote in page] for page in pages])
    assert (said.key if said else None) == expected


def test_the_search_helpers_reading_is_the_one_used() -> None:
    assert find_cert_numbers("岭林证字（2009）第0301号")[0].cert_no.key == "岭|2009|301"


def words_of(*rows: tuple[str, int]) -> tuple[Word, ...]:
    """Return one word a row, each letter 100 wide, rows 300 apart."""
    return tuple(
        Word(1000, 1000 + 300 * row, 1000 + 100 * len(text), 1200 + 300 * row, text, sure)
        for row, (text, sure) in enumerate(rows)
    )


def test_a_number_is_found_with_its_place_and_the_confidence_of_its_least_clear_part() -> None:
    text = "证号:岭林证字(2009)\n第0301号"
    (number,) = find_numbers(text, words_of(("证号:岭林证字(2009)", 99), ("第0301号", 71)), ["岭"])
    assert (number.kind, number.key, number.confidence, number.repaired) == ("cert_no", "岭|2009|301", 71, False)
    assert number.box == (1000, 1000, 2300, 1500)
    (number,) = find_numbers("证号:岭林证字(2009)第0301号", words_of(("证号:岭林证字(2009)第0301号", 80)), ["岭"])
    assert number.box == (1300, 1000, 2900, 1200)  # the label before it is no part of the number


def test_words_that_are_not_the_text_give_no_place_and_no_confidence() -> None:
    (number,) = find_numbers("岭林证字(2009)第0301号", words_of(("别的", 99)))
    assert (number.box, number.confidence) == (NOWHERE, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("编号:B9900000301", [("cert_serial", "B9900000301", False)]),
        ("林权证编号\tB99O0000301", [("cert_serial", "B9900000301", True)]),
        ("印刷序列号 B9900000301。", [("cert_serial", "B9900000301", False)]),
        ("合同编号:20090301001", []),
        ("申请表编号：9901211022031J1MSY0074\t填表日期：", [("application_no", "9901211022031J1MSY0074", False)]),
    ],
)
def test_serials_and_application_numbers_are_known_by_their_labels(
    text: str, expected: list[tuple[str, str, bool]]
) -> None:
    assert [(each.kind, each.norm, each.repaired) for each in find_numbers(text, ())] == expected


def test_a_serial_misread_as_digits_meets_the_one_read_right() -> None:
    keys = {
        each.key for text in ("林权证编号 B9900000301", "林权证编号 899O0000301") for each in find_numbers(text, ())
    }
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("岭林证字(2009)第0301号", True),
        ("林证字(2OO9)第O301", True),
        ("(2009)第0307号", False),
        ("第0301号", None),
        ("", None),
    ],
)
def test_a_second_reading_agrees_contradicts_or_says_nothing(text: str, said: bool | None) -> None:
    assert agrees("岭林证字20090301", text) is said
    assert agrees("岭林证字1", "第120号") is None  # one figure may stand there by chance


def test_what_two_engines_agree_on_is_clear_and_what_they_read_otherwise_is_not() -> None:
    (number,) = find_numbers("岭林证字(2009)第0301号", words_of(("岭林证字(2009)第0301号", 80)), ["岭"])
    assert with_opinion(number, [Opinion(number.key, agrees=True)]).confidence > SURE_FROM
    assert with_opinion(number, [Opinion(number.key, agrees=False)]).confidence < 50
    assert with_opinion(number, [Opinion("别的", agrees=False)]) == number


def test_an_unclear_mention_weighs_no_more_than_a_repaired_one() -> None:
    clear, unclear = NumberVote("甲", repaired=False), NumberVote("甲", repaired=False, confidence=60)
    assert verdict([[clear]]) == Verdict("甲", is_voted=False)
    assert verdict([[unclear]]) is None
    assert verdict([[unclear], [unclear], [unclear]]) is None
    assert verdict([[clear], [clear]]) == Verdict("甲", is_voted=True)
    assert verdict([[unclear]], sure_from=50) == Verdict("甲", is_voted=False)


@pytest.mark.parametrize(("text", "named"), [("权利人 張 三", True), ("权利人李四", False)])
def test_a_holder_is_named_whatever_the_script_and_the_blanks(text: str, named: bool) -> None:
    assert names_someone([text], ["张三", "四"]) is named
