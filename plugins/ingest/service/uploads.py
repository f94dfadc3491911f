"""Uploads: the bytes go to the storage first, then the file is acknowledged."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Protocol

from lindang.auth import Actor
from lindang.errors import Conflict
from lindang.host import Host
from lindang.i18n import _
from lindang.ports import Blob
from plugins.ingest.domain.naming import clean_path
from plugins.ingest.service.receive import Arrival, Received, receive_upload
from plugins.ingest.tools import work_folder


class Upload(Protocol):
    """A file that a browser or a script sent."""

    filename: str | None

    def save(self, dst: IO[bytes], /) -> None:
        """Write its bytes."""


def take_upload(host: Host, actor: Actor, run_id: int, file: Upload, relative_path: str) -> Received:
    """Store an uploaded file and acknowledge it in its run; its name is kept as words, never used as a path.

    Raises:
        NotFound: the run lies outside the actor's scope.
        Conflict: the run is closed.
        NoSpace: the disk reserve is used up; nothing was acknowledged.
    """
    blob = stored_upload(host, file)
    arrival = Arrival(clean_path(relative_path or file.filename or ""), blob)
    with host.uow(actor) as uow:
        return receive_upload(uow, run_id, arrival)


def stored_upload(host: Host, file: Upload, most_bytes: int | None = None) -> Blob:
    """Store the bytes of an uploaded file.

    Raises:
        Conflict: it has more than ``most_bytes``; nothing was stored.
        NoSpace: the disk reserve is used up.
    """
    with tempfile.NamedTemporaryFile(dir=work_folder(host, "upload")) as spool:
        file.save(spool)
        spool.flush()
        path = Path(spool.name)
        if most_bytes is not None and path.stat().st_size > most_bytes:
            raise Conflict(_("超过这个链接允许的总大小，文件没有收下"), remedy=_("请向档案室索取新的链接。"))
        return host.storage.put_file(path)
