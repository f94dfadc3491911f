"""The digest of a village's rows: anybody can count and check a closed sheet again with nothing but JSON and SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping


def digest_of(rows: Iterable[Mapping[str, str]]) -> str:
    """Return the SHA-256 over one line of canonical JSON (keys sorted, no blanks, UTF-8) for each row, in their order."""
    sha = hashlib.sha256()
    for cells in rows:
        line = json.dumps(dict(cells), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        sha.update(line.encode() + b"\n")
    return sha.hexdigest()
