"""Taking a foreign package in: all of it or nothing, its volumes with the codes they came with, every file of it kept as it came.

The package is inspected first, its files are stored before the transaction, and one transaction writes everything. The codes are
the sender's: a code that is in this archive already, or a fonds number that is this office's own, stops it. The originals are filed
as files; the register's rows stay in the package's own tables, nothing of them is written into this archive's register.

Source: domain reference 4.7 (accept all or nothing, keep the original package for ever).
"""

from __future__ import annotations

import mimetypes
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from lindang.auth import Actor
from lindang.errors import BadInput, Conflict, Fault, Faults, NotFound
from lindang.i18n import _
from models.archive import ArchiveFile, Fonds, Item
from models.digital import LAYERED, MASTER, DigitalObject
from models.events import ArchiveFileSaved, ItemFiled
from models.identifiers import ARCHIVAL_CODE, CODE, number_row
from models.packages import ReceivedFile, ReceivedPackage
from models.place import Division
from plugins.handover.packaging.tree import LAYERED_NAME, METADATA
from plugins.handover.packaging.trees import Entry, parse_xml
from plugins.handover.service.receiving import Inspected, inspect

if TYPE_CHECKING:
    from lindang.host import Host
    from lindang.ports import Blob
    from lindang.uow import UnitOfWork

_RETENTIONS: Final = frozenset({"Y", "D30", "D10"})
_PART: Final = 500


@dataclass(frozen=True, slots=True)
class _Document:
    """One 件 of a volume as it comes: its code, title and type, and the paths of its files."""

    code: str
    title: str
    doc_type: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Volume:
    """One volume as it comes."""

    entry: Entry
    division_code: str
    documents: tuple[_Document, ...]


def take_in(host: Host, actor: Actor, root: Path, division_code: str = "") -> ReceivedPackage:
    """Take a package in.

    Args:
        host: The archive.
        actor: Who takes it in.
        root: The package's folder.
        division_code: Where volumes belong of which the package does not say it: a division of this archive.

    Raises:
        BadInput: it is no folder, or the package does not say where a volume belongs and nobody else does.
        Faults: something is wrong with it, or one of its codes is in this archive already: all of it is listed.
        Conflict: this very package was taken in before.
    """
    inspected = inspect(root)
    if not inspected.is_sound:
        faults = [Fault(one.path, one.what) for one in inspected.found.problems]
        raise Faults(_("移交包 %(folder)s 有 %(n)s 处不符，没有收存", folder=str(root), n=len(faults)), faults)
    volumes = list(_volumes(inspected, division_code))
    with host.view(actor) as session:
        _refuse(session, actor, inspected, volumes)
    blobs = {path: host.storage.put_file(root / path) for path in sorted(inspected.found.sizes)}
    for path, sha256 in inspected.found.digests.items():
        if blobs[path].sha256 != sha256:
            raise Conflict(_("%(path)s 在核对以后变了", path=path), remedy=_("请确认没有人在改这个文件夹，再做一次。"))
    with host.uow(actor) as uow:
        _refuse(uow.session, actor, inspected, volumes)
        return _write(uow, inspected, volumes, blobs)


def give_back(host: Host, actor: Actor, package_id: int, target: Path) -> int:
    """Write the original package into an empty folder, file by file as it came; returns how many files.

    Raises:
        NotFound: there is no such package in the actor's scope.
        Conflict: the folder is not empty.
    """
    with host.view(actor) as session:
        mine = (ReceivedPackage.id == package_id, actor.within(ReceivedPackage.division_code))
        if session.scalar(select(ReceivedPackage.id).where(*mine)) is None:
            raise NotFound(_("没有这个收存的移交包"), remedy=_("它不存在，或不在您的权限范围内。"))
        query = select(ReceivedFile.path, ReceivedFile.sha256).where(ReceivedFile.package_id == package_id)
        files = session.execute(query.order_by(ReceivedFile.path)).all()
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise Conflict(_("文件夹 %(folder)s 里有别的东西", folder=str(target)), remedy=_("请指定一个空的文件夹。"))
    for path, sha256 in files:
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(host.storage.path(sha256), place)
    return len(files)


