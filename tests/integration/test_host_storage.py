"""The local storage: write-once, durable order, nothing half there."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import time
from pathlib import Path

import pytest

from lindang.adapters.local_storage import LocalStorage
from lindang.errors import NoSpace, NotFound


def test_bytes_come_back_under_their_digest(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    blob = storage.put_bytes("林权证".encode())
    assert blob.sha256 == hashlib.sha256("林权证".encode()).hexdigest()
    assert storage.read(blob.sha256) == "林权证".encode()
    assert list(storage.digests()) == [blob.sha256]
    assert storage.path(blob.sha256).stat().st_mode & 0o222 == 0


def test_putting_twice_is_putting_once(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    assert storage.put_bytes(b"a") == storage.put_bytes(b"a")
    assert len(list(storage.digests())) == 1
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_file_is_copied_and_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "扫描.jpg"
    source.write_bytes(b"x" * 3_000_000)
    blob = LocalStorage(tmp_path / "objects").put_file(source)
    assert (blob.bytes, source.stat().st_size) == (3_000_000, 3_000_000)


@pytest.mark.parametrize("name", ["../../etc/passwd", "ab", "Z" * 64, ""])
def test_only_digests_are_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        LocalStorage(tmp_path).path(name)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = LocalStorage(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpace, match="磁盘已满"):
        storage.put_bytes(b"a")
    assert list(storage.digests()) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_reserve_is_kept_free(tmp_path: Path) -> None:
    with pytest.raises(NoSpace, match="暂停接收"):
        LocalStorage(tmp_path, reserve_bytes=1 << 60).put_bytes(b"a")


def test_old_blobs_are_told_from_young_ones_and_can_be_set_aside(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    old, young = storage.put_bytes(b"old").sha256, storage.put_bytes(b"young").sha256
    (tmp_path / "tmp" / "leftover").write_bytes(b"x")
    long_ago = time.time() - 90_000
    for path in (storage.path(old), tmp_path / "tmp" / "leftover"):
        os.utime(path, (long_ago, long_ago))
    assert list(storage.older_than(dt.timedelta(days=1))) == [old]
    assert list((tmp_path / "tmp").iterdir()) == []
    storage.set_aside(old)
    assert list(storage.digests()) == [young]
    assert (tmp_path / "orphans" / old).read_bytes() == b"old"


def test_putting_a_blob_again_makes_it_young(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    digest = storage.put_bytes(b"again").sha256
    long_ago = time.time() - 90_000
    os.utime(storage.path(digest), (long_ago, long_ago))
    storage.put_bytes(b"again")
    assert list(storage.older_than(dt.timedelta(days=1))) == []
