"""Writing the papers of a stack as files of their own, every page's image bytes as they are in the stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pikepdf

from plugins.ingest.domain.tiff_part import NotDivisible, write_part


def write_pdf_parts(source: Path, parts: Sequence[Sequence[int]], folder: Path) -> list[str]:
    """Write one PDF for each list of page numbers (from 1); returns the names in ``folder``.

    The same pages always give the same bytes. A paper holds nothing of other pages: of resources that pages share only
    what its own pages draw is kept.

    Raises:
        NotDivisible: the file has not the pages asked for.
    """
    names = []
    with pikepdf.open(source) as stack:
        for number, pages in enumerate(parts, start=1):
            name = f"part-{number:04d}.pdf"
            with pikepdf.new() as part:
                for page_no in pages:
                    if not 1 <= page_no <= len(stack.pages):
                        raise NotDivisible(f"no page {page_no}")
                    part.pages.append(stack.pages[page_no - 1])
                for page in part.pages:
                    for key in ("/B", "/StructParents", "/PieceInfo", "/Thumb"):
                        if key in page.obj:
                            del page.obj[key]
                part.remove_unreferenced_resources()
                raw = pikepdf.StreamDecodeLevel.none
                part.save(folder / name, deterministic_id=True, compress_streams=False, stream_decode_level=raw)
            names.append(name)
    return names


def write_tiff_parts(source: Path, parts: Sequence[Sequence[int]], folder: Path) -> list[str]:
    """Write one TIFF for each list of page numbers (from 1); returns the names in ``folder``.

    Raises:
        NotDivisible: see :func:`plugins.ingest.domain.tiff_part.write_part`.
    """
    names = []
    with source.open("rb") as stack:
        for number, pages in enumerate(parts, start=1):
            name = f"part-{number:04d}.tif"
            with (folder / name).open("wb") as target:
                write_part(stack, [page_no - 1 for page_no in pages], target)
            names.append(name)
    return names