# --- what comes ---------------------------------------------------------------------------------------------------


def _volumes(inspected: Inspected, division_code: str) -> Iterator[_Volume]:
    lines = {line.get("archival_code"): line for line in _lines(inspected)}
    for entry in inspected.tree.entries:
        line = lines.get(entry.code, {})
        place = str(line.get("division_code") or division_code)
        if not place:
            raise BadInput(
                _("移交包没有说明 %(code)s 属于哪个区划", code=entry.code),
                remedy=_("请用 --division 指定县或村的代码。"),
            )
        yield _Volume(entry, place, tuple(_documents(inspected, entry, line)))


def _lines(inspected: Inspected) -> list[Mapping[str, Any]]:
    lines = inspected.tree.manifest.get("lines")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _documents(inspected: Inspected, entry: Entry, line: Mapping[str, Any]) -> Iterator[_Document]:
    """Yield the 件 that the volume's metadata names; what it does not name is one further 件."""
    found = inspected.found
    files = sorted(path for path in found.sizes if path.rpartition("/")[0] == entry.folder)
    left = [path for path in files if not path.endswith(f"/{METADATA}")]
    named: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    root = parse_xml(found, f"{entry.folder}/{METADATA}")
    for child in root.findall("文件") if root is not None else ():
        path, code = f"{entry.folder}/{child.findtext('名称', '')}", child.findtext("档号", "")
        if path in left and code.startswith(f"{entry.code}-"):
            left.remove(path)
            named.setdefault(code, []).append(path)
            titles.setdefault(code, child.findtext("题名", ""))
    types = {str(one.get("item_code")): str(one.get("doc_type", "")) for one in line.get("files", ())}
    for code, paths in sorted(named.items()):
        yield _Document(code, titles[code] or entry.facts["题名"], types.get(code, "")[:6], tuple(paths))
    if left:
        yield _Document(f"{entry.code}-{len(named) + 1:03d}", entry.facts["题名"], "", tuple(left))


def _refuse(session: Any, actor: Actor, inspected: Inspected, volumes: Sequence[_Volume]) -> None:
    if session.scalar(select(ReceivedPackage.id).where(ReceivedPackage.digest == inspected.digest)) is not None:
        raise Conflict(_("这个移交包已经收存过"), where=inspected.digest)
    own = set(session.scalars(select(Fonds.code)))
    places = set(session.scalars(select(Division.code).where(actor.within(Division.code))))
    faults = []
    for volume in volumes:
        if _path_parts(volume)[0] in own:
            faults.append(Fault(volume.entry.code, _("全宗号与本单位的相同"), _("本单位自己的档案不能这样收存。")))
        if volume.division_code not in places:
            faults.append(
                Fault(volume.entry.code, _("没有区划 %(code)s", code=volume.division_code), _("请先载入区划。"))
            )
    codes = [volume.entry.code for volume in volumes]
    items = [document.code for volume in volumes for document in volume.documents]
    for column, wanted in ((ArchiveFile.archival_code, codes), (Item.archival_code, items)):
        for start in range(0, len(wanted), _PART):
            known = session.scalars(select(column).where(column.in_(wanted[start : start + _PART])))
            faults += [Fault(code, _("本库已有这个档号")) for code in known]
    if faults:
        raise Faults(_("移交包不能收存"), faults)


def _path_parts(volume: _Volume) -> tuple[str, str]:
    """Return fonds and class as the folders name them."""
    parts = volume.entry.folder.removeprefix("data/").split("/")
    return (parts[0], parts[1]) if len(parts) > 2 else (parts[0], "")


# --- one transaction ----------------------------------------------------------------------------------------------


