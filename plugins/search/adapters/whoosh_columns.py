"""Two column types for Whoosh segments: the gram index of a text field, and one row of plain facts per document.

Whoosh keeps what it is good at (segments, their list, locks, deletion, merging); the bytes inside a column are ours.
Columns are mapped into memory, never copied, and read through NumPy, so several threads may use one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from whoosh.columns import Column, ColumnReader, ColumnWriter

from plugins.search.domain.engine import CODE_BYTES
from plugins.search.gram.build import build
from plugins.search.gram.layout import Array
from plugins.search.gram.read import GramIndex

FACTS = np.dtype(
    [
        ("unit", "<i8"),
        ("stamp", "<i8"),
        ("place", "<u8"),
        ("file_id", "<u4"),
        ("item_id", "<u4"),
        ("page_id", "<u4"),
        ("certificate_id", "<u4"),
        ("page_no", "<u4"),
        ("area", "<u4"),
        ("day", "<u4"),
        ("year", "<u2"),
        ("kind", "u1"),
        ("state", "u1"),
        ("in_batch", "u1"),
        ("class_code", "S19"),
        ("sort_code", f"S{CODE_BYTES}"),
    ]
)
"""What the index knows of a document besides its texts: ids, facets, and what it is ordered by."""
FACTS_FIELD = "facts_3"
"""The field with the facts. A change of `FACTS` needs another name: an index with the old one is then rebuilt, not misread."""


def _bytes_of(dbfile: Any, position: int, length: int) -> memoryview:
    """Return the column's bytes: a view into the mapped segment, or a copy where Whoosh could not map it."""
    mapped = getattr(dbfile, "_buf", None)
    if mapped is not None:
        return memoryview(mapped)[position : position + length]
    dbfile.seek(position)
    return memoryview(dbfile.read(length))


class _TextsWriter(ColumnWriter):  # type: ignore[misc]
    """Gathers the texts of a segment and writes their gram index at its end."""

    def __init__(self, dbfile: Any) -> None:
        super().__init__(dbfile)
        self._texts: list[str] = []

    def add(self, docnum: int, value: str) -> None:
        """Take the text of a document; those left out hold nothing."""
        self._texts.extend("" for _ in range(docnum - len(self._texts)))
        self._texts.append(value)

    def finish(self, doccount: int) -> None:
        """Write the gram index."""
        self._texts.extend("" for _ in range(doccount - len(self._texts)))
        self._dbfile.write(build(self._texts))


class GramReader(ColumnReader):  # type: ignore[misc]
    """The gram index of one field of one segment, as `index`."""

    def __init__(self, dbfile: Any, basepos: int, length: int, doccount: int) -> None:
        super().__init__(dbfile, basepos, length, doccount)
        self.index = GramIndex(_bytes_of(dbfile, basepos, length))
        self._texts: list[str] | None = None

    def __getitem__(self, docnum: int) -> str:
        if self._texts is None:  # only merging reads texts back, and it reads all of them
            self._texts = self.index.texts()
        return self._texts[docnum]


class GramColumn(Column):  # type: ignore[misc]
    """A text field that answers "which documents hold this string" exactly."""

    _default = ""

    def writer(self, dbfile: Any) -> _TextsWriter:
        """Return what gathers the texts of a new segment."""
        return _TextsWriter(dbfile)

    def reader(self, dbfile: Any, basepos: int, length: int, doccount: int) -> GramReader:
        """Return the column of a segment, opened."""
        return GramReader(dbfile, basepos, length, doccount)


class _FactsWriter(ColumnWriter):  # type: ignore[misc]
    """Writes one row of facts per document."""

    def __init__(self, dbfile: Any) -> None:
        super().__init__(dbfile)
        self._rows: list[tuple[Any, ...]] = []

    def add(self, docnum: int, value: tuple[Any, ...]) -> None:
        """Take the facts of the next document."""
        if docnum != len(self._rows):
            raise ValueError("every document has facts")
        self._rows.append(value)

    def finish(self, doccount: int) -> None:
        """Write the rows."""
        self._dbfile.write(np.array(self._rows, dtype=FACTS).tobytes())


class FactsReader(ColumnReader):  # type: ignore[misc]
    """The facts of one segment, as the structured array `rows`."""

    def __init__(self, dbfile: Any, basepos: int, length: int, doccount: int) -> None:
        super().__init__(dbfile, basepos, length, doccount)
        self.rows: Array = np.frombuffer(_bytes_of(dbfile, basepos, length), FACTS)

    def __getitem__(self, docnum: int) -> tuple[Any, ...]:
        return tuple(self.rows[docnum].item())


class FactsColumn(Column):  # type: ignore[misc]
    """The facts of each document: ids and facets."""

    _default = tuple(np.zeros(1, FACTS)[0].item())

    def writer(self, dbfile: Any) -> _FactsWriter:
        """Return what gathers the facts of a new segment."""
        return _FactsWriter(dbfile)

    def reader(self, dbfile: Any, basepos: int, length: int, doccount: int) -> FactsReader:
        """Return the column of a segment, opened."""
        return FactsReader(dbfile, basepos, length, doccount)
