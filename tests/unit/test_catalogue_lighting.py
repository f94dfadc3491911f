"""Which pages hold a lit word."""

from __future__ import annotations

import pytest

from models.values import bare
from plugins.catalogue.domain.lighting import lit_places


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("后 沟\n（１２ＡＢ）", "后沟12ab"),
        ("岚林证字〔2010〕第0012号", "岚林证字2010第0012号"),
        ("。，！ \u3000", ""),
        ("𠮷田", "𠮷田"),
    ],
)
def test_a_text_is_compared_without_signs_width_and_case(text: str, compared: str) -> None:
    assert bare(text) == compared


def test_a_page_with_any_of_the_words_counts_and_a_word_of_signs_alone_finds_nothing() -> None:
    assert lit_places(["后沟", "松林", "后 ， 沟", ""], ["后沟", "松"]) == (0, 1, 2)
    assert lit_places(["（）", "后沟"], ["（）"]) == ()
    assert lit_places(["后沟"], []) == ()
