"""Taking pages out of a TIFF: directories are written anew, the compressed data of each page stay as they are.

Only classic TIFF (32-bit offsets) is written; a page keeps every tag whose value is no pointer into the file.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import IO, Final

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_POINTERS: Final = frozenset({330, 400, 34665, 34853, 40965, 288, 289})
_OLD_JPEG: Final = frozenset({513, 514, 519, 520, 521})
_STRIPS, _TILES = (273, 279), (324, 325)
_NUMBERS: Final = {3: "H", 4: "I"}
_MOST: Final = 20_000
_LIMIT: Final = 1 << 32

Entry = tuple[int, int, int, bytes]
"""Tag, type, count, value in the byte order of the file."""


class NotDivisible(Exception):
    """The TIFF is of a kind whose pages cannot be taken out as they are."""


def write_part(source: IO[bytes], pages: Sequence[int], target: IO[bytes]) -> None:
    """Write a TIFF of some pages (counted from 0) of another.

    Raises:
        NotDivisible: BigTIFF, old-style JPEG, or nonsense.
    """
    order = _order(source)
    places = _directories(source, order)
    target.write((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 0))
    link = 4
    for page in pages:
        if not 0 <= page < len(places):
            raise NotDivisible(f"no page {page}")
        link = _write_page(source, _entries(source, order, places[page]), order, target, link)
    if target.tell() >= _LIMIT:
        raise NotDivisible("4 GB")


def _order(source: IO[bytes]) -> str:
    source.seek(0)
    order = {b"II": "<", b"MM": ">"}.get(source.read(2))
    if order is None or struct.unpack(order + "H", _exactly(source, 2))[0] != 42:
        raise NotDivisible("no classic TIFF")
    return order


def _directories(source: IO[bytes], order: str) -> list[int]:
    source.seek(4)
    (place,) = struct.unpack(order + "I", _exactly(source, 4))
    found: list[int] = []
    while place and place not in found and len(found) < _MOST:
        found.append(place)
        source.seek(place)
        (count,) = struct.unpack(order + "H", _exactly(source, 2))
        source.seek(place + 2 + 12 * count)
        (place,) = struct.unpack(order + "I", _exactly(source, 4))
    return found


def _entries(source: IO[bytes], order: str, place: int) -> list[Entry]:
    source.seek(place)
    (count,) = struct.unpack(order + "H", _exactly(source, 2))
    raw = _exactly(source, 12 * count)
    found = []
    for start in range(0, len(raw), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", raw, start)
        if tag in _OLD_JPEG:
            raise NotDivisible("old-style JPEG")
        if tag in _POINTERS or kind not in _SIZES:
            continue
        found.append((tag, kind, number, _value(source, order, raw[start + 8 : start + 12], _SIZES[kind] * number)))
    return sorted(found)


def _value(source: IO[bytes], order: str, field: bytes, size: int) -> bytes:
    if size <= 4:
        return field[:size]
    source.seek(struct.unpack(order + "I", field)[0])
    return _exactly(source, size)


def _write_page(source: IO[bytes], entries: list[Entry], order: str, target: IO[bytes], link: int) -> int:
    """Write one page and let the pointer at ``link`` lead to it; returns the place of its own pointer."""
    tags = {entry[0]: entry for entry in entries}
    offsets_tag, counts_tag = _TILES if _TILES[0] in tags else _STRIPS
    if offsets_tag not in tags or counts_tag not in tags:
        raise NotDivisible("no data")
    offsets, counts = _numbers(tags[offsets_tag], order), _numbers(tags[counts_tag], order)
    if len(offsets) != len(counts):
        raise NotDivisible("strips")
    placed = [_copy(source, target, offset, count) for offset, count in zip(offsets, counts, strict=True)]
    tags[offsets_tag] = (offsets_tag, 4, len(placed), struct.pack(f"{order}{len(placed)}I", *placed))
    written = [(tag, kind, count, _place_value(target, value)) for tag, kind, count, value in sorted(tags.values())]
    return _write_directory(written, order, target, link)


def _place_value(target: IO[bytes], value: bytes) -> bytes | int:
    """Return a value that fits into its entry, or where a longer one was written."""
    if len(value) <= 4:
        return value.ljust(4, b"\0")
    return _append(target, value)


def _write_directory(written: list[tuple[int, int, int, bytes | int]], order: str, target: IO[bytes], link: int) -> int:
    rows = [
        struct.pack(order + "HHI", tag, kind, count)
        + (value if isinstance(value, bytes) else struct.pack(order + "I", value))
        for tag, kind, count, value in written
    ]
    place = _append(target, struct.pack(order + "H", len(rows)) + b"".join(rows) + bytes(4))
    end = target.tell()
    target.seek(link)
    target.write(struct.pack(order + "I", place))
    target.seek(end)
    return end - 4


def _copy(source: IO[bytes], target: IO[bytes], offset: int, count: int) -> int:
    source.seek(offset)
    return _append(target, _exactly(source, count))


def _append(target: IO[bytes], data: bytes) -> int:
    if target.tell() % 2:
        target.write(b"\0")
    place = target.tell()
    target.write(data)
    return place


def _numbers(entry: Entry, order: str) -> list[int]:
    _tag, kind, count, value = entry
    if kind not in _NUMBERS:
        raise NotDivisible("numbers")
    return list(struct.unpack(f"{order}{count}{_NUMBERS[kind]}", value))


def _exactly(source: IO[bytes], size: int) -> bytes:
    data = source.read(size) if size < _LIMIT else b""
    if len(data) != size:
        raise NotDivisible("cut short")
    return data
