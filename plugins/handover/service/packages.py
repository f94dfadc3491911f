"""Making the package of a batch: from the frozen manifest alone, into a folder, a disk or a stick, or over several of them.

What the manifest froze is what goes along; the archive of today is asked one thing only, what has got a security class since:
that stays behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import Conflict, Unavailable
from lindang.host import Host
from lindang.i18n import _, official
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, Item
from models.digital import DigitalObject
from models.handover import PACKAGE, Batch, BatchItem
from plugins.handover.domain.states import FROZEN_STATES
from plugins.handover.packaging.carriers import Carrier, carrier_list, carrier_name, split
from plugins.handover.packaging.sm3 import has_sm3, sm3_entry
from plugins.handover.packaging.tree import Content, Entry, entries
from plugins.handover.packaging.writer import Written, write_package
from plugins.handover.queries.batches import documents, find_batch_by_number
from plugins.handover.queries.snapshots import current_items
from plugins.handover.service.manifests import read_manifest

Report = Callable[[int, int], None]
CARRIER_LIST: Final = "载体清单.TXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlan:
    """How a package is written: its layout, the size of one carrier (0: all in one), and whether SM3 digests go along."""

    layout: str
    carrier_bytes: int = 0
    with_sm3: bool = False


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written: each carrier by name, and the digest of the whole (of one carrier, its own)."""

    digest: str
    carriers: tuple[tuple[str, Written], ...]

    @property
    def files(self) -> int:
        """Return the number of files on all carriers."""
        return sum(written.files for _name, written in self.carriers)

    @property
    def bytes(self) -> int:
        """Return their bytes."""
        return sum(written.bytes for _name, written in self.carriers)

    @property
    def copied(self) -> int:
        """Return how many files were written this time."""
        return sum(written.copied for _name, written in self.carriers)


def make_package(
    host: Host,
    actor: Actor,
    batch_no: str,
    target: Path,
    plan: PackagePlan,
    *,
    on_file: Report = lambda _done, _all: None,
) -> Packed:
    """Write the package of a signed or sent batch, or finish it, and note it in the journal. Raises like `pack`."""
    packed = pack(host, actor, batch_no, target, plan, on_file=on_file)
    with host.uow(actor) as uow:
        note_package(uow, find_batch_by_number(uow.session, actor, batch_no), plan, packed)
    return packed


def pack(
    host: Host,
    actor: Actor,
    batch_no: str,
    target: Path,
    plan: PackagePlan,
    *,
    on_file: Report = lambda _done, _all: None,
) -> Packed:
    """Write the package of a signed or sent batch, or finish it.

    Raises:
        NotFound: there is no such batch in the actor's scope.
        Conflict: it is not signed, the folder holds something else, a file is not what the manifest says, or one volume
            alone is larger than a carrier.
        NoSpace: it does not fit.
        Unavailable: SM3 is asked for and this machine's OpenSSL has none.
    """
    if plan.with_sm3 and not has_sm3():
        raise Unavailable(_("本机的 OpenSSL 不支持 SM3"), remedy=_("请不选 SM3，或升级系统的 OpenSSL。"))
    with host.view(actor) as session, official():
        batch = find_batch_by_number(session, actor, batch_no)
        if batch.state not in FROZEN_STATES:
            raise Conflict(_("批次 %(no)s 还没有签发，不能做移交包", no=batch.batch_no))
        content = package_content(host, session, batch)
        checked = batch.checked_at or batch.created_at
    facts = {
        "Source-Organization": str(content.manifest["from_org"]),
        "External-Identifier": str(content.manifest["batch_no"]),
        "External-Description": str(content.manifest["title"]),
        "Bagging-Date": checked.date().isoformat(),
    }
    return _Order(host, content, plan, facts, on_file).write(target)


