"""Reading the register's columns off a certificate's page: labels, tables, turned pages, and what is left unread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from plugins.ingest.domain.certificate import BOOK_FIELDS, LABELS, FieldRead, read_certificate_page
from plugins.ingest.domain.scan import SCALE
from plugins.register.domain.columns import BY_KEY

Word = tuple[int, int, int, int, str, int]
LETTER, HEIGHT = 110, 300


def word(x: int, y: int, text: str, sure: int = 100) -> Word:
    wide = sum(2 if ord(char) > 0x2E7F else 1 for char in text) * LETTER // 2
    return (x, y, x + wide, y + HEIGHT, text, sure)


def register_page(**changed: str) -> list[Word]:
    """A page of 森林、林木、林地状况登记表, opened: the form at the left, the four sides at the right."""
    told = {
        "land_owner": "柳树沟村农民集体",
        "place_name": "松树梁",
        "area": "27.12",
        "trees": "2088",
        "term": "50",
        **changed,
    }
    return [
        word(1425, 1000, "森林、林木、林地状况登记表"),
        word(6100, 1355, "东"), word(6437, 1355, "至武有仁承包林地"),
        word(621, 1492, "岭林证字"), word(1152, 1500, "（"), word(1254, 1508, "2009"), word(1591, 1508, "）"),
        word(1716, 1516, "第"), word(1842, 1516, "0308"), word(2172, 1524, "号"),
        word(872, 1960, "林地所有权权利人"), word(2782, 1992, told["land_owner"]),
        word(5644, 2137, "四"), word(6095, 2024, "南"), word(6425, 2024, "至松树梁灌溉渠"),
        word(832, 2444, "林地使用权权利人"), word(3107, 2460, "常建海"),
        word(5644, 2548, "至"), word(6089, 2694, "西"), word(6425, 2685, "至陈连厚承包林地"),
        word(656, 2935, "森林或林木所有权权利人"), word(3056, 2927, "常建海"),
        word(678, 3411, "森林或林木使用权权利人"), word(3056, 3411, "常建海"),
        word(6083, 3363, "北"), word(6414, 3371, "至松树梁集体公益林"),
        word(1157, 3871, "坐落"), word(2241, 3911, "云岭省示范县青岭镇柳树沟"), word(3571, 3911, "村松树梁"),
        word(735, 4347, "小地名"), word(1693, 4339, told["place_name"]), word(2680, 4371, "宗地号"), word(3740, 4403, "001"),
        word(5770, 4306, "注记"), word(6995, 4315, "人工林，商品林，"), word(7875, 4315, "1987"), word(8095, 4315, "年造林。"),
        word(815, 4831, "林班"), word(1779, 4855, "04"), word(2742, 4863, "小班"), word(3757, 4871, "3-5"),
        word(775, 5306, "面积"), word(1625, 5323, told["area"]), word(1960, 5323, "亩"),
        word(2788, 5339, "株数"), word(3620, 5323, told["trees"]), word(3850, 5323, "株"),
        word(6591, 5508, "经办人"), word(6921, 5508, ":"), word(7161, 5476, "高福平"),
        word(667, 5766, "主要树种"), word(1756, 5774, "红枣"), word(2731, 5798, "林种"), word(3672, 5798, "经济林"),
        word(7543, 5532, "示范县", 92),
        word(661, 6258, "林地使用期"), word(1693, 6258, told["term"]), word(1813, 6258, "年"),
        word(2497, 6298, "终止日期"), word(3278, 6306, "2058年12月31日"),
        word(7560, 7218, "2009年5月15日"),
    ]  # fmt: skip


WANTED = {
    "cert_no": "岭林证字（2009）第0308号",
    "land_owner": "柳树沟村农民集体",
    "land_use_holder": "常建海",
    "tree_owner": "常建海",
    "tree_use_holder": "常建海",
    "location": "云岭省示范县青岭镇柳树沟村松树梁",
    "place_name": "松树梁",
    "parcel_no": "001",
    "compartment": "04",
    "subcompartment": "3-5",
    "area_mu": "27.12",
    "tree_count": "2088",
    "main_species": "红枣",
    "forest_category": "经济林",
    "term_years": "50",
    "term_end": "2058年12月31日",
    "bound_e": "至武有仁承包林地",
    "bound_s": "至松树梁灌溉渠",
    "bound_w": "至陈连厚承包林地",
    "bound_n": "至松树梁集体公益林",
    "annotation": "人工林，商品林，1987年造林。",
    "origin": "人工",
    "forest_class": "商品林",
    "plant_year": "1987",
}


def values(found: Iterable[FieldRead], row: int = 0) -> dict[str, str]:
    return {each.field: each.value for each in found if each.row == row}


def test_every_column_of_a_page_is_read() -> None:
    assert values(read_certificate_page(register_page())) == WANTED


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_reads_the_same_and_its_boxes_lie_on_the_image(turns: int) -> None:
    turned = [turned_word(each, turns) for each in register_page()]
    found = read_certificate_page(turned)
    assert values(found) == WANTED
    area = next(each for each in found if each.field == "area_mu")
    assert area.box == turned_word((1625, 5323, 2070, 5623, "", 0), turns)[:4]


def turned_word(each: Word, turns: int) -> Word:
    x0, y0, x1, y1, text, sure = each
    for _turn in range(turns):
        x0, y0, x1, y1 = SCALE - y1, x0, SCALE - y0, x1
    return (x0, y0, x1, y1, text, sure)


def test_the_front_page_gives_the_book() -> None:
    page = [
        word(5600, 1600, "岭林证字（2009）第0307号"),
        word(5700, 5000, "权利人:"), word(6600, 5000, "高桂堂、高有福"),
        word(5700, 5500, "证件号码:"), word(6600, 5500, "990121********014X"),
        word(5700, 6000, "总面积:"), word(6600, 6000, "31.82亩"),
        word(7200, 7300, "发证机关（盖章）"), word(7200, 7800, "示范县人民政府"), word(7300, 8300, "2009年5月15日"),
        word(5700, 8800, "编号"), word(5930, 8800, "：B9900000307"),
    ]  # fmt: skip
    assert values(read_certificate_page(page)) == {
        "cert_no": "岭林证字（2009）第0307号",
        "holder_name": "高桂堂",
        "co_holders": "高有福",
        "issuer": "示范县人民政府",
        "issue_date": "2009年5月15日",
        "cert_serial": "B9900000307",
    }


def test_an_empty_cell_does_not_take_its_neighbours_value() -> None:
    page = [each for each in register_page() if each[4] not in {"经济林", "松树梁", "村松树梁"}]
    found = values(read_certificate_page(page))
    assert "forest_category" not in found  # the seal at the far right is no 林种
    assert "place_name" not in found
    assert found["parcel_no"] == "001"


def test_what_is_no_number_is_no_area() -> None:
    found = values(read_certificate_page(register_page(area="见附图", trees="/", term="长期")))
    assert not {"area_mu", "tree_count", "term_years"} & set(found)


def test_a_hole_in_a_value_halves_its_confidence() -> None:
    page = register_page()
    at = next(index for index, each in enumerate(page) if each[4] == "至松树梁灌溉渠")
    page[at : at + 1] = [word(6425, 2024, "至松"), word(6425 + 3 * LETTER, 2024, "梁灌溉渠")]
    south = next(each for each in read_certificate_page(page) if each.field == "bound_s")
    assert (south.value, south.confidence) == ("至松梁灌溉渠", 50)


def test_a_label_with_one_wrong_character_is_still_the_label() -> None:
    page = [(*each[:4], "主要树神" if each[4] == "主要树种" else each[4], each[5]) for each in register_page()]
    assert values(read_certificate_page(page))["main_species"] == "红枣"


def test_two_parcels_one_below_the_other_are_two_rows() -> None:
    page: list[Word] = []
    for block, (place, area) in enumerate((("后沟", "3.20"), ("前坡", "5.10"))):
        y = 1000 + block * 3000
        page += [
            word(700, y, "坐落"), word(1700, y, "柳树沟村"), word(4000, y, "小地名"), word(5000, y, place),
            word(700, y + 600, "面积"), word(1700, y + 600, area), word(4000, y + 600, "林种"), word(5000, y + 600, "防护林"),
        ]  # fmt: skip
    found = read_certificate_page(page)
    assert [values(found, row)["place_name"] for row in (0, 1)] == ["后沟", "前坡"]
    assert [values(found, row)["area_mu"] for row in (0, 1)] == ["3.20", "5.10"]


def test_a_table_with_headings_gives_a_row_for_each_line() -> None:
    heads = ("小地名", "林班", "小班", "面积", "主要树种", "林种")
    lines = (("后沟", "3", "7,8", "12.30", "油松", "防护林"), ("前坡", "4", "1", "8.00", "侧柏", "用材林"))
    page = [word(800 + 1400 * at, 1000, head) for at, head in enumerate(heads)]
    for row, cells in enumerate(lines):
        page += [word(800 + 1400 * at, 1700 + 600 * row, text) for at, text in enumerate(cells)]
    found = read_certificate_page(page)
    assert values(found, 0) == dict(
        zip(
            ("place_name", "compartment", "subcompartment", "area_mu", "main_species", "forest_category"),
            lines[0],
            strict=True,
        )
    )
    assert values(found, 1)["area_mu"] == "8.00"


@pytest.mark.parametrize(
    "words",
    [[], [word(10, 10, "东"), word(400, 10, "南风")], [word(10, 10, "面积")], [(0, 0, 0, 0, "坐落", 0)]],
)
def test_a_page_without_values_gives_nothing(words: Sequence[Word]) -> None:
    assert read_certificate_page(words) == ()


def test_the_columns_read_are_columns_of_the_register() -> None:
    told = {"origin", "forest_class", "plant_year", "co_holders", "issue_date", "issuer", "cert_no"}
    assert (set(LABELS) | told | BOOK_FIELDS) <= set(BY_KEY)


@pytest.mark.parametrize(
    ("field", "label", "value", "read"),
    [
        ("application_no", "申请表编号", "9901211022031J1MSY0074填表日期2008年12月13日", "9901211022031J1MSY0074"),
        ("parcel_no", "宗地号", "001小地名松树峁", "001"),
        ("forest_category", "林种", "26.41亩防护林", "防护林"),
    ],
)
def test_what_runs_into_a_value_is_cut_off(field: str, label: str, value: str, read: str) -> None:
    words = [(1000, 1000, 1900, 1200, label, 99), (2400, 1000, 2400 + 100 * len(value), 1200, value, 90)]
    found = {each.field: each.value for each in read_certificate_page(words)}
    assert found[field] == read


def test_a_lone_day_is_the_day_of_issue_on_the_certificate_alone() -> None:
    words = [
        (1000, 1000, 1300, 1200, "权利人", 99),
        (2400, 1000, 2700, 1200, "王小山", 90),
        (2400, 3000, 3500, 3200, "2009年6月1日", 90),
    ]
    assert "issue_date" in {each.field for each in read_certificate_page(words)}
    assert "issue_date" not in {each.field for each in read_certificate_page(words, is_certificate=False)}
