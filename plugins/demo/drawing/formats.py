"""Store finished pages as an office does: one JPEG a page, or TIFF and PDF for papers of several pages. Same pages, same bytes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

_SCANNED_AT = time.gmtime(1_285_000_000)
_JPEG_QUALITY = 80


def save_pages(path: Path, pages: Sequence[Image.Image], *, dpi: int) -> None:
    """Write pages into one file; the suffix chooses the format.

    Args:
        path: `.jpg` and `.png` take one page, `.tif` and `.pdf` any number; folders are made.
        pages: images in reading order.
        dpi: written into the file.

    Raises:
        ValueError: for an unknown suffix, or several pages in a format that holds one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = pages
    match path.suffix:
        case ".jpg" if not rest:
            first.convert("RGB" if first.mode == "RGB" else "L").save(path, quality=_JPEG_QUALITY, dpi=(dpi, dpi))
        case ".png" if not rest:
            first.save(path, dpi=(dpi, dpi))
        case ".tif":
            packed = (
                {"compression": "group4"} if first.mode == "1" else {"compression": "jpeg", "quality": _JPEG_QUALITY}
            )
            first.save(path, save_all=True, append_images=rest, dpi=(dpi, dpi), **packed)
        case ".pdf":
            first.save(
                path, save_all=True, append_images=rest, resolution=float(dpi), quality=_JPEG_QUALITY,
                creationDate=_SCANNED_AT, modDate=_SCANNED_AT, producer="demo scanner",
            )  # fmt: skip
        case _:
            raise ValueError(f"{len(pages)} pages do not go into {path.name}")
