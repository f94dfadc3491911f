"""Is there room on the disk: the reserve of the settings, in MB or as a share of the disk, whichever is larger."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Final

from lindang.errors import NoSpace
from lindang.host import Host
from lindang.i18n import _
from plugins.ingest.tools import settings_of

_MEGABYTE: Final = 1024 * 1024
GROWTH: Final = 1.5
"""What a file needs beside itself: its page images, thumbnails and searchable PDF come to about half of it."""
LEAST: Final = 8 * _MEGABYTE
"""Below this no file can be worked on, whatever reserve the settings want."""
_EASE: Final = 1.1
"""Work that stood still for want of room goes on when there is a tenth more than the reserve, so that it does not flutter."""


@dataclass(frozen=True, slots=True)
class Room:
    """The disk of the archive, in bytes."""

    free: int
    reserve: int

    @property
    def is_enough(self) -> bool:
        """Whether the reserve is kept."""
        return self.free >= self.reserve

    @property
    def is_ample(self) -> bool:
        """Whether work that stood still may go on."""
        return self.free >= self.reserve * _EASE

    def holds(self, incoming: int) -> bool:
        """Say whether files of so many bytes fit with what is made of them, and the reserve stays."""
        return self.free - incoming * GROWTH >= self.reserve


def room_of(host: Host) -> Room:
    """Return how much room the archive's disk has."""
    settings, usage = settings_of(host), shutil.disk_usage(host.data_dir)
    share = usage.total * settings.reserve_percent // 100
    return Room(usage.free, max(settings.reserve_mb * _MEGABYTE, share, LEAST))


def refuse_without_room(host: Host) -> None:
    """Raise NoSpace when the reserve is not kept: what a child then says of a file it could not work on is worth nothing."""
    if not room_of(host).is_enough:
        raise NoSpace(_("磁盘空间不足，没有做下去"), remedy=_("请清理磁盘；有空间后自动继续，原文件未受影响。"))
