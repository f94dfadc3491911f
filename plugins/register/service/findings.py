"""A finding left as it is (不作处理): one person asks with a reason, another approves or refuses; refused, it can be asked again.

Source: proposal of the domain reference 3.2 (no W-check without decision) and 1.4 (waivers need a reason and a second person).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from lindang.errors import BadInput, Conflict, Forbidden, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.events import FindingsChanged
from models.finding import ASKED, OPEN, WAIVED, Finding
from models.persons import mask_personal_in
from plugins.register.service.two_persons import is_own

MOST_AT_ONCE: Final = 200
_LONGEST_REASON: Final = 500


def ask_to_waive(uow: UnitOfWork, finding_ids: Sequence[int], reason: str) -> int:
    """Ask to leave open findings as they are; returns how many are asked for now.

    Raises:
        BadInput: no reason, none chosen, or too many at once.
        NotFound: one of them is not there (for this actor).
        Conflict: one of them is not open any more.
    """
    words = mask_personal_in(reason.strip())
    if not words or len(words) > _LONGEST_REASON:
        raise BadInput(_("请写明不作处理的原因（500 字以内）"), where="reason")
    found = _find(uow, finding_ids, OPEN)
    for finding in found:
        finding.state = ASKED
        finding.reason = words
        finding.asked_by_id, finding.asked_by, finding.asked_at = uow.actor.account_id, uow.actor.name, uow.now
        finding.waived_by_id, finding.waived_by, finding.waived_at = None, "", None
    _record(uow, found, "finding.waiver_asked", reason=words)
    return len(found)


def approve_waiver(uow: UnitOfWork, finding_ids: Sequence[int]) -> int:
    """Agree, as the second person. Raises Forbidden for who asked, and as `ask_to_waive`."""
    found = _find(uow, finding_ids, ASKED)
    _refuse_same_person(uow, found)
    for finding in found:
        finding.state = WAIVED
        finding.waived_by_id, finding.waived_by, finding.waived_at = uow.actor.account_id, uow.actor.name, uow.now
    _record(uow, found, "finding.waived")
    return len(found)


def refuse_waiver(uow: UnitOfWork, finding_ids: Sequence[int], reason: str = "") -> int:
    """Refuse, as the second person: the findings are open again and the answer stays with them."""
    found = _find(uow, finding_ids, ASKED)
    _refuse_same_person(uow, found)
    for finding in found:
        finding.state = OPEN
    _record(uow, found, "finding.waiver_refused", reason=mask_personal_in(reason.strip()[:_LONGEST_REASON]))
    return len(found)


def _find(uow: UnitOfWork, finding_ids: Sequence[int], state: str) -> list[Finding]:
    ids = sorted(set(finding_ids))
    if not ids:
        raise BadInput(_("请先勾选检查问题"), where="finding")
    if len(ids) > MOST_AT_ONCE:
        raise BadInput(_("一次最多处理 %(n)s 条", n=MOST_AT_ONCE), where="finding")
    query = select(Finding).where(Finding.id.in_(ids), uow.actor.within(Finding.division_code)).order_by(Finding.id)
    found = list(uow.session.scalars(query))
    if len(found) != len(ids):
        raise NotFound(_("没有这条检查问题"))
    if any(finding.state != state for finding in found):
        raise Conflict(_("有的检查问题状态已变，操作没有执行"), remedy=_("请刷新列表后重新勾选。"))
    return found


def _refuse_same_person(uow: UnitOfWork, found: Sequence[Finding]) -> None:
    for finding in found:
        if is_own(uow, finding.asked_by_id, finding.asked_by):
            raise Forbidden(_("不作处理须由另一人批准"), remedy=_("请让另一位有权限的同事登录后办理。"))


def _record(uow: UnitOfWork, found: Sequence[Finding], action: str, **facts: str) -> None:
    uow.session.flush()
    for finding in found:
        uow.journal(
            action,
            f"finding:{finding.id}",
            division=finding.division_code,
            code=finding.code,
            object=f"{finding.kind}:{finding.object_id}",
            asked_by=finding.asked_by,
            **facts,
        )
    certificates = sorted({one.certificate_id for one in found if one.certificate_id is not None})
    if certificates:
        uow.emit(FindingsChanged(certificate_ids=tuple(certificates)))
