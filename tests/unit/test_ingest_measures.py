"""Image quality: what is measured is what was drawn, a good page is not blamed, and every rule says what it found."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from plugins.ingest.adapters import images
from plugins.ingest.domain import image as look
from plugins.ingest.domain import quality
from plugins.ingest.domain.measure import darkness, levelled, measure, unmatched
from plugins.ingest.domain.pagelook import PageLook, likeness, look_from
from plugins.ingest.domain.quality import GOOD, LOOK, REDO, PageFacts, Twin, judge, sentence, verdict_of
from plugins.ingest.domain.scan import ScanProfile
from plugins.ingest.quality_limits import Limits
from plugins.ingest.queries.quality import ALIKE_ENOUGH
from tests.ingest_kit import blank_page, written_page
from tests.support.pages import household

DPI = 200
PAPER = (250, 247, 238)


def sheet(seed: int = 0) -> Image.Image:
    """Return an A4 page of strokes at 200 dpi."""
    return written_page(seed, width=1654, height=2339)


def looked(page: Image.Image) -> PageLook:
    """Measure a page at 200 dpi as the pipeline does."""
    red = look.red_channel(page)
    small = look.at_look_size(red, DPI)
    return measure(red, small, images.thumb_of(page, ScanProfile()), DPI, is_blank=look.is_blank(small))


def facts(page: PageLook | None, **other: Any) -> PageFacts:
    """Return a page as it is captured well."""
    usual: dict[str, Any] = {"doc_type": "D05", "width": 1654, "height": 2339, "dpi": DPI, "colour_mode": "colour"}
    return PageFacts(look=page, **(usual | other))


def codes(page: PageLook | None, **other: Any) -> dict[str, str]:
    """Return what the rules find, with its severity."""
    return {finding.code: finding.severity for finding in judge(facts(page, **other), Limits())}


@pytest.mark.parametrize("angle", [-6.0, -2.4, -0.7, 0.0, 0.5, 1.8, 4.0])
def test_skew_is_measured_to_a_quarter_of_a_degree(angle: float) -> None:
    skewed = sheet().rotate(-angle, Image.Resampling.BICUBIC, fillcolor=PAPER)
    assert looked(skewed).skew == pytest.approx(angle, abs=0.25)


@pytest.mark.parametrize("radius", [1.5, 2.0, 3.0])
def test_blur_is_the_width_of_the_edges(radius: float) -> None:
    assert looked(sheet()).blur < 0.6
    assert looked(sheet().filter(ImageFilter.GaussianBlur(radius))).blur == pytest.approx(radius, rel=0.3)


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_a_black_border_is_measured_in_millimetres(side: str) -> None:
    page = sheet()
    width, height = page.size
    depth = round(9 * DPI / 25.4)
    box = {
        "top": (0, 0, width, depth),
        "bottom": (0, height - depth, width, height),
        "left": (0, 0, depth, height),
        "right": (width - depth, 0, width, height),
    }[side]
    ImageDraw.Draw(page).rectangle(box, fill=(12, 12, 12))
    found = looked(page)
    assert found.border == pytest.approx(9, abs=0.8)
    assert found.cut == 0, "the edge of the paper is to be seen"
    assert looked(sheet()).border == 0


def test_contrast_and_paper_are_levels_of_brightness() -> None:
    found = looked(sheet())
    assert found.paper == pytest.approx(250, abs=3)
    assert found.contrast == pytest.approx(220, abs=8)
    pale = looked(sheet().point(lambda value: 180 + value // 3))
    assert pale.contrast == pytest.approx(65, abs=3)
    dark = looked(sheet().point(lambda value: value // 2))
    assert dark.paper == pytest.approx(125, abs=3)


def test_writing_that_runs_over_the_edge_is_counted_stroke_by_stroke() -> None:
    whole = sheet()
    cropped = whole.crop((215, 0, 1654, 2339))
    assert looked(whole).cut == 0
    assert looked(cropped).cut > 10
    shadowed = sheet()
    ImageDraw.Draw(shadowed).rectangle((0, 0, 20, 2339), fill=(150, 148, 140))
    assert looked(shadowed).cut == 0, "a shadow along the edge is no writing"


def test_a_page_on_its_side_is_seen_and_its_skew_too() -> None:
    found = looked(sheet().rotate(-1.2, Image.Resampling.BICUBIC, fillcolor=PAPER).rotate(90, expand=True))
    assert found.is_sideways
    assert abs(found.skew) == pytest.approx(1.2, abs=0.3)
    assert not looked(sheet()).is_sideways


def test_a_blank_page_has_no_skew_no_blur_and_no_imprint() -> None:
    found = looked(blank_page(width=1654, height=2339))
    assert (found.skew, found.blur, found.cut, found.imprint) == (0.0, 0.0, 0, "")
    assert codes(found) == {}
    assert codes(found, is_all_blank=True) == {quality.EMPTY: LOOK}


def rescanned(page: Image.Image) -> Image.Image:
    """Lay a page on the glass once more: shifted, turned a little, darker, with grain."""
    turned = page.rotate(0.6, Image.Resampling.BILINEAR, fillcolor=PAPER, translate=(9, -7))
    grain = np.random.default_rng(4).normal(0, 4, (page.height, page.width, 1))
    return Image.fromarray(np.clip(np.asarray(turned) * 0.94 + grain, 0, 255).astype(np.uint8))


def writing(page: Image.Image) -> look.Gray:
    return levelled(darkness(look.at_look_size(look.red_channel(page), DPI)), looked(page).skew)


def test_two_scans_of_one_paper_match_and_another_paper_does_not() -> None:
    again = rescanned(sheet(1))
    assert likeness(looked(sheet(1)).imprint, looked(again).imprint) > ALIKE_ENOUGH
    assert unmatched(writing(sheet(1)), writing(again)) <= 0.001
    assert unmatched(writing(sheet(1)), writing(sheet(2))) > 0.02


def test_a_form_filled_in_by_two_people_is_not_one_paper() -> None:
    one, other = sheet(), sheet()
    ImageDraw.Draw(other).rectangle((500, 2100, 620, 2140), fill=(30, 30, 40))
    assert likeness(looked(one).imprint, looked(other).imprint) > 0.9
    assert unmatched(writing(one), writing(other)) > 0.002


BAD = {
    quality.DPI_LOW: (facts(PageLook(), width=1240, height=1754, dpi=150), REDO),
    quality.DPI_UNTOLD: (facts(PageLook(), width=1240, height=1754, dpi=0), LOOK),
    quality.NOT_COLOUR: (facts(PageLook(), doc_type="D11", colour_mode="gray"), REDO),
    quality.BILEVEL: (facts(PageLook(), colour_mode="bilevel"), LOOK),
    quality.SKEWED: (facts(PageLook(skew=-2.6)), LOOK),
    quality.SIDEWAYS: (facts(PageLook(is_sideways=True)), LOOK),
    quality.DARK: (facts(PageLook(paper=120)), LOOK),
    quality.PALE: (facts(PageLook(contrast=50, blur=0.5)), REDO),
    quality.BLURRED: (facts(PageLook(contrast=200, blur=3.0)), REDO),
    quality.BORDERED: (facts(PageLook(border=6.2)), LOOK),
    quality.CUT: (facts(PageLook(cut=3)), LOOK),
    quality.EMPTY: (facts(PageLook(), is_all_blank=True), LOOK),
    quality.SAME: (facts(PageLook(), same=Twin(page_id=7, where="甲 第 1 页")), LOOK),
    quality.ALIKE: (facts(PageLook(), alike=Twin(page_id=7, where="甲 第 1 页")), LOOK),
}


@pytest.mark.parametrize("code", BAD)
def test_each_rule_finds_its_fault_alone_and_says_it_in_a_sentence(code: str) -> None:
    bad, severity = BAD[code]
    (finding,) = judge(bad, Limits())
    assert (finding.code, finding.severity) == (code, severity)
    told = sentence(code, finding.values)
    assert told.endswith("。")
    assert "%" not in told
    assert code in quality.LABELS
    assert code in quality.CLAUSES


def test_every_rule_has_a_bad_page_here_or_below() -> None:
    assert set(quality.LABELS) - set(BAD) == {quality.DPI_TAG}


def test_the_resolution_that_is_told_must_fit_the_paper_that_is_known() -> None:
    known = Limits(paper_mm={"D05": 297})
    told_wrong = judge(facts(PageLook(), width=1240, height=1754, dpi=300), known)
    assert [finding.code for finding in told_wrong] == [quality.DPI_LOW, quality.DPI_TAG]
    assert judge(facts(PageLook(), width=1654, height=2339, dpi=200), known) == ()
    assert (
        sentence(quality.DPI_TAG, told_wrong[1].values)
        == "注明 300 dpi，但按纸张长边 297 毫米算是 150 dpi，请查扫描仪设置。"
    )


def test_a_coloured_cover_and_a_page_born_digital_are_not_blamed() -> None:
    cover = PageLook(paper=28, contrast=99, blur=9.0, cut=20, is_tinted=True, is_sideways=True)
    assert codes(cover) == {}
    assert codes(dataclasses.replace(cover, is_tinted=False)) != {}
    assert codes(None, colour_mode="gray", doc_type="D11", dpi=72) == {}


def test_the_verdict_is_that_of_the_worst_finding_which_stands_first() -> None:
    found = judge(facts(PageLook(skew=3.0, contrast=200, blur=4.0)), Limits())
    assert [finding.code for finding in found] == [quality.BLURRED, quality.SKEWED]
    assert verdict_of(found) == REDO
    assert verdict_of(found[1:]) == LOOK
    assert verdict_of(()) == GOOD


def test_other_limits_have_another_key_and_give_other_verdicts() -> None:
    strict = Limits(skew_look=0.5)
    assert strict.key != Limits().key
    assert Limits(colour_types=("D01",)).key != Limits().key
    assert [finding.code for finding in judge(facts(PageLook(skew=1.0)), strict)] == [quality.SKEWED]
    assert judge(facts(PageLook(skew=1.0)), Limits()) == ()


@pytest.mark.parametrize(
    "values", [{"skew": "1"}, {"cut": True}, {"unknown": 1}, {"imprint": "ff"}, {"imprint": "zz" * 32}, {"paper": 1.5}]
)
def test_figures_of_the_wrong_kind_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        look_from(values)


@pytest.mark.font
@pytest.mark.parametrize("number", range(6))
def test_no_good_office_page_is_called_for_again(number: int) -> None:
    """Of fifty-odd drawn pages of office quality none is 应重扫, and at most one of a household is 待看."""
    seen = list(office_pages(number))
    assert len(seen) >= 8
    assert [found for found in seen if REDO in found.values()] == []
    doubtful = [found for found in seen if LOOK in found.values() and quality.BILEVEL not in found]
    assert len(doubtful) <= 1


def office_pages(number: int) -> Iterator[dict[str, str]]:
    """Yield what the rules find on the scanned pages of a drawn household."""
    truth, scans = household(number, quality="office", dpi=150)
    limits = Limits(dpi_min=150)
    for file in truth.files:
        path = scans / file.relative_path
        for captured in images.frames(path, ScanProfile()) if path.suffix != ".pdf" else ():
            red = look.red_channel(captured.image)
            small = look.at_look_size(red, 150)
            thumb = images.thumb_of(captured.image, ScanProfile())
            measured = measure(red, small, thumb, 150, is_blank=look.is_blank(small))
            width, height = captured.image.size
            page = facts(measured, doc_type=file.doc_type, colour_mode=captured.colour_mode, dpi=captured.dpi)
            page = dataclasses.replace(page, width=width, height=height)
            yield {finding.code: finding.severity for finding in judge(page, limits)}
