"""From an untrusted file to page images and text: files in, files out, no database, no network, no state.

``process`` is a plain function that runs inside the limited child process of ``sandbox``. The file's kind is told by its
first bytes. Every page becomes a view image and a thumbnail in the work folder; the original is only read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

from plugins.ingest.adapters import images, packages, pdfs
from plugins.ingest.adapters.barcodes import read_codes
from plugins.ingest.domain import image as look
from plugins.ingest.domain.measure import darkness, levelled, measure, unmatched
from plugins.ingest.domain.patch import has_patch_t
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import PageScan, ScanProfile, ScanResult, Side
from plugins.ingest.domain.signature import HEAD_BYTES, MEDIA_TYPES, PACKAGES, RECORDINGS, kind_of

Source = Iterator[tuple[images.Capture, pdfs.PageText | None]]


def process(
    path: Path, workdir: Path, profile: ScanProfile, on_page: Callable[[int], None] = lambda _count: None
) -> ScanResult:
    """Turn one file into pages.

    Args:
        path: the file, read only.
        workdir: an empty folder for the page images.
        profile: resolutions and limits.
        on_page: called with the number of pages done, after each.

    Returns:
        The pages in order, with the names of their images in ``workdir``.

    Raises:
        Refused: with the reason why the file cannot be taken in. Nothing in ``workdir`` counts then.
    """
    kind = inspect(path, profile)
    producer, mended = "", False
    if kind == "pdf":
        producer = pdfs.facts_of(path).producer
        document, mended = pdfs.open_pdf(path, workdir, profile)
        source: Source = pdfs.pages(document, profile)
    elif kind in PACKAGES or kind in RECORDINGS:
        said = packages.text_of_package(path, kind, profile) if kind in PACKAGES else ""
        source = iter([(images.card(kind.upper()), pdfs.PageText(said, (), pdfs.BORN))])
    else:
        source = ((captured, None) for captured in images.frames(path, profile))
    done = []
    for number, (captured, text) in enumerate(source, start=1):
        done.append(_finish(number, captured, text, workdir, profile))
        on_page(number)
    return ScanResult(
        format=kind,
        media_type=MEDIA_TYPES[kind],
        pages=tuple(done),
        tool=_tool(kind),
        producer=producer,
        repaired=mended,
    )


def inspect(path: Path, profile: ScanProfile) -> str:
    """Return the file's real kind. Raises Refused when it is empty, too large, or none of ours."""
    size = path.stat().st_size
    if size == 0:
        raise Refused(ReasonCode.EMPTY)
    if size > profile.max_bytes:
        raise Refused(ReasonCode.TOO_LARGE, f"{size // 1_000_000} MB")
    with path.open("rb") as stream:
        kind = kind_of(stream.read(HEAD_BYTES))
    if kind == "zip":
        kind = packages.kind_of_package(path)
    if kind not in MEDIA_TYPES:
        raise Refused(ReasonCode.UNSUPPORTED, kind)
    return kind


def _finish(
    number: int, captured: images.Capture, text: pdfs.PageText | None, workdir: Path, profile: ScanProfile
) -> PageScan:
    view = images.view_of(captured, profile)
    thumb = images.thumb_of(view, profile)
    names = f"view-{number:05d}.jpg", f"thumb-{number:05d}.jpg"
    view_dpi = round(captured.dpi_or_guess * view.width / captured.width)
    images.save_jpeg(view, workdir / names[0], quality=profile.view_quality, dpi=view_dpi)
    images.save_jpeg(thumb, workdir / names[1], quality=75, dpi=pdfs.POINTS)
    red = look.red_channel(view)
    small = look.at_look_size(red, view_dpi)
    looks_blank = look.is_blank(look.at_look_size(look.writing(view, view_dpi), view_dpi))
    blank = text is None and looks_blank
    return PageScan(
        page_no=number,
        view=names[0],
        thumb=names[1],
        width=captured.width,
        height=captured.height,
        dpi=captured.dpi,
        colour_mode=captured.colour_mode,
        view_width=view.width,
        view_height=view.height,
        thumb_width=thumb.width,
        thumb_height=thumb.height,
        is_blank=blank,
        text=text.text if text else None,
        text_layer=text.layer if text else "",
        words=text.words if text else (),
        codes=() if blank else _codes(np.asarray(view.convert("L")), view_dpi, profile),
        look=measure(red, small, thumb, view_dpi, is_blank=looks_blank) if _is_scanned(text) else None,
    )


def _codes(gray: look.Gray, dpi: int, profile: ScanProfile) -> tuple[str, ...]:
    """Return the texts of the bar codes on a page; a patch code T stands behind them as what the office has it mean."""
    found = read_codes(gray)
    return (*found, profile.patch_code) if profile.patch_code and has_patch_t(gray, dpi) else found


def _is_scanned(text: pdfs.PageText | None) -> bool:
    """Tell a scan from a page that was born digital, on which nothing is to be measured."""
    return text is None or text.layer != pdfs.BORN


def compare(pairs: Sequence[tuple[Side, Side]], profile: ScanProfile) -> list[float]:
    """Return for each pair of pages which share of their writing has no counterpart on the other.

    Raises:
        Refused: an image is broken.
    """
    sides = {side: _darkness(side, profile) for side in dict.fromkeys(side for pair in pairs for side in pair)}
    return [unmatched(sides[one], sides[other]) for one, other in pairs]


def _darkness(side: Side, profile: ScanProfile) -> look.Gray:
    """Return what is written on a page at look size, from an image that is decoded no finer than twice that."""
    with images.open_image(Path(side.path), profile) as image:
        factor = max(1, round(side.dpi / look.LOOK_DPI))
        size = image.width // factor, image.height // factor
        image.draft(None, size)
        small = look.red_channel(images.plain(image)).copy()
    return levelled(darkness(np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BOX))), side.skew)


def warm_up() -> None:
    """Load what the first file of each kind would load; a process that forks for every file does so once, before."""
    Image.init()
    _tool("pdf")
    _tool("jpeg")
    read_codes(np.full((64, 64), 255, dtype=np.uint8))


@functools.cache
def _tool(kind: str) -> str:
    if kind == "pdf":
        return f"pypdfium2 {version('pypdfium2')}, Pillow {version('pillow')}"
    return f"Pillow {version('pillow')}"