def _write(
    uow: UnitOfWork, inspected: Inspected, volumes: Sequence[_Volume], blobs: Mapping[str, Blob]
) -> ReceivedPackage:
    found, manifest = inspected.found, inspected.tree.manifest
    description = inspected.tree.description
    package = ReceivedPackage(
        digest=inspected.digest,
        layout=found.layout,
        batch_no=str(manifest.get("batch_no", ""))[:60],
        title=str(manifest.get("title") or description.get("内容描述", "")),
        from_org=str(manifest.get("from_org") or description.get("移交单位", "")),
        to_org=str(manifest.get("to_org") or description.get("接收单位", "")),
        division_code=volumes[0].division_code[:6] if volumes else "",
        volumes=len(volumes),
        files=len(blobs),
        bytes=sum(blob.bytes for blob in blobs.values()),
        received_at=uow.now,
        received_by=uow.actor.name,
    )
    uow.session.add(package)
    uow.session.flush()
    items: dict[str, int] = {}
    for volume in volumes:
        items |= _write_volume(uow, volume, blobs)
    uow.session.add_all(
        ReceivedFile(package_id=package.id, path=path, sha256=blob.sha256, bytes=blob.bytes, item_id=items.get(path))
        for path, blob in blobs.items()
    )
    facts = {"digest": package.digest, "batch_no": package.batch_no, "from_org": package.from_org}
    facts |= {"volumes": str(package.volumes), "files": str(package.files)}
    uow.journal("package.received", f"received_package:{package.id}", division=package.division_code, **facts)
    uow.session.flush()
    return package


def _write_volume(uow: UnitOfWork, volume: _Volume, blobs: Mapping[str, Blob]) -> dict[str, int]:
    """Write a volume with its 件; returns which file became which 件's."""
    (fonds, class_code), facts = _path_parts(volume), volume.entry.facts
    file = ArchiveFile(
        archival_code=volume.entry.code[:80],
        fonds_code=fonds[:8],
        class_code=class_code[:10],
        year=int(facts["日期"][:4]) if facts["日期"][:4].isdecimal() else None,
        retention=facts["保管期限"] if facts["保管期限"] in _RETENTIONS else "Y",
        division_code=volume.division_code,
        file_no=0,
        title=facts["题名"],
        folder_name=None,
        paper_pages=None,
        security_class=facts["密级"][:10],
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(file)
    uow.session.flush()
    _enter_code(uow, file, None)
    uow.emit(ArchiveFileSaved(archive_file_id=file.id, division_code=file.division_code))
    items: dict[str, int] = {}
    for number, document in enumerate(volume.documents, 1):
        item_id = _write_item(uow, file, number, document, blobs)
        items |= dict.fromkeys(document.paths, item_id)
    return items


def _write_item(uow: UnitOfWork, file: ArchiveFile, number: int, document: _Document, blobs: Mapping[str, Blob]) -> int:
    item = Item(
        archive_file_id=file.id,
        archival_code=document.code[:90],
        item_no=number,
        division_code=file.division_code,
        doc_type=document.doc_type,
        title=document.title[:200],
        source_name=document.paths[0].rpartition("/")[2],
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(item)
    uow.session.flush()
    _enter_code(uow, file, item)
    uow.session.add_all(_object(uow, item, path, blobs[path]) for path in document.paths)
    uow.emit(ItemFiled(item_id=item.id, archive_file_id=file.id, division_code=item.division_code))
    return item.id


def _enter_code(uow: UnitOfWork, file: ArchiveFile, item: Item | None) -> None:
    code = item.archival_code if item else file.archival_code
    links = {"archive_file_id": file.id, "item_id": item.id if item else None}
    uow.session.add(number_row(ARCHIVAL_CODE, code, source=CODE, division_code=file.division_code, **links))


def _object(uow: UnitOfWork, item: Item, path: str, blob: Blob) -> DigitalObject:
    name = path.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower()
    return DigitalObject(
        item_id=item.id,
        page_id=None,
        role=LAYERED if name.endswith(f"-{LAYERED_NAME}.pdf") else MASTER,
        format={"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix)[:20],
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        bytes=blob.bytes,
        sha256=blob.sha256,
        source_name=name,
        made_at=uow.now,
        made_by=uow.actor.name,
        verified_at=uow.now,
    )
