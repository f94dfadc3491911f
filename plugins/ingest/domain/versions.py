"""Which of two texts of a page is the current one when both are kept: the rule, written out in docs/reading.md.

A text is never thrown away. A new one takes over when it comes of an engine that reads at least as well as the one whose
text is current, unless it tells clearly less than its page shows ink for while the current one does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plugins.ingest.domain.record import PDF_BORN, PDF_LAYER
from plugins.ingest.domain.text import THIN_TEXT

RANK: Final[Mapping[str, int]] = {PDF_LAYER: 1, "tesseract": 2, "rapidocr-fast": 3, "rapidocr": 4, PDF_BORN: 9}
"""How well engines read on the pages of docs/reading.md; text that a PDF was born with is no reading and always right."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rule looks at: who read, whether there is any text, and what was doubtful about it."""

    engine: str
    has_text: bool
    profile: str = ""

    @property
    def is_poor(self) -> bool:
        """Whether the text is empty, or too short for the ink of its page."""
        return not self.has_text or THIN_TEXT in self.profile.split()


def takes_over(new: Standing, present: Standing | None) -> bool:
    """Tell whether a new text becomes the current one of its page."""
    if present is None:
        return True
    if new.is_poor != present.is_poor:
        return present.is_poor
    return RANK.get(new.engine, 0) >= RANK.get(present.engine, 0)
