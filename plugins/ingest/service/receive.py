"""Taking files in: their bytes are in the storage before the transaction, which then acknowledges them.

The same content is never taken in twice in one county. A run over a folder whose files are all known writes nothing at
all; an upload keeps a row for each file it was given, so that the person sees what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from lindang.errors import BadInput, Conflict, NotFound
from lindang.i18n import _
from lindang.ports import Blob
from lindang.uow import UnitOfWork
from models.intake import DISMISSED, DUPLICATE, FAILED, RECEIVED, SORTING, IntakeFile, IntakeRun
from plugins.ingest.domain.placing import COUNTY_DIGITS
from plugins.ingest.domain.reasons import ReasonCode
from plugins.ingest.queries.known import Standing, standing_of

PROCESS_JOB: Final = "ingest.process"
RECOGNISE_JOB: Final = "ingest.recognise"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDraft:
    """A run to be opened: where from, for which division, read by which engine; ``hold`` waits for a person's go-ahead.

    ``doc_type`` is what a file is that does not say so by its name. In a ``stack`` every file is a page: all go to the
    sorting desk, where a person cuts each folder into papers.
    """

    kind: str
    name: str
    division_code: str
    root: str = ""
    ocr: str = "auto"
    hold: bool = False
    doc_type: str = ""
    stack: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file whose bytes are stored; ``stamp`` tells a folder's file from a later state of it."""

    relative_path: str
    blob: Blob
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an arrival: a new row to process, or one that was known."""

    relative_path: str
    state: str
    file_id: int | None
    item_id: int | None = None
    is_new: bool = False
    run_id: int | None = None


def open_run(uow: UnitOfWork, draft: RunDraft) -> IntakeRun:
    """Open a run. Raises NotFound when its division lies outside the actor's scope, BadInput when it is no code."""
    code = draft.division_code
    if not (code.isascii() and code.isdigit() and len(code) in (COUNTY_DIGITS, 9, 12)):
        raise BadInput(_("行政区划代码应为 6、9 或 12 位数字"), where=code, remedy=_("县用 6 位，村用 12 位。"))
    if not uow.actor.covers(code):
        raise NotFound(_("没有这个行政区划"), remedy=_("请从列表中选择您辖区内的县或村。"))
    run = IntakeRun(
        kind=draft.kind,
        name=draft.name[:200],
        root=draft.root,
        division_code=code,
        profile={"ocr": draft.ocr, "hold": draft.hold, "doc_type": draft.doc_type, "stack": draft.stack},
        is_closed=False,
        created_at=uow.now,
        created_by=uow.actor.name,
        created_by_id=uow.actor.account_id,
    )
    uow.session.add(run)
    uow.session.flush()
    uow.journal("intake.opened", f"intake_run:{run.id}", division=code, kind=draft.kind, ocr=draft.ocr)
    return run


def receive(
    uow: UnitOfWork, draft: RunDraft, arrivals: Sequence[Arrival], run: IntakeRun | None = None
) -> list[Received]:
    """Acknowledge stored files, in their order; content that is known leaves no trace.

    Args:
        uow: the unit of work.
        draft: the run to open at the first file that is new.
        arrivals: files whose bytes are stored already.
        run: the run that an earlier part of the same folder has opened.

    Returns:
        One result per arrival.
    """
    results = []
    for arrival in arrivals:
        standing = standing_of(uow.session, draft.division_code, arrival.blob.sha256, arrival.relative_path)
        if standing.is_known:
            results.append(_known(arrival, standing))
            continue
        run = run or open_run(uow, draft)
        results.append(_take(uow, run, arrival, standing))
    return results


def receive_upload(uow: UnitOfWork, run_id: int, arrival: Arrival) -> Received:
    """Acknowledge one uploaded file; known content gets a row that says so. Raises Conflict when the run is closed."""
    run = find_run(uow, run_id)
    if run.is_closed:
        raise Conflict(_("这次收件已经开始入库"), remedy=_("请新建一次收件。"))
    standing = standing_of(uow.session, run.division_code, arrival.blob.sha256, arrival.relative_path)
    return _take(uow, run, arrival, standing)


def _known(arrival: Arrival, standing: Standing) -> Received:
    return Received(arrival.relative_path, standing.state, standing.file_id, standing.item_id)


