"""Runs and their files as the intake desk shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import Text, _, lazy
from models.archive import ArchiveFile, Item
from models.intake import (
    DISMISSED,
    DUPLICATE,
    FAILED,
    FILED,
    FOLDER,
    RECEIVED,
    SORTING,
    SPLIT,
    SPLITTING,
    UPLOAD,
    WATCH,
    IntakeFile,
    IntakeRun,
)
from plugins.ingest.domain.wording import explain, remedy
from plugins.ingest.queries.places import division_name

STATE_LABELS: Final[Mapping[str, Text]] = {
    RECEIVED: lazy("等待入库"),
    FILED: lazy("已入库"),
    SORTING: lazy("待分拣"),
    DUPLICATE: lazy("已存在"),
    FAILED: lazy("失败"),
    DISMISSED: lazy("不入库"),
    SPLITTING: lazy("正在拆分"),
    SPLIT: lazy("已拆分"),
}
STATE_TONES: Final[Mapping[str, str]] = {
    RECEIVED: "info",
    FILED: "success",
    SORTING: "warning",
    DUPLICATE: "neutral",
    FAILED: "danger",
    DISMISSED: "neutral",
    SPLITTING: "info",
    SPLIT: "neutral",
}
KIND_LABELS: Final[Mapping[str, Text]] = {UPLOAD: lazy("上传"), FOLDER: lazy("文件夹"), WATCH: lazy("监视文件夹")}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many files of a run are in which state, and how many pages they have."""

    by_state: Mapping[str, int]
    pages: int

    @property
    def total(self) -> int:
        """All files."""
        return sum(self.by_state.values())

    @property
    def done(self) -> int:
        """Files that no longer wait for the pipeline."""
        return self.total - self.by_state.get(RECEIVED, 0) - self.by_state.get(SPLITTING, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run in a list, and the head of its page."""

    id: int
    name: str
    kind: Text
    division: str
    division_code: str
    created_at: dt.datetime
    created_by: str
    ocr: str
    is_held: bool
    counts: Counts
    root: str = ""
    halt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One file of a run: what became of it."""

    id: int
    run_id: int
    path: str
    bytes: int
    state: str
    state_label: Text
    tone: str
    reason: str
    remedy: str
    pages: int
    seconds: float
    item_id: int | None
    item_code: str
    archive_file_id: int | None
    archive_file_code: str
    received_at: dt.datetime


def run_list(session: Session, actor: Actor, *, offset: int = 0, limit: int = 20) -> tuple[list[RunLine], int]:
    """Return runs in the actor's scope, newest first, and how many there are."""
    mine = select(IntakeRun).where(actor.within(IntakeRun.division_code))
    total = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    rows = list(session.scalars(mine.order_by(IntakeRun.id.desc()).offset(offset).limit(limit)))
    counts = counts_of(session, [row.id for row in rows])
    return [_line(session, row, counts[row.id]) for row in rows], total


def run_line(session: Session, actor: Actor, run_id: int) -> RunLine:
    """Return one run. Raises NotFound, also out of scope."""
    row = session.scalar(select(IntakeRun).where(IntakeRun.id == run_id, actor.within(IntakeRun.division_code)))
    if row is None:
        raise NotFound(_("没有这次收件"))
    return _line(session, row, counts_of(session, [row.id])[row.id])


def _line(session: Session, row: IntakeRun, counts: Counts) -> RunLine:
    return RunLine(
        id=row.id,
        name=row.name,
        kind=KIND_LABELS.get(row.kind, row.kind),
        division=division_name(session, row.division_code),
        division_code=row.division_code,
        created_at=row.created_at,
        created_by=row.created_by,
        ocr=str(row.profile.get("ocr") or "auto"),
        is_held=bool(row.profile.get("hold")) and not row.is_closed,
        counts=counts,
        root=row.root,
        halt=row.halt,
    )


def counts_of(session: Session, run_ids: list[int]) -> dict[int, Counts]:
    """Return the counts of several runs at once."""
    found: dict[int, dict[str, int]] = {run_id: {} for run_id in run_ids}
    pages = dict.fromkeys(run_ids, 0)
    query = (
        select(IntakeFile.run_id, IntakeFile.state, func.count(), func.coalesce(func.sum(IntakeFile.pages), 0))
        .where(IntakeFile.run_id.in_(run_ids))
        .group_by(IntakeFile.run_id, IntakeFile.state)
    )
    for run_id, state, count, page_count in session.execute(query):
        found[run_id][state] = count
        pages[run_id] += 0 if state == SPLIT else int(page_count)  # its papers count them
    return {run_id: Counts(found[run_id], pages[run_id]) for run_id in run_ids}


def file_lines(
    session: Session,
    actor: Actor,
    *,
    run_id: int | None = None,
    states: tuple[str, ...] = (),
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[FileLine], int]:
    """Return intake files in the actor's scope, of one run or of all, in one of ``states`` or in any; and their number."""
    query: Select[Any] = select(IntakeFile.id).where(actor.within(IntakeFile.division_code))
    if run_id is not None:
        query = query.where(IntakeFile.run_id == run_id)
    if states:
        query = query.where(IntakeFile.state.in_(states))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ids = query.order_by(IntakeFile.run_id.desc(), IntakeFile.id).offset(offset).limit(limit)
    return _lines(session, list(session.scalars(ids))), total


def file_line(session: Session, actor: Actor, file_id: int) -> FileLine:
    """Return one intake file. Raises NotFound, also out of scope."""
    mine = select(IntakeFile.id).where(IntakeFile.id == file_id, actor.within(IntakeFile.division_code))
    if session.scalar(mine) is None:
        raise NotFound(_("没有这个收件文件"))
    return _lines(session, [file_id])[0]


def _lines(session: Session, ids: list[int]) -> list[FileLine]:
    query = (
        select(
            IntakeFile.id,
            IntakeFile.run_id,
            IntakeFile.relative_path,
            IntakeFile.bytes,
            IntakeFile.state,
            IntakeFile.reason_code,
            IntakeFile.reason,
            IntakeFile.pages,
            IntakeFile.seconds,
            IntakeFile.received_at,
            Item.id.label("item_id"),
            Item.archival_code.label("item_code"),
            ArchiveFile.id.label("archive_file_id"),
            ArchiveFile.archival_code.label("archive_file_code"),
        )
        .join(Item, Item.id == IntakeFile.item_id, isouter=True)
        .join(ArchiveFile, ArchiveFile.id == Item.archive_file_id, isouter=True)
        .where(IntakeFile.id.in_(ids))
    )
    rows = {row.id: row for row in session.execute(query)}
    return [_file_line(rows[file_id]) for file_id in ids]


def _file_line(row: Any) -> FileLine:
    reason = row.reason or (explain(row.reason_code) if row.reason_code else "")
    return FileLine(
        id=row.id,
        run_id=row.run_id,
        path=row.relative_path,
        bytes=row.bytes,
        state=row.state,
        state_label=STATE_LABELS.get(row.state, row.state),
        tone=STATE_TONES.get(row.state, "neutral"),
        reason=reason,
        remedy=remedy(row.reason_code) if row.state in (FAILED, DUPLICATE) else "",
        pages=row.pages,
        seconds=row.seconds,
        item_id=row.item_id,
        item_code=row.item_code or "",
        archive_file_id=row.archive_file_id,
        archive_file_code=row.archive_file_code or "",
        received_at=row.received_at,
    )


def count_in(session: Session, actor: Actor, state: str) -> int:
    """Return how many intake files in the actor's scope are in a state."""
    query = select(func.count()).select_from(IntakeFile)
    return session.scalar(query.where(IntakeFile.state == state, actor.within(IntakeFile.division_code))) or 0
