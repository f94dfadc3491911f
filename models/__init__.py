"""The shared vocabulary: every built-in table and the domain events.

Plugins never import each other; they meet in these tables, in the outbox and in the values that the host collects.
Importing this package registers every table on ``lindang.db.Base.metadata``.
"""

from __future__ import annotations

from lindang.db import Base
from models import (
    account,
    archive,
    digital,
    finding,
    fixity,
    handover,
    identifiers,
    intake,
    keying,
    packages,
    place,
    progress,
    quality,
    ready_counts,
    reference,
    register,
    register_export,
    register_import,
    saved_searches,
    search_names,
    sharing,
)

__all__ = [
    "Base",
    "account",
    "archive",
    "digital",
    "finding",
    "fixity",
    "handover",
    "identifiers",
    "intake",
    "keying",
    "packages",
    "place",
    "progress",
    "quality",
    "ready_counts",
    "reference",
    "register",
    "register_export",
    "register_import",
    "saved_searches",
    "search_names",
    "sharing",
]
