"""Foreign sheets: headings levelled, the header row found, the cells of a row written out."""

from __future__ import annotations

import pytest

from plugins.register.domain.cells import FAILED, ROUNDED, as_area, cell_text, is_totals_row, row_texts
from plugins.register.domain.columns import COLUMNS
from plugins.register.domain.header import IGNORED, find_header, level_heading, meaning
from plugins.register.domain.workbook import RawCell, RawRow, cell_place, column_letters


def rows(*lines: list[RawCell]) -> list[RawRow]:
    return [RawRow(number, line) for number, line in enumerate(lines, 1) if any(cell != "" for cell in line)]


def test_every_own_heading_and_synonym_is_known_and_means_one_column() -> None:
    for column in COLUMNS:
        for words in (str(column.header), *column.synonyms):
            assert meaning(words, {}) == column.key, words


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("林 权 证 号", "cert_no"),
        ("＊面积(亩)", "area_mu"),
        ("面积（公顷换算成亩）", "area_mu"),
        ("备　注", "issue_state"),
        ("No.", "seq"),
        ("使用期（年）", "term_years"),
        ("四至（东）", "bound_e"),
        ("株高", ""),
    ],
)
def test_headings_are_levelled(written: str, key: str) -> None:
    assert meaning(written, {}) == key


def test_a_countys_own_heading_is_remembered() -> None:
    memory = {level_heading("本子号"): "cert_no", level_heading("村内编码"): IGNORED}
    assert meaning("本 子 号", memory) == "cert_no"
    assert meaning("村内编码", memory) == IGNORED


def test_the_header_below_title_rows_and_the_village_code_above() -> None:
    header = find_header(
        rows(
            ["林权证登记信息入库数字化表"],
            ["王家沟村", "１４１１２４１０２２０５", "填表人：张三"],
            [],
            ["宗地号", "序号", "林权证号", "面积", "株高"],
            ["0001", 1.0, "临林证字(2010)第1号", 3.0, ""],
        ),
        (),
        {},
    )
    assert header is not None
    assert header.row == 4
    assert header.columns == {1: "parcel_no", 2: "seq", 3: "cert_no", 4: "area_mu"}
    assert header.strange == {5: "株高"}
    assert header.village_code == "141124102205"
    assert "location" in header.missing
    assert "village_code" not in header.missing


def test_two_village_codes_above_are_none() -> None:
    lines = rows(["141124102205", "141124102206"], ["宗地号", "序号", "林权证号", "面积"])
    header = find_header(lines, (), {})
    assert header is not None
    assert header.village_code == ""


def test_a_header_of_two_rows() -> None:
    lines = rows(
        ["序号", "林权证号", "四至", "", "", "", "林班"],
        ["", "", "东", "南", "西", "北", ""],
        [1.0, "临林证字(2010)第1号", "路", "沟", "山", "田", "3"],
    )
    header = find_header(lines, ((1, 3, 6),), {})
    assert header is not None
    assert header.row == 2
    keys = ("seq", "cert_no", "bound_e", "bound_s", "bound_w", "bound_n", "compartment")
    assert header.columns == dict(enumerate(keys, 1))


def test_a_repeated_heading_is_left_out() -> None:
    header = find_header(rows(["序号", "林权证号", "面积", "面积", "宗地号"]), (), {})
    assert header is not None
    assert header.left_out == {4: "面积"}
    assert header.strange == {}


def test_a_sheet_of_unknown_headings_is_asked_about_and_prose_is_no_header() -> None:
    strange = [f"甲{letter}栏" for letter in "子丑寅卯辰巳午未"]
    header = find_header(rows(["说明"], [*strange]), (), {})
    assert header is not None
    assert list(header.strange.values()) == strange
    assert find_header(rows(["填表说明"], ["一、每村一张表"], ["二、每宗地一行"]), (), {}) is None


@pytest.mark.parametrize(
    ("raw", "key", "text"),
    [
        (1.0, "seq", "1"),
        (12.3, "area_mu", "12.3"),
        (0.1 + 0.2, "area_mu", "0.3"),
        (1e-5, "area_mu", "0.00001"),
        (40304.0, "issue_date", "2010-05-06"),
        (40304.0, "tree_count", "40304"),
        (["d", "2010-05-06"], "issue_date", "2010-05-06"),
        ("　１２.３ ", "area_mu", "１２.３"),
        ("a\x00b\x07", "remark", "a b"),
        (True, "remark", "TRUE"),
        (1.4112419700101e17, "id_no", "1.41124197001010E+17"),
        (141124700101001.0, "id_no", "141124700101001"),
    ],
)
def test_cells_are_written_out(raw: RawCell, key: str, text: str) -> None:
    assert cell_text(raw, key) == text


def test_a_row_with_ditto_marks_and_spoilt_cells() -> None:
    columns = {1: "holder_name", 2: "location", 3: "id_no", 4: "area_mu", 5: "place_name", 6: "cert_serial"}
    raw: list[RawCell] = ["同上", "〃", 1.4112419700101e17, ["e", "#REF!"], "", "1.4E+17"]
    read = row_texts(RawRow(7, raw), columns, {"holder_name": "王小山", "location": "王家沟村", "place_name": "后沟"})
    assert read.cells["holder_name"] == "王小山"
    assert read.cells["location"] == "王家沟村"
    assert "place_name" not in read.cells
    assert read.same_as_above == ["holder_name", "location"]
    assert [(key, code) for key, code, _text in read.spoilt] == [
        ("id_no", ROUNDED),
        ("area_mu", FAILED),
        ("cert_serial", ROUNDED),
    ]


def test_totals_rows() -> None:
    assert is_totals_row(RawRow(9, ["", "合 计", 120.0]))
    assert is_totals_row(RawRow(9, ["小计：", "", 1.0]))
    assert not is_totals_row(RawRow(9, [1.0, "合计"]))
    assert not is_totals_row(RawRow(9, ["合计村", "x"]))
    assert as_area("１２.５亩") == as_area("12.50")
    assert as_area("约三亩") == as_area("NaN") == 0


def test_places() -> None:
    assert [column_letters(n) for n in (1, 26, 27, 52, 703, 0)] == ["A", "Z", "AA", "AZ", "AAA", ""]
    assert cell_place("AB12") == (12, 28)
    assert cell_place("12") == (0, 0)
