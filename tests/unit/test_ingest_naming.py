"""Names of files and folders: what the rules read out of them, and the order in which a folder is filed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ingest.domain.naming import (
    FileName,
    Naming,
    clean_path,
    is_ignored,
    natural_key,
    read_file_name,
    read_folder_name,
    storable,
    type_of_heading,
    type_of_title,
)
from plugins.ingest.domain.placing import household_of
from plugins.ingest.rules import NamingRule


@pytest.mark.parametrize(
    ("name", "order", "doc_type", "title"),
    [
        ("01-林权登记申请表.jpg", 1, "D01", "林权登记申请表"),
        ("D11_林权证.pdf", None, "D11", "林权证"),
        ("d05 勘界表.tif", None, "D05", "勘界表"),
        ("D06-宗地图-2.jpg", 2, "D06", "宗地图"),
        ("03_D04_合同.jpg", 3, "D04", "合同"),
        ("0123.tif", 123, "", ""),
        ("1、身份证复印件.png", 1, "D02", "身份证复印件"),
        ("12领证签收单.jpg", 12, "D12", "领证签收单"),
        ("审批表(2).jpg", 2, "D10", "审批表"),
        ("其他材料.jpg", None, "", "其他材料"),
        ("01-扫描.jpg", 1, "", "扫描"),
        ("林权证存根.jpg", None, "D11", "林权证存根"),
    ],
)
def test_a_file_name_tells_order_type_and_title(name: str, order: int | None, doc_type: str, title: str) -> None:
    found = read_file_name(name)
    assert (found.order, found.doc_type, found.title) == (order, doc_type, title)


def test_the_longest_word_of_a_title_decides_its_type() -> None:
    assert type_of_title("林权登记申请表") == "D01"
    assert type_of_title("四至范围图") == "D06"
    assert type_of_title("无名") == ""


def test_the_rule_that_read_a_name_is_named() -> None:
    assert read_file_name("0007.jpg").rule == "只有顺序号"


@pytest.mark.parametrize(
    ("name", "number", "holder"),
    [
        ("0037 张三", "0037", "张三"),
        ("0301-冯永贵", "0301", "冯永贵"),
        ("第12号李四", "12", "李四"),
        ("王五_0041", "0041", "王五"),
        ("0099", "0099", ""),
        ("阿布都·买买提", "", "阿布都·买买提"),
        ("scan box 3", "", ""),
    ],
)
def test_a_folder_name_tells_number_and_holder(name: str, number: str, holder: str) -> None:
    found = read_folder_name(name)
    assert (found.folder_no, found.holder) == (number, holder)


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("0037/Thumbs.db", True),
        (".DS_Store", True),
        ("0037/~$合同.docx", True),
        ("0037/01.jpg.part", True),
        ("_已入库/0037/01.jpg", True),
        ("0037/.hidden/01.jpg", True),
        ("0037/01.jpg", False),
        ("desktop.jpg", False),
    ],
)
def test_what_is_none_of_ours_is_left_alone(path: str, ignored: bool) -> None:
    assert is_ignored(path) is ignored


def test_numbers_in_names_count_as_numbers() -> None:
    assert sorted(["10.jpg", "2.jpg", "1.jpg"], key=natural_key) == ["1.jpg", "2.jpg", "10.jpg"]


def test_a_plan_groups_by_folder_and_orders_by_number_then_name() -> None:
    plan = Naming().plan(
        ["0038/b.jpg", "0037/10-合同.jpg", "0037/2-申请表.jpg", "0037/无号.jpg", "散页.jpg", "0037/Thumbs.db"]
    )
    assert [folder.path for folder in plan.folders] == ["0037", "0038", ""]
    assert [file.relative_path for file in plan.folders[0].files] == [
        "0037/2-申请表.jpg",
        "0037/10-合同.jpg",
        "0037/无号.jpg",
    ]
    assert plan.ignored == ("0037/Thumbs.db",)
    assert plan.file_count == 5


def test_an_office_may_write_its_own_rules() -> None:
    own = (NamingRule("柳林县", r"(?P<doc_type>D\d\d)#(?P<order>\d+)#(?P<title>.+)"),)
    assert read_file_name("D07#3#认界表.jpg", own) == FileName(3, "D07", "认界表", "柳林县")


@pytest.mark.parametrize("pattern", ["(", r"(?P<nonsense>.*)", ".*", r"(?P<order>\d+)(?P<holder>.*)"])
def test_an_unusable_rule_is_refused_at_once(pattern: str) -> None:
    with pytest.raises(ValueError, match="规则甲"):
        NamingRule("规则甲", pattern)


@given(st.text(max_size=60))
def test_any_name_can_be_read(name: str) -> None:
    found = read_file_name(name or "_")
    assert found.order is None or found.order >= 0
    assert found.doc_type == "" or found.doc_type.startswith("D")


@given(st.text(max_size=200))
def test_a_path_from_outside_becomes_a_harmless_one(path: str) -> None:
    clean = clean_path(path)
    assert clean
    assert not clean.startswith("/")
    assert "\\" not in clean
    assert ".." not in clean.split("/")
    assert clean.encode()
    assert clean.isprintable()


def test_a_path_from_a_windows_browser_keeps_its_folders() -> None:
    assert clean_path("C:\\扫描\\0037 张三\\..\\01.jpg") == "C:/扫描/0037 张三/01.jpg"


def test_a_name_that_is_no_utf8_is_taken_for_gb18030() -> None:
    raw = "林权证.jpg".encode("gbk").decode("utf-8", "surrogateescape")
    assert storable(raw) == "林权证.jpg"


VILLAGES = {"阳坡村": "141124102205"}


def place(path: str, division: str = "141124") -> tuple[str, str] | None:
    """Return division and key of the household that a path leads to."""
    found = household_of(path, Naming(), division_code=division, run_name="第3箱", villages=VILLAGES)
    return (found.division_code, found.key) if found else None


def test_a_household_of_a_known_village_is_found_by_its_folder_name() -> None:
    assert place("0037 张三/01.jpg", "141124102205") == ("141124102205", "0037 张三")


def test_a_village_folder_above_tells_the_village() -> None:
    assert place("阳坡村/0037 张三/01.jpg") == ("141124102205", "0037 张三")


def test_without_a_village_the_run_keeps_equal_folder_names_apart() -> None:
    assert place("0037 张三/01.jpg") == ("141124", "第3箱/0037 张三")


def test_a_folder_inside_a_household_belongs_to_it() -> None:
    assert place("0037 张三/图纸/01.jpg", "141124102205") == ("141124102205", "0037 张三")


def test_a_file_in_no_folder_has_no_household() -> None:
    assert place("01.jpg") is None


def test_a_village_outside_the_run_is_not_believed() -> None:
    assert place("阳坡村/0037/01.jpg", "141125") == ("141125", "第3箱/阳坡村/0037")


@pytest.mark.parametrize(
    ("text", "doc_type"),
    [
        ("16\n森林、林木、林地状况登记表\n东\t至集体林地", "D11"),
        ("18\n林权证领取签收单\n示范县青岭镇", "D12"),
        ("集体林地家庭承包合同\n合同编号", "D04"),
        ("注意事项\n一、遗失的应当及时申请补发。\n业经登记，合法权益受法律保护。特发此证。", "D11"),
        ("今领到上列林权证壹本，经核对，与申请一致。", ""),
        ("", ""),
    ],
)
def test_the_head_of_a_page_tells_its_type_and_running_text_does_not(text: str, doc_type: str) -> None:
    assert type_of_heading(text) == doc_type
