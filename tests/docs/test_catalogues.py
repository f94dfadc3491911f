"""Every text of the interface is in the English catalogue, translated, with the same places to fill in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from tools.catalogues import catalogue_files, collect, untranslated

PLACE = re.compile(r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every text in the code and the templates, as they are now."""
    target = tmp_path_factory.mktemp("texts") / "messages.pot"
    collect(target)
    return {str(message.id) for message in read(target) if message.id}


def read(path: Path) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream)


@pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.parent.parent.name)
def test_no_text_is_missing_or_untranslated(path: Path, sources: set[str]) -> None:
    known = {str(message.id) for message in read(path) if message.id}
    assert len(sources) > 300
    assert sorted(sources - known)[:20] == [], "run make messages, then translate"
    assert untranslated(path)[:20] == []


@pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.parent.parent.name)
def test_translations_fill_in_the_same_values(path: Path) -> None:
    different = [
        message.id
        for message in read(path)
        if message.id
        and message.string
        and sorted(PLACE.findall(str(message.id))) != sorted(PLACE.findall(str(message.string)))
    ]
    assert different == []


@pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.parent.parent.name)
def test_translations_hold_no_chinese(path: Path) -> None:
    """A place name, a unit or a sample of what to type may stay Chinese, word for word; a sentence may not."""
    left = [
        message.id
        for message in read(path)
        if message.id
        for run in re.findall(r"[\u4e00-\u9fff]{5,}", str(message.string))
        if run not in str(message.id) or not re.search(r"[a-z]{2}|e\.g\.", str(message.string))
    ]
    assert left == []


def test_sources_are_chinese(sources: set[str]) -> None:
    foreign = [
        text
        for text in sources
        if re.search(r"[A-Za-z]{3,} [A-Za-z]{3,} [A-Za-z]{3,}", text) and not re.search(r"[\u4e00-\u9fff]", text)
    ]
    assert foreign == []
