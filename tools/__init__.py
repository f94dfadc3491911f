"""Scripts for the people who work on lindang; nothing here is needed to run it. Start them with ``make``."""

from __future__ import annotations
