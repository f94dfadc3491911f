"""Planning: a batch proposed out of what is ready."""

from __future__ import annotations

from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard
from models.ready_counts import COUNTING_JOB
from plugins.handover.domain.planning import BYTES, CERTS, GIGABYTE, PAGES, REASON_NAMES, Limits
from plugins.handover.permissions import READY
from plugins.handover.queries.planning import Proposal, places, propose
from plugins.handover.routes.ready import needs_paper_count

_MOST: Final = 1_000_000_000


@guard(READY, scope=DIVISION)
def plan() -> ResponseReturnValue:
    """Propose a batch for a place within limits; without a place ask for one."""
    host, actor, place = current_host(), current_actor(), request.args.get("place", "")
    limits = sent_limits()
    with host.view(actor) as db:
        offered = places(db, actor, place)
        proposal = _proposal(db, actor, place, limits) if place else None
    return render_template(
        "handover/plan.html",
        places=offered,
        proposal=proposal,
        limits=limits,
        gigabytes=request.args.get("gb", ""),
        reasons=REASON_NAMES,
        stop=_stop(limits).get(proposal.stopped_by, "") if proposal else "",
    )


def _proposal(session: Session, actor: Actor, place: str, limits: Limits) -> Proposal:
    return propose(
        session,
        actor,
        place,
        limits,
        needs_paper_count=needs_paper_count(),
        is_counted=COUNTING_JOB in current_host().jobs,
    )


def sent_limits() -> Limits:
    """Return the limits of the address; the number of certificates is that of the settings until another is asked for."""
    usual = str(current_host().settings.plugin("handover").batch_certs)
    return Limits(
        certs=int(_number("certs", _("本数上限"), usual)),
        pages=int(_number("pages", _("页数上限"), "")),
        bytes=int(_number("gb", _("GB 上限"), "") * GIGABYTE),
    )


def _number(name: str, label: str, usual: str) -> float:
    text = request.args.get(name, usual).strip() or "0"
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= _MOST:
        raise BadInput(
            _("%(label)s不是数：%(text)s", label=label, text=text), where=name, remedy=_("请填数字；不限请留空。")
        )
    return value


def _stop(limits: Limits) -> dict[str, str]:
    return {
        CERTS: _("已到本数上限（%(n)s 本）", n=limits.certs),
        PAGES: _("再加一本就超过页数上限（%(n)s 页）", n=limits.pages),
        BYTES: _("再加一本就超过 %(n)s GB", n=f"{limits.bytes / GIGABYTE:g}"),
    }
