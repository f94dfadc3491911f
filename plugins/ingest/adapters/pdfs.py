"""PDF files: pypdf for facts and encryption, PDFium for pages and text, pikepdf to mend what is broken.

A scanned page that is one JPEG is taken out bit for bit; every other page is drawn. A file whose tail is missing is mended
and then checked page by page: it is taken in only when nothing of any page is lost.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pikepdf
import pypdf
import pypdf.errors
import pypdfium2
import pypdfium2.raw as pdfium_c
from PIL import Image
from pypdfium2 import PdfDocument, PdfImage, PdfiumError, PdfPage

from plugins.ingest.adapters.images import Capture, capture, colour_mode, open_image
from plugins.ingest.domain.reasons import ReasonCode, Refused, on_page
from plugins.ingest.domain.scan import SCALE, ScanProfile, Word
from plugins.ingest.domain.text import tidy

POINTS: Final = 72
BORN, LAYER = "born", "layer"
_COVERS: Final = 0.8
_MATTERS: Final = 0.25
_FULL_PAGE: Final = 0.95
_ENOUGH_TEXT: Final = 100
_INVISIBLE: Final = 3
_TAIL_BYTES: Final = 2048
_HARMLESS: Final = (
    "file is damaged",
    "can't find startxref",
    "Attempting to reconstruct cross-reference table",
    "unable to find trailer dictionary while recovering",
)
"""What qpdf says when only the table of contents at the end of the file is missing."""


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What the file says of itself; empty when it cannot be asked."""

    pages: int | None = None
    producer: str = ""


@dataclass(frozen=True, slots=True)
class PageText:
    """The text a page carries, and whether it was born there or laid over a scan by other people's OCR."""

    text: str
    words: tuple[Word, ...]
    layer: str


