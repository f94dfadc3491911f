"""The papers of a handover: 移交清单 as PDF and as workbook, and the cover sheets for feedback paper.

Official forms, so their words are Chinese whatever language the page around them has; and deterministic, so that the same
batch gives the same bytes: no clock, no random identifiers, no compression that depends on the machine's mood.
"""

from __future__ import annotations
