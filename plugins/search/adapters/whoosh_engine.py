"""The search engine on Whoosh 2.7.4: its segments, list of segments, locks, deletion and merging, with our own columns.

Known faults of 2.7.4 and what is done about them: a commit that fails keeps the write lock (released here); nothing is
synced (see `whoosh_storage`); several processes per writer lose documents (never asked for); readers fail while a writer
commits (see `snapshot`; opening is tried again).
"""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.fields import COLUMN, Schema
from whoosh.index import EmptyIndexError, FileIndex
from whoosh.index import IndexError as WhooshError
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from plugins.search.adapters.generations import Generations
from plugins.search.adapters.snapshot import INDEX_NAME, TEXT_COLUMNS, Snapshot, open_snapshot
from plugins.search.adapters.whoosh_columns import FACTS_FIELD, FactsColumn, GramColumn
from plugins.search.adapters.whoosh_storage import DurableStorage
from plugins.search.domain.documents import SearchDoc, Unit
from plugins.search.domain.engine import CODE_BYTES, Answer, IndexUnavailable, Request
from plugins.search.domain.places import place_number
from plugins.search.gram.layout import DamagedIndex

SEGMENT_CHARACTERS = 2_000_000
"""How much text a rebuild puts into one segment; bounds its memory at about 45 bytes a character."""
MERGE_ABOVE = 24
"""Number of small segments above which a commit merges them."""
SMALL_SEGMENT = 250_000
"""A segment with less text than this is small."""
MERGE_CHARACTERS = 1_000_000
"""How much text one commit merges at most, so that no document waits long for it."""
_OPEN_ATTEMPTS = 10
_UNREADABLE = (EmptyIndexError, WhooshError, DamagedIndex, pickle.UnpicklingError, EOFError, OSError, ValueError)


def _schema() -> Schema:
    return Schema(**{FACTS_FIELD: COLUMN(FactsColumn())}, **{name: COLUMN(GramColumn()) for name in TEXT_COLUMNS})


class WhooshEngine:
    """A full-text index in one folder: any number of readers, one writer at a time."""

    name = "whoosh"

    def __init__(self, root: Path) -> None:
        self._generations = Generations(root)
        self._opening = threading.Lock()
        self._opened: tuple[Path, Snapshot] | None = None

    # --- reading ------------------------------------------------------------------------------------------------

    def search(self, request: Request) -> Answer:
        """Answer a search exactly. Raises IndexUnavailable."""
        return self._snapshot().search(request)

    def stamps(self) -> dict[int, int]:
        """Return key and stamp of every unit in the index. Raises IndexUnavailable."""
        return self._snapshot().stamps()

    def check(self) -> None:
        """Read every byte of the index. Raises IndexUnavailable if a checksum does not hold."""
        if not self._snapshot().is_intact():
            raise IndexUnavailable("a checksum does not hold")

    def _snapshot(self) -> Snapshot:
        """Return the latest commit, opened; reopens only what is new."""
        for attempt in range(_OPEN_ATTEMPTS):
            folder = self._generations.current()
            try:
                return self._latest(folder)
            except _UNREADABLE as error:
                # A commit or a swap may have taken a file away between reading the list and opening.
                swapped = folder != self._generations.current()
                if not swapped and not isinstance(error, FileNotFoundError):
                    raise IndexUnavailable(str(error)) from error
                time.sleep(0.01 * attempt)
        raise IndexUnavailable("files of the index are missing")

    def _latest(self, folder: Path) -> Snapshot:
        storage = DurableStorage(str(folder))
        with self._opening:
            opened = self._opened
            previous = opened[1] if opened and opened[0] == folder else None
            if previous is None or previous.generation != FileIndex.latest_generation(_Place(storage)):
                previous = open_snapshot(storage, previous)
                self._opened = (folder, previous)
            return previous

    # --- writing ------------------------------------------------------------------------------------------------

    def replace(self, units: Iterable[Unit]) -> bool:
        """Make the index hold these units as they are; durable when it returns.

        Without a readable index nothing is written and the answer is False: the rebuild that must come reads everything
        from the database.
        """
        changed = list(units)
        with self._generations.writing():
            self._generations.note_changed(unit.key for unit in changed)
            try:
                _write(self._generations.current(), changed)
            except IndexUnavailable:
                return False
        return True

    def rebuild(self, all_units: Iterator[Unit], reload: Callable[[Iterable[int]], Iterable[Unit]]) -> int:
        """Build a new generation and swap it in while searching goes on; returns the number of units.

        Raises:
            BlockingIOError: If another rebuild runs.
        """
        with self._generations.rebuilding():
            with self._generations.writing():
                building = self._generations.begin()
            storage = DurableStorage(str(building))
            FileIndex.create(storage, _schema(), INDEX_NAME)
            count = 0
            for slice_ in _slices(all_units):
                _write(building, slice_, fresh=True)
                count += len(slice_)
            seen = self._generations.changed(building)
            _write(building, list(reload(set(seen))))
            with self._generations.writing():
                late = self._generations.changed(building)[len(seen) :]
                _write(building, list(reload(set(late))))
                self._generations.publish(building)
        return count


