"""The gram index against a plain scan: any text, any substring, any length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.search.gram.build import build, described_texts
from plugins.search.gram.layout import GRAMS, Array, DamagedIndex
from plugins.search.gram.lists import Lists, Packer, common
from plugins.search.gram.merge import merge
from plugins.search.gram.read import GramIndex

ALPHABET = "林权证山木岚村〇。,()ab12𠮷🌲"
texts = st.lists(
    st.text(ALPHABET, max_size=30)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    max_size=12,
)


def occurrences(needle: str, text: str) -> int:
    return sum(text.startswith(needle, place) for place in range(len(text)))


def scan(corpus: list[str], needle: str) -> list[tuple[int, int]]:
    return [(number, count) for number, text in enumerate(corpus) if (count := occurrences(needle, text))]


def packed(corpus: list[str]) -> bytes:
    return b"".join(GRAMS.pack(build(corpus)))


def index_of(corpus: list[str]) -> GramIndex:
    return GramIndex(packed(corpus))


def found(index: GramIndex, needle: str) -> list[tuple[int, int]]:
    result = index.find(needle)
    return list(zip(result.texts.tolist(), result.counts.tolist(), strict=True))


@settings(max_examples=300, deadline=None)
@given(texts, st.text(ALPHABET, min_size=1, max_size=7), st.data())
def test_every_substring_is_found_and_nothing_else(corpus: list[str], stranger: str, data: st.DataObject) -> None:
    index = index_of(corpus)
    assert found(index, stranger) == scan(corpus, stranger)
    if filled := [text for text in corpus if text]:
        text = data.draw(st.sampled_from(filled))
        start = data.draw(st.integers(0, len(text) - 1))
        needle = text[start : data.draw(st.integers(start + 1, len(text)))]
        assert found(index, needle) == scan(corpus, needle)


@given(texts)
def test_lengths_are_those_of_the_texts(corpus: list[str]) -> None:
    index = index_of(corpus)
    assert [len(text.encode("utf-16-le")) // 2 for text in corpus] == index.lengths_of(np.arange(len(corpus))).tolist()
    assert index.characters == sum(len(text.encode("utf-16-le")) // 2 + 1 for text in corpus if text)


@settings(max_examples=200, deadline=None)
@given(st.lists(texts, max_size=4), st.data())
def test_a_merged_index_is_that_of_the_texts_that_live_on(corpora: list[list[str]], data: st.DataObject) -> None:
    live = [data.draw(st.lists(st.booleans(), min_size=len(corpus), max_size=len(corpus))) for corpus in corpora]
    merged = merge([(index_of(corpus), np.array(kept, bool)) for corpus, kept in zip(corpora, live, strict=True)])
    left = [
        text
        for corpus, kept in zip(corpora, live, strict=True)
        for text, stays in zip(corpus, kept, strict=True)
        if stays
    ]
    assert b"".join(GRAMS.pack(merged)) == packed(left)


def test_no_match_runs_from_one_text_into_the_next() -> None:
    index = index_of(["岚林", "证字", "", "岚"])
    assert found(index, "林证") == []
    assert found(index, "岚") == [(0, 1), (3, 1)]
    assert found(index, "") == []


@pytest.mark.parametrize("distance", [1, 254, 255, 256, 510, 65534, 65535, 65536, 131070, 200000])
def test_distances_around_the_element_sizes(distance: int) -> None:
    corpus = ["甲乙" + "丙" * distance + "甲乙", "丁" * distance + "甲乙丙"]
    index = index_of(corpus)
    assert found(index, "甲乙") == [(0, 2), (1, 1)]
    assert found(index, "乙丙") == [(0, 1), (1, 1)]
    assert found(index, "丙甲乙") == [(0, 1)]


def test_long_and_short_lists_meet() -> None:
    corpus = ["的是" * 5000 + "岚", *["的是的"] * 50, "是的是岚"]
    index = index_of(corpus)
    for needle in ("是的是岚", "的是岚", "的是的是", "是的是的是", "的", "是岚"):
        assert found(index, needle) == scan(corpus, needle)


def test_nothing_at_all() -> None:
    for corpus in ([], [""], ["", ""]):
        index = index_of(corpus)
        assert len(index) == len(corpus)
        assert found(index, "林") == found(index, "林权") == []


def test_a_separator_inside_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+0000"):
        build(["a\0b"])


def test_damage_is_noticed() -> None:
    data = packed(["岚林证字", "权利人"])
    assert GramIndex(data).is_intact()
    flipped = bytearray(data)
    flipped[-9] ^= 1
    assert not GramIndex(bytes(flipped)).is_intact()
    for bad in (b"", data[:40], b"X" + data[1:], data[:-24]):
        with pytest.raises(DamagedIndex):
            GramIndex(bad)


def ascending(draw: np.random.Generator, count: int, first: int, last: int) -> Array:
    """Return numbers in ascending order without repetition, of the type of positions."""
    return np.unique(draw.integers(first, last, count)).astype(np.int32)


@pytest.mark.parametrize("sizes", [(250_000, 260_000), (400_000, 210_000), (300, 300_000), (5_000, 6_000)])
def test_what_two_long_lists_share_is_found_also_before_the_first_place(sizes: tuple[int, int]) -> None:
    """A string's beginning is reckoned back from its parts, so that places before the first one occur: -3 is a number too."""
    draw = np.random.default_rng(sum(sizes))
    some, others = ascending(draw, sizes[0], -40, 9_000_000), ascending(draw, sizes[1], -40, 7_000_000)
    shared = np.intersect1d(some, others)
    for _time in range(3):
        np.ones(1_000_000, bool)  # leaves memory behind that is not zero
    assert np.array_equal(np.sort(common(some, others)), shared)
    assert np.array_equal(np.sort(common(others, some)), shared)


@pytest.mark.parametrize("gap", [3, 300, 70_000])
def test_few_places_are_compared_with_stretches_of_a_long_list_as_with_all_of_it(gap: int) -> None:
    draw = np.random.default_rng(gap)
    places = np.cumsum(draw.integers(1, gap, 30_000)).astype(np.int64)
    packer = Packer()
    packer.add(Lists(np.array([7], "<u4"), np.array([len(places)]), places))
    described = described_texts(np.array([int(places[-1]) + 2]), np.array([0]), 1)
    index = GramIndex(b"".join(GRAMS.pack({**packer.arrays(), **described})))
    shelf = next(shelf for shelf in index._shelves if len(shelf.keys))
    for count in (1, 2, 5):
        asked = np.unique(np.concatenate([draw.choice(places, count), draw.integers(-9, places[-1] + 9, count)]))
        asked = asked.astype(np.int32)
        assert np.array_equal(shelf.common(0, asked), np.intersect1d(asked, shelf.positions(0)))
    edges = np.array([-1, places[0], places[511], places[512], places[-1]], np.int32)
    assert np.array_equal(shelf.common(0, edges), edges[1:])
