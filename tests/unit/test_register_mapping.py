"""Mapping files: what they may say, how every fault is told, and the two that ship."""

from __future__ import annotations

import re

import pytest

from lindang.errors import BadInput, Faults, NotFound
from plugins.register.adapters.mapping_files import BUNDLED, read_target, target_named, targets_in
from plugins.register.domain.columns import COLUMNS
from plugins.register.domain.mapping import Layer, Layout, read_mapping

HEAD = '[target]\nname = "own"\ntitle = "本县表"\n'


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as refused:
        read_mapping(text, "own.toml")
    return [str(fault) for fault in refused.value.faults]


def test_the_table_itself_has_the_columns_of_the_register_in_their_order() -> None:
    mapping = read_mapping((BUNDLED / "szhb.toml").read_text(encoding="utf-8"), "szhb.toml")
    assert [(column.name, column.field) for column in mapping.columns] == [(str(c.header), c.key) for c in COLUMNS]
    assert mapping.layout is Layout.VILLAGE_SHEETS
    assert mapping.layers == {Layer.WRITTEN}


def test_the_registry_table_has_its_fields_and_says_what_is_not_verified() -> None:
    mapping = read_mapping((BUNDLED / "qlt_ql_lq.toml").read_text(encoding="utf-8"), "qlt_ql_lq.toml")
    named = {column.name: column for column in mapping.columns}
    wanted = (
        "YSDM BDCDYH YWH QLLX DJLX DJYY FBF FBFDM SYQMJ LDSYQSSJ LDSYJSSJ LDSYQX LDSYQXZ SLLMSYQR1 SLLMSYQR2 ZYSZ ZS LZ QY "
        "ZLND LB XB XDM BDCQZH QXDM DJJG DBR DJSJ FJ QSZT SSYWH SLLB"
    )
    assert list(named) == wanted.split()
    assert named["SLLMSYQR1"].field == "tree_owner"
    assert named["SLLMSYQR2"].field == "tree_use_holder"
    assert {name for name, column in named.items() if not column.verified} >= {"QLLX", "DJLX", "QY", "QSZT"}
    assert all(column.note for column in named.values() if not column.verified)


def test_every_fault_is_told_with_its_line_and_what_is_allowed() -> None:
    told = faults(
        '[target]\nname = "Own Table"\ntitle = "x"\nlayout = "pages"\ncolour = "red"\n'
        '[[column]]\nname = "A"\nfield = "nothing"\nlongest = "9"\n'
        '[[column]]\nname = "A"\nfield = "term_end"\nformat = "DD.MM"\nconstant = "1"\npattern = "("\n'
        '[[column]]\nname = "C"\nleft_to = "登记机构"\nrequired = true\n'
        '[[column]]\nname = "D"\nfield = "place_name"\nformat = "0.00"\n'
        '[[column]]\nname = "E"\nfield = "origin"\nlayer = "registry"\n'
    )
    wanted = (
        r"第 1 行 \[target\].*colour.*可用.*title",
        r"第 1 行.*name = 'Own Table'.*小写",
        r"第 1 行.*layout = 'pages'.*village_sheets、one_sheet",
        r"第 6 行 第 1 个 \[\[column\]\] A.*longest = '9'.*整数",
        r"第 6 行.*field = 'nothing'.*area_mu",
        r"第 10 行.*列名重复",
        r"第 10 行.*一个来源.*field、constant、left_to",
        r"第 10 行.*pattern 不是正则表达式",
        r"第 10 行.*format = 'DD.MM'.*YYYYMMDD",
        r"第 16 行.*left_to.*required",
        r"第 20 行.*只有日期和数字",
        r"第 24 行.*field = 'origin'.*bdc_unit_no、title_cert_no",
    )
    for pattern in wanted:
        assert [line for line in told if re.search(pattern, line)], pattern
    assert len(told) == len(wanted)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[target\n", "不是正确的 TOML"),
        ("", "没有 [target] 段"),
        (HEAD, "没有 [[column]] 段"),
        (HEAD + "[extra]\na = 1\n[[column]]\nname = 'A'\nconstant = '1'\n", "不认识的段落 extra"),
        (HEAD + "[[column]]\nfield = 'seq'\n", "缺少 name"),
        (HEAD + "[[column]]\nname = 'A'\nfield = 'seq'\nrequired = 1\n", "true、false"),
        (HEAD + "[[column]]\nname = 'A'\nfield = 'origin'\ncodes = { a = 1 }\n", "codes"),
        (HEAD + "[[column]]\nname = 'A'\nconstant = '1'\ncodes = { a = 'b' }\n", "codes 只能与 field 同用"),
    ],
)
def test_what_is_no_mapping_is_refused(text: str, words: str) -> None:
    assert any(words in line for line in faults(text)), faults(text)


def test_an_office_has_its_own_files_beside_the_bundled_ones(tmp_path) -> None:
    (tmp_path / "own.toml").write_text(HEAD + "[[column]]\nname = 'A'\nfield = 'seq'\n", encoding="utf-8")
    (tmp_path / "bad.toml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "gbk.toml").write_bytes((HEAD + "# 表").encode("gb18030"))
    found = {target.name: target for target in targets_in(tmp_path)}
    assert list(found) == ["szhb", "qlt_ql_lq", "bad", "gbk", "own"]
    assert found["own"].title == "本县表"
    assert found["bad"].mapping is None
    assert "没有 [[column]] 段" in found["bad"].error
    assert "UTF-8" in found["gbk"].error
    assert target_named(tmp_path, "own").mapping is not None
    with pytest.raises(Faults):
        target_named(tmp_path, "bad")
    for name in ("../own", "none", str(tmp_path / "own")):
        with pytest.raises(NotFound):
            target_named(tmp_path, name)
    with pytest.raises(BadInput):
        read_target(tmp_path / "none.toml")
    assert [target.name for target in targets_in(tmp_path / "nowhere")] == ["szhb", "qlt_ql_lq"]
