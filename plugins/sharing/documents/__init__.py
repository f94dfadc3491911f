"""The papers of the sharing service: the certified excerpt and the monthly list. Official papers are Chinese, and the same content
gives the same bytes. The libraries that write them are slow to load and are imported when a paper is made.
"""

from __future__ import annotations

from lindang.fonts import FontFile
from plugins.sharing.domain.papers import ExcerptPaper


def pdf_excerpt(paper: ExcerptPaper, font: FontFile) -> bytes:
    """Return a certified excerpt as PDF, A4."""
    from plugins.sharing.documents import excerpt_pdf  # noqa: PLC0415 - because it imports fpdf, see above

    return excerpt_pdf.render(paper, font)
