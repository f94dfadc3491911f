"""The models of the fast profile, taken out of a package that carries them: ``make fast``, ``python -m tools.fast_models WHEEL``.

PP-OCRv6 tiny (PaddlePaddle, Apache-2.0) is in no package by itself. ``faster-paddle`` (MIT) carries it inside its compiled
library; the wheel is pinned by its digest in ``requirements-fast.lock``, opened as an archive and read: nothing of it is
installed or run. What is written are two ONNX files as RapidOCR names them. The one that finds lines is, digest for digest,
the file that RapidOCR 3.10 publishes; the other bears the same weights with the list of its characters joined on.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from plugins.ingest.adapters.fast import FOLDER

FINDER, READER = "PP-OCRv6_det_tiny.onnx", "PP-OCRv6_rec_tiny.onnx"
DIGESTS: Final = {
    FINDER: "f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5",
    READER: "5ce19b3020d402e353b2825baa183c21bc5eee48c672c647b7ff6441eb8ac3e7",
}
"""SHA-256 of the files written; the first is the one in RapidOCR's own list of models."""
NOTICE: Final = """\
PP-OCRv6 tiny, (c) PaddlePaddle Authors, Apache License 2.0, https://github.com/PaddlePaddle/PaddleOCR
taken out of the wheel faster-paddle 1.0.4 (MIT) by tools/fast_models.py; no code of that package is used.
"""
_HEAD: Final = b"\x08\x08\x12\x00\x1a\x00\x3a"
"""An ONNX model of version 8 whose maker gives no name: then comes the graph's length."""
_TAIL: Final = b"\x42\x04\x0a\x00\x10\x10"
"""After the graph: the operators are those of set 16."""
_PUBLISHED_HEAD, _PUBLISHED_TAIL = b"\x08\x0a\x12\x00\x1a\x00\x3a", b"\x42\x04\x0a\x00\x10\x0b"
_METADATA: Final = 0x72


class Unusable(Exception):
    """The wheel does not hold what is wanted."""


def main(wheel: Path, folder: Path = FOLDER) -> None:
    """Write the two models into a folder. Raises Unusable when the wheel holds others than the pinned ones."""
    found = models_in(library_of(wheel))
    for name, digest in DIGESTS.items():
        if hashlib.sha256(found.get(name, b"")).hexdigest() != digest:
            raise Unusable(f"{wheel.name}: {name}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in found.items():
        (folder / name).write_bytes(data)
    (folder / "NOTICE.txt").write_text(NOTICE, encoding="utf-8")


def library_of(wheel: Path) -> bytes:
    """Return the compiled library in a wheel, of whatever system."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith((".so", ".pyd", ".dylib")))
        return archive.read(name)


def models_in(library: bytes) -> dict[str, bytes]:
    """Return the two smallest models that lie in a library one behind the other, as RapidOCR takes them."""
    cuts = list(_cuts(library))
    smallest = sorted(cuts, key=lambda cut: cut[1] - cut[0])[:2]
    if len(smallest) < 2:
        raise Unusable("no models")
    (begin, end), (first, last) = sorted(smallest)
    characters = _characters(library[last:])
    return {
        FINDER: _PUBLISHED_HEAD + library[begin + len(_HEAD) : end - len(_TAIL)] + _PUBLISHED_TAIL,
        READER: library[first:last] + _metadata("character", "\n".join(characters)),
    }


def _cuts(library: bytes) -> Iterator[tuple[int, int]]:
    """Yield where models begin and end."""
    at = library.find(_HEAD)
    while at >= 0:
        length, begin = _number(library, at + len(_HEAD))
        end = begin + length + len(_TAIL)
        if library[end - len(_TAIL) : end] == _TAIL:
            yield at, end
        at = library.find(_HEAD, at + 1)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number as protobuf writes it, and where it ends."""
    value = shift = 0
    while True:
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _characters(after: bytes) -> list[str]:
    """Return the list of characters that lies behind its model, as JSON."""
    listed, _end = json.JSONDecoder().raw_decode(after[:200_000].decode("utf-8", "ignore"))
    return [str(each) for each in listed]


def _metadata(key: str, value: str) -> bytes:
    """Return a model's metadata of one entry in protobuf."""
    entry = _field(0x0A, key.encode()) + _field(0x12, value.encode())
    return _field(_METADATA, entry)


def _field(tag: int, data: bytes) -> bytes:
    length, coded = len(data), bytearray([tag])
    while length >= 0x80:
        coded.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*coded, length]) + data


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
