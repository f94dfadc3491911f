"""Archival codes: templates are parsed once, refuse what would make codes ambiguous, and are read back in any spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.codes import (
    DEFAULT_RULES,
    CodeTemplate,
    NumberingRules,
    Placement,
    TemplateError,
    file_name,
    normalise_code,
    page_code,
    read_code,
)


def fields(class_code: str = "QQ01", division_code: str = "141124102205", fonds: str = "0123") -> dict[str, str]:
    """Return the template fields of a record of 2010."""
    place = Placement(fonds=fonds, class_code=class_code, division_code=division_code, year=2010, retention="Y")
    return place.fields()


VALUES = fields()


def test_file_code_is_the_documented_example() -> None:
    assert DEFAULT_RULES.file.render(VALUES, 37) == "0123-ZY·LG-QQ01-102205-0037"


def test_item_by_itself_is_the_documented_example() -> None:
    values = VALUES | {"class": "FA03"}
    assert DEFAULT_RULES.item.render(values, 7) == "0123-ZY·LG·2010-Y-FA03-0007"


def test_item_of_a_file_and_its_page_append_to_the_file_code() -> None:
    values = VALUES | {"file_code": "0123-ZY·LG-QQ01-102205-0037"}
    item = DEFAULT_RULES.item_in_file.render(values, 2)
    assert item == "0123-ZY·LG-QQ01-102205-0037-002"
    assert page_code(item, 14) == "0123-ZY·LG-QQ01-102205-0037-002-014"


def test_scope_is_the_code_without_its_number() -> None:
    assert DEFAULT_RULES.file.scope(VALUES) == "0123-ZY·LG-QQ01-102205-#"


def test_a_number_wider_than_the_template_grows() -> None:
    assert DEFAULT_RULES.file.render(VALUES, 12345).endswith("-102205-12345")


def test_county_record_shows_zeros_for_town_and_village() -> None:
    values = fields("DC03", "141124")
    assert DEFAULT_RULES.file.render(values, 1) == "0123-ZY·LG-DC03-000000-0001"


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{fonds}-{class}", "running number"),
        ("{fonds}-{file:04d}-{item:03d}", "running number"),
        ("{fond}-{file:04d}", "unknown placeholder fond"),
        ("{fonds}-{file:4d}", "stray brace"),
        ("{fonds}-{file:04d", "stray brace"),
        ("{fonds:04d}-{file}", "takes a width"),
        ("{fonds}{file:04d}", "separator"),
        ("{fonds}-{file}{year}", "separator"),
        ("{fonds}-{file}A", "separator"),
        ("{fonds}-#-{file}", "stray brace"),
    ],
)
def test_ambiguous_or_unreadable_templates_are_refused(template: str, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        CodeTemplate.parse(template)


def test_rules_refuse_templates_in_the_wrong_place() -> None:
    with pytest.raises(TemplateError, match="must not name a file"):
        NumberingRules.parse(item="{fonds}-{file:04d}")
    with pytest.raises(TemplateError, match="file_code"):
        NumberingRules.parse(item_in_file="{fonds}-{item:03d}")


@given(
    numbers=st.lists(st.integers(1, 10**6), min_size=2, max_size=2, unique=True),
    divisions=st.lists(st.from_regex(r"141124[0-9]{6}", fullmatch=True), min_size=2, max_size=2),
)
def test_two_objects_share_a_code_only_if_scope_and_number_agree(numbers: list[int], divisions: list[str]) -> None:
    template = CodeTemplate.parse("{fonds}-LG-{class}-{town3}-{village3}-{file:02d}")
    made = [fields(division_code=code) for code in divisions]
    assert template.render(made[0], numbers[0]) != template.render(made[1], numbers[1])
    same_scope = template.scope(made[0]) == template.scope(made[1])
    assert (template.render(made[0], numbers[0]) == template.render(made[1], numbers[0])) is same_scope


@pytest.mark.parametrize(
    "written",
    [
        "0123-ZY·LG·2010-Y-FA03-0007",
        "0123-ZY.LG.2010-Y-FA03-0007",
        " 0123 - zy・lg・2010 - y - fa03 - 0007 ",
        "\uff10\uff11\uff12\uff13\uff0d\uff3a\uff39\u00b7\uff2c\uff27\u00b7\uff12\uff10\uff11\uff10-Y-FA03-0007",
        "0123—ZY•LG•2010–Y−FA03-0007",
    ],
)
def test_generic_reader_levels_spellings(written: str) -> None:
    read = read_code(written)
    assert read is not None
    assert (read.code, read.fonds, read.category, read.year) == ("0123-ZY·LG·2010-Y-FA03-0007", "0123", "ZY·LG", 2010)
    assert read.rest == ("Y", "FA03", "0007")


def test_generic_reader_reads_a_file_code_without_year() -> None:
    read = read_code("0123-ZY·LG-QQ01-102205-0037")
    assert read is not None
    assert (read.year, read.rest) == (None, ("QQ01", "102205", "0037"))


@pytest.mark.parametrize("text", ["", "岚林证字(2010)第123号", "0123", "0123-ZY·LG-", "ZY·LG-0123", "0123-Z-QQ01"])
def test_generic_reader_refuses_other_texts(text: str) -> None:
    assert read_code(text) is None


def test_code_as_a_file_name_has_no_middle_dot_and_reads_back() -> None:
    code = "0123-ZY·LG·2010-Y-FA03-0007"
    assert file_name(code) == "0123-ZY.LG.2010-Y-FA03-0007"
    assert normalise_code(file_name(code)) == code
