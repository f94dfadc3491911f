"""Bags of other makers: one case for each rule of RFC 8493, each made here and named after its rule.

The public conformance suite of BagIt was not to be had whole where this was written; these cases are made from the text of RFC 8493,
section by section, and do not claim to be that suite. A reader may refuse more than the RFC does, never less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.handover.packaging.bags import read_bag
from plugins.handover.packaging.reader import Limits, look_through

DECLARED = b"BagIt-Version: %s\nTag-File-Character-Encoding: UTF-8\n"
Change = Callable[[Path], object]


def bag(root: Path, *, version: str = "1.0", algorithms: tuple[str, ...] = ("sha256",), **files: bytes) -> Path:
    """Write a sound bag of two files, or of the given ones."""
    payload = {
        f"data/{name.replace('__', '/')}": data for name, data in (files or {"one": b"1", "in__two": b"2"}).items()
    }
    tags = {"bagit.txt": DECLARED % version.encode()}
    size = sum(map(len, payload.values()))
    tags["bag-info.txt"] = f"Source-Organization: x\nPayload-Oxum: {size}.{len(payload)}\n".encode()
    for algorithm in algorithms:
        tags[f"manifest-{algorithm}.txt"] = sums(payload, algorithm)
    for algorithm in algorithms:
        tags[f"tagmanifest-{algorithm}.txt"] = sums(
            {name: data for name, data in tags.items() if not name.startswith("tag")}, algorithm
        )
    for name, data in {**payload, **tags}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    (root / "data").mkdir(exist_ok=True)
    return root


def sums(files: dict[str, bytes], algorithm: str) -> bytes:
    return "".join(f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n" for name, data in files.items()).encode()


def faults(root: Path) -> list[str]:
    found = look_through(root, Limits())
    if "bagit.txt" in found.sizes:
        read_bag(found)
    return [f"{problem.path}: {problem.what}" for problem in found.problems]


def write(name: str, data: bytes) -> Change:
    """Put a file in its place, and the tag manifest out of the way where it would notice first."""

    def change(root: Path) -> None:
        (root / name).write_bytes(data)
        (root / "tagmanifest-sha256.txt").unlink(missing_ok=True)

    return change


def append(name: str, data: bytes) -> Change:
    return lambda root: write(name, (root / name).read_bytes() + data)(root)


def replace(name: str, old: bytes, new: bytes) -> Change:
    return lambda root: write(name, (root / name).read_bytes().replace(old, new))(root)


def remove(name: str) -> Change:
    def change(root: Path) -> None:
        (root / name).unlink()
        (root / "tagmanifest-sha256.txt").unlink(missing_ok=True)

    return change


ZERO = b"0" * 64


def _changed(root: Path, change: Change) -> Path:
    change(bag(root))
    return root


def _upper(data: bytes) -> bytes:
    return b"".join(line[:64].upper() + line[64:] for line in data.splitlines(keepends=True))


def _empty(root: Path) -> Path:
    bag(root)
    for name in ("data/one", "data/in/two"):
        (root / name).unlink()
    write("manifest-sha256.txt", b"")(root)
    write("bag-info.txt", b"Payload-Oxum: 0.0\n")(root)
    return root


def _percent(root: Path) -> Path:
    bag(root, **dict.fromkeys(["100%"], b"x"))
    replace("manifest-sha256.txt", b"100%", b"100%25")(root)
    return root


def _tag_names_payload(root: Path) -> None:
    with (root / "tagmanifest-sha256.txt").open("ab") as stream:
        stream.write(sums({"data/one": b"1"}, "sha256"))


def _fetch_missing(root: Path) -> None:
    (root / "data/one").unlink()
    write("fetch.txt", b"http://x.invalid/1 1 data/one\n")(root)


def _link(root: Path) -> None:
    (root / "data/one").unlink()
    (root / "data/one").symlink_to(root / "data/in/two")


def _link_folder(root: Path) -> None:
    (root / "data/in").rename(root.parent / f"{root.name}-outside")
    (root / "data/in").symlink_to(root.parent / f"{root.name}-outside")


def _second_manifest(root: Path) -> None:
    write("manifest-md5.txt", sums({"data/one": b"1"}, "md5"))(root)


VALID: dict[str, Callable[[Path], Path]] = {
    "basic-bag": bag,
    "several-algorithms": lambda root: bag(root, algorithms=("md5", "sha1", "sha224", "sha256", "sha384", "sha512")),
    "empty-payload": _empty,
    "version-0.97": lambda root: bag(root, version="0.97"),
    "without-bag-info": lambda root: _changed(root, remove("bag-info.txt")),
    "without-tag-manifest": lambda root: _changed(root, lambda one: (one / "tagmanifest-sha256.txt").unlink()),
    "star-before-the-path": lambda root: _changed(root, replace("manifest-sha256.txt", b"  data", b" *data")),
    "upper-case-digests": lambda root: _changed(
        root, write("manifest-sha256.txt", _upper(sums({"data/one": b"1", "data/in/two": b"2"}, "sha256")))
    ),
    "crlf-line-ends": lambda root: _changed(root, replace("manifest-sha256.txt", b"\n", b"\r\n")),
    "duplicate-metadata-entries": lambda root: _changed(root, append("bag-info.txt", b"Contact: a\nContact: b\n")),
    "metadata-over-several-lines": lambda root: _changed(root, append("bag-info.txt", b"Long: a\n  b\n\tc\n")),
    "percent-encoded-line-feed": _percent,
    "fetched-already": lambda root: _changed(root, write("fetch.txt", b"http://x.invalid/1 1 data/one\n")),
    "tag-files-of-its-own": lambda root: _changed(root, write("readme.txt", b"x")),
    "chinese-names": lambda root: bag(root, 林权证=b"x", 乡__村=b"y"),
}

INVALID: dict[str, Change] = {
    # 2.1.1, the declaration
    "no-declaration": remove("bagit.txt"),
    "declaration-of-an-unknown-version": write("bagit.txt", DECLARED % b"2.0"),
    "declaration-without-encoding": write("bagit.txt", b"BagIt-Version: 1.0\n"),
    "declaration-in-the-wrong-order": write("bagit.txt", b"Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n"),
    "declaration-with-a-third-line": append("bagit.txt", b"More: x\n"),
    "declaration-with-blanks-before-the-colon": write(
        "bagit.txt", b"BagIt-Version : 1.0\nTag-File-Character-Encoding : UTF-8\n"
    ),
    "declaration-with-blanks-at-the-start": write("bagit.txt", b"  " + DECLARED % b"1.0"),
    "declaration-with-several-blanks": write("bagit.txt", (DECLARED % b"1.0").replace(b": ", b":   ")),
    "declaration-with-blanks-at-the-end": write("bagit.txt", (DECLARED % b"1.0").replace(b"\n", b"  \n")),
    "declaration-with-a-byte-order-mark": write("bagit.txt", b"\xef\xbb\xbf" + DECLARED % b"1.0"),
    "declaration-of-an-unknown-encoding": write("bagit.txt", (DECLARED % b"1.0").replace(b"UTF-8", b"KLINGON")),
    "empty-declaration": write("bagit.txt", b""),
    # 2.1.2, the payload
    "no-payload-folder": lambda root: (root / "data").rename(root / "payload"),
    # 2.1.3, the payload manifest
    "no-payload-manifest": remove("manifest-sha256.txt"),
    "manifest-of-an-unknown-algorithm": lambda root: (root / "manifest-sha256.txt").rename(
        root / "manifest-whirl9.txt"
    ),
    "manifest-names-a-tag-file": append(
        "manifest-sha256.txt", hashlib.sha256(b"x").hexdigest().encode() + b"  x.txt\n"
    ),
    "manifest-names-a-file-twice": lambda root: append(
        "manifest-sha256.txt", (root / "manifest-sha256.txt").read_bytes().splitlines(keepends=True)[0]
    )(root),
    "manifest-with-a-digest-too-short": replace("manifest-sha256.txt", b"data/one", b"data/one\n00  data/in/two"),
    "manifest-line-without-a-path": append("manifest-sha256.txt", ZERO + b"\n"),
    "manifest-line-that-is-none": append("manifest-sha256.txt", "不是摘要\n".encode()),
    "manifest-not-in-its-encoding": append("manifest-sha256.txt", ZERO + b"  data/\xff\xfe\n"),
    "path-with-dots": append("manifest-sha256.txt", ZERO + b"  data/../../etc/passwd\n"),
    "path-from-the-root": append("manifest-sha256.txt", ZERO + b"  /etc/passwd\n"),
    "path-from-a-home": append("manifest-sha256.txt", ZERO + b"  ~/x\n"),
    "path-of-a-drive": append("manifest-sha256.txt", ZERO + b"  C:/x\n"),
    "path-with-backslashes": append("manifest-sha256.txt", ZERO + b"  data\\x\n"),
    # 2.2.1, the tag manifest
    "tag-manifest-names-payload": _tag_names_payload,
    "tag-file-changed": lambda root: (root / "bag-info.txt").write_bytes(b"Source-Organization: y\n"),
    "tag-file-missing": lambda root: (root / "bag-info.txt").unlink(),
    # 2.2.2, the metadata
    "metadata-line-without-colon": append("bag-info.txt", b"nothing\n"),
    "metadata-label-with-blanks": append("bag-info.txt", b"Label : x\n"),
    "oxum-of-other-bytes": replace("bag-info.txt", b"Oxum: 2.2", b"Oxum: 3.2"),
    "oxum-of-other-files": replace("bag-info.txt", b"Oxum: 2.2", b"Oxum: 2.3"),
    "oxum-twice": append("bag-info.txt", b"Payload-Oxum: 2.2\n"),
    "oxum-that-is-none": replace("bag-info.txt", b"Oxum: 2.2", b"Oxum: two"),
    # 2.2.3, what would have to be fetched
    "fetch-of-a-missing-file": _fetch_missing,
    "fetch-outside-the-payload": write("fetch.txt", b"http://x.invalid/1 1 ../x\n"),
    "fetch-of-what-no-manifest-names": write("fetch.txt", b"http://x.invalid/1 1 data/three\n"),
    "fetch-line-without-a-length": write("fetch.txt", b"http://x.invalid/1 data/one\n"),
    # 3, complete and valid
    "payload-file-changed": lambda root: (root / "data/one").write_bytes(b"9"),
    "payload-file-missing": lambda root: (root / "data/one").unlink(),
    "payload-file-not-listed": lambda root: (root / "data/three").write_bytes(b"3"),
    "payload-file-renamed": lambda root: (root / "data/one").rename(root / "data/uno"),
    "payload-file-is-a-link": _link,
    "payload-folder-is-a-link": _link_folder,
    "manifests-that-do-not-list-the-same": _second_manifest,
}
"""Each breaks one rule of a sound bag; what the tag manifest would notice first is kept out of its sight."""


@pytest.mark.parametrize("name", VALID)
def test_a_sound_bag_is_accepted(tmp_path: Path, name: str) -> None:
    root = tmp_path / "bag"
    assert faults(VALID[name](root)) == []


@pytest.mark.parametrize("name", INVALID)
def test_a_bag_that_breaks_a_rule_is_refused(tmp_path: Path, name: str) -> None:
    root = bag(tmp_path / "bag")
    assert faults(root) == []
    INVALID[name](root)
    assert faults(root)


def test_before_1_0_each_file_need_stand_in_one_manifest_only(tmp_path: Path) -> None:
    root = bag(tmp_path / "bag", version="0.97")
    _second_manifest(root)
    assert faults(root) == []
    (root / "data/three").write_bytes(b"3")
    (root / "bag-info.txt").unlink()
    assert any("没有 manifest 列出它" in fault for fault in faults(root))
