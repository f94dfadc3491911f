"""A scan as the viewer beside a form takes it, with what a machine read on it."""

from __future__ import annotations

from typing import Any

from flask import url_for

from plugins.register.queries.scans import FileReadings, FileScan, Offer


def scan_context(scan: FileScan | None, readings: FileReadings | None, page_url: str) -> dict[str, Any]:
    """Return the variables of ``register/_scan.html``; turning pages stays on ``page_url``."""
    if scan is None:
        return {"scan": None, "readings": {"book": {}, "parcels": []}}
    pages = [
        {
            "number": page.number,
            "label": f"{page.item_no}-{page.page_no}",
            "image_url": _picture(page.id, "view"),
            "thumb_url": _picture(page.id, "thumb"),
            "words_url": None,
            "page_url": page_url,
        }
        for page in scan.pages
    ]
    at = {page.id: index for index, page in enumerate(scan.pages)}
    shown = {"file_id": scan.file_id, "archival_code": scan.archival_code, "pages": pages, "first": scan.first}
    return {"scan": shown, "readings": _offers(readings, at)}


def _picture(page_id: int, role: str) -> str:
    return url_for("catalogue.page_picture", page_id=page_id, role=role)


def _offers(readings: FileReadings | None, at: dict[int, int]) -> dict[str, Any]:
    if readings is None:
        return {"book": {}, "parcels": []}
    return {
        "book": {key: _offer(offer, at) for key, offer in readings.book.items()},
        "parcels": [{key: _offer(offer, at) for key, offer in page.items()} for page in readings.parcels],
    }


def _offer(offer: Offer, at: dict[int, int]) -> dict[str, Any]:
    return {
        "value": offer.value,
        "confidence": offer.confidence,
        "box": list(offer.box),
        "index": at.get(offer.page_id, 0),
        "page_id": offer.page_id,
        "image": _picture(offer.page_id, "view"),
    }
