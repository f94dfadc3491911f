"""What a rule answers, and what it is told besides the row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

CERTIFICATE: Final = "certificate"
PARCEL: Final = "parcel"
VILLAGE: Final = "village"
LINE: Final = "baseline_line"
"""What a finding is about: a book, a parcel, a village (or county), one line of a declared list."""

Facts = Mapping[str, Any]
"""JSON scalars and lists: the values that the sentence shows. Equal facts mean the same finding, so nothing that moves by itself
(today, a threshold) belongs here. ``case`` chooses between the sentences of a rule."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found wrong; ``field`` is a column key, ``subject`` tells apart what one object can have several of."""

    code: str
    severity: str
    field: str
    facts: Facts
    subject: str = ""
    kind: str = PARCEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the row rules must know besides the row."""

    today: dt.date
    largest_mu: Decimal = Decimal(10_000)
