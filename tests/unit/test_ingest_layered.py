"""The unseen text layer: runs of words, where they lie on pages turned in every way, what readers find, what is kept."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pypdf
import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from plugins.ingest.adapters.images import capture
from plugins.ingest.adapters.layered import FLAVOUR, LayerPage, write_layered
from plugins.ingest.domain.layers import Run, runs_of

DATE = "2020-08-01T00:00:00+00:00"
WORDS = [
    [800, 570, 1600, 770, "林权登记", 90],
    [1620, 570, 2400, 770, "申请表", 90],
    [800, 1000, 3000, 1200, "东至𠮷野家河沟", 80],
]


def picture(mode: str = "RGB", size: tuple[int, int] = (620, 877)) -> Image.Image:
    image = Image.new("RGB", size, (250, 248, 240))
    ImageDraw.Draw(image).ellipse((60, 80, 300, 300), outline=(200, 30, 30), width=9)
    return image.convert(mode)


def made(folder: Path, *pages: LayerPage, name: str = "out.pdf") -> tuple[Path, bool]:
    target = folder / name
    return target, write_layered(pages, target, title="林权登记申请表", date=DATE)


def texts(path: Path) -> list[str]:
    """Return the text of each page as PDFium reads it, line ends dropped."""
    with pypdfium2.PdfDocument(path) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def test_words_of_a_line_become_one_run_and_cells_stay_apart() -> None:
    words = [
        [0, 0, 1000, 100, "权利人", 90],
        [1010, 5, 2000, 100, "王建国", 90],
        [4000, 0, 5000, 100, "面积", 90],
        [0, 200, 900, 300, "B14", 90],
        [920, 200, 1500, 300, "OK", 90],
        [0, 400, 0, 500, "无宽", 90],
        [0, 600, 500, 700, " ", 90],
    ]
    runs = list(runs_of(words, 100.0, 200.0, 10_000))
    assert [run.text for run in runs] == ["权利人王建国", "面积", "B14OK"]
    assert runs[0] == Run(0, 0, 20, 2, "权利人王建国")


def test_latin_words_keep_their_blank_and_lines_running_down_are_told() -> None:
    (run,) = runs_of([[0, 0, 900, 100, "forest"], [920, 0, 1500, 100, "land"]], 100, 100, 10_000)
    assert (run.text, run.is_upright) == ("forest land", True)
    (back,) = runs_of([[100, 0, 160, 1000, "界"], [90, 0, 100, 1000, "桩"]], 100, 100, 10_000)
    assert (back.x0, back.x1, back.text) == (0.9, 1.6, "界桩")
    (down,) = runs_of([[0, 0, 100, 900, "竖排"]], 100, 100, 10_000)
    assert not down.is_upright


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {}),
        ("a.jpg", "L", {}),
        ("a.tif", "1", {"compression": "group4"}),
        ("a.tif", "L", {"compression": "tiff_lzw"}),
        ("a.png", "RGB", {}),
        ("a.png", "RGBA", {}),
        ("a.jpg", "CMYK", {}),
    ],
)
def test_every_kind_of_scan_is_searchable_and_archival(
    tmp_path: Path, name: str, mode: str, options: dict[str, str]
) -> None:
    source = tmp_path / name
    picture(mode).save(source, dpi=(75, 75), **options)
    target, is_archival = made(tmp_path, LayerPage(source, source.suffix, 0, WORDS))
    assert is_archival
    assert pikepdf.pdfa.validate_written(target, FLAVOUR).passed
    (text,) = texts(target)
    assert "林权登记申请表" in text
    assert "东至𠮷野家河沟" in text
    assert "林权登记申请表" in pypdf.PdfReader(target).pages[0].extract_text()
    with pypdfium2.PdfDocument(target) as document:
        assert [round(side) for side in document[0].get_size()] == [595, 842]
        drawn = document[0].render(scale=75 / 72).to_pil().convert("RGB")
    with Image.open(source) as original:
        difference = ImageChops.difference(drawn.resize((310, 438)), original.convert("RGB").resize((310, 438)))
    assert max(band[1] for band in difference.getextrema()) < 60
    if mode in {"RGB", "L"} and name == "a.jpg":
        assert source.read_bytes() in target.read_bytes()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_text_lies_where_the_page_shows_it(tmp_path: Path, turn: int) -> None:
    source = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(600, 800))
        page.obj.CropBox = pikepdf.Array([50, 60, 550, 760])
        page.obj.Rotate = turn
        pdf.save(source)
    target, _ = made(tmp_path, LayerPage(source, "pdf", 0, WORDS))
    with pypdfium2.PdfDocument(target) as document:
        shown = document[0]
        width, height = shown.get_size()
        left, bottom, right, top = shown.get_textpage().get_charbox(0)
        place = [_on_screen(shown, x, y, width, height) for x, y in ((left, bottom), (right, top))]
    xs, ys = sorted(x for x, _ in place), sorted(y for _, y in place)
    char = (2400 - 800) / 7  # seven characters share the run
    assert xs[0] == pytest.approx(0.08 * width, abs=3)
    assert xs[1] == pytest.approx((0.08 + char / 10_000) * width, abs=3)
    assert ys[0] >= 0.057 * height - 3
    assert ys[1] <= 0.077 * height + 3


def _on_screen(page: pypdfium2.PdfPage, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """Ask PDFium where a place of the page's own coordinates is on the page as shown."""
    scale = 100
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, round(width * scale), round(height * scale), 0, x, y, across, down)
    return across.value / scale, down.value / scale


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
@pytest.mark.parametrize("tag", range(1, 9))
def test_a_scan_turned_by_its_tag_is_shown_as_its_view_is(tmp_path: Path, name: str, tag: int) -> None:
    source = tmp_path / name
    exif = Image.Exif()
    exif[0x0112] = tag
    scan = Image.new("RGB", (877, 620), "white")
    ImageDraw.Draw(scan).rectangle((0, 0, 300, 150), fill="navy")  # a corner that tells every way of lying
    scan.save(source, dpi=(75, 75), exif=exif)
    target, _ = made(tmp_path, LayerPage(source, source.suffix, 0, WORDS))
    with Image.open(source) as image:
        view = capture(image, 75).image
    with pypdfium2.PdfDocument(target) as document:
        drawn = document[0].render(scale=75 / 72).to_pil().convert("RGB")
    assert (drawn.width > drawn.height) == (view.width > view.height)
    difference = ImageChops.difference(drawn.resize((200, 200)), view.convert("RGB").resize((200, 200)))
    assert max(ImageStat.Stat(difference).mean) < 3  # lying another way it is 15 and more
    assert "林权登记申请表" in texts(target)[0]
    assert (source.read_bytes() in target.read_bytes()) == (name == "a.jpg" and tag in {1, 3, 6, 8})


def test_the_same_scan_and_text_make_the_same_file(tmp_path: Path) -> None:
    source = tmp_path / "a.tif"
    picture("L").save(source, save_all=True, append_images=[picture("1")], dpi=(75, 75))
    pages = [LayerPage(source, "tiff", 0, WORDS), LayerPage(source, "tiff", 1, WORDS), LayerPage(source, "tiff", 1)]
    first, _ = made(tmp_path, *pages)
    second, _ = made(tmp_path, *pages, name="again.pdf")
    assert first.read_bytes() == second.read_bytes()
    assert ["林权登记申请表" in text for text in texts(first)] == [True, True, False]


def test_a_pdf_that_cannot_be_archival_is_searchable_all_the_same(tmp_path: Path) -> None:
    source = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Contents = pdf.make_stream(b"BT /F1 12 Tf 100 700 Td (not embedded) Tj ET")
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({"/F1": font}))
        pdf.pages.append(page)
        pdf.save(source)
    target, is_archival = made(tmp_path, LayerPage(source, "pdf", 0, WORDS), LayerPage(source, "pdf", 1, WORDS))
    assert not is_archival
    assert all("林权登记申请表" in text and "notembedded" in text for text in texts(target))
