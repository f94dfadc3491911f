"""The code on a separator sheet: where a new household, or a new paper of the same household, begins in a stack.

It reads ``LDS:kind:village:reference:document type:check``, empty where the sheet leaves something open. The check is four
hexadecimal digits over all before it, so that a misread code is no code; the reader of bar codes checks the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "LDS:"
FILE, ITEM = "F", "I"
"""What begins behind the sheet: a 案卷, or a further 件 of the one before."""
_CODE: Final = re.compile(
    r"LDS:(?P<kind>[FI]):(?P<village>(?:\d{12})?):(?P<reference>(?:[AC]\d{1,10})?):(?P<doc_type>(?:[A-Z]\d{2,3})?):"
    r"(?P<check>[0-9A-F]{4})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Separator:
    """One sheet. ``reference`` is ``A`` and the id of a 案卷, or ``C`` and the id of a certificate of the register."""

    kind: str
    village: str = ""
    reference: str = ""
    doc_type: str = ""

    @property
    def code(self) -> str:
        """What the QR code holds."""
        body = f"{PREFIX}{self.kind}:{self.village}:{self.reference}:{self.doc_type}:"
        return body + _check(body)


def read_separator(text: str) -> Separator | None:
    """Return the sheet that a scanned code stands for; None when it is another code or its check is wrong."""
    found = _CODE.fullmatch(text.strip().upper())
    if found is None or found["check"] != _check(found[0][:-4]):
        return None
    return Separator(
        kind=found["kind"], village=found["village"], reference=found["reference"], doc_type=found["doc_type"]
    )


def separator_among(codes: Iterable[str]) -> Separator | None:
    """Return the first sheet among the codes of a page."""
    return next((sheet for code in codes if (sheet := read_separator(code)) is not None), None)


def _check(body: str) -> str:
    return hashlib.sha256(body.encode("ascii")).hexdigest()[:4].upper()
