"""The look of a page: blank or written, how it lies, how it is skewed; boxes find their way back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from plugins.ingest.domain import image as look
from plugins.ingest.domain.signature import kind_of
from tests.ingest_kit import blank_page, written_page


def gray(image: Image.Image) -> look.Gray:
    """Return the red channel of a page that is at look size already."""
    return look.at_look_size(look.red_channel(image), 75)


def test_red_seals_vanish_in_the_red_channel() -> None:
    paper = Image.new("RGB", (620, 877), (250, 247, 238))
    sealed = paper.copy()
    ImageDraw.Draw(sealed).ellipse((200, 200, 400, 400), fill=(214, 40, 40))
    in_red = np.abs(gray(paper).astype(int) - gray(sealed).astype(int)).max()
    in_gray = np.abs(np.asarray(paper.convert("L")).astype(int) - np.asarray(sealed.convert("L")).astype(int)).max()
    assert in_red < 45
    assert in_gray > 120


def test_worn_paper_is_blank_and_a_few_lines_are_not() -> None:
    assert look.is_blank(gray(blank_page()))
    assert not look.is_blank(gray(written_page()))
    few = blank_page()
    few.paste(written_page().crop((80, 110, 540, 130)), (80, 400))
    assert not look.is_blank(gray(few))


def test_a_back_with_nothing_but_a_red_stamp_is_no_blank_page_and_can_be_read() -> None:
    stamped = blank_page().convert("RGB")
    ImageDraw.Draw(stamped).rectangle((420, 60, 520, 100), outline=(214, 40, 40), width=4)
    assert look.is_blank(gray(stamped))
    assert not look.is_blank(look.writing(stamped, 75))
    assert look.is_blank(look.writing(blank_page().convert("RGB"), 75))


def test_a_seal_beside_black_writing_stays_out_of_what_is_read() -> None:
    sealed = written_page().convert("RGB")
    ImageDraw.Draw(sealed).ellipse((200, 600, 400, 800), fill=(214, 40, 40))
    assert np.array_equal(look.writing(sealed, 75), look.red_channel(sealed))


def test_gold_on_a_green_cover_becomes_dark_on_light() -> None:
    cover = Image.new("RGB", (620, 877), (24, 92, 58))
    ImageDraw.Draw(cover).rectangle((200, 300, 420, 340), fill=(214, 178, 84))
    dark = look.writing(cover, 75)
    assert dark[320, 300] < 60
    assert dark[100, 100] > 200
    assert not look.is_blank(dark)


def test_a_thumbnail_of_a_page_can_be_judged() -> None:
    assert look.ink_share(np.full((6, 6), 255, dtype=np.uint8)) == 0.0


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_lines_tell_whether_a_page_lies_on_its_side(turn: int) -> None:
    assert look.is_sideways(gray(written_page().rotate(turn, expand=True))) is (turn in (90, 270))


def test_ruled_lines_do_not_hide_the_rhythm_of_the_writing() -> None:
    page = np.zeros((400, 300), dtype=bool)
    page[50::30, 20:280] = True
    page[100:110, 40:50] = True
    without = look.without_rules(page)
    assert not without[50, 150]
    assert without[105, 45]


@pytest.mark.parametrize("angle", [-2.4, -0.7, 0.0, 0.5, 1.8])
def test_skew_is_measured_and_taken_out(angle: float) -> None:
    skewed = written_page(width=1240, height=1754).rotate(-angle, Image.Resampling.BICUBIC, fillcolor=(250, 247, 238))
    page = look.red_channel(skewed)
    measured = look.skew_angle(look.at_look_size(page, 150))
    assert measured == pytest.approx(angle, abs=0.25)
    level = look.level(page, measured)
    assert look.skew_angle(look.at_look_size(level, 150)) == pytest.approx(0.0, abs=0.25)


def test_the_densest_strip_is_where_the_writing_is() -> None:
    page = np.full((800, 600), 240, dtype=np.uint8)
    page[600:680:4, 50:550] = 20
    top, bottom = look.densest_strip(page, 200)
    assert bottom - top == 200
    assert top <= 600
    assert bottom >= 677


def test_an_empty_page_has_no_skew() -> None:
    assert look.skew_angle(gray(blank_page())) == 0.0


def test_even_paper_whitens_stains_and_keeps_ink() -> None:
    stained = np.full((400, 300), 230, dtype=np.uint8)
    stained[:, 150:] = 150
    stained[200:204, 20:280] = 20
    even = look.even_paper(stained)
    assert even[100, 50] > 220
    assert even[100, 250] > 220
    assert even[202, 200] < 60


def test_a_box_of_the_levelled_page_lies_where_it_was() -> None:
    page = np.full((600, 400), 255, dtype=np.uint8)
    page[300:310, 300:340] = 0
    levelled = look.level(page, 2.0)
    ys, xs = np.nonzero(levelled < 128)
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    back = look.unlevel_box(box, (400, 600), 2.0)
    assert back == pytest.approx((300, 300, 340, 310), abs=4)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_box_of_the_turned_page_lies_where_it_was(turns: int) -> None:
    page = np.zeros((600, 400), dtype=np.uint8)
    page[100:130, 50:90] = 1
    ys, xs = np.nonzero(np.rot90(page, turns))
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    assert look.unturn_box(box, (400, 600), turns) == (50, 100, 90, 130)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0rest", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"II*\x00", "tiff"),
        (b"MM\x00*", "tiff"),
        (b"%PDF-1.4", "pdf"),
        (b"\x00junk\r\n%PDF-1.4", "pdf"),
        (b"<html>%PDF-1.4", "html"),
        (b"PK\x03\x04", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
        (b"GIF89a", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBP", "webp"),
        (b"\x00\x00\x00\x18ftypheic", "heic"),
        ("这是文本".encode(), "text"),
        (b"\x01\x02\x03", "unknown"),
        (b"", "unknown"),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind
