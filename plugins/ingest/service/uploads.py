"""Uploads: the bytes go to the storage first, then the file is acknowledged."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Protocol

from lindang.auth import Actor
from lindang.host import Host
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
    with tempfile.NamedTemporaryFile(dir=work_folder(host, "upload")) as spool:
        file.save(spool)
        spool.flush()
        blob = host.storage.put_file(Path(spool.name))
    arrival = Arrival(clean_path(relative_path or file.filename or ""), blob)
    with host.uow(actor) as uow:
        return receive_upload(uow, run_id, arrival)
