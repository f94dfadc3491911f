"""The papers of a handover: 移交清单 and the other forms as PDF and as workbook, and the cover sheets for feedback paper.

Official forms, so their words are Chinese whatever language the page around them has; and deterministic, so that the same
batch gives the same bytes: no clock, no random identifiers, no compression that depends on the machine's mood.

The libraries that write PDF and workbooks cost more than a second of start-up; they are imported when a paper is made, so
that every command of ``lindang`` does not wait for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from lindang.fonts import FontFile
from plugins.handover.documents.forms import Form
from plugins.handover.documents.rows import Cover


def pdf_list(manifest: Mapping[str, Any], font: FontFile, made_at: dt.datetime) -> bytes:
    """Return the 移交清单 as PDF, A4 landscape."""
    from plugins.handover.documents import list_pdf  # noqa: PLC0415 - because it imports fpdf, see above

    return list_pdf.render(manifest, font, made_at)


def workbook_list(manifest: Mapping[str, Any], made_at: dt.datetime) -> bytes:
    """Return the 移交清单 as XLSX."""
    from plugins.handover.documents import list_xlsx  # noqa: PLC0415 - because it imports openpyxl, see above

    return list_xlsx.render(manifest, made_at)


def cover_sheets(covers: Sequence[Cover], font: FontFile, made_at: dt.datetime) -> bytes:
    """Return the cover sheets for feedback paper as PDF, one page each."""
    from plugins.handover.documents import covers as writer  # noqa: PLC0415 - because it imports fpdf, see above

    return writer.render(covers, font, made_at)


def pdf_form(form: Form, font: FontFile, made_at: dt.datetime) -> bytes:
    """Return a filled-in form as PDF, A4."""
    from plugins.handover.documents import form_pdf  # noqa: PLC0415 - because it imports fpdf, see above

    return form_pdf.render(form, font, made_at)


def workbook_form(form: Form, made_at: dt.datetime) -> bytes:
    """Return a filled-in form as XLSX."""
    from plugins.handover.documents import form_xlsx  # noqa: PLC0415 - because it imports openpyxl, see above

    return form_xlsx.render(form, made_at)
