"""Keeping 成熟 counted: events mark the villages they touch, and the marked ones are judged anew, one village at a time: a few
at once, many by a job.

A village that changes while it is being judged keeps its mark and is judged once more; a job that was killed leaves the
villages that it did not reach marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from lindang.events import Event
from lindang.host import Host
from lindang.jobs import JobContext
from lindang.plugin import Subscription
from models.events import (
    ArchiveFileSaved,
    BatchAnswered,
    BatchChanged,
    BatchClosed,
    BatchSent,
    BatchSigned,
    CertificatesSaved,
    FeedbackFiled,
    FindingsChanged,
    ItemFiled,
    ReferenceChanged,
)
from models.evidence import certificates_of, gather
from models.handover import BatchItem
from models.ready_counts import COUNTING_JOB, VillageReadiness, count_reasons
from models.register import Certificate

SUBSCRIBER: Final = "register.ready."
"""What the names of these subscriptions begin with."""
_VILLAGE_DIGITS: Final = 12
_AT_ONCE: Final = 3
_PART: Final = 10_000
"""Ids to a statement: databases bound how many it may have."""
_OF_BATCHES: Final = (BatchChanged, BatchSigned, BatchSent, BatchAnswered, BatchClosed, FeedbackFiled)
_OF_FILES: Final = (ArchiveFileSaved, ItemFiled)


def mark_events(host: Host, events: Sequence[Event]) -> None:
    """Mark the villages that events have touched, and judge them: at once where they are few, else in the background."""
    touches_all = any(isinstance(event, ReferenceChanged) for event in events)
    with host.uow(host.system_actor()) as uow:
        villages = _villages_of(uow.session, events)
        touched = true() if touches_all else VillageReadiness.division_code.in_(villages)
        uow.session.execute(update(VillageReadiness).where(touched).values(marks=VillageReadiness.marks + 1))
        if touches_all or len(villages) > _AT_ONCE:
            uow.enqueue(COUNTING_JOB, "")
            return
    for code in villages:
        judge_village(host, code)


def mark_all(host: Host, place: str) -> None:
    """Have every village of a place judged again, whatever is known of it."""
    with host.transaction() as session:
        inside = VillageReadiness.division_code.startswith(place, autoescape=True)
        session.execute(update(VillageReadiness).where(inside).values(marks=VillageReadiness.marks + 1))


def _villages_of(session: Session, events: Sequence[Event]) -> set[str]:
    codes = {event.division_code for event in events if len(event.division_code) == _VILLAGE_DIGITS}
    files, batches, certificates = set[int](), set[int](), set[int]()
    for event in events:
        if isinstance(event, _OF_BATCHES):
            batches.add(event.batch_id)
        elif isinstance(event, _OF_FILES):
            files.add(event.archive_file_id)
        elif isinstance(event, CertificatesSaved | FindingsChanged):
            certificates.update(event.certificate_ids)
    for column, place, ids in (
        (Certificate.archive_file_id, Certificate.division_code, sorted(files)),
        (Certificate.id, Certificate.division_code, sorted(certificates)),
        (BatchItem.batch_id, BatchItem.division_code, sorted(batches)),
    ):
        for start in range(0, len(ids), _PART):
            codes |= set(session.scalars(select(place).where(column.in_(ids[start : start + _PART])).distinct()))
    return codes


def judge_marked(context: JobContext, _argument: str) -> None:
    """Judge every village that is marked or was never judged."""
    host = context.host
    waiting = villages_to_judge(host)
    for done, code in enumerate(waiting, 1):
        judge_village(host, code)
        context.progress(done, len(waiting), code)


def villages_to_judge(host: Host, place: str = "") -> list[str]:
    """Return the villages with certificates whose count is not there or not fresh."""
    fresh = select(VillageReadiness.division_code).where(VillageReadiness.seen_marks == VillageReadiness.marks)
    query = select(Certificate.division_code).where(
        Certificate.division_code.startswith(place, autoescape=True), Certificate.division_code.not_in(fresh)
    )
    with host.view() as session:
        return sorted(session.scalars(query.distinct()))


def judge_village(host: Host, village_code: str) -> None:
    """Count a village's certificates by their first reason."""
    with host.transaction() as session:
        if session.get(VillageReadiness, village_code) is None:
            session.add(VillageReadiness(division_code=village_code, strict={}, lenient={}))
    with host.view() as session:
        marks = session.get_one(VillageReadiness, village_code).marks  # before anything else is read
        certificates = certificates_of(session, [village_code])
        evidence = gather(session, certificates, besides=0, needs_paper_count=True)
        strict, lenient = count_reasons(map(evidence.facts, certificates))
    with host.transaction() as session:
        session.execute(
            update(VillageReadiness)
            .where(VillageReadiness.division_code == village_code)
            .values(strict=dict(strict), lenient=dict(lenient), seen_marks=marks, judged_at=host.clock.now())
        )


READY_SUBSCRIPTIONS: Final = tuple(
    Subscription(event=kind, name=f"{SUBSCRIBER}{kind.__name__}", handle=mark_events, batch=True)
    for kind in (*_OF_BATCHES, *_OF_FILES, CertificatesSaved, FindingsChanged, ReferenceChanged)
)
