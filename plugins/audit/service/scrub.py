"""Reading stored files again (核验): those first that were not read for the longest time, as far as the budget goes.

A file that is no longer what it was is recovered from the second copy, and the other way round; which of the two is right
their digests say. Each part of the work is written down when it is done, so that a run that is cut off has lost nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from lindang.adapters.local_storage import LocalStorage
from lindang.auth import Actor
from lindang.errors import LindangError, NotFound
from lindang.host import Host
from lindang.i18n import _
from lindang.ports import Storage
from lindang.sweep import blob_columns, referenced
from lindang.uow import UnitOfWork
from models.fixity import (
    ABSENT,
    COPY,
    FAIL,
    FIXITY_CHECK,
    GOOD,
    LOST,
    RECOVERY,
    REPLICATION,
    SAME,
    STORE,
    SUCCESS,
    UNSOUND,
    FixityEvent,
    FixityRun,
    StoredFile,
)
from plugins.audit.domain.fixity import Budget, Reading, Remedy, remedy
from plugins.audit.service.copies import second_copy

_PART: Final = 100
_ENTERED_AT_ONCE: Final = 2000
_CHUNK: Final = 1 << 20

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Round:
    """What one run did: files and bytes read, and what came of the bad ones."""

    files: int = 0
    bytes: int = 0
    damaged: int = 0
    recovered: int = 0
    replicated: int = 0
    lost: int = 0

    def add(self, checked: Checked) -> None:
        """Count one file."""
        self.files += 1
        self.bytes += checked.read
        self.damaged += Reading.GOOD is not checked.store or checked.copy is Reading.DAMAGED
        self.recovered += checked.is_recovered
        self.replicated += checked.is_copied
        self.lost += not checked.is_good_now


@dataclass(frozen=True, slots=True)
class Checked:
    """One file after it was read.

    Attributes:
        digest: Its SHA-256, by which it is stored.
        store: What was seen in the store.
        copy: What was seen on the second copy.
        remedy: What had to be done.
        failed: Why that could not be done; empty if it was.
        size: Bytes of the good file, 0 if there is none.
        read: Bytes read from both places.
        found: The digest or fault found in the store and on the copy, where it is not the right one.
    """

    digest: str
    store: Reading
    copy: Reading
    remedy: Remedy
    failed: str
    size: int
    read: int
    found: tuple[str, str]

    @property
    def is_recovered(self) -> bool:
        """Say whether the store got its file back."""
        return self.remedy is Remedy.RECOVER and not self.failed

    @property
    def is_copied(self) -> bool:
        """Say whether the second copy was made, or made anew."""
        return self.remedy is Remedy.COPY and not self.failed

    @property
    def is_good_now(self) -> bool:
        """Say whether the store has the right file."""
        return self.store is Reading.GOOD or self.is_recovered


@dataclass(slots=True)
class _Pace:
    """Keeps to the budget."""

    budget: Budget
    begun: float = field(default_factory=time.monotonic)
    read: int = 0

    def take(self, count: int) -> None:
        """Wait as long as these bytes ask for."""
        self.read += count
        time.sleep(self.budget.rest(time.monotonic() - self.begun, self.read))

    @property
    def is_spent(self) -> bool:
        """Say whether the run ends here."""
        return self.budget.is_spent(time.monotonic() - self.begun)


def scrub(host: Host, actor: Actor, budget: Budget, progress: Progress = lambda _done, _total: None) -> Round:
    """Read files again until the budget is spent or every one has been read once; returns what was done."""
    copy, pace, round_, started = second_copy(host), _Pace(budget), Round(), host.clock.now()
    for part in _parts(host, actor, pace):
        checked = [_check(host.storage, copy, digest, pace) for digest in part]
        with host.uow(actor) as uow:
            for one in checked:
                _write_down(uow, one)
                round_.add(one)
        progress(round_.files, 0)
    if round_.files:
        with host.uow(actor) as uow:
            figures = {name: getattr(round_, name) for name in Round.__slots__}
            uow.session.add(FixityRun(started_at=started, finished_at=uow.now, by=actor.name, **figures))
    return round_


def _parts(host: Host, actor: Actor, pace: _Pace) -> Iterator[list[str]]:
    """Yield digests part by part, the least recently read first, none twice in a run."""
    enter_new_files(host, actor)
    begun = host.clock.now()
    first = (StoredFile.checked_at, StoredFile.digest)
    query = select(StoredFile.digest).where(StoredFile.checked_at < begun).order_by(*first).limit(_PART)
    while not pace.is_spent:
        with host.view() as session:
            part = list(session.scalars(query))
            known = referenced(session, part)
        if not part:
            return
        _strike_out(host, actor, set(part) - known)
        yield [digest for digest in part if digest in known]


def _strike_out(host: Host, actor: Actor, digests: set[str]) -> None:
    """Take files that no row refers to any more out of the ledger; their events stay."""
    if digests:
        with host.uow(actor) as uow:
            uow.session.execute(delete(StoredFile).where(StoredFile.digest.in_(digests)))


def enter_new_files(host: Host, actor: Actor) -> int:
    """Enter every stored file that some row refers to and the ledger does not know yet; returns how many."""
    entered = 0
    for column in blob_columns():
        unknown = select(column).where(column != "", ~exists().where(StoredFile.digest == column)).distinct()
        while True:
            with host.uow(actor) as uow:
                digests = list(uow.session.scalars(unknown.limit(_ENTERED_AT_ONCE)))
                _enter(uow, digests)
            entered += len(digests)
            if len(digests) < _ENTERED_AT_ONCE:
                break
    return entered


def _enter(uow: UnitOfWork, digests: Sequence[str]) -> None:
    if not digests:
        return
    insert = postgresql.insert if uow.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [{"digest": digest, "entered_at": uow.now} for digest in digests]
    uow.session.execute(insert(StoredFile).on_conflict_do_nothing(), rows)


# --- one file ---------------------------------------------------------------------------------------------------


def _check(store: Storage, copy: LocalStorage | None, digest: str, pace: _Pace) -> Checked:
    """Read a file at both places and mend what can be mended."""
    seen, found, size = _read(store, digest, pace)
    copy_seen, copy_found, copy_size = (Reading.UNASKED, "", 0) if copy is None else _read(copy, digest, pace)
    todo = remedy(seen, copy_seen)
    failed = "" if copy is None else _mend(store, copy, digest, todo)
    whole = size if seen is Reading.GOOD else copy_size if copy_seen is Reading.GOOD else 0
    return Checked(digest, seen, copy_seen, todo, failed, whole, size + copy_size, (found, copy_found))


def _mend(store: Storage, copy: Storage, digest: str, todo: Remedy) -> str:
    """Do what has to be done; returns why it could not be (a full disk, one that went away), and the next run tries again."""
    try:
        if todo is Remedy.COPY:
            copy.restore(digest, store.path(digest))
        if todo is Remedy.RECOVER:
            store.restore(digest, copy.path(digest))
    except (OSError, LindangError) as error:
        return str(error)
    return ""


def _read(place: Storage, digest: str, pace: _Pace) -> tuple[Reading, str, int]:
    """Return what reading showed, the digest found if it is another or the error, and the bytes read."""
    read, sum_ = 0, hashlib.sha256()
    try:
        with place.path(digest).open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                sum_.update(chunk)
                read += len(chunk)
                pace.take(len(chunk))
    except (NotFound, FileNotFoundError):
        return Reading.MISSING, "", read
    except OSError as error:  # a bad sector
        return Reading.DAMAGED, str(error.strerror), read
    is_good = sum_.hexdigest() == digest
    return (Reading.GOOD, "", read) if is_good else (Reading.DAMAGED, sum_.hexdigest(), read)


# --- writing it down --------------------------------------------------------------------------------------------


def _write_down(uow: UnitOfWork, checked: Checked) -> None:
    """Enter a check with its events; what was damaged, recovered or lost goes into the journal too."""
    row = uow.session.get_one(StoredFile, checked.digest)
    row.checked_at, row.state = uow.now, GOOD if checked.is_good_now else LOST
    row.bytes = checked.size or row.bytes
    row.copy_state = _copy_state(checked, row.copy_state)
    uow.session.add_all(
        FixityEvent(digest=checked.digest, at=uow.now, event=event, outcome=outcome, place=place, found=found)
        for event, outcome, place, found in _events(checked)
    )
    for action in _journalled(checked):
        uow.journal(action, f"blob:{checked.digest}", store=checked.store.value, copy=checked.copy.value)


def _copy_state(checked: Checked, before: str) -> str:
    if checked.copy is Reading.UNASKED:
        return before
    if checked.copy is Reading.GOOD or checked.is_copied:
        return SAME
    return ABSENT if checked.copy is Reading.MISSING else UNSOUND


def _events(checked: Checked) -> Iterator[tuple[str, str, str, str]]:
    """Yield event, outcome, place and finding."""
    for place, seen, found in zip((STORE, COPY), (checked.store, checked.copy), checked.found, strict=True):
        if seen is Reading.DAMAGED or (seen is Reading.MISSING and place == STORE):
            yield FIXITY_CHECK, FAIL, place, found or seen.value
    outcome = FAIL if checked.failed else SUCCESS
    if checked.remedy is Remedy.COPY:
        yield REPLICATION, outcome, COPY, checked.failed
    if checked.remedy is Remedy.RECOVER:
        yield RECOVERY, outcome, STORE, checked.failed
    if checked.remedy is Remedy.ALARM:
        yield RECOVERY, FAIL, STORE, _("没有完好的副本")


def _journalled(checked: Checked) -> Iterator[str]:
    if checked.store is not Reading.GOOD or checked.copy is Reading.DAMAGED:
        yield "file.damaged"
    if checked.is_recovered:
        yield "file.recovered"
    if not checked.is_good_now:
        yield "file.lost"
