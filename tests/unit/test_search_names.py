"""By what a name is found: readings, keys, and what a query asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.search.domain.names import (
    INITIALS,
    NAME,
    OPEN,
    PART,
    PINYIN,
    PLACE,
    fold_name,
    open_forms,
    read_name_query,
    sound_key,
    term_keys,
)
from plugins.search.domain.readings import MAX_READINGS, name_readings


def keys(name: str, kind: str) -> set[str]:
    return {key for each, key in term_keys(NAME, fold_name(name)) if each == kind}


def pinyin(name: str) -> set[str]:
    return {key.partition(" ")[0] for key in keys(name, PINYIN)}


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("王建国", {"wangjianguo"}),
        ("单雄信", {"shanxiongxin", "danxiongxin"}),
        ("曾明", {"zengming", "cengming"}),
        ("解红", {"xiehong", "jiehong"}),
        ("仇和", {"qiuhe", "chouhe"}),
        ("查良", {"zhaliang", "chaliang"}),
        ("区平", {"ouping", "quping"}),
        ("朴英", {"piaoying", "puying"}),
        ("翟明", {"zhaiming", "diming"}),
        ("乐平", {"yueping", "leping"}),
        ("王乐", {"wangle", "wangyue"}),
        ("吕布", {"lvbu"}),
        ("尉迟恭", {"yuchigong"}),
        ("單田芳", {"shantianfang", "dantianfang"}),
    ],
)
def test_surnames_and_other_readings(name: str, read: set[str]) -> None:
    assert pinyin(name) == read


def test_a_surname_is_read_as_one_only_at_the_beginning() -> None:
    assert pinyin("王区") == {"wangqu"}
    assert name_readings("单明")[0] == ("shan", "ming")


@given(st.text("单曾解长重朝行乐盛柏查朴翟𠮷王", min_size=1, max_size=12))
def test_a_name_has_few_readings_and_each_a_syllable_for_each_character(name: str) -> None:
    readings = name_readings(name)
    assert 1 <= len(readings) == len(set(readings)) <= MAX_READINGS
    assert all(len(one) == len(name) and all(one) for one in readings)


def test_keys_of_a_name() -> None:
    assert keys("王建国", PART) == {"王建国", "建国"}
    assert keys("王建国", OPEN) == {"\x1f建国", "王\x1f国", "王建\x1f"}
    assert keys("王建国", INITIALS) == {"wjg"}
    assert keys("王建国", PINYIN) == {"wangjianguo 443"}
    assert keys("王明", OPEN) == {"\x1f明", "王\x1f"}
    assert term_keys(PLACE, "野狐梁") == {(PLACE, "野狐梁"), (PLACE, "狐梁")}


def test_dots_and_scripts_and_widths_are_one_name() -> None:
    spellings = ("艾力·买买提", "艾力・买买提", "艾力.買買提", "艾力买买提", "艾 力•买买提")
    assert {fold_name(spelling) for spelling in spellings} == {"艾力买买提"}
    assert fold_name("ＡＢＣ（林业）公司") == "abc林业公司"
    assert "ailimaimaiti" in pinyin("艾力·买买提")


def test_characters_outside_the_plane() -> None:
    assert open_forms("张𠮷明") == ["\x1f𠮷明", "张\x1f明", "张𠮷\x1f"]
    assert keys("张𠮷明", PART) == {"张𠮷明", "𠮷明"}
    assert keys("张𠮷明", INITIALS) == {"z𠮷m"}


def test_organisations() -> None:
    name = "柳树沟村民委员会"
    assert pinyin(name) == {"liushugoucunminweiyuanhui"}
    assert keys(name, INITIALS) == {"lsgcmwyh"}
    assert {"村民委员会", "委员会", name} <= keys(name, PART)
    assert len(open_forms(name)) == 8


def test_a_very_long_name_stays_bounded() -> None:
    name = "县" * 200
    assert all(len(key) <= 100 for _, key in term_keys(NAME, name))
    assert keys(name, OPEN) == set()


def test_equal_letters_are_not_always_equal_sounds() -> None:
    assert sound_key(("fang", "an")) != sound_key(("fan", "gan"))


@pytest.mark.parametrize(
    ("typed", "asked", "is_pinyin"),
    [
        ("王建国", "王建国", False),
        (" 王 明 ", "王明", False),
        ("王　明", "王明", False),
        ("艾力·买买提", "艾力买买提", False),
        ("柳树沟村民委员会", "柳树沟村民委员会", False),
        ("第3组", "第3组", False),
        ("wjg", "wjg", True),
        ("Wang Jian Guo", "wangjianguo", True),
        ("xi'an", "xian", True),
        ("Lǚ Bù", "lvbu", True),
        ("lü", "lv", True),
        ("lyu", "lv", True),
        ("ｗｊｇ", "wjg", True),
    ],
)
def test_what_asks_for_a_name(typed: str, asked: str, is_pinyin: bool) -> None:
    query = read_name_query(typed)
    assert query is not None
    assert (query.text, query.is_pinyin) == (asked, is_pinyin)


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "王", "w", "2010 123", "岚林证字(2010)第00123号", "王家沟 承包", "松 OR 柏", "权利人:张", "-张三", '"王建国"', "AND",
        "0123-ZY·LG", "王" * 31, "w" * 31, "王*", "…", "𠮷",
    ],
)  # fmt: skip
def test_what_asks_for_something_else(typed: str) -> None:
    assert read_name_query(typed) is None


def test_the_dictionary_of_readings_waits_until_a_name_needs_it() -> None:
    code = "import sys, app, plugins.search; print('pypinyin' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
