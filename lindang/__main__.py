"""``python -m lindang`` is the command ``lindang``."""

from __future__ import annotations

from lindang.cli import main

main()
