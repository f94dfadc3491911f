"""What stands on a certified excerpt, how it is numbered, and the code that proves it.

The code is the beginning of a keyed digest over number and content: without the archive's key nobody can make one that fits.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

CODE_LENGTH: Final = 16
_QR_PREFIX: Final = "LDGX:"
_CODE: Final = re.compile(r"[0-9A-F]{16}")
_FILE_MARK: Final = re.compile(rb"/ID\s*\[\s*<([0-9A-Fa-f]{32})>")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptPaper:
    """Everything that is printed on an excerpt; `content` maps each group to ``{"rows": [...], "note": ...}``."""

    excerpt_no: str
    office: str
    agency: str
    purpose: str
    basis: str
    content: Mapping[str, Any]
    code: str
    issued_at: dt.datetime
    issued_on: dt.date


def excerpt_number(county_code: str, year: int, number: int) -> str:
    """Return the number of an excerpt, such as ``141124-2020-GX0001``."""
    return f"{county_code}-{year}-GX{number:04d}"


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the content in the one spelling that is digested."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the content."""
    return hashlib.sha256(canonical(content)).hexdigest()


def proof_code(keyed_digest: Callable[[str], str], excerpt_no: str, digest: str) -> str:
    """Return the verification code of an excerpt."""
    return keyed_digest(f"excerpt|{excerpt_no}|{digest}")[:CODE_LENGTH].upper()


def shown_code(code: str) -> str:
    """Return the code as it is printed: four groups of four."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def qr_text(excerpt_no: str, code: str) -> str:
    """Return what the QR code holds: number and code, no address."""
    return f"{_QR_PREFIX}{excerpt_no}:{shown_code(code)}"


def read_code(text: str) -> str:
    """Return the code in what was typed or scanned, in any grouping; empty when there is none."""
    bare = text.strip().upper().rpartition(":")[2]
    code = re.sub(r"[\s\-—–]", "", bare)
    return code if _CODE.fullmatch(code) else ""


def file_mark(code: str) -> str:
    """Return the identifier that the PDF of this code carries (see ``lindang.paper.Sheet.file_id``)."""
    return hashlib.md5(code.encode(), usedforsecurity=False).hexdigest()


def read_file_mark(data: bytes) -> str:
    """Return the identifier inside a PDF's bytes, which are searched and never parsed; empty when there is none."""
    found = _FILE_MARK.findall(data)
    return found[-1].decode().lower() if found else ""


def first_difference(left: bytes, right: bytes) -> int:
    """Return the place of the first byte that differs, from 0; the shorter length when one begins like the other."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
