"""Files that hold whole identity numbers (tables handed in, their marked copies, exports) lie in the storage sealed: what is
stolen from a disk or a backup without its key tells nobody's number. Plain copies exist while a job works on them, no longer.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lindang.host import Host
from lindang.ports import Blob

_LEFT_OVER_SECONDS: Final = 3600
"""A plain copy this old belongs to a process that was killed: readers have their time limits."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed blob, and the digest and length of the file that is in it."""

    blob: Blob
    sha256: str
    bytes: int


def keep_sealed(host: Host, path: Path) -> SealedFile:
    """Store a file sealed; the original stays untouched."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        with tempfile.NamedTemporaryFile(dir=work_folder(host)) as target:
            host.vault.seal_file(source, target)
            target.flush()
            return SealedFile(host.storage.put_file(Path(target.name)), digest, path.stat().st_size)


def unsealed_parts(host: Host, blob_sha256: str) -> Iterator[bytes]:
    """Yield the bytes of a sealed file in parts."""
    with host.storage.path(blob_sha256).open("rb") as source:
        yield from host.vault.open_file(source)


def read_unsealed(host: Host, blob_sha256: str) -> bytes:
    """Return the bytes of a sealed file."""
    return b"".join(unsealed_parts(host, blob_sha256))


@contextmanager
def unsealed(host: Host, blob_sha256: str) -> Iterator[Path]:
    """Lend a plain copy, for a child process to read; it is removed afterwards."""
    with tempfile.NamedTemporaryFile(dir=work_folder(host), prefix="open-") as target:
        for part in unsealed_parts(host, blob_sha256):
            target.write(part)
        target.flush()
        yield Path(target.name)


def work_folder(host: Host) -> Path:
    """Return the folder for temporary files, below the data folder."""
    folder = host.data_dir / "work" / "register"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def clear_leftovers(host: Host) -> None:
    """Remove what killed processes left in the work folder; runs at the start of a worker, before any job."""
    for path in work_folder(host).iterdir():
        if time.time() - path.lstat().st_mtime < _LEFT_OVER_SECONDS:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
