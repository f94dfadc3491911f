"""The ready list: villages, one village's certificates, and the choice that becomes a batch."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, page_number
from models.ready_counts import COUNTING_JOB
from models.register import Certificate
from plugins.handover.forms import NewBatchForm
from plugins.handover.permissions import DRAFT, READY
from plugins.handover.queries.page import open_drafts
from plugins.handover.queries.places import division_names, registries
from plugins.handover.queries.ready import ReadyRow, ready_rows, village, village_page
from plugins.handover.routes.reading import first_number, page_size, sent_ids


def needs_paper_count() -> bool:
    """Return whether an uncounted file is unready at this office."""
    return bool(current_host().settings.plugin("handover").needs_paper_count)


@guard(READY, scope=DIVISION)
def ready() -> ResponseReturnValue:
    """List the villages with how many of their certificates are ready."""
    host, actor, page, size = current_host(), current_actor(), page_number(), page_size()
    name = request.args.get("name", "").strip()
    with host.view(actor) as db:
        rows, total = village_page(
            db,
            actor,
            name=name,
            page=page,
            per_page=size,
            needs_paper_count=needs_paper_count(),
            is_counted=COUNTING_JOB in host.jobs,
        )
    first = first_number(page, size)
    return render_template("handover/ready.html", rows=rows, total=total, page=page, size=size, first=first)


@guard(READY, scope=DIVISION)
def ready_village(village_code: str) -> ResponseReturnValue:
    """List one village's certificates: the ready ones to tick, the others with what stands in their way."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        code, name = village(db, actor, village_code)
        condition = Certificate.division_code == code
        rows = ready_rows(db, actor, condition, needs_paper_count=needs_paper_count())
    groups = _groups(rows)
    shown = request.args.get("show", "ready")
    shown = shown if shown in groups else "ready"
    return render_template(
        "handover/ready_village.html", code=code, name=name, rows=groups[shown], groups=groups, shown=shown, all=rows
    )


def _groups(rows: Sequence[ReadyRow]) -> dict[str, list[ReadyRow]]:
    groups: dict[str, list[ReadyRow]] = {"ready": [], "waiting": [], "travelling": []}
    for row in rows:
        first = row.reasons[0].code if row.reasons else ""
        kind = "ready" if not first else "travelling" if first in {"in_batch", "handed_over"} else "waiting"
        groups[kind].append(row)
    return groups


@guard(DRAFT, scope=DIVISION)
def selection() -> ResponseReturnValue:
    """Ask what becomes of the ticked certificates: a new batch, or part of a draft."""
    host, actor, ids = current_host(), current_actor(), chosen_ids()
    with host.view(actor) as db:
        county = chosen_county(db, actor, ids)
        form = new_batch_form(db, county, ids)
        form.title.data = request.form.get("title", "")[:80]
        return render_template(
            "handover/selection.html",
            draft_form=form,
            count=len(set(ids)),
            drafts=open_drafts(db, actor, county),
            county_name=division_names(db, [county])[county],
        )


def chosen_ids() -> list[int]:
    """Return the certificates that were ticked one by one, or proposed as one list. Raises BadInput when there is none."""
    proposed = [int(text) for text in request.form.get("certificate_ids", "").split(",") if text.isdecimal()]
    return proposed or sent_ids("certificate_id")


def chosen_county(session: Session, actor: Actor, certificate_ids: Sequence[int]) -> str:
    """Return the one county of the certificates. Raises BadInput when they are of none or of several."""
    query = select(Certificate.division_code).where(
        Certificate.id.in_(certificate_ids), actor.within(Certificate.division_code)
    )
    counties = {code[:6] for code in session.scalars(query)}
    if len(counties) != 1:
        raise BadInput(_("一个批次只能包含同一个县的林权证"), remedy=_("请从成熟清单重新选择。"))
    return counties.pop()


def new_batch_form(session: Session, county: str, certificate_ids: Sequence[int]) -> NewBatchForm:
    """Return the form of a new batch with the registries that serve the county."""
    form = NewBatchForm(formdata=None, county=county, certificate_ids=",".join(map(str, certificate_ids)))
    form.offer(registries(session, county))
    return form
