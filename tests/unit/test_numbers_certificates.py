"""Certificate, title and unit numbers: every spelling, OCR damage, and properties that hold for any number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.numbers import (
    cert_query,
    digits_reversed,
    find_cert_numbers,
    is_unit_no,
    normalise_number,
    parse_cert_no,
    parse_title_no,
    parse_unit_no,
    skeleton,
)

SPELLINGS = [
    "岚林证字(2010)第00123号",
    "岚林证字（2010）第00123号",
    "岚林证字〔2010〕第00123号",
    "岚林证字［2010］第00123号",
    "岚林证字[2010]第00123号",
    "岚林证字【2010】第00123号",
    "岚林证字《2010》第00123号",
    "岚林证字2010第00123号",
    "岚林证字2010年第00123号",
    "岚林证字(2010年)第00123号",
    "岚林证字(2010)00123",
    "岚林证字(2010)第00123",
    "岚 林 证 字 ( 2010 ) 第 00123 号",
    "岚林证字（２０１０）第００１２３号",
    "岚林证字（二〇一〇）第〇〇一二三号",
    "岚林权证字(2010)第00123号",
    "岚林證字(2010)第00123號",
    "岚林证字(2010)第123号",
]


@pytest.mark.parametrize("written", SPELLINGS)
def test_every_spelling_has_the_same_key(written: str) -> None:
    number = parse_cert_no(written)
    assert number is not None
    assert number.key == "岚|2010|123"
    assert number.as_written == written


@pytest.mark.parametrize(
    ("written", "word", "year", "number"),
    [
        ("将政林证字【2008】第0100 号", "将政", 2008, "0100"),
        ("将证林证字( )第 55号", "将证", None, "55"),
        ("梅政林证字第0001号", "梅政", None, "0001"),
        ("岚林证字（2009）第14992100003号", "岚", 2009, "14992100003"),
        ("交城林证字(2009)第A-12号", "交城", 2009, "A12"),
    ],
)
def test_parts(written: str, word: str, year: int | None, number: str) -> None:
    parsed = parse_cert_no(written)
    assert parsed is not None
    assert (parsed.word, parsed.year, parsed.number) == (word, year, number)


@pytest.mark.parametrize(
    "text", ["", "岚林证字", "岚林证字(2010)第号", "林证字(2010)第1号", "2010 123", "张三", "岚林字(2010)第1号"]
)
def test_not_a_certificate_number(text: str) -> None:
    assert parse_cert_no(text) is None


def test_norm_keeps_leading_zeros_and_drops_everything_else() -> None:
    parsed = parse_cert_no("岚林证字〔2010〕第 00123 号")
    assert parsed is not None
    assert parsed.norm == "岚林证字201000123" == normalise_number("岚林证字（２０１０）第00123号")


def test_normalise_number_of_other_codes() -> None:
    assert normalise_number("№ 00123") == "00123"
    assert normalise_number("0123－LQ—2009·001-03") == "0123LQ200900103"
    assert normalise_number("b１２３") == "B123"


def test_skeleton_folds_lookalikes() -> None:
    assert skeleton("岚林证字(2O1O)第I4992l000〇3号") == skeleton("岚林证字(2010)第14992100003号")
    assert skeleton("B8g9") == "8899"


def test_digits_reversed() -> None:
    assert digits_reversed("岚林证字(2010)第00123号") == "321000102"


@given(
    word=st.sampled_from(["岚", "将政", "将证", "交城", "方"]),
    year=st.none() | st.integers(1985, 2020),
    number=st.text("0123456789", min_size=1, max_size=16),
    brackets=st.sampled_from(["()", "（）", "〔〕", "[]", "【】"]),
)
def test_written_numbers_are_read_back(word: str, year: int | None, number: str, brackets: str) -> None:
    written = f"{word}林证字{brackets[0]}{year or ''}{brackets[1]}第{number}号"
    parsed = parse_cert_no(written)
    assert parsed is not None
    assert (parsed.word, parsed.year, parsed.number) == (word, year, number)
    assert parsed.norm == normalise_number(written)
    assert [mention.cert_no.key for mention in find_cert_numbers(f"证号:{written}。", words=[word])] == (
        [parsed.key] if year or number else []
    )


@given(st.text(max_size=60))
def test_any_text_is_survived(text: str) -> None:
    parse_cert_no(text)
    cert_query(text)
    parse_title_no(text)
    parse_unit_no(text)
    assert normalise_number(normalise_number(text)) == normalise_number(text)
    for mention in find_cert_numbers(text):
        assert text[mention.start : mention.end] == mention.raw


# --- typed queries ------------------------------------------------------------------------------------------------


def readings(text: str) -> list[tuple[str | None, int | None, str]]:
    query = cert_query(text)
    assert query is not None
    return [(reading.word, reading.year, reading.number) for reading in query.readings]


@pytest.mark.parametrize("written", SPELLINGS)
def test_query_in_full_spelling_has_the_key(written: str) -> None:
    query = cert_query(written)
    assert query is not None
    assert "岚|2010|123" in [reading.key for reading in query.readings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123", [(None, None, "123")]),
        ("００１２３", [(None, None, "00123")]),
        ("第00123号", [(None, None, "00123")]),
        ("2010 123", [(None, 2010, "123"), (None, None, "2010123")]),
        ("2010-123", [(None, 2010, "123")]),
        ("(2010)123", [(None, 2010, "123")]),
        ("（2010）第123号", [(None, 2010, "123")]),
        ("岚2010-123", [("岚", 2010, "123")]),
        ("岚林证字200914992100003", [("岚", None, "200914992100003"), ("岚", 2009, "14992100003")]),
    ],
)
def test_query_readings(text: str, expected: list[tuple[str | None, int | None, str]]) -> None:
    found = readings(text)
    assert all(reading in found for reading in expected), found


@pytest.mark.parametrize("text", ["岚林证字", "岚林证字(2010", "岚林证字（2010）第", "B12345678901"])
def test_query_of_a_part_is_recognised(text: str) -> None:
    query = cert_query(text)
    assert query is not None
    assert query.norm == normalise_number(text)


@pytest.mark.parametrize("text", ["", "张三", "张三 2010", "东至河沟", "2010年度造林总结", "林", "题名:林权"])
def test_other_queries_are_left_to_full_text(text: str) -> None:
    assert cert_query(text) is None


def test_key_tail_matches_whole_parts_only() -> None:
    query = cert_query("2010 0123")
    assert query is not None
    assert query.readings[0].key_tail == "|2010|123"
    assert query.readings[0].key is None


# --- recognised text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "repaired"),
    [
        ("证号 岚林证字(2010)第00123号 持证人", "岚|2010|123", False),
        ("林权证岚林证字（2010）第00123号", "岚|2010|123", False),
        ("岚杯证字(2010)第00123号", "岚|2010|123", True),
        ("岚林廷宇(2010)弟00123号", "岚|2010|123", True),
        ("岚林证字(2O1O)第OO1Z3号", "岚|2010|123", True),
        ("岚林证字[20l0]第0012З号 岚林证字〔2010〕第001I3号", "岚|2010|113", True),
        ("岚林证字(20\n10)第001\n23号\n2011年", "岚|2010|123", False),
        ("岚 林 证 字 ( 2010 ) 第 00 123 号", "岚|2010|123", False),
        ("岚林证字(2010)第00123\n2011年5月1日", "岚|2010|123", False),
        ("岚林证字第77号", "岚||77", False),
        ("将政林证字( )第 88 号", "将政||88", False),
        ("岚林证字(2010)第OO1Z3号", "岚|2010|123", True),
    ],
)
def test_numbers_in_text(text: str, key: str, repaired: bool) -> None:
    mentions = find_cert_numbers(text)
    assert [(mention.cert_no.key, mention.repaired) for mention in mentions][-1:] == [(key, repaired)]


def test_letters_outside_digit_runs_are_not_folded() -> None:
    assert find_cert_numbers("岚林证字(2010)第SOIL号") == []
    assert find_cert_numbers("OIL 岚林证 SO") == []


def test_unreadable_year_gives_no_mention() -> None:
    assert find_cert_numbers("岚林证字(2?x0)第00123号") == []
    assert find_cert_numbers("岚林证字(1894)第00123号") == []


def test_several_numbers_in_reading_order() -> None:
    text = "岚林证字(2009)第1号变更为岚林证字(2012)第2号"
    assert [mention.cert_no.key for mention in find_cert_numbers(text)] == ["岚|2009|1", "岚|2012|2"]


def test_configured_words_decide_where_the_word_begins() -> None:
    text = "证据见青山交城林证字(2009)第1号"
    assert find_cert_numbers(text, words=["交城", "岚"])[0].cert_no.word == "交城"


def test_a_single_configured_word_replaces_a_misread_one() -> None:
    mention = find_cert_numbers("证号:岗林证字(2009)第1号", words=["岚"])[0]
    assert mention.cert_no.key == "岚|2009|1"
    assert mention.repaired


def test_without_any_word_there_is_no_number() -> None:
    assert find_cert_numbers("林证字(2009)第1号") == []


# --- titles and units ---------------------------------------------------------------------------------------------


def test_title_number() -> None:
    title = parse_title_no("闽（2025）建瓯市不动产权第0012622号")
    assert title is not None
    assert (title.province, title.year, title.place, title.number) == ("闽", 2025, "建瓯市", "0012622")
    assert title.key == "闽建瓯市|2025|12622"
    cancelled = parse_title_no("闽(2025)建瓯市不动产权第0012622号(销)2")
    assert cancelled is not None
    assert cancelled.suffix == "(销)2"
    assert cancelled.key != title.key
    assert cancelled.norm != title.norm
    assert parse_title_no("闽(2025)建瓯市不动产权第12622号") is None


def test_unit_number() -> None:
    unit = parse_unit_no("141124 102005 JE00012 L00000001")
    assert unit is not None
    assert unit.code == "141124102005JE00012L00000001"
    assert unit.grouped == "141124 102005 JE00012 L00000001"
    assert unit.parcel_code == "141124102005JE00012"
    assert is_unit_no(unit.code.lower())
    assert not is_unit_no(unit.code[:-1])
    assert not is_unit_no("141124102005JK00012L00000001")


@pytest.mark.parametrize(
    ("text", "words", "word"),
    [
        ("以东侧界桩连线为界\n岭林证字(2009)第0301号", (), "岭"),
        ("坐落\t岭林证字(2009)第0301号", (), "岭"),
        ("证号:将\n政林证字(2009)第0301号", (), "将政"),
        ("证号:交\n城林证字(2009)第0301号", ("交城", "岚"), "交城"),
    ],
)
def test_the_line_or_cell_before_is_no_part_of_the_county_word(text: str, words: tuple[str, ...], word: str) -> None:
    assert [mention.cert_no.word for mention in find_cert_numbers(text, words=words)] == [word]