def note_package(uow: UnitOfWork, batch: Batch, plan: PackagePlan, packed: Packed) -> None:
    """Write into the journal that a package was made."""
    noted = {"layout": plan.layout, "sha256": packed.digest, "files": packed.files, "bytes": packed.bytes}
    if len(packed.carriers) > 1:
        noted["carriers"] = len(packed.carriers)
    uow.journal("batch.packaged", f"batch:{batch.id}", division=batch.division_code, **noted)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be written, how, and who is told of the progress."""

    host: Host
    content: Content
    plan: PackagePlan
    facts: dict[str, str]
    on_file: Report

    def write(self, target: Path) -> Packed:
        """Write all of it into a folder, or over carriers below it."""
        carriers = split(self.content, self.plan.carrier_bytes)
        if len(carriers) == 1:
            written = self._write_one(list(entries(self.content)), target, self.facts, self.on_file)
            return Packed(written.digest, ((target.name, written),))
        return self._write_several(carriers, target)

    def _write_one(self, whole: list[Entry], target: Path, facts: Mapping[str, str], on_file: Report) -> Written:
        source = self.host.storage.path
        if self.plan.with_sm3:
            whole.append(sm3_entry(whole, source))
        return write_package(target, whole, self.plan.layout, facts=facts, source=source, on_file=on_file)

    def _write_several(self, carriers: Sequence[Carrier], target: Path) -> Packed:
        """Write each carrier into a folder of its own, a whole package each, and beside them the list of all with digests."""
        count, overview = len(carriers), tuple(carrier_list(carriers))
        _refuse_strangers(target, {*map(carrier_name, range(1, count + 1)), CARRIER_LIST})
        written: list[tuple[str, Written]] = []
        for number, carrier in enumerate(carriers, 1):
            content = replace(self.content, part=(number, count), parts=overview)
            told = {"Bag-Count": f"{number} of {count}", "Bag-Group-Identifier": self.facts["External-Identifier"]}
            name = carrier_name(number)
            part = self._write_one(
                entries(content, carrier.lines), target / name, {**self.facts, **told}, self._share(number, count)
            )
            written.append((name, part))
        lines = (f"{text}\t{one.digest}\r\n" for text, (_name, one) in zip(overview, written, strict=True))
        listed = "".join(lines).encode()
        (target / CARRIER_LIST).write_bytes(listed)
        return Packed(hashlib.sha256(listed).hexdigest(), tuple(written))

    def _share(self, number: int, count: int) -> Report:
        """Return who is told of the progress of one carrier: it is one of so many equal shares of the whole."""

        def report(done: int, whole: int) -> None:
            self.on_file((number - 1) * whole + done, count * whole)

        return report


def _refuse_strangers(target: Path, ours: Iterable[str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    if any(path.name not in set(ours) for path in target.iterdir()):
        raise Conflict(
            _("文件夹 %(folder)s 里有别的东西", folder=str(target)), remedy=_("请指定一个空的文件夹，或换一个名字。")
        )


def package_content(host: Host, session: Session, batch: Batch) -> Content:
    """Return everything the package of a batch is made of."""
    manifest = read_manifest(host.storage, batch.manifest_sha256)
    items = current_items(session, batch.id, batch.list_version)
    if any("volume" not in line for line in manifest["lines"]):
        manifest = _with_volumes(session, manifest, items)
    file_ids = [item.archive_file_id for item in items]
    return Content(
        manifest=manifest,
        secret_lines=_secret_lines(session, manifest, items),
        secret_files=_secret_files(session, manifest, file_ids),
        documents={
            doc.file_name: host.storage.read(doc.sha256)
            for doc in documents(session, batch.id)
            if doc.list_version == batch.list_version and doc.kind != PACKAGE
        },
    )


def _with_volumes(session: Session, manifest: Mapping[str, Any], items: Sequence[BatchItem]) -> dict[str, Any]:
    """Fill in, from the archive of today, what a list of the first format did not freeze; it has no rows."""
    file_of = {item.code: item.archive_file_id for item in items}
    files = {row.id: row for row in _files(session, list(file_of.values()))}

    def filled(line: Mapping[str, Any]) -> dict[str, Any]:
        file = files[file_of[line["code"]]]
        facts = {name: getattr(file, name) for name in ("fonds_code", "class_code", "title", "retention")}
        volume = {**facts, "year": str(file.year or ""), "security_class": file.security_class}
        return {**line, "volume": volume, "rows": [], "layered": []}

    return {**manifest, "lines": [filled(line) for line in manifest["lines"]]}


def _files(session: Session, ids: Sequence[int]) -> Iterable[ArchiveFile]:
    for start in range(0, len(ids), 500):
        yield from session.scalars(select(ArchiveFile).where(ArchiveFile.id.in_(ids[start : start + 500])))


def _secret_lines(session: Session, manifest: Mapping[str, Any], items: Sequence[BatchItem]) -> frozenset[str]:
    """Return the batch items whose volume had a security class at signing or has one now."""
    frozen = {line["code"] for line in manifest["lines"] if line["volume"]["security_class"]}
    secret = {file.id for file in _files(session, [item.archive_file_id for item in items]) if file.security_class}
    return frozenset(frozen | {item.code for item in items if item.code and item.archive_file_id in secret})


def _secret_files(session: Session, manifest: Mapping[str, Any], file_ids: Sequence[int]) -> frozenset[str]:
    """Return the digests of the files of items that had a security class at signing or have one now."""
    secret = {entry["sha256"] for line in manifest["lines"] for entry in line["files"] if entry.get("security_class")}
    for start in range(0, len(file_ids), 500):
        query = select(DigitalObject.sha256).join(Item, Item.id == DigitalObject.item_id)
        mine = Item.archive_file_id.in_(file_ids[start : start + 500])
        secret |= set(session.scalars(query.where(mine, Item.security_class != "")))
    return frozenset(secret)
