"""Taking in a folder of the server: look, plan, store, acknowledge household by household.

Nothing in the folder is ever changed, unless it is a watched one: there a file is moved aside after it is safely ours.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lindang.auth import Actor
from lindang.errors import BadInput
from lindang.host import Host
from lindang.i18n import _
from models.intake import FOLDER, RECEIVED, IntakeRun
from plugins.ingest.domain.naming import Plan, is_ignored, storable
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.wording import explain
from plugins.ingest.queries.known import standing_of
from plugins.ingest.service.receive import Arrival, Received, RunDraft, receive
from plugins.ingest.tools import naming_of, settings_of

CHANGING: Final = "changing"
"""State of a file that was still being written while it was read: nothing was acknowledged, the next look takes it."""


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """A folder as it would be taken in: what each file would become, and where the files are."""

    plan: Plan
    places: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of a folder; ``reason`` says why it was not taken in."""

    relative_path: str
    state: str
    file_id: int | None
    item_id: int | None = None
    reason: str = ""


def look_into(host: Host, folder: Path) -> FolderPlan:
    """Plan a folder. One without subfolders is itself a household's folder. Raises BadInput when it cannot be read."""
    if not folder.is_dir():
        raise BadInput(_("没有这个文件夹"), where=str(folder), remedy=_("请核对路径。"))
    root = folder.resolve()
    places: dict[str, Path] = {}
    for path in sorted(files_below(root)):
        name = storable(path.relative_to(root).as_posix())
        while name in places:  # two names may only differ in what cannot be shown
            name += "~"
        places[name] = path
    wanted = [name for name in places if not is_ignored(name)]
    if wanted and not any("/" in name for name in wanted):
        places = {f"{storable(root.name)}/{name}": path for name, path in places.items()}
    return FolderPlan(naming_of(host).plan(places), places)


def files_below(root: Path) -> Iterator[Path]:
    """Yield the regular files below a folder; links are not followed, it may not lead out of itself."""
    for current, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        for name in names:
            path = Path(current) / name
            if path.is_file() and not path.is_symlink():
                yield path


def take_folder(host: Host, actor: Actor, folder: Path, draft: RunDraft) -> Iterator[Outcome]:
    """Take in a folder, one transaction per household; yields what became of each file, household by household.

    Files that are known already are not copied again, and a folder of known files opens no run.
    """
    planned = look_into(host, folder)
    run_id: int | None = None
    for household in planned.plan.folders:
        places = {file.relative_path: planned.places[file.relative_path] for file in household.files}
        outcomes, run_id = take_files(host, actor, places, draft, run_id)
        yield from outcomes


def take_files(
    host: Host, actor: Actor, places: Mapping[str, Path], draft: RunDraft, run_id: int | None = None
) -> tuple[list[Outcome], int | None]:
    """Store some files, given by name and place, and acknowledge them in one transaction.

    Returns:
        What became of each, in order, and the run they belong to (None while nothing was new).
    """
    arrivals: list[Arrival] = []
    outcomes: dict[str, Outcome] = {}
    for name, path in places.items():
        try:
            found = _store_new(host, draft, name, path)
        except Refused as refused:
            outcomes[name] = Outcome(name, CHANGING, None, reason=explain(refused.code, refused.detail))
            continue
        if isinstance(found, Arrival):
            arrivals.append(found)
            outcomes[name] = Outcome(name, RECEIVED, None)
        else:
            outcomes[name] = found
    if arrivals:
        received, run_id = _acknowledge(host, actor, draft, arrivals, run_id)
        for each in received:
            outcomes[each.relative_path] = Outcome(each.relative_path, each.state, each.file_id, each.item_id)
    return list(outcomes.values()), run_id


def _acknowledge(
    host: Host, actor: Actor, draft: RunDraft, arrivals: list[Arrival], run_id: int | None
) -> tuple[list[Received], int | None]:
    with host.uow(actor) as uow:
        run = uow.session.get_one(IntakeRun, run_id) if run_id is not None else None
        received = receive(uow, draft, arrivals, run)
        opened = next((each.run_id for each in received if each.run_id is not None), run_id)
    return received, opened


def _store_new(host: Host, draft: RunDraft, relative_path: str, path: Path) -> Arrival | Outcome:
    """Store a file unless its content is known. Raises Refused when it changes while it is read."""
    try:
        before = path.stat()
        sha256 = _digest(path)
        with host.view() as session:
            standing = standing_of(session, draft.division_code, sha256, relative_path)
        if standing.is_known:
            return Outcome(relative_path, standing.state, standing.file_id, standing.item_id)
        blob = host.storage.put_file(path)
        after = path.stat()
    except FileNotFoundError as error:
        raise Refused(ReasonCode.CHANGED) from error
    if blob.sha256 != sha256 or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Refused(ReasonCode.CHANGED)
    return Arrival(relative_path, blob, stamp_of(after))


def stamp_of(stat: os.stat_result) -> str:
    """Return what tells whether a file has changed: its size and its modification time."""
    return f"{stat.st_size}:{stat.st_mtime_ns}"


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_draft(folder: Path, division_code: str, ocr: str, kind: str = FOLDER, doc_type: str = "") -> RunDraft:
    """Return the draft of a run over a folder: named after the folder."""
    root = folder.resolve()
    name = storable(root.name)
    return RunDraft(kind=kind, name=name, root=str(root), division_code=division_code, ocr=ocr, doc_type=doc_type)


def folder_of_source(host: Host, name: str, subfolder: str) -> Path:
    """Return a folder below a source of the settings.

    Raises:
        BadInput: there is no such source, the folder is not there, or it leads out of the source.
    """
    source = next((each for each in settings_of(host).sources if each.name == name), None)
    if source is None:
        raise BadInput(_("没有这个来源"), where=name)
    root = source.path.resolve()
    folder = (root / subfolder.strip().strip("/\\").replace("\\", "/")).resolve()
    if not folder.is_relative_to(root) or not folder.is_dir():
        remedy = _("请核对文件夹名；移动硬盘要先接好。")
        raise BadInput(_("来源中没有这个文件夹"), where=subfolder or name, remedy=remedy)
    return folder
