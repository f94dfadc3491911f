"""Content-addressed files in a local folder: ``objects/ab/cd/<sha256>``.

The order of operations makes it crash-safe: temporary file, fsync, rename, fsync of the directory. A failed fsync is never
tried again on the same file (the kernel may have dropped the dirty pages); the error goes up and the temporary file away.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import io
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lindang.errors import NoSpace, NotFound
from lindang.i18n import _
from lindang.ports import Blob

_CHUNK = 1024 * 1024


class LocalStorage:
    """A folder of write-once files, read-only to everybody once written."""

    def __init__(self, root: Path, *, reserve_bytes: int = 0) -> None:
        self._root = root
        self._temporary = root / "tmp"
        self._orphans = root / "orphans"
        self._reserve_bytes = reserve_bytes
        self._temporary.mkdir(parents=True, exist_ok=True)

    def put_file(self, path: Path) -> Blob:
        """Store a copy of the file; the original stays untouched."""
        with path.open("rb") as source:
            return self._put(source, path.stat().st_size)

    def put_bytes(self, data: bytes) -> Blob:
        """Store the bytes."""
        return self._put(io.BytesIO(data), len(data))

    def path(self, sha256: str) -> Path:
        """Return the blob's path. Raises NotFound when it is not there."""
        target = self._target(sha256)
        if not target.is_file():
            raise NotFound(
                _("原件文件不在存储中"), where=sha256, remedy=_("请运行 lindang verify 并从备份恢复该文件。")
            )
        return target

    def read(self, sha256: str) -> bytes:
        """Return the whole blob."""
        return self.path(sha256).read_bytes()

    def exists(self, sha256: str) -> bool:
        """Say whether the blob is there."""
        return self._target(sha256).is_file()

    def digests(self) -> Iterator[str]:
        """Yield the SHA-256 of every stored blob."""
        for file in self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            yield file.name

    def older_than(self, age: dt.timedelta) -> Iterator[str]:
        """Yield the SHA-256 of the blobs last put longer ago than ``age``; drops temporary files of that age."""
        limit = time.time() - age.total_seconds()
        for leftover in self._temporary.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if leftover.stat().st_mtime < limit:
                    leftover.unlink()
        for sha256 in self.digests():
            if self._target(sha256).stat().st_mtime < limit:
                yield sha256

    def restore(self, sha256: str, source: Path) -> None:
        """Put the right bytes where a blob is damaged or gone; what was there goes to ``damaged/``."""
        target, temporary = self._target(sha256), self._temporary / secrets.token_hex(16)
        try:
            with source.open("rb") as stream:
                blob = self._write(stream, temporary)
            if blob.sha256 != sha256:
                raise ValueError(f"{source} is not {sha256}")
            if target.is_file():
                damaged = self._root / "damaged"
                damaged.mkdir(exist_ok=True)
                target.rename(damaged / f"{sha256}.{time.time_ns()}")
            self._place(temporary, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()

    def set_aside(self, sha256: str) -> None:
        """Move the blob to ``orphans/``."""
        self._orphans.mkdir(exist_ok=True)
        self.path(sha256).rename(self._orphans / sha256)

    def _target(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound(_("原件文件不在存储中"), where=sha256[:80])
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _put(self, source: BinaryIO, size: int) -> Blob:
        if self._reserve_bytes and shutil.disk_usage(self._root).free - size < self._reserve_bytes:
            raise NoSpace(
                _("磁盘空间不足，暂停接收新文件"), remedy=_("请清理磁盘或扩容；已入库的档案不受影响，检索照常。")
            )
        temporary = self._temporary / secrets.token_hex(16)
        try:
            blob = self._write(source, temporary)
            self._place(temporary, self._target(blob.sha256))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpace(_("磁盘已满，文件没有保存"), remedy=_("请清理磁盘后重试；原文件未受影响。")) from error
            raise
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
        return blob

    @staticmethod
    def _write(source: BinaryIO, temporary: Path) -> Blob:
        digest, count = hashlib.sha256(), 0
        with temporary.open("xb") as out:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                out.write(chunk)
                count += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        return Blob(digest.hexdigest(), count)

    @staticmethod
    def _place(temporary: Path, target: Path) -> None:
        if target.is_file():
            # the same bytes are there already; refresh the age so that the sweeper leaves them to the coming commit
            os.utime(target)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.chmod(0o444)
        temporary.rename(target)
        for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
            _fsync_folder(folder)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
