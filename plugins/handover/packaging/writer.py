"""Writing a package into a folder, going on where an earlier try stopped, and reading all of it again at the end."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lindang.errors import Conflict, NoSpace
from lindang.i18n import _
from plugins.handover.packaging.tree import Entry, Made, Stored

DAT93, BAGIT = "dat93", "bagit"
LAYOUTS: Final = (DAT93, BAGIT)
_CHECKSUMS: Final = {DAT93: "sha256sums.txt", BAGIT: "manifest-sha256.txt"}
_PAYLOAD: Final = {DAT93: "", BAGIT: "data/"}
_UNFINISHED: Final = ".lindang-package"
"""Stands in a folder that is being written, with what is written there."""
_PIECE: Final = 1 << 20
_RESERVE: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """A package that was written and read again: the digest of its checksums, and what is in it."""

    digest: str
    files: int
    bytes: int
    copied: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A file of a package that is not as it should be."""

    path: str
    what: str


def write_package(
    target: Path,
    entries: Iterable[Entry],
    layout: str,
    *,
    facts: Mapping[str, str],
    source: Callable[[str], Path],
    on_file: Callable[[int, int], None] = lambda _done, _all: None,
) -> Written:
    """Write a package, or finish one.

    Args:
        target: A folder that is new, empty, or holds this very package, whole or in part.
        entries: What goes in.
        layout: `DAT93` or `BAGIT`.
        facts: For ``bag-info.txt``; nothing of the present moment, so that it can be made again alike.
        source: Where a stored file lies, by its digest.
        on_file: Called with the number of files written, and of all.

    Raises:
        Conflict: the folder holds something else, or a file is not what the manifest says.
        NoSpace: it does not fit.
    """
    wanted = {_PAYLOAD[layout] + entry.path: entry for entry in entries}
    digests = {path: _digest_of(entry) for path, entry in wanted.items()}
    tags = _tags(layout, wanted, digests, facts)
    _begin(target, _identity(layout, tags))
    _refuse_without_room(target, wanted)
    copied = 0
    for number, (path, entry) in enumerate(wanted.items(), 1):
        copied += _put(target / path, entry, digests[path], source)
        on_file(number, len(wanted))
    for name, data in tags.items():
        _put(target / name, Made(name, data), hashlib.sha256(data).hexdigest(), source)
    problems = verify(target, {**digests, **{name: hashlib.sha256(data).hexdigest() for name, data in tags.items()}})
    if problems:
        shown = "；".join(f"{problem.path}：{problem.what}" for problem in problems[:5])
        raise Conflict(_("写好后核对不符：%(shown)s", shown=shown), remedy=_("请换一个载体或文件夹再做。"))
    (target / _UNFINISHED).unlink(missing_ok=True)
    _synchronise(target)
    total = sum(_size(entry) for entry in wanted.values())
    return Written(hashlib.sha256(tags[_CHECKSUMS[layout]]).hexdigest(), len(wanted), total, copied)


def verify(target: Path, digests: Mapping[str, str]) -> list[Problem]:
    """Read a package again: every file there and right, and none that should not be."""
    problems = []
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file() or path.is_symlink()}
    for path, sha256 in digests.items():
        if path not in there:
            problems.append(Problem(path, _("缺少")))
        elif (target / path).is_symlink() or _file_digest(target / path) != sha256:
            problems.append(Problem(path, _("内容与清单不符")))
    problems += [Problem(path, _("清单中没有")) for path in sorted(there - digests.keys() - {_UNFINISHED})]
    return problems


# --- steps --------------------------------------------------------------------------------------------------------


def _begin(target: Path, identity: str) -> None:
    """Claim the folder for this package."""
    target.mkdir(parents=True, exist_ok=True)
    mark = target / _UNFINISHED
    is_begun = mark.is_file() and mark.read_text(encoding="utf-8").strip() == identity
    if is_begun or _is_finished(target, identity):
        return
    if any(target.iterdir()):
        raise Conflict(
            _("文件夹 %(folder)s 里有别的东西", folder=str(target)), remedy=_("请指定一个空的文件夹，或换一个名字。")
        )
    mark.write_text(f"{identity}\n", encoding="utf-8")


def _is_finished(target: Path, identity: str) -> bool:
    layout, digest = identity.split()
    checksums = target / _CHECKSUMS[layout]
    return checksums.is_file() and _file_digest(checksums) == digest


def _identity(layout: str, tags: Mapping[str, bytes]) -> str:
    return f"{layout} {hashlib.sha256(tags[_CHECKSUMS[layout]]).hexdigest()}"


def _refuse_without_room(target: Path, wanted: Mapping[str, Entry]) -> None:
    left = sum(_size(entry) for path, entry in wanted.items() if not (target / path).is_file())
    if shutil.disk_usage(target).free < left + _RESERVE:
        raise NoSpace(_("%(folder)s 放不下：还需 %(size)s MB", folder=str(target), size=(left + _RESERVE) // 1_000_000))


def _put(place: Path, entry: Entry, sha256: str, source: Callable[[str], Path]) -> int:
    """Write one file unless it is there already; returns 1 if it was written. Raises Conflict when its source is not itself."""
    if place.is_file() and place.stat().st_size == _size(entry) and _file_digest(place) == sha256:
        return 0
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    found = hashlib.sha256()
    with part.open("wb") as out:
        for piece in _pieces(entry, source):
            found.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if found.hexdigest() != sha256:
        part.unlink()
        raise Conflict(
            _("档案库里的文件与移交清单不符：%(path)s", path=entry.path),
            remedy=_("请先运行 lindang verify，修复后再做。"),
        )
    part.replace(place)
    return 1


def _pieces(entry: Entry, source: Callable[[str], Path]) -> Iterator[bytes]:
    if isinstance(entry, Made):
        yield entry.data
        return
    with source(entry.sha256).open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _synchronise(target: Path) -> None:
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest_of(entry: Entry) -> str:
    return entry.sha256 if isinstance(entry, Stored) else hashlib.sha256(entry.data).hexdigest()


def _size(entry: Entry) -> int:
    return entry.bytes if isinstance(entry, Stored) else len(entry.data)


# --- checksums ----------------------------------------------------------------------------------------------------


def _tags(
    layout: str, wanted: Mapping[str, Entry], digests: Mapping[str, str], facts: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the files with checksums, and in a bag what RFC 8493 asks for besides."""
    tags = {_CHECKSUMS[layout]: _checksums(digests)}
    if layout == BAGIT:
        size = f"{sum(map(_size, wanted.values()))}.{len(wanted)}"
        info = {**facts, "Payload-Oxum": size}
        tags["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        tags["bag-info.txt"] = "".join(f"{name}: {' '.join(text.split())}\n" for name, text in info.items()).encode()
        tags["tagmanifest-sha256.txt"] = _checksums(
            {name: hashlib.sha256(data).hexdigest() for name, data in tags.items()}
        )
    return tags


def _checksums(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(digests.items())).encode()
