"""The list of known passwords that is shipped beside this module."""

from __future__ import annotations

import functools
from pathlib import Path

_FILE = Path(__file__).with_name("known_passwords.txt")


@functools.cache
def known_passwords() -> frozenset[str]:
    """Return the known passwords in lower case; read once per process."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
