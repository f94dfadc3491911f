"""The rule book: one line of data for each rule R01 to R45, with the words an archivist reads.

``note`` is how this archive reads a rule that the reference leaves open. Source of all rules: domain reference 2.9, a proposal (an
auditors' rule set; no official list was found); ``clause`` names what a rule rests on besides that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plugins.register.domain.rules import book_files, book_numbers
from plugins.register.domain.rules.rule import Rule

RULES: Final[Mapping[str, Rule]] = {**book_numbers.BOOK.rules, **book_files.BOOK.rules}
"""Every rule by its code, in order."""
