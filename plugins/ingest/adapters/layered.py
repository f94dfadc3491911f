"""A PDF of two layers per page: the scan as it is, and over it, unseen, its text, to be searched and copied in any reader.

The scan's own bytes are taken over where a PDF can hold them (JPEG, pages of a PDF); other images are packed without loss.
The text lies in one run per stretch of line, in a font without glyphs whose map to Unicode lists only the characters used.
What comes out is PDF/A-2b where the source allows it, and depends on nothing but source, text and date.

Measured against other ways in ``findings.md`` O6: phrases are found by poppler, PDFium, pdf.js and pypdf alike.
"""

from __future__ import annotations

import functools
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pikepdf
import pikepdf.pdfa
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name, Operator, Pdf
from PIL import Image, ImageOps

from plugins.ingest.adapters.images import dpi_of, plain
from plugins.ingest.domain.layers import Run, runs_of
from plugins.ingest.domain.scan import SCALE

FLAVOUR: Final = "2b"
POINTS: Final = 72
A4_LONG_POINTS: Final = 842
_FONT_KEY: Final = "/LdText"
_ADVANCE: Final = 500
_FONT_DATE: Final = 3_600_000_000
"""Seconds since 1904: any fixed date will do."""
_BLOCK: Final = 100
_INVISIBLE: Final = 3
_PEN: Final = "1 0.9 0.2 rg"
"""Yellow, as the operator that fills with it."""
_ORIENTATION: Final = 0x0112
_ROTATED_BY_TAG: Final = {1: 0, 3: 180, 6: 90, 8: 270}
"""Orientation tags that a PDF can say as a rotation; the mirrored ones it cannot."""


@dataclass(frozen=True, slots=True)
class LayerPage:
    """One page to be made: its source file, of what kind, which page of it, its words (empty: no layer) and boxes to light."""

    path: Path
    kind: str
    index: int
    words: Sequence[Sequence[int | str]] = ()
    lights: Sequence[Sequence[float]] = ()


@dataclass(slots=True)
class _Layers:
    """The document being made, and the characters met so far with their numbers in the font."""

    pdf: Pdf
    codes: dict[str, int] = field(default_factory=dict)
    drawn: list[pikepdf.Object] = field(default_factory=list)
    opened: dict[Path, Pdf] = field(default_factory=dict)


def write_layered(pages: Sequence[LayerPage], target: Path, *, title: str, date: str) -> bool:
    """Write the PDF; returns whether it is PDF/A-2b (an embedded PDF may not allow that).

    Args:
        pages: In order.
        target: Where to write.
        title: Title in the document's metadata.
        date: Date in the metadata, as ``2020-08-01T00:00:00+00:00``: never the present, so that it can be made again.
    """
    layers = _Layers(pikepdf.new())
    try:
        for page in pages:
            _add(layers, page)
        _embed_font(layers)
        _describe(layers.pdf, title, date)
        return _save(layers.pdf, target, date)
    finally:
        for source in layers.opened.values():
            source.close()
        layers.pdf.close()


# --- pages ---------------------------------------------------------------------------------------------------------------


def _add(layers: _Layers, page: LayerPage) -> None:
    if page.kind == "pdf":
        if page.path not in layers.opened:
            layers.opened[page.path] = pikepdf.open(page.path)
        layers.pdf.pages.append(layers.opened[page.path].pages[page.index])
    else:
        _add_image(layers.pdf, page)
    made = layers.pdf.pages[-1]
    if page.words:
        width, height = _shown_size(made)
        _overlay(layers, made, list(runs_of(page.words, width, height, SCALE)), width, height)
        _light(layers.pdf, made, page.lights, width, height)


def _shown_size(page: pikepdf.Page) -> tuple[float, float]:
    """Return the size of the page as it is shown, in points."""
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    width, height = abs(right - left), abs(top - bottom)
    return (height, width) if int(page.obj.get("/Rotate", 0)) % 180 else (width, height)


