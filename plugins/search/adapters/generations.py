"""The folder of the index: generations side by side, one of them current, and the locks around them.

::

    index/              0700; Whoosh's list of segments is a pickle: never put a foreign file here, never back it up
      CURRENT           {"format": 1, "spelling": "", "generation": "g0002"}, replaced in one step
      writer.lock       held while anything is written into the current generation
      rebuild.lock      held while a new generation is built
      g0002/            the current generation
      g0003/            one being built, or left behind by a rebuild that was killed
        DIRTY           numbers of the units that changed meanwhile, one a line

Whoever writes the current generation also notes what it wrote in every DIRTY there is; the rebuild loads those units
again before it swaps. So the new index is as fresh as the old one at the moment of the swap, on any database. A rebuild that
was killed leaves its generation and DIRTY behind; the next one goes on with them, because what changed since is noted there.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plugins.search.adapters.whoosh_storage import sync_folder
from plugins.search.domain.engine import IndexUnavailable

FORMAT = 1
"""Raise it with any change to columns, folding or document texts: an index of another format is rebuilt."""

RESUME_SECONDS = 24 * 3600
"""How old a half-built generation may be to be gone on with; an older one is built anew."""

_CURRENT, _DIRTY, _BUILDING = "CURRENT", "DIRTY", "BUILDING"


class Generations:
    """The generations in one folder."""

    def __init__(self, root: Path, spelling: str = "") -> None:
        """Look after a folder; an index of another format or spelling than these is none."""
        self.root = root
        self._kind: dict[str, object] = {"format": FORMAT, "spelling": spelling}
        self._threads = threading.Lock()

    def current(self) -> Path:
        """Return the folder of the current generation. Raises IndexUnavailable if there is none of our format."""
        try:
            noted = json.loads((self.root / _CURRENT).read_text(encoding="ascii"))
        except FileNotFoundError as error:
            raise IndexUnavailable("no index") from error
        except ValueError as error:
            raise IndexUnavailable("CURRENT is damaged") from error
        if not isinstance(noted, dict) or not self._kind.items() <= noted.items():
            raise IndexUnavailable("index of another format or spelling")
        return self.root / str(noted["generation"])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock, against other threads and other processes; waits for it."""
        with self._threads, self._locked("writer.lock", wait=True):
            yield

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Hold the rebuild lock. Raises BlockingIOError if another rebuild runs."""
        with self._locked("rebuild.lock", wait=False):
            yield

    @contextmanager
    def _locked(self, name: str, *, wait: bool) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.root.chmod(0o700)
        descriptor = os.open(self.root / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield
        finally:
            os.close(descriptor)

    def begin(self) -> Path:
        """Make a new generation, with an empty list of changed units; the caller holds both locks."""
        self._sweep(keep=self._current_or_none())
        number = max((int(folder.name[1:]) for folder in self._folders()), default=0) + 1
        made = self.root / f"g{number:04d}"
        made.mkdir(mode=0o700)
        (made / _DIRTY).touch(mode=0o600)
        _write_durably(made / _BUILDING, {**self._kind, "begun": int(time.time())})
        sync_folder(self.root)
        return made

    def half_built(self) -> Path | None:
        """Return the generation that a killed rebuild left behind, if it is of our format and young enough to go on with."""
        folders = [folder for folder in self._folders() if (folder / _DIRTY).exists() and self._can_go_on(folder)]
        return max(folders, default=None)

    def has_dirty(self) -> bool:
        """Tell whether a generation is being built, or was left half-built."""
        return any((folder / _DIRTY).exists() for folder in self._folders())

    def size(self) -> int:
        """Return the bytes of all generations on the disk."""
        total = 0
        for file in self.root.glob("g[0-9]*/*"):
            with suppress(FileNotFoundError):  # a commit may take a file away meanwhile
                total += file.stat().st_size
        return total

    def note_changed(self, units: Iterable[int]) -> None:
        """Note changed units for every generation being built; the caller holds the writer's lock."""
        lines = "".join(f"\n{unit}\n" for unit in units)  # what a power cut left of a line before stays by itself
        for folder in self._folders():
            if (folder / _DIRTY).exists():
                with (folder / _DIRTY).open("a", encoding="ascii") as noted:
                    noted.write(lines)
                    noted.flush()
                    os.fsync(noted.fileno())

    @staticmethod
    def changed(building: Path) -> list[int]:
        """Return the units noted for a generation, in order, repetitions included."""
        return [int(line) for line in (building / _DIRTY).read_text(encoding="ascii").split()]

    def publish(self, built: Path) -> None:
        """Make a generation the current one and remove all others; the caller holds the writer's lock."""
        (built / _DIRTY).unlink()
        (built / _BUILDING).unlink(missing_ok=True)
        sync_folder(built)
        _write_durably(self.root / _CURRENT, {**self._kind, "generation": built.name})
        self._sweep(keep=built)

    def _can_go_on(self, folder: Path) -> bool:
        try:
            noted = json.loads((folder / _BUILDING).read_text(encoding="ascii"))
            is_young = 0 <= time.time() - noted["begun"] < RESUME_SECONDS
            return bool(is_young) and self._kind.items() <= noted.items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    def _current_or_none(self) -> Path | None:
        try:
            return self.current()
        except IndexUnavailable:
            return None

    def _folders(self) -> list[Path]:
        return [folder for folder in self.root.glob("g[0-9]*") if folder.is_dir()]

    def _sweep(self, *, keep: Path | None) -> None:
        """Remove generations; a reader that still has their files mapped keeps them until it lets go."""
        for folder in self._folders():
            if folder != keep:
                shutil.rmtree(folder, ignore_errors=True)


def _write_durably(file: Path, content: dict[str, object]) -> None:
    """Write a small file in one step, on the disk when it returns."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.touch(mode=0o600)
    with fresh.open("w", encoding="ascii") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
    sync_folder(file.parent)
