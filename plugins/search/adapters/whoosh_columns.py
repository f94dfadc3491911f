"""Two column types for Whoosh segments: the gram index of a text field, and the facts of the documents.

Whoosh keeps what it is good at (segments, their list, locks, deletion); the bytes inside a column are ours, and so is merging:
a new segment takes over the columns of others as they are, without a look at their documents. Columns are read through
memory maps of our own (`snapshot`): Whoosh's would copy each column once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from whoosh.columns import Column, ColumnWriter

from plugins.search.adapters.facts import FACTS, ROW, Facts, columns_of, columns_of_living, packed_facts
from plugins.search.gram.build import build
from plugins.search.gram.layout import GRAMS, Array
from plugins.search.gram.merge import merge
from plugins.search.gram.read import GramIndex

FACTS_FIELD = "facts_4"
"""The field with the facts. A change of `FACTS` or `GRAMS` needs another name: an index with the old one is then rebuilt, not
misread."""


class TextsWriter(ColumnWriter):  # type: ignore[misc]
    """Gathers the texts of a segment and writes their gram index at its end."""

    def __init__(self, dbfile: Any) -> None:
        super().__init__(dbfile)
        self._parts: list[tuple[GramIndex, Array]] = []
        self._taken = 0
        self._texts: list[str] = []

    def add(self, docnum: int, value: str) -> None:
        """Take the text of a document; those left out hold nothing."""
        self._fill(docnum)
        self._texts.append(value)

    def absorb(self, index: GramIndex, live: Array) -> None:
        """Take over the documents of another segment that live on, behind those taken so far."""
        self._close_part()
        self._parts.append((index, live))
        self._taken += int(live.sum())

    def finish(self, doccount: int) -> None:
        """Write the gram index."""
        self._fill(doccount)
        if self._parts:
            self._close_part()
            arrays = merge(self._parts)
        else:
            arrays = build(self._texts)
        for piece in GRAMS.pack(arrays):
            self._dbfile.write(piece)

    def _fill(self, count: int) -> None:
        self._texts.extend("" for _ in range(count - self._taken - len(self._texts)))

    def _close_part(self) -> None:
        if self._texts:
            index = GramIndex(b"".join(GRAMS.pack(build(self._texts))))
            self._parts.append((index, np.ones(len(self._texts), bool)))
            self._taken += len(self._texts)
            self._texts = []


class GramColumn(Column):  # type: ignore[misc]
    """A text field that answers "which documents hold this string" exactly."""

    _default = ""

    def writer(self, dbfile: Any) -> TextsWriter:
        """Return what gathers the texts of a new segment."""
        return TextsWriter(dbfile)


class FactsWriter(ColumnWriter):  # type: ignore[misc]
    """Gathers the facts of a segment and writes them at its end."""

    def __init__(self, dbfile: Any) -> None:
        super().__init__(dbfile)
        self._parts: list[dict[str, Array]] = []
        self._taken = 0
        self._rows: list[tuple[Any, ...]] = []

    def add(self, docnum: int, value: tuple[Any, ...]) -> None:
        """Take the facts of the next document, in the order of `ROW`."""
        if docnum != self._taken + len(self._rows):
            raise ValueError("every document has facts")
        self._rows.append(value)

    def absorb(self, facts: Facts, live: Array) -> None:
        """Take over the documents of another segment that live on, behind those taken so far."""
        self._close_part()
        self._parts.append(columns_of_living(facts, live))
        self._taken += int(live.sum())

    def finish(self, doccount: int) -> None:
        """Write the facts."""
        self._close_part()
        if self._taken != doccount:
            raise ValueError("every document has facts")
        for piece in FACTS.pack(packed_facts(self._parts)):
            self._dbfile.write(piece)

    def _close_part(self) -> None:
        if self._rows or not self._parts:
            self._parts.append(columns_of(self._rows))
            self._taken += len(self._rows)
            self._rows = []


class FactsColumn(Column):  # type: ignore[misc]
    """The facts of each document: ids and facets."""

    _default = tuple(np.zeros(1, ROW)[0].item())

    def writer(self, dbfile: Any) -> FactsWriter:
        """Return what gathers the facts of a new segment."""
        return FactsWriter(dbfile)
