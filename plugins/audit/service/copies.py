"""The second copy: a folder, best on a disk of its own, with the same files under the same names as the store.

A file at its root says that it is one. Without that file nothing is written: an empty mount point must not fill the system's
disk, and another disk in its place must not be taken for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lindang.adapters.local_storage import LocalStorage
from lindang.errors import BadInput
from lindang.host import Host
from lindang.i18n import _

SIGN: Final = "lindang-second-copy.txt"
_WORDS: Final = "林档的第二副本。请不要改动这里的文件；程序每天核对，坏了的用它恢复。\n"


def prepare_copy(folder: Path) -> None:
    """Make an empty folder a place for the second copy; one that is prepared already stays as it is.

    Raises:
        BadInput: The folder holds other things.
    """
    if (folder / SIGN).is_file():
        return
    if folder.is_dir() and any(entry.name != "lost+found" for entry in folder.iterdir()):
        raise BadInput(_("文件夹里已有别的内容，不能用作第二副本"), where=str(folder), remedy=_("请换一个空的文件夹。"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SIGN).write_text(_WORDS, encoding="utf-8")


def copy_folder(host: Host) -> Path | None:
    """Return the configured folder of the second copy; None if there is to be none."""
    configured = host.settings.plugin("audit").copy_dir
    return Path(configured) if configured else None


def is_there(folder: Path) -> bool:
    """Say whether the second copy can be used now."""
    return (folder / SIGN).is_file()


def second_copy(host: Host) -> LocalStorage | None:
    """Return the second copy; None if there is none, or its disk is not there."""
    folder = copy_folder(host)
    return LocalStorage(folder) if folder is not None and is_there(folder) else None
