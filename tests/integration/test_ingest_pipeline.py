"""Files of every kind become pages: formats, resolutions, orientation, what a PDF carries, what is damaged."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import segno
from fpdf import FPDF
from PIL import Image

from plugins.ingest.adapters import images, pdfs
from plugins.ingest.domain import tiff
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import PageScan, ScanProfile, ScanResult
from plugins.ingest.pipeline import process
from tests.ingest_kit import blank_page, encoded, jpeg, written_page

PROFILE = ScanProfile()


def parse(folder: Path, data: bytes, name: str = "a", profile: ScanProfile = PROFILE) -> ScanResult:
    """Parse bytes in this process: what is tested here is what the child does, not the child."""
    path, work = folder / name, folder / f"{name}-work"
    path.write_bytes(data)
    work.mkdir()
    result = process(path, work, profile)
    for page in result.pages:
        with Image.open(work / page.view) as view, Image.open(work / page.thumb) as thumb:
            assert (view.format, view.size) == ("JPEG", (page.view_width, page.view_height))
            assert (thumb.format, thumb.size) == ("JPEG", (page.thumb_width, page.thumb_height))
            assert max(thumb.size) <= profile.thumb_side
    return result


def only_page(result: ScanResult) -> PageScan:
    """Return the single page of a result."""
    assert len(result.pages) == 1
    return result.pages[0]


def refusal(folder: Path, data: bytes, profile: ScanProfile = PROFILE) -> ReasonCode:
    """Return why bytes are refused."""
    with pytest.raises(Refused) as caught:
        parse(folder, data, profile=profile)
    return caught.value.code


# --- images -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "jpeg"), ("PNG", "png"), ("TIFF", "tiff")])
def test_each_kind_is_told_by_its_bytes(tmp_path: Path, kind: str, name: str) -> None:
    result = parse(tmp_path, encoded(written_page(), kind, dpi=(150, 150)), "无后缀")
    page = only_page(result)
    assert (result.format, page.width, page.height, page.dpi, page.colour_mode) == (name, 620, 877, 150, "colour")
    assert not page.is_blank


def test_a_large_scan_is_shown_at_the_views_resolution(tmp_path: Path) -> None:
    page = only_page(parse(tmp_path, encoded(written_page(width=2480, height=3508), dpi=(300, 300))))
    assert (page.width, page.height, page.dpi) == (2480, 3508, 300)
    assert (page.view_width, page.view_height) == (1653, 2339)


def test_a_scan_is_never_enlarged(tmp_path: Path) -> None:
    page = only_page(parse(tmp_path, encoded(written_page(), dpi=(100, 100))))
    assert (page.view_width, page.view_height) == (620, 877)


def test_a_camera_that_claims_72_dpi_is_not_believed(tmp_path: Path) -> None:
    page = only_page(parse(tmp_path, encoded(written_page(width=3000, height=4000), dpi=(72, 72))))
    assert page.dpi is None
    assert page.view_height == pytest.approx(200 * images.A4_LONG_INCHES, rel=0.01)


def test_a_view_keeps_within_its_pixel_limit(tmp_path: Path) -> None:
    profile = ScanProfile(view_max_pixels=100_000)
    page = only_page(parse(tmp_path, encoded(written_page(), dpi=(100, 100)), profile=profile))
    assert page.view_width * page.view_height <= 101_000


def test_every_page_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    pages = [written_page(seed) for seed in range(2)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=[pages[1], blank_page()], dpi=(150, 150))
    result = parse(tmp_path, data)
    assert [page.page_no for page in result.pages] == [1, 2, 3]
    assert [page.is_blank for page in result.pages] == [False, False, True]


def test_bilevel_scans_are_recorded_as_such(tmp_path: Path) -> None:
    data = encoded(written_page().convert("1"), "TIFF", compression="group4", dpi=(200, 200))
    assert only_page(parse(tmp_path, data)).colour_mode == "bilevel"


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK"])
def test_unusual_colour_modes_look_as_they_should(tmp_path: Path, mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    data = encoded(written_page().convert(mode), kind)
    parse(tmp_path, data)
    with Image.open(tmp_path / "a-work" / "view-00001.jpg") as view:
        seen = np.asarray(view.convert("L")).astype(int)
    expected = np.asarray(written_page().convert("L")).astype(int)
    assert np.abs(seen - expected).mean() < 12


def test_sixteen_bits_a_pixel_are_brought_to_eight(tmp_path: Path) -> None:
    deep = Image.fromarray(np.asarray(written_page().convert("L")).astype(np.uint16) * 257)
    page = only_page(parse(tmp_path, encoded(deep, "PNG")))
    assert page.colour_mode == "gray"
    with Image.open(tmp_path / "a-work" / page.view) as view:
        assert np.asarray(view).mean() == pytest.approx(np.asarray(written_page().convert("L")).mean(), abs=3)


def test_a_photo_turned_by_its_tag_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    page = only_page(parse(tmp_path, encoded(written_page(), exif=exif, dpi=(100, 100))))
    assert (page.width, page.height) == (877, 620)
    assert (page.view_width, page.view_height) == (877, 620)


def test_a_view_carries_nothing_of_the_sources_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[315] = "拍摄者姓名"
    parse(tmp_path, encoded(written_page(), exif=exif, comment=b"secret comment"))
    data = (tmp_path / "a-work" / "view-00001.jpg").read_bytes()
    assert b"secret comment" not in data
    assert b"Exif" not in data


def test_cover_sheet_codes_are_read(tmp_path: Path) -> None:
    page = written_page(width=1240, height=1754)
    out = io.BytesIO()
    segno.make("LD:141124-2020-YJ003-0007", error="m").save(out, kind="png", scale=8)
    page.paste(Image.open(out).convert("RGB"), (800, 60))
    assert only_page(parse(tmp_path, encoded(page, dpi=(150, 150)))).codes == ("LD:141124-2020-YJ003-0007",)


# --- PDF --------------------------------------------------------------------------------------------------------------


def pdf_of_three_kinds(folder: Path) -> bytes:
    """Return a PDF with a scanned page, a born-digital one, and one with a picture among text."""
    (folder / "scan.jpg").write_bytes(encoded(written_page(width=1240, height=1754), dpi=(150, 150)))
    document = FPDF()
    document.add_page()
    document.image(folder / "scan.jpg", 0, 0, 210, 297)
    document.add_page()
    document.set_font("helvetica", size=14)
    document.multi_cell(0, 8, "Forest Right Certificate\nNo 14992100003, area 12.5 mu")
    document.add_page()
    document.image(folder / "scan.jpg", 20, 20, 130)
    document.text(20, 250, "Figure 1")
    return bytes(document.output())


def test_a_pdf_may_mix_scanned_and_born_digital_pages(tmp_path: Path) -> None:
    result = parse(tmp_path, pdf_of_three_kinds(tmp_path), "mixed.pdf")
    scanned, born, mixed = result.pages
    assert (scanned.width, scanned.height, scanned.dpi, scanned.text) == (1240, 1754, 150, None)
    assert (born.text, born.text_layer) == ("Forest Right Certificate\nNo 14992100003, area 12.5 mu", pdfs.BORN)
    assert "".join(word.text for word in born.words) == "".join((born.text or "").split())
    assert (mixed.text, mixed.text_layer) == ("Figure 1", pdfs.LAYER)


def test_the_scan_in_a_pdf_is_taken_out_bit_for_bit(tmp_path: Path) -> None:
    data = encoded(written_page(width=1240, height=1754), dpi=(150, 150))
    parse(tmp_path, pdf_of_three_kinds(tmp_path), "mixed.pdf")
    parse(tmp_path, data, "scan.jpg")
    inside = (tmp_path / "mixed.pdf-work" / "view-00001.jpg").read_bytes()
    assert inside == (tmp_path / "scan.jpg-work" / "view-00001.jpg").read_bytes()


def test_word_boxes_lie_on_the_words(tmp_path: Path) -> None:
    document = FPDF(format="A4")
    document.add_page()
    document.set_font("helvetica", size=40)
    document.text(50, 100, "HERE")
    page = only_page(parse(tmp_path, bytes(document.output())))
    with Image.open(tmp_path / "a-work" / page.view) as view:
        ink = np.asarray(view.convert("L")) < 128
    ys, xs = np.nonzero(ink)
    box = [10_000 * xs.min() / view.width, 10_000 * ys.min() / view.height]
    box += [10_000 * xs.max() / view.width, 10_000 * ys.max() / view.height]
    (word,) = page.words
    assert word.text == "HERE"
    assert list(word[:4]) == pytest.approx(box, abs=60)


def test_a_turned_pdf_page_is_shown_as_it_is_meant(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(pdf_of_three_kinds(tmp_path))) as document:
        document.pages[0].rotate(90, relative=False)
        out = io.BytesIO()
        document.save(out)
    page = parse(tmp_path, out.getvalue(), "turned.pdf").pages[0]
    assert page.view_width > page.view_height


def test_a_text_layer_over_a_scan_is_kept_apart_from_born_digital_text(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(encoded(written_page(width=1240, height=1754), dpi=(150, 150)))
    document = FPDF()
    document.add_page()
    document.image(tmp_path / "scan.jpg", 0, 0, 210, 297)
    document.set_font("helvetica", size=12)
    document.text_mode = "INVISIBLE"
    document.text(20, 50, "recognised elsewhere " * 8)
    page = only_page(parse(tmp_path, bytes(document.output())))
    assert page.text_layer == pdfs.LAYER
    assert (page.text or "").startswith("recognised elsewhere")
    assert page.dpi == 150


def test_an_owners_password_alone_keeps_nobody_out(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(pdf_of_three_kinds(tmp_path))) as document:
        out = io.BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="geheim", user=""))
    assert len(parse(tmp_path, out.getvalue(), "own.pdf").pages) == 3


def test_a_pdf_without_its_table_of_contents_is_mended(tmp_path: Path) -> None:
    data = pdf_of_three_kinds(tmp_path)
    cut = data[: data.rindex(b"startxref")]
    result = parse(tmp_path, cut, "mended.pdf")
    assert result.repaired
    assert [page.text for page in result.pages] == [page.text for page in parse(tmp_path, data, "whole.pdf").pages]


def test_a_page_larger_than_any_paper_is_drawn_small(tmp_path: Path) -> None:
    document = pikepdf.new()
    document.add_blank_page(page_size=(14_000, 14_000))
    out = io.BytesIO()
    document.save(out)
    page = only_page(parse(tmp_path, out.getvalue()))
    assert page.view_width * page.view_height <= PROFILE.view_max_pixels * 1.01


# --- what is refused --------------------------------------------------------------------------------------------------


def sound_files(folder: Path) -> dict[str, bytes]:
    """Return one sound file of each kind whose tail matters."""
    pages = [written_page(seed) for seed in range(3)]
    return {
        "JPEG": jpeg(),
        "PNG": encoded(pages[0], "PNG"),
        "TIFF": encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]),
        "TIFF-G4": encoded(pages[0].convert("1"), "TIFF", compression="group4"),
        "TIFF-LZW": encoded(pages[0], "TIFF", compression="tiff_lzw"),
        "PDF": pdf_of_three_kinds(folder),
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "TIFF-G4", "TIFF-LZW", "PDF"])
@pytest.mark.parametrize("eighth", range(1, 8))
def test_a_file_cut_anywhere_is_called_truncated(tmp_path: Path, kind: str, eighth: int) -> None:
    data = sound_files(tmp_path)[kind]
    assert refusal(tmp_path, data[: len(data) * eighth // 8]) is ReasonCode.TRUNCATED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ReasonCode.EMPTY),
        ("这是一份文本".encode(), ReasonCode.UNSUPPORTED),
        (b"PK\x03\x04" + bytes(100), ReasonCode.UNSUPPORTED),
        (b"\xff\xd8\xff\xe0" + bytes(100), ReasonCode.DAMAGED),
        (b"%PDF-1.4\nnonsense\n%%EOF\n", ReasonCode.DAMAGED),
    ],
)
def test_what_is_no_scan_is_refused_with_its_reason(tmp_path: Path, data: bytes, code: ReasonCode) -> None:
    assert refusal(tmp_path, data) is code


def test_limits_of_size_pages_and_pixels_hold(tmp_path: Path) -> None:
    assert refusal(tmp_path, jpeg(), ScanProfile(max_bytes=100)) is ReasonCode.TOO_LARGE
    (tmp_path / "a-work").rmdir()
    assert refusal(tmp_path, jpeg(), ScanProfile(max_pixels=1000)) is ReasonCode.PIXEL_BOMB
    (tmp_path / "a-work").rmdir()
    two = encoded(written_page(), "TIFF", save_all=True, append_images=[written_page(1)])
    assert refusal(tmp_path, two, ScanProfile(max_pages=1)) is ReasonCode.TOO_MANY_PAGES


def test_a_bomb_inside_a_pdf_is_refused_too(tmp_path: Path) -> None:
    assert refusal(tmp_path, pdf_of_three_kinds(tmp_path), ScanProfile(max_pixels=1000)) is ReasonCode.PIXEL_BOMB


def test_a_password_is_named(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(pdf_of_three_kinds(tmp_path))) as document:
        out = io.BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    assert refusal(tmp_path, out.getvalue()) is ReasonCode.PASSWORD


def test_nonsense_directories_of_a_tiff_do_not_count_as_cut() -> None:
    assert not tiff.is_cut(io.BytesIO(b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 14)
    assert tiff.is_cut(io.BytesIO(b"II*\x00\xff\xff\x00\x00"), 8)
    assert not tiff.is_cut(io.BytesIO(b""), 0)
