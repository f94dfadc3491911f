"""The limits of image quality that a new archive begins with; the office's settings replace them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on a page is to be looked at, and from where on to be scanned again."""

    dpi_min: int = 200
    colour_types: tuple[str, ...] = ("D01", "D06", "D10", "D11", "D18")
    paper_mm: Mapping[str, int] = field(default_factory=dict)
    skew_look: float = 2.0
    skew_redo: float = 5.0
    paper_look: int = 150
    paper_redo: int = 90
    contrast_look: int = 80
    contrast_redo: int = 60
    blur_look: float = 1.6
    blur_redo: float = 2.6
    border_look: float = 5.0
    cut_look: int = 3
    cut_redo: int = 10

    @property
    def key(self) -> str:
        """A short digest: what was judged under other limits can be told."""
        text = json.dumps(asdict(self), sort_keys=True, default=list)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
