"""What a power cut leaves of a folder: every state that the calls of a command allow, drawn at random.

The command runs once under ``strace``, which writes down every call that changes the folder, with its bytes. A cut can come
behind any call. What was not synchronised by then may be there, be there in part, be all zeros, or be gone: data until an
fsync of the file, entries (created, renamed, removed) until an fsync of the directory, each by itself and in any combination.
That is what POSIX allows, and more than file systems with a journal do.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.harness import ROOT, STRACE, TIMEOUT_SECONDS, environment

_CALLS = (
    "openat,open,creat,write,pwrite64,lseek,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,"
    "unlink,unlinkat,mkdir,mkdirat,rmdir"
)
_LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FD = re.compile(r"^(-?\w+)<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes the folder or speaks to standard output.

    Attributes:
        name: ``create``, ``write``, ``resize``, ``fsync``, ``rename``, ``link``, ``unlink``, ``mkdir``, ``rmdir`` or ``say``.
        path: What it is about, absolute.
        target: The new path of a rename.
        data: What is written or said.
        at: Where in the file it is written, in bytes; of ``resize``: how long the file is from now on.
        is_emptied: Whether what is created was there and is empty now.
    """

    name: str
    path: str = ""
    target: str = ""
    data: bytes = b""
    at: int = 0
    is_emptied: bool = False


