"""What a rule is, as data."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from lindang.i18n import Text

ERROR, WARNING, NOTICE = "E", "W", "I"


class How(enum.Enum):
    """Where a rule looks."""

    ROW = "row"
    SET = "set"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``sentences`` by the ``case`` of the facts; ``columns`` are the column keys it is about."""

    code: str
    severity: str
    title: Text
    sentences: Mapping[str, Text]
    remedy: Text
    how: How
    columns: tuple[str, ...] = ()
    clause: Text = ""
    note: Text = ""
    missing: Text = ""
    """What is needed to check at all; said of what could not be checked."""


class Book:
    """Rules by their code, in the order in which they were written down."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}

    def add(self, code: str, severity: str, title: Text, how: How, **more: object) -> None:
        """Write a rule down."""
        self.rules[code] = Rule(code=code, severity=severity, title=title, how=how, **more)  # type: ignore[arg-type]
