"""Telling a cut TIFF from a damaged one: its directories say where everything should be.

Scanners write the directory last, so that an interrupted copy often leaves a file whose first pointer already leads beyond
its end. Only offsets and lengths are looked at; nothing is decoded.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, Any, Final

_OFFSETS: Final = frozenset({273, 324})
_COUNTS: Final = frozenset({279, 325})
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_DIRECTORIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Layout:
    """How numbers are written: byte order, and the sizes of classic (32-bit) or big (64-bit) TIFF."""

    order: str
    is_big: bool

    @property
    def offset(self) -> str:
        return f"{self.order}{'Q' if self.is_big else 'I'}"

    @property
    def count(self) -> str:
        return f"{self.order}{'Q' if self.is_big else 'H'}"

    @property
    def entry(self) -> str:
        return f"{self.order}HH{'Q8s' if self.is_big else 'I4s'}"


def is_cut(stream: IO[bytes], size: int) -> bool:
    """Tell whether a TIFF of ``size`` bytes lacks a part that its directories promise.

    A file whose directories are nonsense is not cut but damaged: the answer is False.
    """
    try:
        return _walk(stream, size)
    except EOFError:
        return True
    except (struct.error, ValueError, OverflowError):
        return False


def _walk(stream: IO[bytes], size: int) -> bool:
    layout, place = _header(stream)
    seen: set[int] = set()
    while place and place not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(place)
        (entries,) = _read(stream, layout.count, place)
        step = struct.calcsize(layout.entry)
        start = place + struct.calcsize(layout.count)
        strips: dict[bool, tuple[int, ...]] = {}
        for index in range(entries):
            tag, kind, count, value = _read(stream, layout.entry, start + index * step)
            if tag in _OFFSETS or tag in _COUNTS:
                strips[tag in _OFFSETS] = _values(stream, layout, kind, count, value)
        ends = zip(strips.get(True, ()), strips.get(False, ()), strict=False)
        if any(offset + length > size for offset, length in ends):
            return True
        (place,) = _read(stream, layout.offset, start + entries * step)
    return False


def _header(stream: IO[bytes]) -> tuple[_Layout, int]:
    stream.seek(0)
    head = stream.read(16)
    order = "<" if head[:2] == b"II" else ">"
    (magic,) = struct.unpack_from(f"{order}H", head, 2)
    layout = _Layout(order, is_big=magic == 43)
    (place,) = struct.unpack_from(layout.offset, head, 8 if layout.is_big else 4)
    return layout, place


def _values(stream: IO[bytes], layout: _Layout, kind: int, count: int, value: bytes) -> tuple[int, ...]:
    if kind not in _NUMBERS:
        return ()
    wanted = f"{layout.order}{count}{_NUMBERS[kind]}"
    if count * _SIZES[kind] <= len(value):
        return struct.unpack(wanted, value[: count * _SIZES[kind]])
    (place,) = struct.unpack(layout.offset, value)
    return _read(stream, wanted, place)


def _read(stream: IO[bytes], pattern: str, place: int) -> tuple[Any, ...]:
    """Read at a place. Raises EOFError where the file ends before."""
    stream.seek(place)
    data = stream.read(struct.calcsize(pattern))
    if len(data) < struct.calcsize(pattern):
        raise EOFError(place)
    return struct.unpack(pattern, data)
