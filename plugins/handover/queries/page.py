"""Everything that one batch's page shows: the batch, its lines, how far it is, who did what, and what this person may do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import Text, _
from lindang.jobs import FAILED, QUEUED, RUNNING, JobRow
from models.handover import Batch, BatchItem, BatchTransition, Feedback, TransferDoc
from plugins.handover.domain.states import (
    ACTION_LABELS,
    BATCH,
    BATCH_LABELS,
    LIVE_BATCH_STATES,
    MAIN_LINE,
    PAGE_REPLACED,
    STATION_LABELS,
    BatchState,
    station,
)
from plugins.handover.permissions import BROWSE
from plugins.handover.queries.batches import documents, find_batch, preparers, transitions
from plugins.handover.queries.lines import BatchLines, Part, batch_lines
from plugins.handover.queries.places import forestry_name, org_name
from plugins.handover.queries.replaced import ReplacedPage, replaced_pages


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that this person's permissions allow; `hindrance` says why this very person may not take it, if so."""

    action: str
    label: Text
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """A station of the main line: done, current or still to come, and when it was reached."""

    state: BatchState
    label: Text
    progress: str
    when: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Work:
    """The background job of a batch: what it does, how far it is, whether it runs, and why it failed."""

    job_id: int
    label: str
    done: int
    total: int
    is_running: bool
    error: str


@dataclass(frozen=True, slots=True)
class BatchPage:
    """The page of one batch."""

    batch: Batch
    state: BatchState
    from_org: str
    to_org: str
    lines: BatchLines
    stations: tuple[Station, ...]
    history: tuple[BatchTransition, ...]
    documents: tuple[TransferDoc, ...]
    next_steps: tuple[NextStep, ...]
    problems: tuple[tuple[str, str], ...]
    problem_count: int
    replaced: tuple[ReplacedPage, ...]
    work: Work | None


def batch_view(session: Session, actor: Actor, batch_id: int, office_name: str, part: Part | None = None) -> BatchPage:
    """Return the page of a batch the actor may see, with one part of its list, or all of it. Raises NotFound."""
    batch = find_batch(session, actor, batch_id)
    state = BatchState(batch.state)
    history = transitions(session, batch.id)
    steps = [row for row in history if row.action != PAGE_REPLACED]
    problems = _problems(steps, state)
    return BatchPage(
        batch=batch,
        state=state,
        from_org=forestry_name(session, batch.division_code, office_name),
        to_org=org_name(session, batch.registry_org_id),
        lines=batch_lines(session, batch, part),
        stations=_stations(batch, state, steps),
        history=tuple(_shown(actor, history)),
        documents=tuple(doc for doc in documents(session, batch.id) if _shows(actor, batch, doc)),
        next_steps=_next_steps(session, actor, batch, state),
        problems=tuple((where, what) for where, what in problems[0]),
        problem_count=problems[1],
        replaced=replaced_pages(session, batch),
        work=work_of(session, batch.id),
    )


def _shows(actor: Actor, batch: Batch, doc: TransferDoc) -> bool:
    return actor.can(BROWSE) or doc.list_version == batch.list_version


def _shown(actor: Actor, history: list[BatchTransition]) -> list[BatchTransition]:
    """What the office did before the batch was sent is not the registry's business."""
    if actor.can(BROWSE):
        return history
    sent = next((place for place, row in enumerate(history) if row.action == "confirm_sent"), len(history))
    return history[sent:]


def _stations(batch: Batch, state: BatchState, history: list[BatchTransition]) -> tuple[Station, ...]:
    reached = {
        BatchState(row.to_state): row.at
        for row in history
        if row.list_version == batch.list_version or row.action == "revise"
    }
    here = MAIN_LINE.index(station(state))
    shown = []
    for place, one in enumerate(MAIN_LINE):
        progress = "done" if place < here or state is BatchState.CLOSED else "current" if place == here else "todo"
        label = BATCH_LABELS[state] if progress == "current" else STATION_LABELS.get(one, BATCH_LABELS[one])
        shown.append(Station(one, label, progress, reached.get(one) if progress != "todo" else None))
    return tuple(shown)


def _problems(history: list[BatchTransition], state: BatchState) -> tuple[list[tuple[str, str]], int]:
    """Return what the last check or sending found wrong, while the batch still stands there."""
    last = history[-1] if history else None
    if last is None or last.to_state != state or "problems" not in last.facts:
        return [], 0
    kept = [(str(where), str(what)) for where, what in last.facts["problems"]]
    return kept, int(last.facts.get("problem_count", len(kept)))


def _next_steps(session: Session, actor: Actor, batch: Batch, state: BatchState) -> tuple[NextStep, ...]:
    steps = [step for step in BATCH.steps_from(state) if step.permission and actor.can(step.permission)]
    return tuple(
        NextStep(step.action, ACTION_LABELS[step.action], _hindrance(session, actor, batch, step.action))
        for step in steps
    )


def _hindrance(session: Session, actor: Actor, batch: Batch, action: str) -> str:
    """Return why this person may not take the step, as far as it is a matter of the person."""
    if action == "sign" and (actor.account_id is None or actor.account_id in preparers(session, batch)):
        return _("您参与了拟定或送检查，请由另一位有签发权限的人签发。")
    if action == "close":
        filers = select(Feedback.filed_by_id).join(BatchItem, BatchItem.id == Feedback.batch_item_id)
        if actor.account_id is None or actor.account_id in set(
            session.scalars(filers.where(BatchItem.batch_id == batch.id))
        ):
            return _("您登记过本批次的反馈材料，请由另一位有结案权限的人结案。")
    return ""


def work_of(session: Session, batch_id: int) -> Work | None:
    """Return the background job that a batch waits for, running or failed; None when it waits for none."""
    state = session.scalar(select(Batch.state).where(Batch.id == batch_id))
    kind = {BatchState.CHECKING: "handover.check", BatchState.SENDING: "handover.send"}.get(
        BatchState(state or BatchState.DRAFT)
    )
    if kind is None:
        return None
    query = select(JobRow).where(JobRow.kind == kind, JobRow.argument == str(batch_id)).order_by(JobRow.id.desc())
    job = session.scalar(query.limit(1))
    if job is None:
        return Work(0, "", 0, 0, is_running=False, error="")
    is_running = job.state in {QUEUED, RUNNING}
    return Work(job.id, job.label, job.done, job.total, is_running, job.error if job.state == FAILED else "")


def open_drafts(session: Session, actor: Actor, county_code: str) -> list[Batch]:
    """Return the drafts of a county to which certificates can be added, newest first."""
    query = select(Batch).where(
        actor.within(Batch.division_code), Batch.division_code == county_code, Batch.state == BatchState.DRAFT
    )
    return list(session.scalars(query.order_by(Batch.id.desc())))


def is_live(state: BatchState) -> bool:
    """Say whether work remains on a batch in this state."""
    return state in LIVE_BATCH_STATES
