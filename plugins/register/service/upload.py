"""Uploaded files: the bytes go to the storage first, sealed, then the import is written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Protocol

from lindang.auth import Actor
from lindang.errors import BadInput
from lindang.host import Host
from lindang.i18n import _
from plugins.register.service.importing import take_file
from plugins.register.service.sealed import SealedFile, keep_sealed, work_folder
from plugins.register.settings import RegisterSettings

_MEGABYTE = 1024 * 1024


class Upload(Protocol):
    """A file that a browser or a script sent."""

    filename: str | None

    def save(self, dst: IO[bytes], /) -> None:
        """Write its bytes."""


def take_upload(host: Host, actor: Actor, county: str, file: Upload) -> int:
    """Store an uploaded file and have it read; its name is kept as words, never used as a path.

    Raises:
        BadInput: the file is empty or too large.
        NotFound: the county is not in the actor's scope.
    """
    stored = _stored(host, file)
    with host.uow(actor) as uow:
        return take_file(uow, county, file.filename or "", stored).id


def max_mb(host: Host) -> int:
    """Return how large a file may be."""
    settings: RegisterSettings = host.settings.plugin("register")
    return min(settings.import_max_mb, host.settings.host.upload_limit_mb)


def _stored(host: Host, file: Upload) -> SealedFile:
    with tempfile.NamedTemporaryFile(dir=work_folder(host)) as spool:
        file.save(spool)
        spool.flush()
        size = Path(spool.name).stat().st_size
        if size > max_mb(host) * _MEGABYTE:
            raise BadInput(_("文件超过 %(n)s MB", n=max_mb(host)), where="file", remedy=_("请按乡镇分成几个文件。"))
        if size == 0:
            raise BadInput(_("文件是空的"), where="file", remedy=_("请核对是否选对了文件。"))
        return keep_sealed(host, Path(spool.name))