def _add_image(pdf: Pdf, page: LayerPage) -> None:
    with Image.open(page.path) as image:
        image.seek(page.index)
        dpi = dpi_of(image) or max(image.size) * POINTS / A4_LONG_POINTS
        turn = _ROTATED_BY_TAG.get(image.getexif().get(_ORIENTATION, 1))
        if image.format == "JPEG" and image.mode in {"L", "RGB"} and turn is not None:
            size, picture = image.size, _jpeg(pdf, page.path, image)
        else:
            upright, turn = ImageOps.exif_transpose(image), 0
            size, picture = upright.size, _packed(pdf, upright)
        width, height = (side * POINTS / dpi for side in size)
    made = pdf.add_blank_page(page_size=(width, height))
    made.obj.Resources = Dictionary(XObject=Dictionary({"/Scan": picture}))
    made.obj.Contents = pdf.make_stream(f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /Scan Do Q".encode())
    if turn:
        made.obj.Rotate = turn


def _jpeg(pdf: Pdf, path: Path, image: Image.Image) -> pikepdf.Object:
    """Take a JPEG over as it is, byte for byte."""
    stream = pdf.make_stream(path.read_bytes())
    stream.stream_dict.update(_picture(image.size, 8, "L" if image.mode == "L" else "RGB"))
    stream.stream_dict.Filter = Name.DCTDecode
    return stream


def _packed(pdf: Pdf, image: Image.Image) -> pikepdf.Object:
    """Pack any other image without loss."""
    if image.mode == "1":
        raw, bits, mode = image.tobytes(), 1, "L"
    else:
        flat = plain(image)
        raw, bits, mode = flat.tobytes(), 8, flat.mode
    stream = pdf.make_stream(b"")
    stream.write(zlib.compress(raw, 6), filter=Name.FlateDecode)
    stream.stream_dict.update(_picture(image.size, bits, mode))
    return stream


def _picture(size: tuple[int, int], bits: int, mode: str) -> Dictionary:
    return Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=size[0],
        Height=size[1],
        BitsPerComponent=bits,
        ColorSpace=Name.DeviceGray if mode == "L" else Name.DeviceRGB,
    )


# --- the layer -----------------------------------------------------------------------------------------------------------


def _overlay(layers: _Layers, page: pikepdf.Page, runs: Sequence[Run], width: float, height: float) -> None:
    """Lay the runs over a page."""
    content = pikepdf.unparse_content_stream(list(_text(layers, runs, height)))
    layer = _form(layers.pdf, content, width, height, Dictionary(Font=Dictionary()))
    layers.drawn.append(layer)
    _lay_over(page, layer, f"/LdLayer{len(layers.drawn)}")  # pages may share their resources


def _light(pdf: Pdf, page: pikepdf.Page, boxes: Sequence[Sequence[float]], width: float, height: float) -> None:
    """Light the boxes as a marker pen does: what is dark under it stays dark."""
    if not boxes:
        return
    across, down = width / SCALE, height / SCALE
    areas = (
        f"{x0 * across:.2f} {height - y1 * down:.2f} {(x1 - x0) * across:.2f} {(y1 - y0) * down:.2f} re"
        for x0, y0, x1, y1 in boxes
    )
    content = "\n".join(("/LdPen gs", _PEN, *areas, "f")).encode()
    resources = Dictionary(ExtGState=Dictionary(LdPen=Dictionary(Type=Name.ExtGState, BM=Name.Multiply)))
    _lay_over(page, _form(pdf, content, width, height, resources), "/LdLights")


def _form(pdf: Pdf, content: bytes, width: float, height: float, resources: Dictionary) -> pikepdf.Object:
    form = pdf.make_stream(content)
    box = Array([0, 0, round(width, 4), round(height, 4)])
    form.stream_dict.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=box, Resources=resources))
    return form


def _lay_over(page: pikepdf.Page, form: pikepdf.Object, name: str) -> None:
    """Lay a form over a page, turned as the page is turned."""
    page.add_resource(form, Name.XObject, Name(name))
    matrix = " ".join(f"{number:.4f}" for number in _matrix(page))
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(f"\nQ q {matrix} cm {name} Do Q".encode())