def calls_of(arguments: Sequence[str], folder: Path, trace: Path, *, apart_from: Sequence[str] = ()) -> list[Call]:
    """Run a Python command and return its calls in the order in which they were made.

    Args:
        arguments: the command.
        folder: only what changes something below it counts.
        trace: where strace writes.
        apart_from: names in the folder that nobody needs after a cut: scratch, and what is mapped into memory.
    """
    command = [*STRACE, "-y", "-xx", "-s", "100000000", "-e", f"trace={_CALLS}", "-e", "signal=none", "-o", str(trace)]
    subprocess.run(
        [*command, sys.executable, *arguments],
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    reader = _Reader(str(folder), tuple(str(folder / name) for name in apart_from))
    return [call for line in _whole_lines(trace) if (call := reader.read(line))]


def _whole_lines(trace: Path) -> Iterator[str]:
    """Yield the lines of a trace; one that another thread interrupted is put together where it ends."""
    begun: dict[str, str] = {}
    for line in trace.read_text().splitlines():
        pid, _blank, rest = line.partition(" ")
        if line.endswith(_UNFINISHED):
            begun[pid] = line.removesuffix(_UNFINISHED)
        elif found := _RESUMED.match(rest.strip()):
            yield begun.pop(pid) + found[1]
        else:
            yield line


class _Reader:
    """Reads the lines of a trace; knows how far each open file has been written."""

    def __init__(self, folder: str, apart_from: tuple[str, ...]) -> None:
        self._folder, self._apart_from = folder, apart_from
        self._at: dict[tuple[str, str], int] = {}

    def _counts(self, path: str) -> bool:
        return path.startswith(self._folder) and not path.startswith(self._apart_from)

    def read(self, line: str) -> Call | None:
        found = _LINE.match(line)
        if found is None or int(found[3]) < 0:
            return None
        name, given, result = found[1], found[2], int(found[3])
        fd = _FD.match(given)
        texts = [_bytes(text).decode("utf-8", "surrogateescape") for text in _TEXT.findall(given)]
        place = _bytes(fd[2]).decode() if fd else ""
        if name in {"write", "lseek", "fsync", "fdatasync", "ftruncate", "pwrite64"}:
            return self._on_open_file(name, given, fd[1] if fd else given.partition(",")[0], place, result)
        paths = [str(Path(place, text)) for text in texts] if name.endswith("at") else texts
        if not paths or not self._counts(paths[0]):
            return None
        if name in {"openat", "open", "creat"}:
            return self._opened(given.rpartition('"')[2], paths[0], str(result))
        assert name in {"rename", "link", "unlink", "unlinkat", "mkdir", "rmdir"}, f"{name} is not modelled"
        if name == "unlinkat":
            name = "rmdir" if "AT_REMOVEDIR" in given else "unlink"
        return Call(name, paths[0], target=paths[1] if len(paths) > 1 else "")

    def _opened(self, flags: str, path: str, fd: str) -> Call | None:
        assert "O_APPEND" not in flags, "appending is not modelled"
        self._at[fd, path] = 0
        return Call("create", path, is_emptied="O_TRUNC" in flags) if "O_CREAT" in flags or "O_TRUNC" in flags else None

    def _on_open_file(self, name: str, given: str, fd: str, path: str, result: int) -> Call | None:
        if fd == "1" and name == "write" and path == os.devnull:
            return Call("say", data=_bytes(_TEXT.findall(given)[0]))
        if not self._counts(path):
            return None
        if name == "lseek":
            self._at[fd, path] = result
            return None
        if name in {"write", "pwrite64"}:
            return self._written(name, given, fd, path, result)
        if name == "ftruncate":
            return Call("resize", path, at=int(given.rpartition(",")[2]))
        return Call("fsync", path)

    def _written(self, name: str, given: str, fd: str, path: str, result: int) -> Call:
        data = _bytes(_TEXT.findall(given)[0])[:result]
        if name == "pwrite64":
            return Call("write", path, data=data, at=int(given.rpartition(",")[2]))
        at = self._at.get((fd, path), 0)
        self._at[fd, path] = at + result
        return Call("write", path, data=data, at=at)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


@dataclass(slots=True)
class _File:
    """A file whatever it is called: what is synchronised, and what was written since, each with its place.

    A change of length has no bytes, and where its place would be the new length.
    """

    durable: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def synchronise(self) -> None:
        self.durable, self.since = _written(self.durable, self.since), []

    def after_cut(self, draw: random.Random) -> bytes:
        """Return what may be left: any of what was written since the last fsync, whole, in part, or as zeros."""
        keep = draw.choice((0.0, 0.5, 1.0))
        return _written(self.durable, [_spoilt(part, draw) for part in self.since if draw.random() < keep])


def _spoilt(part: tuple[int, bytes | None], draw: random.Random) -> tuple[int, bytes | None]:
    at, data = part
    if data is None:
        return part
    return at, draw.choice((data, data, data[: draw.randrange(len(data) + 1)], bytes(len(data))))


def _written(content: bytes, parts: Sequence[tuple[int, bytes | None]]) -> bytes:
    made = bytearray(content)
    for at, data in parts:
        made.extend(bytes(max(0, at - len(made))))
        if data is None:
            del made[at:]
        else:
            made[at : at + len(data)] = data
    return bytes(made)


class Disk:
    """The folder as the calls leave it, and how it may look after a cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._files: dict[str, _File] = {}
        self._folders: set[str] = {self._folder}
        for path in folder.rglob("*"):
            if path.is_dir():
                self._folders.add(str(path))
            else:
                self._files[str(path)] = _File(path.read_bytes())
        self._durable_files, self._durable_folders = dict(self._files), set(self._folders)
        self._pending: list[tuple[Call, _File]] = []

    def apply(self, call: Call) -> None:
        """Carry out one call."""
        file = self._files.get(call.path)
        if call.name == "write" and file:
            file.since.append((call.at, call.data))
        elif call.name == "fsync" and file:
            file.synchronise()
        elif call.name == "fsync":
            self._synchronise(call.path)
        elif call.name == "resize" and file:
            file.since.append((call.at, None))
        elif call.name == "create" and file:
            file.since += [(0, None)] if call.is_emptied else []
        elif call.name in {"create", "rename", "link", "unlink", "mkdir", "rmdir"}:
            for entry in self._entries(call):
                self._pending.append(entry)
                _change(self._files, self._folders, *entry)

    def _entries(self, call: Call) -> list[tuple[Call, _File]]:
        """Return what a call changes, one for each directory: a file moved to another one is entered there and struck out here."""
        if call.name == "link":
            return [(Call("place", call.target), self._files[call.path])]
        if call.name != "rename" or Path(call.path).parent == Path(call.target).parent:
            return [(call, _File())]
        moved = self._files[call.path]
        return [(Call("place", call.target), moved), (Call("unlink", call.path), moved)]

    def _synchronise(self, directory: str) -> None:
        for entry in self._pending:
            if str(Path(entry[0].path).parent) == directory:
                _change(self._durable_files, self._durable_folders, *entry)
        self._pending = [entry for entry in self._pending if str(Path(entry[0].path).parent) != directory]

    def after_cut(self, target: Path, draw: random.Random) -> None:
        """Write a state that a cut at this moment may leave."""
        files, folders = dict(self._durable_files), set(self._durable_folders)
        keep = draw.choice((0.0, 0.5, 1.0))
        for entry in self._pending:
            if draw.random() < keep:
                _change(files, folders, *entry)
        for name in sorted(folders):
            (target / os.path.relpath(name, self._folder)).mkdir(parents=True, exist_ok=True)
        for name, file in files.items():
            place = target / os.path.relpath(name, self._folder)
            if place.parent.is_dir():
                place.write_bytes(file.after_cut(draw))
                place.chmod(0o600)


def _change(files: dict[str, _File], folders: set[str], call: Call, made: _File) -> None:
    match call.name:
        case "create":
            files.setdefault(call.path, made)
        case "place":
            files[call.path] = made
        case "rename" if call.path in files:
            files[call.target] = files.pop(call.path)
        case "rename" if call.path in folders:
            raise AssertionError("renaming a folder is not modelled")
        case "unlink":
            files.pop(call.path, None)
        case "mkdir":
            folders.add(call.path)
        case "rmdir":
            folders.discard(call.path)
