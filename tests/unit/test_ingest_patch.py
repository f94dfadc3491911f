"""Patch code T: read on drawn, skewed, speckled, faded and turned sheets; never on other patches, writing, tables or bar codes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from plugins.ingest.domain.patch import has_patch_t
from tests.ingest_kit import blank_page, written_page
from tests.support.box import sheet
from tests.support.patches import FOUR, THREE, TWO, T, patch_sheet


def has(page: Image.Image, dpi: int = 150) -> bool:
    return has_patch_t(np.asarray(page.convert("L")), dpi)


@pytest.mark.parametrize("dpi", [75, 100, 150, 200, 300])
def test_a_patch_t_is_read_at_every_resolution(dpi: int) -> None:
    assert has(patch_sheet(dpi=dpi), dpi)


@pytest.mark.parametrize("skew", [-8, -5, -2, 0, 1, 3, 8])
@pytest.mark.parametrize("noise", [0, 0.05])
def test_a_patch_t_is_read_skewed_and_speckled(skew: float, noise: float) -> None:
    assert has(patch_sheet(skew=skew, noise=noise))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_patch_t_is_read_whichever_way_the_sheet_lies(quarters: int) -> None:
    assert has(patch_sheet().rotate(90 * quarters, expand=True))


def test_short_bars_faded_print_and_a_wrong_resolution_are_read() -> None:
    assert has(patch_sheet(length=0.8))
    assert has(patch_sheet().point(lambda value: 90 + value * 150 // 255))
    assert has(patch_sheet(), 190)


def test_the_other_patches_are_not_t_and_three_is_t_from_the_other_end() -> None:
    assert not has(patch_sheet(TWO))
    assert not has(patch_sheet(FOUR))
    assert has(patch_sheet(THREE))
    assert THREE[::-1] == T


def test_bars_that_are_too_short_or_of_another_size_are_none() -> None:
    assert not has(patch_sheet(length=0.4))
    assert not has(patch_sheet(), 300), "half as large as it is printed"


def table(gap: int, thick: int) -> Image.Image:
    """Return a page full of ruled lines."""
    page = Image.new("L", (1240, 1754), 245)
    draw = ImageDraw.Draw(page)
    for top in range(100, 1650, gap):
        draw.rectangle((100, top, 1140, top + thick), fill=20)
    return page


def test_nothing_else_is_a_patch() -> None:
    from plugins.ingest.domain.separator import FILE, Separator

    pages = [written_page(seed, width=1240, height=1754, seal=seed % 2 == 0) for seed in range(6)]
    pages += [blank_page(width=1240, height=1754), sheet(Separator(kind=FILE), width=1240, height=1754)]
    pages += [table(gap, thick) for gap in (24, 30, 42) for thick in (2, 12, 15)]
    pages += [Image.new("L", (1240, 1754), shade) for shade in (0, 255)]
    assert [number for number, page in enumerate(pages) if has(page)] == []
