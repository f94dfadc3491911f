"""Making the package of a batch: from the frozen manifest alone, into a folder, a disk or a stick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import Conflict
from lindang.host import Host
from lindang.i18n import _, official
from models.archive import ArchiveFile, Item
from models.handover import PACKAGE, Batch
from plugins.handover.domain.states import FROZEN_STATES
from plugins.handover.packaging.tree import Content, Volume, entries
from plugins.handover.packaging.writer import Written, write_package
from plugins.handover.queries.batches import documents, find_batch_by_number
from plugins.handover.service.manifests import read_manifest


def make_package(
    host: Host,
    actor: Actor,
    batch_no: str,
    target: Path,
    layout: str,
    *,
    on_file: Callable[[int, int], None] = lambda _done, _all: None,
) -> Written:
    """Write the package of a signed or sent batch, or finish it, and note it in the journal.

    Raises:
        NotFound: there is no such batch in the actor's scope.
        Conflict: it is not signed, the folder holds something else, or a file is not what the manifest says.
        NoSpace: it does not fit.
    """
    with host.view(actor) as session, official():
        batch = find_batch_by_number(session, actor, batch_no)
        if batch.state not in FROZEN_STATES:
            raise Conflict(_("批次 %(no)s 还没有签发，不能做移交包", no=batch.batch_no))
        content = _content(host, session, batch)
        checked, division, batch_id = batch.checked_at or batch.created_at, batch.division_code, batch.id
    facts = {
        "Source-Organization": content.manifest["from_org"],
        "External-Identifier": batch_no,
        "External-Description": content.manifest["title"],
        "Bagging-Date": checked.date().isoformat(),
    }
    written = write_package(target, entries(content), layout, facts=facts, source=host.storage.path, on_file=on_file)
    with host.uow(actor) as uow:
        noted = {"layout": layout, "sha256": written.digest, "files": written.files, "bytes": written.bytes}
        uow.journal("batch.packaged", f"batch:{batch_id}", division=division, **noted)
    return written


def _content(host: Host, session: Session, batch: Batch) -> Content:
    manifest = read_manifest(host.storage, batch.manifest_sha256)
    codes = [line["archival_code"] for line in manifest["lines"]]
    return Content(
        manifest=manifest,
        volumes=_volumes(session, codes),
        secret_items=_secret_items(session, manifest),
        documents={
            doc.file_name: host.storage.read(doc.sha256)
            for doc in documents(session, batch.id)
            if doc.list_version == batch.list_version and doc.kind != PACKAGE
        },
        carriers=batch.carriers,
    )


def _volumes(session: Session, codes: list[str]) -> dict[str, Volume]:
    found: dict[str, Volume] = {}
    for start in range(0, len(codes), 500):
        query = select(ArchiveFile).where(ArchiveFile.archival_code.in_(codes[start : start + 500]))
        found |= {row.archival_code: _volume(row) for row in session.scalars(query)}
    missing = [code for code in codes if code not in found]
    if missing:
        raise Conflict(
            _("档号改过，清单中的 %(code)s 已不是现用的档号", code=missing[0]),
            remedy=_("请撤回批次，按新档号重新签发。"),
        )
    return found


def _volume(row: ArchiveFile) -> Volume:
    return Volume(
        archival_code=row.archival_code,
        fonds_code=row.fonds_code,
        class_code=row.class_code,
        title=row.title,
        year=str(row.year or ""),
        retention=row.retention,
        security_class=row.security_class,
    )


def _secret_items(session: Session, manifest: Mapping[str, Any]) -> frozenset[str]:
    """Return the codes of items with a security class among the volumes of the manifest."""
    codes = [line["archival_code"] for line in manifest["lines"]]
    secret: set[str] = set()
    for start in range(0, len(codes), 500):
        query = select(Item.archival_code).join(ArchiveFile, ArchiveFile.id == Item.archive_file_id)
        mine = ArchiveFile.archival_code.in_(codes[start : start + 500])
        secret |= set(session.scalars(query.where(mine, Item.security_class != "")))
    return frozenset(secret)
