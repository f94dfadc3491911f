"""Moving a certificate's issue state (证书状态): forward by one person, back only on request with a reason and by a second person.

Every move is a new version of the rows of the certificate, so that what the sheet says and what the certificate says agree.
Source: the four states of the work plan of 2020-07-30; the rule of direction is a proposal (domain reference 2.4).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from lindang.errors import BadInput, Conflict, Fault, Faults, Forbidden, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.entries import EntryDraft, code_labels, current_cells, texts_of, write_entries
from models.events import CertificatesSaved
from models.issue_states import IssueState, Move, move
from models.persons import mask_personal_in
from models.register import Certificate, IssueStateRequest, Parcel
from plugins.register.service.two_persons import is_own

SOURCE: Final = "state"
_LONGEST_REASON: Final = 500


def move_forward(uow: UnitOfWork, certificate_id: int, state: str, version: int) -> Certificate:
    """Set a later state.

    Raises:
        NotFound: the certificate is out of scope or withdrawn.
        StaleVersion: somebody changed the certificate first.
        BadInput: the state is none of the four, or not later than the present one.
    """
    certificate = _certificate(uow, certificate_id, version)
    if _move(certificate, state) is not Move.FORWARD:
        raise BadInput(_("只能往后改证书状态"), where="state", remedy=_("往回改须写明原因提出申请，由另一人批准。"))
    if _open_request(uow, certificate_id) is not None:
        raise Conflict(_("这本证有往回改状态的申请还没有处理"), remedy=_("请先批准或不批准该申请。"))
    _set_state(uow, certificate, state, "")
    return certificate


def ask_back(uow: UnitOfWork, certificate_id: int, state: str, reason: str, version: int) -> IssueStateRequest:
    """Ask that a certificate goes back to an earlier state; nothing moves yet.

    Raises:
        NotFound, StaleVersion: as in `move_forward`.
        Faults: the state is not an earlier one, or no reason is given.
        Conflict: a request about this certificate is open.
    """
    certificate = _certificate(uow, certificate_id, version)
    faults = []
    if _move(certificate, state) is not Move.BACKWARD:
        faults.append(Fault("state", _("请选择比现在更早的状态"), _("往后改不需要申请。")))
    if not 0 < len(reason.strip()) <= _LONGEST_REASON:
        faults.append(Fault("reason", _("请写明往回改的原因，500 字以内"), _("如：领证签收单有误，证书仍在保管。")))
    if faults:
        raise Faults(_("申请没有提出"), faults)
    if _open_request(uow, certificate_id) is not None:
        raise Conflict(_("这本证已有一份申请等待批准"), remedy=_("请等另一人处理。"))
    request = IssueStateRequest(
        certificate_id=certificate.id,
        division_code=certificate.division_code,
        old_state=certificate.issue_state,
        new_state=state,
        reason=mask_personal_in(reason.strip()),
        requested_by_id=uow.actor.account_id,
        requested_by=uow.actor.name,
        requested_at=uow.now,
    )
    uow.session.add(request)
    uow.journal(
        "certificate.state_asked",
        f"certificate:{certificate.id}",
        division=certificate.division_code,
        old=certificate.issue_state,
        new=state,
        reason=request.reason,
    )
    return request


def decide(uow: UnitOfWork, request_id: int, *, is_granted: bool) -> IssueStateRequest:
    """Grant or refuse a request; a granted one moves the state at once.

    Raises:
        NotFound: there is no such request in scope.
        Forbidden: the person who asked would decide.
        Conflict: it is decided already, or the state has changed meanwhile.
    """
    query = select(IssueStateRequest).where(
        IssueStateRequest.id == request_id, uow.actor.within(IssueStateRequest.division_code)
    )
    request = uow.session.scalar(query)
    if request is None:
        raise NotFound(_("没有这份申请"))
    if request.decided_at is not None:
        raise Conflict(_("这份申请已由 %(name)s 处理", name=request.decided_by))
    if is_own(uow, request.requested_by_id, request.requested_by):
        raise Forbidden(_("不能批准自己的申请"), remedy=_("请另一位有权限的人处理。"))
    certificate = uow.session.get_one(Certificate, request.certificate_id)
    if is_granted and (certificate.is_withdrawn or certificate.issue_state != request.old_state):
        raise Conflict(_("提出申请以后证书状态已经变了"), remedy=_("请不批准这份申请，再按现状重新提出。"))
    request.is_granted, request.decided_at = is_granted, uow.now
    request.decided_by_id, request.decided_by = uow.actor.account_id, uow.actor.name
    if is_granted:
        _set_state(uow, certificate, request.new_state, request.reason)
    else:
        uow.journal(
            "certificate.state_refused",
            f"certificate:{certificate.id}",
            division=certificate.division_code,
            asked_by=request.requested_by,
        )
    return request


def _certificate(uow: UnitOfWork, certificate_id: int, version: int) -> Certificate:
    query = select(Certificate).where(
        Certificate.id == certificate_id, ~Certificate.is_withdrawn, uow.actor.within(Certificate.division_code)
    )
    certificate = uow.session.scalar(query)
    if certificate is None:
        raise NotFound(_("没有这本林权证"))
    if certificate.version != version:
        raise stale_version()
    return certificate


def _open_request(uow: UnitOfWork, certificate_id: int) -> IssueStateRequest | None:
    query = select(IssueStateRequest).where(
        IssueStateRequest.certificate_id == certificate_id, IssueStateRequest.decided_at.is_(None)
    )
    return uow.session.scalar(query)


def _move(certificate: Certificate, state: str) -> Move:
    if state not in list(IssueState) or certificate.issue_state not in list(IssueState):
        return Move.NONE
    return move(IssueState(certificate.issue_state), IssueState(state))


def _set_state(uow: UnitOfWork, certificate: Certificate, state: str, reason: str) -> None:
    old, certificate.issue_state = certificate.issue_state, state
    labels = code_labels(uow.session)
    text = labels.of("issue_state", state)
    parcels = uow.session.scalars(
        select(Parcel).where(Parcel.certificate_id == certificate.id, ~Parcel.is_withdrawn).order_by(Parcel.seq)
    )
    drafts = [
        EntryDraft(
            parcel_id=parcel.id,
            cells={
                **(current_cells(uow.session, parcel.id) or texts_of(certificate, parcel, labels)),
                "issue_state": text,
            },
            changed={"issue_state": SOURCE},
            reason=reason,
        )
        for parcel in parcels
    ]
    if drafts:
        write_entries(uow, certificate.division_code, drafts)
    uow.session.flush()
    facts = {"reason": reason} if reason else {}
    uow.journal(
        "certificate.state_moved",
        f"certificate:{certificate.id}",
        division=certificate.division_code,
        old=old,
        new=state,
        **facts,
    )
    files = (certificate.archive_file_id,) if certificate.archive_file_id else ()
    uow.emit(
        CertificatesSaved(
            certificate_ids=(certificate.id,), archive_file_ids=files, division_code=certificate.division_code
        )
    )
