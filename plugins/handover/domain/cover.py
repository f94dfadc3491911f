"""The code on a cover sheet: ``LD:`` and the code of a batch item. It is printed as a QR code and in plain letters on the
sheet that goes in front of the feedback paper, and read back from the scan.
"""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = "LD:"
_ITEM_CODE: Final = re.compile(r"^(?P<batch>\d{6}-\d{4}-YJ\d{3,})(?:\.(?P<version>\d+))?-(?P<seq>\d{4,})$")


def cover_code(item_code: str) -> str:
    """Return what the QR code holds."""
    return PREFIX + item_code


def read_cover_code(text: str) -> str | None:
    """Return the batch-item code inside a scanned text, or None when it is no cover code of a batch item."""
    bare = text.strip()
    if not bare.upper().startswith(PREFIX):
        return None
    code = bare[len(PREFIX) :].strip().upper()
    return code if _ITEM_CODE.match(code) else None
