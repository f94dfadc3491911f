"""What the index knows of each document besides its texts: ids, facets and what it is ordered by, one array per fact.

Places, classes and codes are few: documents carry a number into a small sorted list of each, so that a scope, a filter or a count
looks at the list and not at the documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plugins.search.domain.engine import CODE_BYTES
from plugins.search.gram.layout import Array, Layout

FACTS = Layout(
    b"LDFACT3\0",
    (
        ("unit", "<i8"),
        ("stamp", "<i8"),
        ("place", "<u4"),
        ("file_id", "<u4"),
        ("item_id", "<u4"),
        ("group", "<u4"),
        ("page_id", "<u4"),
        ("certificate_id", "<u4"),
        ("page_no", "<u4"),
        ("area", "<u4"),
        ("day", "<u4"),
        ("year", "<u2"),
        ("class_code", "<u2"),
        ("sort_code", "<u4"),
        ("kind", "u1"),
        ("state", "u1"),
        ("in_batch", "u1"),
        ("respelled", "u1"),
        ("places", "<u8"),
        ("classes", "S19"),
        ("sort_codes", f"S{CODE_BYTES}"),
    ),
)
"""The documents of a group, those of one unit and item, stand next to each other: `group` counts the groups from the beginning.
`place`, `class_code` and `sort_code` are numbers into lists that are ascending; places are those of `places.py`."""

LISTED = {"place": "places", "class_code": "classes", "sort_code": "sort_codes"}
_DERIVED = ("group", *LISTED.values())
PLAIN = tuple(name for name, _ in FACTS.arrays if name not in (*LISTED, *_DERIVED))
_WRITTEN = {name: dict(FACTS.arrays)[LISTED.get(name, name)] for name, _ in FACTS.arrays if name not in _DERIVED}
ROW = np.dtype(list(_WRITTEN.items()))
"""The facts of one document as they are handed over, place and class themselves in it."""


class Facts:
    """The facts of the documents of one segment, in a buffer which may be a memory-mapped file."""

    def __init__(self, buffer: memoryview | bytes) -> None:
        """Look at the arrays in the buffer. Raises DamagedIndex."""
        self._buffer = memoryview(buffer)
        self._arrays = FACTS.unpack(self._buffer)

    def is_intact(self) -> bool:
        """Tell whether the checksum holds; reads every byte."""
        return FACTS.is_intact(self._buffer)

    def __len__(self) -> int:
        return len(self._arrays["unit"])

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]


def columns_of(rows: Sequence[tuple[Any, ...]]) -> dict[str, Array]:
    """Return rows of facts as one array per fact, place and class written out."""
    table = np.array(rows, ROW)
    return {name: table[name] for name in _WRITTEN}


def columns_of_living(facts: Facts, live: Array) -> dict[str, Array]:
    """Return the facts of the documents that live on, place and class written out."""
    plain = {name: facts[name][live] for name in PLAIN}
    return plain | {name: facts[values][facts[name][live]] for name, values in LISTED.items()}


def packed_facts(parts: Sequence[dict[str, Array]]) -> dict[str, Array]:
    """Return the parts one behind the other as the arrays of the layout."""
    columns = {name: np.concatenate([part[name] for part in parts]) for name in _WRITTEN}
    for name, values in LISTED.items():
        columns[values], columns[name] = np.unique(columns[name], return_inverse=True)
    unit, item = columns["unit"], columns["item_id"]
    begins = (np.diff(unit, prepend=unit[:1]) != 0) | (np.diff(item.astype(np.int64), prepend=item[:1]) != 0)
    return columns | {"group": np.cumsum(begins)}


def facts_of(rows: Sequence[tuple[Any, ...]]) -> Facts:
    """Return rows of facts, groups standing together, opened like those of a segment."""
    return Facts(b"".join(FACTS.pack(packed_facts([columns_of(rows)]))))
