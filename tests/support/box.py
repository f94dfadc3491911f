"""A whole box as one file: separator sheets, blank backs and papers of several households, as PDF or TIFF."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence

import segno
from PIL import Image

from plugins.ingest.domain.separator import FILE, ITEM, Separator
from tests.ingest_kit import VILLAGE, blank_page, written_page


def sheet(separator: Separator, *, width: int = 620, height: int = 877) -> Image.Image:
    """Return a scanned separator sheet."""
    page = Image.new("RGB", (width, height), (250, 247, 238))
    out = io.BytesIO()
    segno.make_qr(separator.code, error="q").save(out, kind="png", scale=5, border=4)
    code = Image.open(io.BytesIO(out.getvalue())).convert("RGB")
    page.paste(code, ((width - code.width) // 2, 120))
    return page


def box_pages() -> list[Image.Image]:
    """Return ten pages: two households, the first with two papers, sheets before each, one with a blank back."""
    return [
        sheet(Separator(kind=FILE, village=VILLAGE, doc_type="D01")),
        blank_page(),
        written_page(1),
        written_page(2),
        sheet(Separator(kind=ITEM, doc_type="D04")),
        written_page(3),
        sheet(Separator(kind=FILE, village=VILLAGE, doc_type="D11")),
        written_page(4),
        written_page(5),
        written_page(6),
    ]


def as_pdf(pages: Sequence[Image.Image]) -> bytes:
    """Return pages as one PDF of JPEG images."""
    out = io.BytesIO()
    then = time.gmtime(0)
    more = {"append_images": list(pages[1:]), "creationDate": then, "modDate": then}
    pages[0].save(out, "PDF", save_all=True, resolution=75, quality=80, **more)
    return out.getvalue()


def as_tiff(pages: Sequence[Image.Image], compression: str = "tiff_lzw") -> bytes:
    """Return pages as one TIFF."""
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=list(pages[1:]), compression=compression, dpi=(75, 75))
    return out.getvalue()
