"""The papers of the sharing service: the certified excerpt and the monthly list. Official papers are Chinese, and the same content
gives the same PDF. The libraries that write them are slow to load and are imported when a paper is made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lindang.fonts import FontFile
from plugins.sharing.domain.papers import ExcerptPaper


def pdf_excerpt(paper: ExcerptPaper, font: FontFile) -> bytes:
    """Return a certified excerpt as PDF, A4."""
    from plugins.sharing.documents import excerpt_pdf  # noqa: PLC0415 - because it imports fpdf, see above

    return excerpt_pdf.render(paper, font)


def pdf_list(content: Mapping[str, Any], font: FontFile, made_at: dt.datetime) -> bytes:
    """Return a monthly list as PDF, A4 landscape."""
    from plugins.sharing.documents import list_pdf  # noqa: PLC0415 - because it imports fpdf, see above

    return list_pdf.render(content, font, made_at)


def workbook_list(content: Mapping[str, Any]) -> bytes:
    """Return a monthly list as XLSX."""
    from plugins.sharing.documents import list_xlsx  # noqa: PLC0415 - because it imports openpyxl, see above

    return list_xlsx.render(content)
