"""The search engine on Whoosh 2.7.4: its segments, list of segments, locks, deletion and merging, with our own columns.

Known faults of 2.7.4 and what is done about them: a commit that fails keeps the write lock (released here); nothing is
synced (see `whoosh_storage`); several processes per writer lose documents (never asked for); readers fail while a writer
commits (see `snapshot`; opening is tried again).
"""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from whoosh.fields import COLUMN, Schema
from whoosh.index import EmptyIndexError, FileIndex
from whoosh.index import IndexError as WhooshError

from plugins.search.adapters.generations import Generations
from plugins.search.adapters.merging import MergePolicy, merge_all, merge_full, merge_some
from plugins.search.adapters.segment import TEXT_COLUMNS
from plugins.search.adapters.snapshot import INDEX_NAME, Snapshot, open_snapshot
from plugins.search.adapters.whoosh_columns import FACTS_FIELD, FactsColumn, GramColumn
from plugins.search.adapters.whoosh_storage import DurableStorage
from plugins.search.adapters.whoosh_writer import ColumnWriter
from plugins.search.domain.documents import SearchDoc, Unit
from plugins.search.domain.engine import CODE_BYTES, AllUnits, Answer, IndexState, IndexUnavailable, Reload, Request
from plugins.search.domain.places import place_number
from plugins.search.gram.layout import DamagedIndex

SEGMENT_CHARACTERS = 4_000_000
"""How much text a rebuild puts into one segment before it merges; bounds its memory at about 30 bytes a character."""
_OPEN_ATTEMPTS = 10
_UNREADABLE = (EmptyIndexError, WhooshError, DamagedIndex, pickle.UnpicklingError, EOFError, OSError, ValueError)


def _schema() -> Schema:
    return Schema(**{FACTS_FIELD: COLUMN(FactsColumn())}, **{name: COLUMN(GramColumn()) for name in TEXT_COLUMNS})


class WhooshEngine:
    """A full-text index in one folder: any number of readers, one writer at a time."""

    name = "whoosh"

    def __init__(self, root: Path, spelling: str = "") -> None:
        """Take a folder; `spelling` names how the texts and words that come here are spelled."""
        self._generations = Generations(root, spelling)
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

    def state(self) -> IndexState:
        """Say how large the index is and when it was written. Raises IndexUnavailable."""
        snapshot, folder = self._snapshot(), self._generations.current()
        return IndexState(
            units=len(snapshot.stamps()),
            documents=snapshot.documents,
            size=self._generations.size(),
            committed_at=max((file.stat().st_mtime for file in folder.glob("*.toc")), default=0.0),
            half_built=self._generations.has_dirty(),
        )

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
                known = self._snapshot()
                _write(self._generations.current(), changed, known, merge_some)
            except IndexUnavailable:
                return False
        return True

    def rebuild(self, all_units: AllUnits, reload: Reload) -> int:
        """Build a new generation and swap it in while searching goes on, or go on with one left half-built.

        Returns:
            The number of units in it.

        Raises:
            BlockingIOError: If another rebuild runs.
        """
        with self._generations.rebuilding():
            folder, present = self._begin()
            building, count = _Building(folder), len(present)
            for slice_ in _slices(all_units(present)):
                building.write(slice_)
                count += len(slice_)
            building.merge()
            seen = self._generations.changed(folder)
            building.write(list(reload(set(seen))))
            with self._generations.writing():
                late = self._generations.changed(folder)[len(seen) :]
                building.write(list(reload(set(late))))
                self._generations.publish(folder)
        return count

    def _begin(self) -> tuple[Path, frozenset[int]]:
        """Return the generation to build, and the units that are in it already."""
        with self._generations.writing():
            left = self._generations.half_built()
            present = _units_in(left) if left else None
            if left and present is not None:
                return left, present
            folder = self._generations.begin()
        FileIndex.create(DurableStorage(str(folder)), _schema(), INDEX_NAME)
        return folder, frozenset()


def _units_in(building: Path) -> frozenset[int] | None:
    """Return the units of a half-built generation; None if it cannot be read to the last byte."""
    try:
        snapshot = open_snapshot(DurableStorage(str(building)), None)
        return frozenset(snapshot.stamps()) if snapshot.is_intact() else None
    except _UNREADABLE:
        return None


class _Building:
    """A generation that nobody reads yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._snapshot: Snapshot | None = None

    def write(self, units: list[Unit]) -> None:
        """Commit these units behind those written so far; merge as soon as a largest segment can be made."""
        _write(self._folder, units, self._latest(), merge_full)

    def merge(self) -> None:
        """Make as few segments as there can be."""
        _commit(self._folder, self._latest(), merge_all)

    def _latest(self) -> Snapshot:
        self._snapshot = open_snapshot(DurableStorage(str(self._folder)), self._snapshot)
        return self._snapshot


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


def _write(folder: Path, units: list[Unit], known: Snapshot, policy: MergePolicy) -> None:
    """Commit the units into a generation; `known` is its latest commit."""
    docs = {unit.key: unit for unit in units}
    if docs:
        _commit(folder, known, policy, docs)


def _commit(
    folder: Path, known: Snapshot, policy: MergePolicy, docs: Mapping[int, Unit] = MappingProxyType({})
) -> None:
    """Replace units and merge segments, both or neither; whatever fails, the write lock is let go."""
    try:
        index = FileIndex(DurableStorage(str(folder)), indexname=INDEX_NAME)
    except _UNREADABLE as error:
        raise IndexUnavailable(str(error)) from error
    writer = ColumnWriter(index, known)
    try:
        writer.delete_units(docs)
        for unit in docs.values():
            _add(writer, unit)
        writer.commit(mergetype=policy)
    finally:
        if not writer.is_closed:
            _abandon(writer)


def _add(writer: ColumnWriter, unit: Unit) -> None:
    stamp = unit.stamp
    for doc in sorted(unit.docs, key=lambda doc: doc.item_id):  # a group's documents stand next to each other
        texts = {name: getattr(doc, name) for name in TEXT_COLUMNS}
        writer.add_document(**{FACTS_FIELD: _facts(doc, stamp)}, **texts)


def _abandon(writer: ColumnWriter) -> None:
    try:
        writer.cancel()
    except (OSError, ValueError):  # the disk that failed the commit fails the cleaning too: the next commit cleans
        writer.writelock.release()


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
        doc.class_code.encode(),
        doc.sort_code.encode()[:CODE_BYTES],
        int(doc.kind),
        doc.issue_state,
        doc.in_batch,
        doc.respelled,
    )
