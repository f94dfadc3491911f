"""Splitting a package over carriers (载体) of a given size: whole volumes, in the order of the list, each carrier a package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lindang.errors import Conflict
from lindang.i18n import _
from plugins.handover.packaging.tree import METADATA, Content, Made, entries, volume_entries

_SLACK: Final = 1.02
"""What a file system needs beside the bytes of the files: a fiftieth."""
_BLOCK: Final = 4096


@dataclass(frozen=True, slots=True)
class Carrier:
    """What lies on one carrier: its lines, and the bytes of their files."""

    lines: tuple[Mapping[str, Any], ...]
    bytes: int


def carrier_name(number: int) -> str:
    """Return the folder of a carrier: ``载体01``."""
    return f"载体{number:02d}"


def split(content: Content, carrier_bytes: int) -> list[Carrier]:
    """Return the carriers; one when no size is given or everything fits.

    Raises:
        Conflict: a volume with the common papers is larger than a carrier: it is named, and how large it is.
    """
    sizes = [(line, _volume_bytes(content, line)) for line in content.lines]
    whole = Carrier(tuple(content.lines), sum(size for _line, size in sizes))
    if not carrier_bytes:
        return [whole]
    common = _common_bytes(content)
    room = int(carrier_bytes / _SLACK) - common
    if whole.bytes <= room:
        return [whole]
    return list(_filled(sizes, room, common))


def _filled(sizes: Sequence[tuple[Mapping[str, Any], int]], room: int, common: int) -> Iterator[Carrier]:
    lines: list[Mapping[str, Any]] = []
    used = 0
    for line, size in sizes:
        if size > room:
            needed = -(-int((size + common) * _SLACK) // 1_000_000)
            raise Conflict(
                _("案卷 %(code)s 一个载体放不下", code=line["archival_code"]),
                remedy=_("一个载体至少要有 %(n)s MB。", n=needed),
            )
        if lines and used + size > room:
            yield Carrier(tuple(lines), used)
            lines, used = [], 0
        lines.append(line)
        used += size
    yield Carrier(tuple(lines), used)


def _volume_bytes(content: Content, line: Mapping[str, Any]) -> int:
    return sum(_room(len(one.data) if isinstance(one, Made) else one.bytes) for one in volume_entries(content, line))


def _room(size: int) -> int:
    """Return what a file of this size takes on a carrier: whole blocks, and its lines in catalogue and checksums."""
    return -(-size // _BLOCK) * _BLOCK + 600


def _common_bytes(content: Content) -> int:
    """Return the bytes of the files that every carrier holds."""
    common = (one for one in entries(content) if isinstance(one, Made) and not one.path.endswith(METADATA))
    return sum(_room(len(one.data)) for one in common)


def carrier_list(carriers: Sequence[Carrier]) -> Iterator[str]:
    """Yield one line for each carrier: its name, first and last 档号, volumes, bytes of their files."""
    for number, carrier in enumerate(carriers, 1):
        codes = [line["archival_code"] for line in carrier.lines]
        yield f"{carrier_name(number)}\t{codes[0]}～{codes[-1]}\t{len(codes)} 卷\t{carrier.bytes} 字节"