class _Place:
    """What `FileIndex.latest_generation` needs, without reading the list of segments."""

    def __init__(self, storage: DurableStorage) -> None:
        self.storage = storage
        self.indexname = INDEX_NAME


def _slices(units: Iterator[Unit]) -> Iterator[list[Unit]]:
    """Cut a stream of units where a segment is full."""
    slice_: list[Unit] = []
    size = 0
    for unit in units:
        slice_.append(unit)
        size += sum(len(doc.body) + 100 for doc in unit.docs)
        if size >= SEGMENT_CHARACTERS:
            yield slice_
            slice_, size = [], 0
    if slice_:
        yield slice_


def _write(folder: Path, units: list[Unit], *, fresh: bool = False) -> None:
    """Commit the units into a generation; `fresh` promises that none of them is in it yet."""
    docs = {unit.key: unit for unit in units}
    if not docs:
        return
    try:
        index = FileIndex(DurableStorage(str(folder)), indexname=INDEX_NAME)
    except _UNREADABLE as error:
        raise IndexUnavailable(str(error)) from error
    with _writer(index) as writer:
        if not fresh:
            _delete(writer, set(docs))
        for unit in docs.values():
            stamp = unit.stamp
            for doc in unit.docs:
                texts = {name: getattr(doc, name) for name in TEXT_COLUMNS}
                writer.add_document(**{FACTS_FIELD: _facts(doc, stamp)}, **texts)


@contextmanager
def _writer(index: FileIndex) -> Iterator[SegmentWriter]:
    """Give a writer and commit at the end; whatever fails, nothing is committed and the write lock is let go."""
    writer = SegmentWriter(index, timeout=5.0)
    try:
        yield writer
        writer.commit(mergetype=_merge_small)
    finally:
        if not writer.is_closed:
            _abandon(writer)


def _abandon(writer: SegmentWriter) -> None:
    try:
        writer.cancel()
    except (OSError, ValueError):  # the disk that failed the commit fails the cleaning too: the next commit cleans
        writer.writelock.release()


def _delete(writer: SegmentWriter, keys: set[int]) -> None:
    """Mark all documents of these units as deleted."""
    base = 0
    wanted = np.array(sorted(keys), np.int64)
    for segment in writer.segments:
        rows = SegmentReader(writer.storage, writer.schema, segment).column_reader(FACTS_FIELD, translate=False).rows
        for number in np.flatnonzero(np.isin(rows["unit"], wanted)).tolist():
            writer.delete_document(base + number)
        base += segment.doc_count_all()


def _merge_small(writer: SegmentWriter, segments: list[Any]) -> list[Any]:
    """Merge policy: drop empty segments, and merge small ones once there are many, a bounded amount of text at a time."""
    kept = [segment for segment in segments if segment.doc_count() > 0]
    sizes = {segment.segment_id(): _characters(writer, segment) for segment in kept}
    small = sorted(
        (segment for segment in kept if sizes[segment.segment_id()] < SMALL_SEGMENT),
        key=lambda segment: sizes[segment.segment_id()],
    )
    budget = MERGE_CHARACTERS if len(small) > MERGE_ABOVE else 0
    for segment in small:
        budget -= sizes[segment.segment_id()]
        if budget < 0:
            break
        writer.add_reader(SegmentReader(writer.storage, writer.schema, segment))
        kept.remove(segment)
    return kept


def _characters(writer: SegmentWriter, segment: Any) -> int:
    reader = SegmentReader(writer.storage, writer.schema, segment)
    return int(reader.column_reader("body", translate=False).index.lengths.sum())


def _facts(doc: SearchDoc, stamp: int) -> tuple[Any, ...]:
    """Return the row of facts, in the order of the columns."""
    return (
        doc.unit,
        stamp,
        place_number(doc.division),
        doc.file_id,
        doc.item_id,
        doc.page_id,
        doc.certificate_id,
        doc.page_no,
        doc.area,
        doc.day,
        doc.year,
        int(doc.kind),
        doc.issue_state,
        doc.in_batch,
        doc.class_code.encode(),
        doc.sort_code.encode()[:CODE_BYTES],
    )
