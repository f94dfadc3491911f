"""SM3 digests beside SHA-256, where a receiver asks for them: computed by the machine's OpenSSL, checked with ``openssl dgst``.

Source: GB/T 32905 (SM3); domain reference 4.6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from plugins.handover.packaging.tree import OTHERS, Entry, Made

SUMS: Final = f"{OTHERS}/sm3sums.txt"
_ALGORITHM: Final = "sm3"


def has_sm3() -> bool:
    """Say whether this machine's OpenSSL knows SM3."""
    return _ALGORITHM in hashlib.algorithms_available


def sm3_entry(entries: Sequence[Entry], source: Callable[[str], Path]) -> Made:
    """Return the list of the SM3 digests of all entries: ``digest  path``, paths as in the tree, the order of the paths."""
    sums = sorted((entry.path, _digest(entry, source)) for entry in entries)
    return Made(SUMS, "".join(f"{digest}  {path}\n" for path, digest in sums).encode())


def _digest(entry: Entry, source: Callable[[str], Path]) -> str:
    if isinstance(entry, Made):
        return hashlib.new(_ALGORITHM, entry.data).hexdigest()
    with source(entry.sha256).open("rb") as stream:
        return hashlib.file_digest(stream, _ALGORITHM).hexdigest()
