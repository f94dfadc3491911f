"""Reading stored files again and comparing them with what was recorded: slow, and never inside a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from lindang.errors import NotFound
from lindang.i18n import _
from lindang.ports import Storage
from plugins.handover.queries.snapshots import StoredObject

_CHUNK: Final = 1024 * 1024
Progress = Callable[[int, int, str], None]


def wrong_objects(storage: Storage, objects: Sequence[StoredObject], progress: Progress) -> list[tuple[str, str]]:
    """Return (where, what) of every stored file that is missing or not what it was, in the given order."""
    problems = []
    for number, stored in enumerate(objects, 1):
        fault = _fault(storage, stored)
        if fault:
            problems.append((stored.where, fault))
        progress(number, len(objects), stored.where)
    return problems


def _fault(storage: Storage, stored: StoredObject) -> str:
    try:
        path = storage.path(stored.sha256)
    except NotFound:
        return _("存储中没有这个文件")
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
    return "" if found.hexdigest() == stored.sha256 else _("文件内容与登记的摘要不符")
