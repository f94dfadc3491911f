"""Reading the table of public holidays: the one that ships, or the office's own; read again when the file changes."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

from lindang.errors import Unavailable
from lindang.i18n import _
from models.data import HOLIDAYS
from models.workdays import Calendar, calendar_of


def office_calendar(configured: str = "", *, section: str = "handover") -> Calendar:
    """Return the calendar of the configured file, or of the one that ships; `section` names the plugin whose setting it is.

    Raises:
        Unavailable: the file is missing or wrong; the message names it and the place.
    """
    path = Path(configured) if configured else HOLIDAYS
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:  # a TOML error is a ValueError
        raise Unavailable(
            _("节假日表不能用：%(why)s", why=error),
            where=f"[plugins.{section}] holidays_file = {path}",
            remedy=_("请改正这份文件，或在设置里留空以使用随程序的一份。"),
        ) from error


@functools.lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Calendar:
    return calendar_of(tomllib.loads(path.read_text(encoding="utf-8")))
