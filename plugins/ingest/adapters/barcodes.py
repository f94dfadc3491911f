"""Bar codes on a page: the QR codes of our own cover sheets, and whatever else is printed there."""

from __future__ import annotations

from typing import Final

import zxingcpp

from plugins.ingest.domain.image import Gray

_MAX_CODES: Final = 8
_MAX_LENGTH: Final = 500


def read_codes(gray: Gray) -> tuple[str, ...]:
    """Return the texts of the QR and Code 128 bar codes on a one-channel page, in the order found."""
    formats = zxingcpp.barcode_formats_from_str("QRCode,Code128")
    found = zxingcpp.read_barcodes(gray, formats=formats, try_invert=False)
    return tuple(code.text for code in found[:_MAX_CODES] if code.valid and len(code.text) <= _MAX_LENGTH)