def _matrix(page: pikepdf.Page) -> tuple[float, ...]:
    """Return what turns a place on the page as it is shown into one of the page's own coordinates."""
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    match int(page.obj.get("/Rotate", 0)) % 360:
        case 90:
            return 0, 1, -1, 0, right, bottom
        case 180:
            return -1, 0, 0, -1, right, top
        case 270:
            return 0, -1, 1, 0, left, top
        case _:
            return 1, 0, 0, 1, left, bottom


def _text(layers: _Layers, runs: Sequence[Run], height: float) -> Iterator[tuple[Sequence[Any], Operator]]:
    yield [], Operator("BT")
    yield [_INVISIBLE], Operator("Tr")
    for run in runs:
        across, down = run.x1 - run.x0, run.y1 - run.y0
        size, length = (down, across) if run.is_upright else (across, down)
        stretch = 100 * length / (size * _ADVANCE / 1000 * len(run.text))
        turn = (1, 0, 0, 1) if run.is_upright else (0, -1, 1, 0)
        corner = (run.x0, height - run.y1) if run.is_upright else (run.x0, height - run.y0)
        yield [Name(_FONT_KEY), round(size, 2)], Operator("Tf")
        yield [round(stretch, 2)], Operator("Tz")
        yield [*turn, round(corner[0], 2), round(corner[1], 2)], Operator("Tm")
        yield [pikepdf.String(_coded(layers, run.text))], Operator("Tj")
    yield [], Operator("ET")


def _coded(layers: _Layers, text: str) -> bytes:
    codes = layers.codes
    return b"".join(codes.setdefault(char, len(codes) + 1).to_bytes(2, "big") for char in text)


# --- the font ------------------------------------------------------------------------------------------------------------


def _embed_font(layers: _Layers) -> None:
    """Give every layer the one font, once all characters are known."""
    if not layers.drawn:
        return
    font = _font(layers.pdf, layers.codes)
    for layer in layers.drawn:
        layer.stream_dict.Resources.Font[_FONT_KEY] = font


def _font(pdf: Pdf, codes: dict[str, int]) -> pikepdf.Object:
    file = pdf.make_stream(_blank_font())
    file.stream_dict.Length1 = len(_blank_font())
    descriptor = pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name.LdBlank,
            Flags=4,
            FontBBox=Array([0, 0, _ADVANCE, 1000]),
            ItalicAngle=0,
            Ascent=1000,
            Descent=0,
            CapHeight=1000,
            StemV=80,
            FontFile2=file,
        )
    )
    # every character is drawn by the one blank glyph, number 1
    glyphs = pdf.make_stream(b"\0\0" + b"\0\1" * len(codes))
    cid_font = pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name.LdBlank,
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            CIDToGIDMap=glyphs,
            FontDescriptor=descriptor,
            DW=_ADVANCE,
        )
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name.LdBlank,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([cid_font]),
            ToUnicode=pdf.make_stream(_unicode_map(codes)),
        )
    )


def _unicode_map(codes: dict[str, int]) -> bytes:
    """Return the map from codes to characters; only those used, because a catch-all makes readers slow."""
    pairs = [f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for char, code in codes.items()]
    blocks = (pairs[start : start + _BLOCK] for start in range(0, len(pairs), _BLOCK))
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{body}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")


@functools.cache
def _blank_font() -> bytes:
    """Return a TrueType font of two glyphs, both blank."""
    names = [".notdef", "blank"]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "blank"})
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (_ADVANCE, 0)))
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": "LdBlank", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.updateHead(created=_FONT_DATE, modified=_FONT_DATE)
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


# --- metadata ------------------------------------------------------------------------------------------------------------


def _describe(pdf: Pdf, title: str, date: str) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False) as meta:
        meta["dc:title"] = title
        meta["xmp:CreatorTool"] = "lindang"
        meta["xmp:CreateDate"] = meta["xmp:ModifyDate"] = date


def _save(pdf: Pdf, target: Path, date: str) -> bool:
    try:
        pikepdf.pdfa.prepare(pdf, FLAVOUR)
        with pdf.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta["xmp:MetadataDate"] = date
        pikepdf.pdfa.save(pdf, target, FLAVOUR, repair=False, deterministic_id=True)
    except pikepdf.pdfa.PdfaError:
        pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return False
    return True
