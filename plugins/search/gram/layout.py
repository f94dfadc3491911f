"""The bytes of an index: a header and named arrays; nothing in them points outside.

::

    header   magic (8 bytes), one u64 length in elements per array, CRC-32 of everything behind the header, padding to 8
    arrays   in the order of the layout, little endian, each beginning at a multiple of eight

They can be memory-mapped and read by several threads at once. `GRAMS` is the layout of a gram index: all texts are written
one behind the other as UTF-16 code units, each text followed by a zero unit. A *gram* is two neighbouring units as one
32-bit key, the first in the high half; every unit but a zero begins one gram. For each gram the positions at which it begins
are kept in ascending order. A gram that stands in one place only has its position; the others have a list of the distances
from one position to the next, in the narrowest of four element sizes. In all but the widest the largest value is a filler
that says "add this and go on". Empty texts take no room: where there are some, `members` has the numbers of the others.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class DamagedIndex(ValueError):
    """The bytes are no index of this layout, or not all of it."""


@dataclass(frozen=True)
class Layout:
    """What the arrays of a kind of index are called and made of; another magic for every change."""

    magic: bytes
    arrays: tuple[tuple[str, str], ...]

    @property
    def _header(self) -> struct.Struct:
        return struct.Struct(f"<8s{len(self.arrays)}QI4x")

    def pack(self, arrays: Mapping[str, Array | Sequence[Array]]) -> Iterator[bytes | memoryview]:
        """Yield the bytes of an index made of these arrays, piece by piece; an array may come in parts."""
        lengths, body = [], []
        for name, kind in self.arrays:
            given = arrays[name]
            parts = [np.ascontiguousarray(part, kind) for part in ([given] if isinstance(given, np.ndarray) else given)]
            lengths.append(sum(map(len, parts)))
            body += [part.view("u1").data for part in parts]
            body.append(memoryview(bytes(-lengths[-1] * np.dtype(kind).itemsize % 8)))
        checksum = 0
        for piece in body:
            checksum = zlib.crc32(piece, checksum)
        yield self._header.pack(self.magic, *lengths, checksum)
        yield from body

    def unpack(self, buffer: memoryview) -> dict[str, Array]:
        """Return the arrays of an index as views into the buffer. Raises DamagedIndex."""
        header = self._header
        if len(buffer) < header.size:
            raise DamagedIndex("shorter than its header")
        magic, *lengths, _crc = header.unpack_from(buffer)
        if magic != self.magic:
            raise DamagedIndex("wrong magic")
        arrays: dict[str, Array] = {}
        place = header.size
        for (name, kind), length in zip(self.arrays, lengths, strict=True):
            size = length * np.dtype(kind).itemsize
            if place + size > len(buffer):
                raise DamagedIndex(f"ends inside {name}")
            arrays[name] = np.frombuffer(buffer, kind, length, place)
            place += size + -size % 8
        return arrays

    def is_intact(self, buffer: memoryview) -> bool:
        """Tell whether the checksum holds; reads every byte."""
        header = self._header
        if len(buffer) < header.size:
            return False
        checksum: int = header.unpack_from(buffer)[-1]
        return zlib.crc32(buffer[header.size :]) == checksum


FILLERS = {"narrow": 0xFF, "middle": 0xFFFF, "broad": 0xFFFFFF, "wide": None}
"""The sizes of list elements, of one byte more each, with their fillers."""

GRAMS = Layout(
    b"LDGRAM3\0",
    (
        ("single_keys", "<u4"),
        ("single_places", "<i4"),
        ("wide_keys", "<u4"),
        ("wide_ends", "<u4"),
        ("wide", "<u4"),
        ("starts", "<i4"),
        ("blocks", "<i4"),
        ("members", "<i4"),
        ("sizes", "<i4"),
        ("broad_keys", "<u4"),
        ("broad_ends", "<u4"),
        ("middle_keys", "<u4"),
        ("middle_ends", "<u4"),
        ("middle", "<u2"),
        ("narrow_keys", "<u4"),
        ("narrow_ends", "<u4"),
        ("narrow", "u1"),
        ("broad", "u1"),
    ),
)
"""Grams of one place: keys and places. Of each size: the keys, where the elements of each list end, and the elements (those of
three bytes byte by byte). Where each text that is not empty begins, plus the end; which of these every 2^shift-th unit lies in;
their numbers among all texts, if some are empty; and in `sizes` that shift and how many texts there are."""

MAX_UNITS = 0x7FFF_FFF0