def _take(uow: UnitOfWork, run: IntakeRun, arrival: Arrival, standing: Standing) -> Received:
    again = _row_of_run(uow, run, arrival)
    if again is not None:
        return Received(arrival.relative_path, again.state, again.id, again.item_id)
    row = IntakeFile(
        run_id=run.id,
        relative_path=arrival.relative_path,
        division_code=run.division_code,
        bytes=arrival.blob.bytes,
        sha256=arrival.blob.sha256,
        state=DUPLICATE if standing.is_known else RECEIVED,
        reason_code=ReasonCode.DUPLICATE if standing.is_known else "",
        scan=None,
        stamp=arrival.stamp,
        cuts=None,
        archive_file_id=None,
        item_id=standing.item_id,
        received_at=uow.now,
        decided_at=uow.now if standing.is_known else None,
        decided_by="",
    )
    uow.session.add(row)
    uow.session.flush()
    facts = {"sha256": row.sha256, "bytes": row.bytes, "run": run.id, "state": row.state}
    uow.journal("intake.received", f"intake_file:{row.id}", division=row.division_code, **facts)
    if row.state == RECEIVED and not run.profile.get("hold"):
        enqueue_processing(uow, row)
    return Received(row.relative_path, row.state, row.id, row.item_id, is_new=row.state == RECEIVED, run_id=run.id)


def _row_of_run(uow: UnitOfWork, run: IntakeRun, arrival: Arrival) -> IntakeFile | None:
    return uow.session.scalar(
        select(IntakeFile).where(
            IntakeFile.run_id == run.id,
            IntakeFile.relative_path == arrival.relative_path,
            IntakeFile.sha256 == arrival.blob.sha256,
        )
    )


def enqueue_processing(uow: UnitOfWork, row: IntakeFile) -> None:
    """Have a received file parsed and filed."""
    label = _("入库 %(path)s", path=row.relative_path)
    uow.enqueue(PROCESS_JOB, str(row.id), division=row.division_code, label=label)


def confirm_run(uow: UnitOfWork, run_id: int) -> int:
    """Start filing an upload whose naming a person has seen; returns how many files that are.

    Raises:
        Conflict: it has been started already.
    """
    run = find_run(uow, run_id)
    if run.is_closed:
        raise Conflict(_("这次收件已经开始入库"), remedy=_("请查看进度。"))
    run.is_closed = True
    run.profile = {**run.profile, "hold": False}
    waiting = select(IntakeFile).where(IntakeFile.run_id == run.id, IntakeFile.state == RECEIVED)
    rows = list(uow.session.scalars(waiting.order_by(IntakeFile.id)))
    for row in rows:
        enqueue_processing(uow, row)
    uow.journal("intake.confirmed", f"intake_run:{run.id}", division=run.division_code, files=len(rows))
    return len(rows)


def find_run(uow: UnitOfWork, run_id: int) -> IntakeRun:
    """Return a run inside the actor's scope. Raises NotFound."""
    mine = uow.actor.within(IntakeRun.division_code)
    run = uow.session.scalar(select(IntakeRun).where(IntakeRun.id == run_id, mine))
    if run is None:
        raise NotFound(_("没有这次收件"))
    return run


def find_file(uow: UnitOfWork, file_id: int, *states: str) -> IntakeFile:
    """Return an intake file inside the actor's scope.

    Raises:
        NotFound: there is none.
        Conflict: it is in none of ``states`` any more.
    """
    mine = uow.actor.within(IntakeFile.division_code)
    row = uow.session.scalar(select(IntakeFile).where(IntakeFile.id == file_id, mine))
    if row is None:
        raise NotFound(_("没有这个收件文件"))
    if states and row.state not in states:
        raise Conflict(_("这个文件已由别人处理"), remedy=_("请刷新列表。"))
    return row


def retry_file(uow: UnitOfWork, file_id: int) -> None:
    """Have a failed file parsed once more."""
    row = find_file(uow, file_id, FAILED)
    row.state, row.scan, row.reason_code, row.reason, row.decided_at = RECEIVED, None, "", "", None
    uow.journal("intake.retried", f"intake_file:{row.id}", division=row.division_code)
    enqueue_processing(uow, row)


def dismiss_file(uow: UnitOfWork, file_id: int, reason: str) -> str:
    """Take a failed or unplaced file off the desk; its bytes and its row stay.

    Returns:
        The state it was in.

    Raises:
        BadInput: no reason was given.
    """
    row = find_file(uow, file_id, FAILED, SORTING)
    if not reason.strip():
        raise BadInput(_("请写明不入库的原因"), where="reason")
    before, row.state = row.state, DISMISSED
    row.decided_at, row.decided_by = uow.now, uow.actor.name
    row.reason = reason.strip()[:500]
    subject = f"intake_file:{row.id}"
    uow.journal("intake.dismissed", subject, division=row.division_code, before=before, reason=row.reason)
    return before
