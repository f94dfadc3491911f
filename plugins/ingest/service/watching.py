"""Watched folders: what has come to rest is taken in; the operator's original is moved aside once it is safely ours.

Moving is the last step, after the commit. A crash before it only means that the next look finds known content and moves
it then. Nothing is deleted, and nothing in the folder of finished files is overwritten.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from lindang.auth import system_actor
from lindang.errors import LindangError
from lindang.host import Host
from lindang.i18n import _
from models.intake import WATCH, WatchedFolder
from plugins.ingest.domain.naming import DONE_FOLDER, is_ignored, storable
from plugins.ingest.domain.stability import Stability, Stamp
from plugins.ingest.service.folders import CHANGING, Outcome, files_below, folder_draft, take_files
from plugins.ingest.service.room import room_of
from plugins.ingest.settings import WatchSection
from plugins.ingest.tools import naming_of, settings_of

log = structlog.get_logger()

_NOTE_EVERY: Final = dt.timedelta(minutes=1)
_watching: weakref.WeakSet[Host] = weakref.WeakSet()


@dataclass(slots=True)
class FolderWatch:
    """One watched folder and what is remembered of it between two looks."""

    section: WatchSection
    stability: Stability
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.section.path.resolve()

    def look(self, host: Host, now: float) -> list[Outcome]:
        """Look once: take in what has come to rest, move it aside, and return what became of each file.

        Raises:
            OSError: the folder cannot be read.
            LindangError: the files could not be stored or acknowledged; they stay where they are.
        """
        places = {storable(path.relative_to(self.root).as_posix()): path for path in files_below(self.root)}
        wanted = {name: path for name, path in places.items() if not is_ignored(name)}
        settled = self.stability.settled(_stamps(wanted), now)
        outcomes = self._take(host, {name: wanted[name] for name in settled}) if room_of(host).is_enough else []
        self._note(host, len(wanted) - sum(outcome.state != CHANGING for outcome in outcomes))
        for outcome in outcomes:
            if outcome.state != CHANGING:
                set_aside(self.root, wanted[outcome.relative_path])
        return outcomes

    def _note(self, host: Host, waiting: int) -> None:
        trouble = "" if room_of(host).is_enough else _("磁盘空间不足，暂停收件")
        note_look(host, self.root, waiting, trouble)

    def _take(self, host: Host, settled: Mapping[str, Path]) -> list[Outcome]:
        section = self.section
        draft = folder_draft(self.root, section.division, section.ocr or "auto", WATCH, section.doc_type)
        actor = system_actor(section.operator) if section.operator else host.system_actor()
        planned = naming_of(host).plan(settled)
        outcomes: list[Outcome] = []
        run_id: int | None = None
        for folder in planned.folders:
            places = {file.relative_path: settled[file.relative_path] for file in folder.files}
            some, run_id = take_files(host, actor, places, draft, run_id)
            outcomes += some
        return outcomes


def note_look(host: Host, root: Path, waiting: int, trouble: str = "") -> None:
    """Write down what was seen in a watched folder: when that changes, and once a minute."""
    now = host.clock.now()
    with host.view() as session:
        seen = session.scalar(select(WatchedFolder).where(WatchedFolder.root == str(root)))
    is_news = seen is None or (seen.waiting, seen.trouble) != (waiting, trouble)
    if seen is not None and not is_news and now - seen.looked_at < _NOTE_EVERY:
        return
    with host.transaction() as session:
        row = session.get_one(WatchedFolder, seen.id) if seen is not None else WatchedFolder(root=str(root))
        row.looked_at, row.waiting, row.trouble = now, waiting, trouble[:300]
        session.add(row)


def _stamps(places: Mapping[str, Path]) -> dict[str, Stamp]:
    stamps = {}
    for name, path in places.items():
        try:
            stat = path.stat()
        except FileNotFoundError:  # renamed by the scanner between the listing and now
            continue
        stamps[name] = (stat.st_size, stat.st_mtime_ns)
    return stamps


def set_aside(root: Path, path: Path) -> Path:
    """Move a file into the folder of finished files, under a name that is free there; returns where it is now."""
    target = root / DONE_FOLDER / path.relative_to(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    free, count = target, 1
    while free.exists():
        count += 1
        free = target.with_name(f"{target.stem} ({count}){target.suffix}")
    return path.rename(free)


def watches(host: Host) -> list[FolderWatch]:
    """Return the watched folders of the settings."""
    settings = settings_of(host)
    return [FolderWatch(section, Stability(settings.stable_seconds)) for section in settings.watch]


def start_watching(host: Host) -> None:
    """Watch the folders of the settings from a thread of the worker; once per host, and only when there are any."""
    found = watches(host)
    if found and host not in _watching:
        _watching.add(host)
        threading.Thread(target=_watch, args=(weakref.ref(host), found), daemon=True, name="ingest-watch").start()


def _watch(host_of: weakref.ref[Host], found: list[FolderWatch]) -> None:
    while (host := host_of()) is not None:
        pause = settings_of(host).watch_seconds
        for watch in found:
            try:
                watch.look(host, time.monotonic())
            except (OSError, LindangError, SQLAlchemyError) as error:
                # the share is away, the disk is full, the database is busy: all of that passes, the files wait
                log.warning("ingest.watch", folder=str(watch.root), error=str(error))
                with contextlib.suppress(SQLAlchemyError):
                    note_look(host, watch.root, 0, str(error))
        del host
        time.sleep(pause)
