"""The bytes of a gram index: header and arrays.

All texts of one index are written one behind the other as UTF-16 code units, each text followed by a zero unit. A *gram*
is two neighbouring units as one 32-bit key, the first in the high half; every unit but a zero begins one gram. For each
gram the positions at which it begins are kept in ascending order, as the distances from one to the next, in the
narrowest of three element sizes. In the two narrow sizes the largest value is a filler that says "add this and go on".

::

    header   88 bytes: the magic, nine u64 array lengths in elements, CRC-32 of everything behind the header, padding
    arrays   in the order of ARRAYS, little endian, each beginning at a multiple of eight

Nothing in it points outside; it can be memory-mapped and read by several threads at once.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"LDGRAM1\0"
ARRAYS: tuple[tuple[str, str], ...] = (
    ("wide", "<u4"),
    ("middle", "<u2"),
    ("narrow", "u1"),
    ("keys", "<u4"),
    ("offsets", "<u4"),
    ("elements", "<u4"),
    ("counts", "<u4"),
    ("starts", "<u4"),
    ("sizes", "u1"),
)
"""Name and type: three element blobs; per gram its key, where its list begins in its blob, how many elements it has there,
how many positions it has, which blob (0 narrow, 1 middle, 2 wide); and where each text begins, plus the end."""

HEADER = struct.Struct(f"<8s{len(ARRAYS)}QI4x")
FILLERS = (0xFF, 0xFFFF, None)
BLOBS = ("narrow", "middle", "wide")
MAX_UNITS = 0xFFFF_FFF0

Array = npt.NDArray[Any]


class DamagedIndex(ValueError):
    """The bytes are no gram index, or not all of it."""


def pack(arrays: Mapping[str, Array]) -> bytes:
    """Return the bytes of an index made of these arrays."""
    body = bytearray()
    for name, kind in ARRAYS:
        body += np.ascontiguousarray(arrays[name], dtype=kind).tobytes()
        body += bytes(-len(body) % 8)
    lengths = [len(arrays[name]) for name, _ in ARRAYS]
    return HEADER.pack(MAGIC, *lengths, zlib.crc32(body)) + bytes(body)


def unpack(buffer: memoryview) -> dict[str, Array]:
    """Return the arrays of an index as views into the buffer. Raises DamagedIndex."""
    if len(buffer) < HEADER.size:
        raise DamagedIndex("shorter than its header")
    magic, *lengths, _crc = HEADER.unpack_from(buffer)
    if magic != MAGIC:
        raise DamagedIndex("wrong magic")
    arrays: dict[str, Array] = {}
    place = HEADER.size
    for (name, kind), length in zip(ARRAYS, lengths, strict=True):
        size = length * np.dtype(kind).itemsize
        if place + size > len(buffer):
            raise DamagedIndex(f"ends inside {name}")
        arrays[name] = np.frombuffer(buffer, kind, length, place)
        place += size + -size % 8
    return arrays


def is_intact(buffer: memoryview) -> bool:
    """Tell whether the checksum holds; reads every byte."""
    return len(buffer) >= HEADER.size and zlib.crc32(buffer[HEADER.size :]) == HEADER.unpack_from(buffer)[-1]
