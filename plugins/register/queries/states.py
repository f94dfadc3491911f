"""Issue states as a person needs them: one certificate with its past, the requests that wait for a second person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.issue_states import IssueState
from models.place import Division
from models.register import Certificate, IssueStateRequest, Parcel, RegisterEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request to go back, decided or not."""

    id: int
    certificate_id: int
    cert_no: str
    holder_name: str
    village: str
    old_state: str
    new_state: str
    reason: str
    requested_by_id: int | None
    requested_by: str
    requested_at: dt.datetime
    is_granted: bool | None
    decided_by: str
    decided_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class StateStep:
    """A state that was written: when, by whom, the text as written, where it came from, why."""

    at: dt.datetime
    by: str
    text: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateView:
    """A certificate's state, the states on both sides of it, what was written of it and the requests about it, newest first."""

    certificate_id: int
    cert_no: str
    holder_name: str
    state: str
    version: int
    later: tuple[str, ...]
    earlier: tuple[str, ...]
    steps: tuple[StateStep, ...]
    requests: tuple[RequestLine, ...]

    @property
    def waiting(self) -> RequestLine | None:
        """The request that nobody has decided, if there is one."""
        return next((each for each in self.requests if each.decided_at is None), None)


def state_view(session: Session, actor: Actor, certificate_id: int) -> StateView:
    """Return the state of one certificate. Raises NotFound, also out of scope."""
    query = select(Certificate).where(
        Certificate.id == certificate_id, ~Certificate.is_withdrawn, actor.within(Certificate.division_code)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound(_("没有这本林权证"))
    order = [state.value for state in IssueState]
    at = order.index(found.issue_state) if found.issue_state in order else -1
    requests = _lines(session, _requests(actor).where(IssueStateRequest.certificate_id == certificate_id))
    return StateView(
        certificate_id=found.id,
        cert_no=found.cert_no,
        holder_name=found.holder_name,
        state=found.issue_state,
        version=found.version,
        later=tuple(order[at + 1 :]),
        earlier=tuple(order[: max(at, 0)]),
        steps=_steps(session, certificate_id),
        requests=requests,
    )


def _steps(session: Session, certificate_id: int) -> tuple[StateStep, ...]:
    """Return every writing of the state once, however many rows of the certificate were written with it."""
    query = (
        select(RegisterEntry)
        .join(Parcel, Parcel.id == RegisterEntry.parcel_id)
        .where(Parcel.certificate_id == certificate_id, RegisterEntry.changed["issue_state"].as_string().is_not(None))
        .order_by(RegisterEntry.id.desc())
    )
    steps = (
        StateStep(each.at, each.by, each.cells.get("issue_state", ""), each.changed["issue_state"], each.reason)
        for each in session.scalars(query)
    )
    return tuple(dict.fromkeys(steps))


def waiting_requests(session: Session, actor: Actor) -> tuple[RequestLine, ...]:
    """Return the requests in scope that wait for a decision, the oldest last."""
    return _lines(session, _requests(actor).where(IssueStateRequest.decided_at.is_(None)))


def standing_states(session: Session, village_code: str, keys: Collection[str]) -> dict[str, str]:
    """Return the issue states of a village's certificates by the key of their number; the first of several counts.

    For commands that have checked the scope of the village.
    """
    query = select(Certificate.cert_key, Certificate.issue_state).where(
        Certificate.division_code == village_code, Certificate.cert_key.in_(keys), ~Certificate.is_withdrawn
    )
    return dict(session.execute(query.order_by(Certificate.id.desc())).all())


def count_for(session: Session, actor: Actor) -> int:
    """Return how many requests of others wait for this person."""
    query = select(func.count()).where(
        IssueStateRequest.decided_at.is_(None),
        actor.within(IssueStateRequest.division_code),
        IssueStateRequest.requested_by_id.is_distinct_from(actor.account_id),
    )
    return session.scalar(query) or 0


def _requests(actor: Actor) -> Select[*tuple[Any, ...]]:
    village = (
        select(Division.name)
        .where(Division.code == IssueStateRequest.division_code)
        .order_by(Division.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(IssueStateRequest, Certificate.cert_no, Certificate.holder_name, village)
        .join(Certificate, Certificate.id == IssueStateRequest.certificate_id)
        .where(actor.within(IssueStateRequest.division_code))
        .order_by(IssueStateRequest.id.desc())
    )


def _lines(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[RequestLine, ...]:
    return tuple(
        RequestLine(
            id=row.id,
            certificate_id=row.certificate_id,
            cert_no=cert_no,
            holder_name=holder,
            village=village or row.division_code,
            old_state=row.old_state,
            new_state=row.new_state,
            reason=row.reason,
            requested_by_id=row.requested_by_id,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
            is_granted=row.is_granted,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
        )
        for row, cert_no, holder, village in session.execute(query)
    )
