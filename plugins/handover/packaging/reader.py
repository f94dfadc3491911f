"""Reading a package that comes from elsewhere: nothing in it is trusted, every fault is found and named, nothing is fetched.

A folder is looked through without following links; names that lead elsewhere, that another file system could not hold or would
mix up, too many files and too many bytes are faults before anything is read. Then the layout's own rules, then every digest.

Source: domain reference 4.7 (checks of a package), 4.5 (1-12 to 1-14, 2-11, 3-1, 4-3); RFC 8493 for bags.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lindang.errors import BadInput
from lindang.i18n import _
from plugins.handover.packaging.writer import BAGIT, DAT93, Problem

SUMS: Final = "sha256sums.txt"
BAG_MARK: Final = "bagit.txt"
_READERS: Final = 2
_UNSAFE: Final = re.compile(r"[\\\x00-\x1f\x7f]")
_SUM_LINE: Final = re.compile(r"^([0-9A-Fa-f]+) [ *]?(.+)$")
_LARGEST_LIST: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a package may hold."""

    files: int = 1_000_000
    bytes: int = 4 * 1024**4
    depth: int = 12
    name_bytes: int = 255


@dataclass(slots=True)
class Found:
    """What lies in a package's folder: the length of each file by its path, and the faults found so far."""

    root: Path
    layout: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    digest: str = ""

    def fault(self, path: str, what: str) -> None:
        """Note a fault."""
        self.problems.append(Problem(path, what))

    @property
    def content_root(self) -> str:
        """Return what stands before the paths of the content: ``data/`` in a bag."""
        return "data/" if self.layout == BAGIT else ""


def look_through(root: Path, limits: Limits) -> Found:
    """Look at what lies in a folder, without reading it.

    Raises:
        BadInput: it is no folder.
    """
    if not root.is_dir() or root.is_symlink():
        raise BadInput(_("%(path)s 不是文件夹", path=str(root)), remedy=_("请给出移交包所在的文件夹。"))
    found, folded = Found(root), dict[str, str]()
    for path, status in _walk(found, limits):
        if not stat.S_ISREG(status.st_mode):
            found.fault(path, _("不是普通文件（链接、设备等不允许）"))
            continue
        twin = folded.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
        if twin != path:
            found.fault(path, _("与 %(twin)s 只差大小写或字形，换一种文件系统会互相覆盖", twin=twin))
        found.sizes[path] = status.st_size
        if len(found.sizes) > limits.files:
            found.fault("", _("文件多于 %(n)s 个", n=limits.files))
            break
    if sum(found.sizes.values()) > limits.bytes:
        found.fault("", _("超过 %(n)s 字节", n=limits.bytes))
    found.layout = BAGIT if BAG_MARK in found.sizes else DAT93 if SUMS in found.sizes else ""
    if not found.layout:
        found.fault("", _("既没有 sha256sums.txt，也没有 bagit.txt：不是移交包，或不完整"))
    return found


def _walk(found: Found, limits: Limits) -> Iterator[tuple[str, os.stat_result]]:
    waiting = [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        if depth > limits.depth:
            found.fault(folder, _("文件夹套得太深"))
            continue
        with os.scandir(found.root / folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                path = f"{folder}{entry.name}"
                if what := _name_fault(entry.name, limits):
                    found.fault(ascii(path), what)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{path}/", depth + 1))
                else:
                    yield path, entry.stat(follow_symlinks=False)


def _name_fault(name: str, limits: Limits) -> str:
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return _("名字不是 UTF-8")
    if size > limits.name_bytes:
        return _("名字太长")
    return _("名字里有反斜杠或控制字符") if _UNSAFE.search(name) else ""


def path_fault(path: str) -> str:
    """Return what is wrong with a path that a list names; empty when it stays inside the package."""
    if path.startswith(("/", "~")) or re.match(r"^[A-Za-z]:", path):
        return _("路径指向包外")
    if _UNSAFE.search(path):
        return _("路径里有反斜杠或控制字符")
    if any(part in {"", ".", ".."} for part in path.split("/")):
        return _("路径指向包外")
    return ""


def read_text(found: Found, path: str, encodings: Iterable[str] = ("utf-8",)) -> str:
    """Return a text file of the package; a fault and nothing when it is too large or not in any of these encodings."""
    if found.sizes.get(path, 0) > _LARGEST_LIST:
        found.fault(path, _("文件太大"))
        return ""
    data = (found.root / path).read_bytes()
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    found.fault(path, _("文字编码读不出"))
    return ""


def read_sums(
    found: Found, path: str, encoding: str = "utf-8", decode: Callable[[str], str] = lambda text: text
) -> dict[str, str]:
    """Return digests by path from a list of checksums; every line that cannot be is a fault."""
    sums: dict[str, str] = {}
    for number, line in enumerate(read_text(found, path, (encoding,)).splitlines(), 1):
        match = _SUM_LINE.match(line)
        if match is None:
            found.fault(path, _("第 %(n)s 行不是“摘要  路径”", n=number))
            continue
        name = decode(match[2].strip().removeprefix("./"))
        if what := path_fault(name):
            found.fault(path, f"{_('第 %(n)s 行', n=number)}：{what}")
        elif name in sums:
            found.fault(path, _("第 %(n)s 行：%(name)s 列了两次", n=number, name=name))
        else:
            sums[name] = match[1].lower()
    return sums


def compare(found: Found, sums: Mapping[str, str], algorithm: str, listed_in: str) -> None:
    """Read the files that a list names and compare; those of SHA-256 are remembered."""
    for path in sums:
        if path not in found.sizes:
            found.fault(path, _("缺少（%(list)s 里有）", list=listed_in))
    present = [path for path in sums if path in found.sizes]

    def digest(path: str) -> str:
        with (found.root / path).open("rb", buffering=0) as stream:
            return hashlib.file_digest(stream, algorithm).hexdigest()

    with ThreadPoolExecutor(_READERS) as readers:
        for path, actual in zip(present, readers.map(digest, present), strict=True):
            if actual != sums[path]:
                found.fault(path, _("内容与 %(list)s 不符", list=listed_in))
            if algorithm == "sha256":
                found.digests[path] = actual