def facts_of(path: Path) -> PdfFacts:
    """Ask pypdf for page count and producer. Raises Refused when a password is needed."""
    try:
        with pypdf.PdfReader(path) as reader:
            if reader.is_encrypted and not reader.decrypt(""):
                raise Refused(ReasonCode.PASSWORD)
            producer = reader.metadata.producer if reader.metadata else None
            return PdfFacts(len(reader.pages), tidy(str(producer or ""))[:200])
    except (pypdf.errors.PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # A damaged file is none of pypdf's business: PDFium and qpdf are asked next.
        return PdfFacts()


def open_pdf(path: Path, workdir: Path, profile: ScanProfile) -> tuple[PdfDocument, bool]:
    """Open a PDF, mended by qpdf where it is broken.

    Returns:
        The document, and whether it had to be mended.

    Raises:
        Refused: password, truncated, damaged, or too many pages.
    """
    cut = is_cut(path)
    document = None if cut else _open(path)
    mended = document is None
    if document is None:
        document = _open(mend(path, workdir / "mended.pdf", cut=cut))
    if document is None or not len(document):
        raise Refused(ReasonCode.TRUNCATED if cut else ReasonCode.DAMAGED)
    if len(document) > profile.max_pages:
        raise Refused(ReasonCode.TOO_MANY_PAGES, str(len(document)))
    return document, mended


def _open(path: Path) -> PdfDocument | None:
    try:
        return PdfDocument(path)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise Refused(ReasonCode.PASSWORD) from error
        return None


def is_cut(path: Path) -> bool:
    """Tell whether the end-of-file mark is missing from the tail."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return b"%%EOF" not in stream.read()


def mend(path: Path, target: Path, *, cut: bool) -> Path:
    """Write a copy of a broken PDF that qpdf has rebuilt.

    Raises:
        Refused: when it needs a password, cannot be rebuilt, or is cut and part of a page is gone.
    """
    try:
        with pikepdf.open(path) as document:
            if cut:
                _refuse_losses(document)
            document.save(target)
    except pikepdf.PasswordError as error:
        raise Refused(ReasonCode.PASSWORD) from error
    except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise Refused(ReasonCode.TRUNCATED if cut else ReasonCode.DAMAGED) from error
    return target


def _refuse_losses(document: pikepdf.Pdf) -> None:
    """Raise Refused unless every page that the file promises is there, and everything its pages point to.

    qpdf quietly puts empty values in the place of what it cannot find and only mentions it: every mention counts.
    """
    lost = [text for text in document.get_warnings() if not any(words in text for words in _HARMLESS)]
    if lost:
        raise Refused(ReasonCode.TRUNCATED)
    promised = int(document.Root.Pages.get("/Count", -1))
    if promised != len(document.pages):
        raise Refused(ReasonCode.TRUNCATED, f"{len(document.pages)}/{promised}")
    for number, page in enumerate(document.pages, start=1):
        if not _is_whole(page.obj):
            raise Refused(ReasonCode.TRUNCATED, on_page(number))


def _is_whole(page: pikepdf.Object) -> bool:
    """Tell whether all that a page leads to is there; a reference to a lost object reads as null."""
    waiting: list[pikepdf.Object | None] = [page]
    seen: set[tuple[int, int]] = set()
    while waiting:
        thing = waiting.pop()
        if thing is None or (isinstance(thing, pikepdf.Stream) and not _has_its_bytes(thing)):
            return False
        if not isinstance(thing, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
            continue
        if thing.is_indirect:
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
        waiting.extend(_children(thing))
    return True


def _children(thing: pikepdf.Object) -> Iterator[pikepdf.Object | None]:
    if isinstance(thing, pikepdf.Array):
        yield from iter(thing)
    else:
        # /Parent leads back up the tree of pages, to pages that are looked at in their own turn
        yield from (value for key, value in thing.items() if key != "/Parent")


def _has_its_bytes(stream: pikepdf.Stream) -> bool:
    told = stream.get("/Length")
    return told is not None and int(told) == len(stream.read_raw_bytes())


def pages(document: PdfDocument, profile: ScanProfile) -> Iterator[tuple[Capture, PageText | None]]:
    """Yield each page's image and text. Raises Refused naming the page that cannot be read."""
    for index in range(len(document)):
        try:
            page = document[index]
            yield _page(page, profile)
            page.close()
        except (PdfiumError, ValueError, OSError) as error:
            raise Refused(ReasonCode.DAMAGED, on_page(index + 1)) from error


def _page(page: PdfPage, profile: ScanProfile) -> tuple[Capture, PageText | None]:
    seen = _inventory(page)
    cover = seen.picture if seen.share >= _COVERS else None
    captured = _embedded(page, cover, profile) if cover and seen.is_alone else None
    if captured is None:
        captured = _drawn(page, cover, profile)
    text = page_text(page, profile) if seen.has_text else None
    if text is not None and seen.share >= _MATTERS and (seen.is_alone or len(text.text) < _ENOUGH_TEXT):
        text = PageText(text.text, text.words, LAYER)
    return captured, text


@dataclass(slots=True)
class _Inventory:
    """What is on a page: its largest picture and that one's share of the page, whether it is alone, whether there is text."""

    picture: PdfImage | None = None
    share: float = 0.0
    is_alone: bool = False
    has_text: bool = False


def _inventory(page: PdfPage) -> _Inventory:
    seen = _Inventory()
    pictures, shown = 0, False
    for thing in page.get_objects(max_depth=4):
        if isinstance(thing, PdfImage):
            pictures += 1
            share = _share_of_page(page, thing)
            if share > seen.share:
                seen.picture, seen.share = thing, share
        elif thing.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            seen.has_text = True
            shown = shown or pdfium_c.FPDFTextObj_GetTextRenderMode(thing) != _INVISIBLE
        elif thing.type != pdfium_c.FPDF_PAGEOBJ_FORM:
            shown = True
    seen.is_alone = pictures == 1 and not shown
    return seen


def _share_of_page(page: PdfPage, image: PdfImage) -> float:
    """Return how much of the page an image covers; one inside a form is taken to fill it."""
    if image.level:
        return 1.0
    left, bottom, right, top = page.get_bbox()
    x0, y0, x1, y1 = image.get_bounds()
    across = max(0.0, min(x1, right) - max(x0, left))
    down = max(0.0, min(y1, top) - max(y0, bottom))
    area = (right - left) * (top - bottom)
    return across * down / area if area > 0 else 0.0


def _embedded(page: PdfPage, image: PdfImage, profile: ScanProfile) -> Capture | None:
    """Return the page's own JPEG, bit for bit, where drawing it would show the same; None otherwise."""
    if image.level or _share_of_page(page, image) < _FULL_PAGE or image.get_filters(skip_simple=True) != ["DCTDecode"]:
        return None
    a, b, c, d, *_ = image.get_matrix().get()
    if min(a, d) <= 0 or max(abs(b), abs(c)) > 0.01 * min(a, d) or page.get_rotation():
        return None
    encoded = open_image(io.BytesIO(bytes(image.get_data(decode_simple=True))), profile)
    if encoded.mode not in ("L", "RGB"):
        return None
    dpi = round(encoded.width * POINTS / a)
    mode, (width, height) = colour_mode(encoded), encoded.size
    encoded.info["dpi"] = (dpi, dpi)
    return Capture(capture(encoded, profile.view_dpi).image, width, height, dpi, mode)


def _drawn(page: PdfPage, cover: PdfImage | None, profile: ScanProfile) -> Capture:
    """Draw the page at the view's resolution, within its pixel limit."""
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise ValueError("page without area")
    scale = min(profile.view_dpi / POINTS, math.sqrt(profile.view_max_pixels / (width * height)))
    image: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    dpi, mode = _captured_as(page, cover) if cover else (None, "colour")
    share = dpi / (scale * POINTS) if dpi else 1.0
    return Capture(image, round(image.width * share), round(image.height * share), dpi, mode)


def _captured_as(page: PdfPage, cover: PdfImage) -> tuple[int | None, str]:
    """Return the resolution and colour mode of the scan that covers a page."""
    width, height = cover.get_px_size()
    page_width, page_height = page.get_size()
    dpi = round(max(width, height) * POINTS / max(page_width, page_height))
    depth = cover.get_metadata().bits_per_pixel
    mode = "bilevel" if depth == 1 else "gray" if depth == 8 else "colour"
    return (dpi or None), mode


def page_text(page: PdfPage, profile: ScanProfile) -> PageText | None:
    """Return the text that the page carries, with word boxes; None when there is nothing to read."""
    textpage = page.get_textpage()
    count = min(textpage.count_chars(), profile.max_chars)
    raw = textpage.get_text_range(0, count) if count else ""
    lines = [tidy(line) for line in raw.replace("\r", "\n").split("\n")]
    text = "\n".join(line for line in lines if line)
    if not text:
        return None
    return PageText(text, tuple(_words(page, textpage, count)), BORN)


def _words(page: PdfPage, textpage: pypdfium2.PdfTextPage, count: int) -> Iterator[Word]:
    """Yield runs of characters without white space between them that stand on one line."""
    run: list[tuple[str, tuple[int, int, int, int]]] = []
    for index in range(count):
        char = tidy(chr(pdfium_c.FPDFText_GetUnicode(textpage, index)))
        if not char:
            yield from _flush(run)
            continue
        box = _on_view(page, textpage.get_charbox(index))
        if run and not _on_one_line(run[-1][1], box):
            yield from _flush(run)
        run.append((char, box))
    yield from _flush(run)


def _flush(run: list[tuple[str, tuple[int, int, int, int]]]) -> Iterator[Word]:
    if run:
        lefts, tops, rights, bottoms = zip(*(box for _, box in run), strict=True)
        text = "".join(char for char, _ in run)
        yield Word(min(lefts), min(tops), max(rights), max(bottoms), text, 100)
    run.clear()


def _on_one_line(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return other[1] < one[3] and one[1] < other[3]


def _on_view(page: PdfPage, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    """Return a box of page coordinates in ten-thousandths of the page as drawn (rotation and crop included)."""
    left, bottom, right, top = box
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for corner in ((left, top), (right, bottom)):
        pdfium_c.FPDF_PageToDevice(page, 0, 0, SCALE, SCALE, 0, *corner, x, y)
        corners.append((min(max(x.value, 0), SCALE), min(max(y.value, 0), SCALE)))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
