"""The JSON API of the handover, at ``/api/v1/handover``: batches as scripts and other systems read them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import Field

from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.handover.description import describe_batch, describe_row
from plugins.handover.permissions import READ
from plugins.handover.queries.batches import BatchFilter, batch_page, find_batch_by_number
from plugins.handover.queries.page import batch_view


class BatchQuery(Model):
    """Which batches to list."""

    state: str = ""
    text: str = Field("", description="part of a batch number or title")
    division: str = Field("", description="division code prefix")
    page: int = Field(1, ge=1, le=1_000_000)
    per_page: int = Field(20, ge=1, le=100)


class BatchSummary(Model):
    """One batch in the list."""

    batch_no: str
    title: str
    registry: str
    state: str
    state_since: dt.datetime
    certs: int
    accepted: int
    returned: int
    feedback_filed: int


class BatchList(Model):
    """One page of batches."""

    total: int
    page: int
    per_page: int
    batches: list[BatchSummary]


class BatchDetail(Model):
    """One batch with its lines and its history; the members are documented in docs/api.md."""

    batch_no: str
    title: str
    state: str
    version: int
    list_version: int
    division_code: str
    from_org: str
    to_org: str
    manifest_sha256: str
    package_sha256: str
    totals: dict[str, Any]
    items: list[dict[str, Any]]
    history: list[dict[str, Any]]
    documents: list[dict[str, Any]]


@rest.validate(resp=answers(200, BatchList), tags=["handover"])
@guard(READ, scope=DIVISION)
def list_batches(query: BatchQuery) -> Response:
    """List the batches that the token's owner may see, newest number first."""
    host, actor = current_host(), current_actor()
    narrowed = BatchFilter(state=query.state, text=query.text, division=query.division)
    with host.view(actor) as db:
        rows, total = batch_page(db, actor, narrowed, page=query.page, per_page=query.per_page)
    listed = [describe_row(row) for row in rows]
    return jsonify(total=total, page=query.page, per_page=query.per_page, batches=listed)


@rest.validate(resp=answers(200, BatchDetail), tags=["handover"])
@guard(READ, scope=DIVISION)
def show_batch(batch_no: str) -> Response:
    """Return one batch with its lines, history and documents."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch_by_number(db, actor, batch_no)
        view = batch_view(db, actor, batch.id, host.settings.host.office_name)
    return jsonify(describe_batch(view))


def api() -> Blueprint:
    """Return the API's blueprint."""
    bp = Blueprint("handover_api", __name__)
    bp.add_url_rule("/batches", view_func=list_batches)
    bp.add_url_rule("/batches/<batch_no>", view_func=show_batch)
    return bp
