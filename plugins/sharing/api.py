"""The JSON API of the sharing service, at ``/api/v1/sharing``: for the programs of agencies, which hold keys of their own, and for
their people's tokens.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from pydantic import Field

from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.sharing.description import describe_agreement, describe_answer
from plugins.sharing.domain.asked import Asked
from plugins.sharing.domain.days import next_midnight, office_day
from plugins.sharing.permissions import ASK
from plugins.sharing.queries.agencies import used_on
from plugins.sharing.routes.pictures import picture
from plugins.sharing.service.asking import agreement_in_force, ask


class QueryBody(Model):
    """One query. Numbers travel in the body and never in an address."""

    kind: str = Field(description="cert_no、id_no、parcel、unit_no、title_no、village")
    value: str = Field("", max_length=120, description="号码；查全村时为空")
    village: str = Field("", max_length=12, description="12 位村代码；查全村或按宗地号查时必填")
    purpose: str = Field(max_length=200, description="事由")
    basis: str = Field(max_length=200, description="依据：受理编号、公函文号")
    page: int = Field(1, ge=1, le=100_000)


class QueryAnswer(Model):
    """The answer; ``certificates`` holds for each agreed group of fields its rows and a note (see docs/sharing.md)."""

    query_id: int
    agency: str
    at: dt.datetime
    groups: list[str]
    found: int
    page: int
    per_page: int
    used_today: int
    quota: int
    certificates: list[dict[str, Any]]


class AgreementBody(Model):
    """What the caller's agreement allows, and how much of today's quota is used."""

    agency: str
    divisions: list[str]
    groups: list[str]
    daily_quota: int
    used_today: int
    valid_from: dt.date
    valid_to: dt.date | None
    obstacle: str


@rest.validate(resp=answers(200, QueryAnswer, 409, 422, 429), tags=["sharing"])
@guard(ASK, scope=DIVISION)
def ask_query(json: QueryBody) -> Response:
    """Answer one query of the caller's agency; every query counts against the day's quota and is recorded with its reason."""
    asked = Asked(
        kind=json.kind,
        value=json.value,
        village_code=json.village.strip(),
        purpose=json.purpose,
        basis=json.basis,
        page=json.page,
    )
    return jsonify(describe_answer(ask(current_host(), current_actor(), asked)))


@rest.validate(resp=answers(200, AgreementBody, 409), tags=["sharing"])
@guard(ASK, scope=DIVISION)
def show_agreement() -> Response:
    """Return the caller's agreement and how much of today's quota is used."""
    host, actor = current_host(), current_actor()
    with host.uow(actor) as uow:
        agreed = agreement_in_force(uow)
        used = used_on(uow.session, agreed.id, office_day(uow.now))
    return jsonify(describe_agreement(agreed, used, ""))


@rest.validate(resp=answers(200), tags=["sharing"])
@guard(ASK, scope=DIVISION)
def page_image(query_id: int, page_id: int) -> Response:
    """Return the image of a page that a recent query of the caller's agency has found, as JPEG."""
    return picture(current_host(), current_actor(), query_id, page_id)


def _say_when_again(response: Response) -> Response:
    """Tell a program in seconds when its quota is free again."""
    if response.status_code == 429:
        now = current_app.extensions["lindang"].clock.now()
        response.headers["Retry-After"] = str(int((next_midnight(now) - now).total_seconds()))
    return response


def api() -> Blueprint:
    """Return the API's blueprint."""
    bp = Blueprint("sharing_api", __name__)
    bp.add_url_rule("/queries", view_func=ask_query, methods=["POST"])
    bp.add_url_rule("/agreement", view_func=show_agreement)
    bp.add_url_rule("/queries/<int:query_id>/pages/<int:page_id>/image", view_func=page_image)
    bp.after_request(_say_when_again)
    return bp
