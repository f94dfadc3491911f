"""Writing a package into a folder, going on where an earlier try stopped, and reading all of it again at the end.

Files are copied without being looked at, each under another name until it is whole; then the disk is told to write everything,
and every file is read back and compared. That is one copy and one reading of each file, what ``cp`` and ``sha256sum`` would
do, and it finds a damaged original and a damaged copy alike.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
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
_READERS: Final = 2
_GROUP: Final = 64
_PIECE: Final = 1 << 26
_TAG_NAMES: Final = frozenset({*_CHECKSUMS.values(), "bagit.txt", "bag-info.txt", "tagmanifest-sha256.txt"})
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

    Files that are there with their length are taken as written: everything is read again at the end, and what is not as it
    should be is written once more.

    Args:
        target: A folder that is new, empty, or holds this very package, whole or in part.
        entries: What goes in.
        layout: `DAT93` or `BAGIT`.
        facts: For ``bag-info.txt``; nothing of the present moment, so that it can be made again alike.
        source: Where a stored file lies, by its digest.
        on_file: Called with the number of files written or read again, and of both together.

    Raises:
        Conflict: the folder holds something else, or a file is not what the manifest says.
        NoSpace: it does not fit.
    """
    wanted = {_PAYLOAD[layout] + entry.path: entry for entry in entries}
    digests = {path: _digest_of(entry) for path, entry in wanted.items()}
    tags = _tags(layout, wanted, digests, facts)
    _begin(target, _identity(layout, tags))
    _refuse_without_room(target, wanted)
    whole = wanted | {name: Made(name, data) for name, data in tags.items()}
    expected = digests | {name: hashlib.sha256(data).hexdigest() for name, data in tags.items()}
    copied = _put_missing(target, whole, source, on_file)
    os.sync()
    problems = verify(target, expected, on_file=lambda done, count: on_file(count + done, 2 * count))
    copied += _mend(target, whole, expected, problems, source)
    (target / _UNFINISHED).unlink(missing_ok=True)
    os.sync()
    total = sum(_size(entry) for entry in wanted.values())
    return Written(hashlib.sha256(tags[_CHECKSUMS[layout]]).hexdigest(), len(wanted), total, copied)


def verify(
    target: Path, digests: Mapping[str, str], on_file: Callable[[int, int], None] = lambda _done, _all: None
) -> list[Problem]:
    """Read a package again: every file there and right, and none that should not be. Two threads read: hashing is the work."""
    there = set(_files_below(target))
    problems = [Problem(path, _("缺少")) for path in digests if path not in there]
    present = [path for path in digests if path in there]
    groups = [present[start : start + _GROUP] for start in range(0, len(present), _GROUP)]
    done = 0
    with ThreadPoolExecutor(_READERS) as readers:
        for group, found in zip(groups, readers.map(_reader(target), groups), strict=True):
            problems += [
                Problem(path, _("内容与清单不符"))
                for path, sha256 in zip(group, found, strict=True)
                if sha256 != digests[path]
            ]
            done += len(group)
            on_file(done, len(present))
    problems += [Problem(path, _("清单中没有")) for path in sorted(there - digests.keys() - {_UNFINISHED})]
    return problems


# --- steps --------------------------------------------------------------------------------------------------------


def _files_below(target: Path) -> Iterator[str]:
    """Yield the paths of all files and links below a folder."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(target / folder) as entries:
            for entry in entries:
                path = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                else:
                    yield path


def _reader(target: Path) -> Callable[[Sequence[str]], list[str]]:
    """Return what reads some files and answers their digests; that of a link is none."""
    base = str(target)

    def read(paths: Sequence[str]) -> list[str]:
        return [_digest_at(f"{base}/{path}") for path in paths]

    return read


def _digest_at(place: str) -> str:
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return ""
        raise
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _begin(target: Path, identity: str) -> None:
    """Claim the folder for this package."""
    target.mkdir(parents=True, exist_ok=True)
    mark = target / _UNFINISHED
    is_begun = mark.is_file() and mark.read_text(encoding="utf-8").strip() == identity
    if is_begun or _is_finished(target, identity):
        return
    if any(path.name != _UNFINISHED or path.stat().st_size for path in target.iterdir()):
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


def _put_missing(
    target: Path, whole: Mapping[str, Entry], source: Callable[[str], Path], on_file: Callable[[int, int], None]
) -> int:
    """Write the files that are not there; returns how many."""
    copied, folders, base = 0, set[str](), str(target)
    for number, (path, entry) in enumerate(whole.items(), 1):
        folder = path.rpartition("/")[0]
        if folder not in folders:
            (target / folder).mkdir(parents=True, exist_ok=True)
            folders.add(folder)
        place = f"{base}/{path}"
        if not _has_length(place, _size(entry)):
            _put(place, entry, source)
            copied += isinstance(entry, Stored) or path not in _TAG_NAMES
        on_file(number, 2 * len(whole))
    return copied


def _has_length(place: str, size: int) -> bool:
    try:
        found = os.lstat(place)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _put(place: str, entry: Entry, source: Callable[[str], Path]) -> None:
    """Write one file under another name, then give it its own: what bears the name of a file is whole."""
    part = Path(f"{place}.part")
    with part.open("wb", buffering=0) as out:
        if isinstance(entry, Made):
            out.write(entry.data)
        else:
            _copy(source(entry.sha256), out)
    part.replace(place)


def _copy(source: Path, out: FileIO) -> None:
    """Copy inside the kernel; `shutil` asks about each file five times more."""
    with source.open("rb", buffering=0) as stream:
        place = 0
        while sent := os.sendfile(out.fileno(), stream.fileno(), place, _PIECE):
            place += sent


def _mend(
    target: Path,
    whole: Mapping[str, Entry],
    expected: Mapping[str, str],
    problems: Sequence[Problem],
    source: Callable[[str], Path],
) -> int:
    """Write the files anew that are not as they should be; returns how many.

    Raises:
        Conflict: an original is not what the manifest says, a file stays wrong, or one is there that should not be.
    """
    wrong = {problem.path: expected[problem.path] for problem in problems if problem.path in expected}
    for path, sha256 in wrong.items():
        entry = whole[path]
        if isinstance(entry, Stored) and _file_digest(source(entry.sha256)) != sha256:
            (target / path).unlink(missing_ok=True)
            raise Conflict(
                _("档案库里的文件与移交清单不符：%(path)s", path=entry.path),
                remedy=_("请先运行 lindang verify，修复后再做。"),
            )
        _put(f"{target}/{path}", entry, source)
    if wrong:
        os.sync()
    left = [problem for problem in problems if problem.path not in wrong]
    again = zip(wrong.items(), _reader(target)(list(wrong)), strict=True)
    left += [Problem(path, _("内容与清单不符")) for (path, sha256), found in again if found != sha256]
    if left:
        shown = "；".join(f"{problem.path}：{problem.what}" for problem in left[:5])
        raise Conflict(_("写好后核对不符：%(shown)s", shown=shown), remedy=_("请换一个载体或文件夹再做。"))
    return len(wrong)


def _file_digest(path: Path) -> str:
    with path.open("rb", buffering=0) as stream:
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
