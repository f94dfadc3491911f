"""Chance that repeats itself: every choice of the demonstration is drawn from a generator named after what it decides."""

from __future__ import annotations

import random


def chance(seed: int, about: str) -> random.Random:
    """Return the generator for one decision; seed and subject together fix everything drawn from it."""
    return random.Random(f"{seed}:{about}")  # noqa: S311 - pictures and names are drawn, not secrets
