"""Whoosh's writer of one new segment, taught to take the columns of other segments over as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3PerDocWriter, W3Segment
from whoosh.index import FileIndex
from whoosh.writing import SegmentWriter

from plugins.search.adapters.segment import Segment
from plugins.search.adapters.snapshot import Snapshot, living
from plugins.search.adapters.whoosh_columns import FACTS_FIELD
from plugins.search.gram.layout import Array
from plugins.search.gram.lists import among

_LOCK_SECONDS = 5.0


class _Documents(W3PerDocWriter):  # type: ignore[misc]
    """Writes what is kept of each document: here columns and nothing else."""

    def absorb(self, schema: Any, segment: Segment, live: Array) -> None:
        """Take the living documents of a segment behind those taken so far."""
        for name, field in schema.items():
            if not self._has_column(name):
                self._create_column(name, field.column_type)
            self._get_column(name).absorb(segment.facts if name == FACTS_FIELD else segment.grams[name], live)
        self._doccount += int(live.sum())


class _Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's own codec, but for the writer; the list of segments, a pickle, names none of our classes."""

    def per_document_writer(self, storage: Any, segment: Any) -> _Documents:
        """Return our writer of documents."""
        return _Documents(self, storage, segment)

    def new_segment(self, _storage: Any, indexname: str) -> Any:
        """Return the description of a new segment."""
        return W3Segment(W3Codec(), indexname)


class ColumnWriter(SegmentWriter):  # type: ignore[misc]
    """A writer that knows the opened segments of the latest commit."""

    def __init__(self, index: FileIndex, known: Snapshot) -> None:
        """Take the write lock. Raises whoosh.index.LockError if another writer keeps it."""
        super().__init__(index, timeout=_LOCK_SECONDS, codec=_Codec())
        self._known: Mapping[str, Segment] = known.segments

    def delete_units(self, keys: Collection[int]) -> None:
        """Mark all documents of these units as deleted."""
        wanted = np.array(sorted(keys), np.int64)
        for described in self.segments:
            units = self._known[described.segment_id()].facts["unit"]
            for number in np.flatnonzero(among(wanted, units)).tolist():
                described.delete_document(number)

    def characters(self, described: Any) -> int:
        """Return how much text a segment holds."""
        return self._known[described.segment_id()].grams["body"].characters

    def absorb(self, described: Any) -> None:
        """Take the living documents of a segment into the new one."""
        segment, live = self._known[described.segment_id()], living(described)
        live = np.ones(len(segment.facts), bool) if live is None else live
        self.perdocwriter.absorb(self.schema, segment, live)
        self.docnum += int(live.sum())
        self._added = True
