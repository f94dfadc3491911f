"""The JSON API of the sharing service, at ``/api/v1/sharing``: for the programs of agencies, which hold keys of their own, and for
their people's tokens.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from pydantic import Field

from lindang.errors import Faults
from lindang.i18n import _
from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.sharing.description import describe_agreement, describe_answer
from plugins.sharing.domain.asked import Asked
from plugins.sharing.domain.days import next_midnight, office_day
from plugins.sharing.domain.reports import Report, faults_of
from plugins.sharing.permissions import ASK, INBOX_POST
from plugins.sharing.queries.agencies import used_on
from plugins.sharing.queries.inbox import rows_of_delivery
from plugins.sharing.routes.pictures import picture
from plugins.sharing.service.asking import agreement_in_force, ask
from plugins.sharing.service.inbox import delivering_agreement, find_delivery, keep_delivery, receive


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


class RightBody(Model):
    """One newly registered right."""

    case_no: str = Field(description="登记业务号，不超过 36 个字")
    kind: str = Field(description="F4 数据整合结果，F5 登簿换证结果")
    cert_no: str = Field("", description="原林权证号；与 item_code 至少填一项")
    item_code: str = Field("", description="移交条目代码")
    parcel_no: str = Field("", description="证上的宗地号；只有一宗时可以不填")
    unit_no: str = Field("", description="28 位不动产单元号")
    title_no: str = Field("", description="不动产权证号")
    registered_on: str = Field("", description="登记日期，如 2020-09-01")
    note: str = Field("", description="备注")


class RightsBody(Model):
    """Newly registered rights, up to 500 at a time."""

    rows: list[RightBody] = Field(min_length=1, max_length=500)


class RightState(Model):
    """What became of one row."""

    place: str
    case_no: str
    state: str
    reason: str


class DeliveryBody(Model):
    """A delivery: how many rows were taken in, how many had come before, and how they stand."""

    delivery_id: int
    taken: int
    unchanged: int
    rows: list[RightState]


@rest.validate(resp=answers(200, DeliveryBody, 409, 422), tags=["sharing"])
@guard(INBOX_POST, scope=DIVISION)
def post_feedback(json: RightsBody) -> Response:
    """Take newly registered rights in; with one fault nothing is taken, and the same row is never taken twice."""
    reports = [Report(place=f"rows.{at}", **row.model_dump()) for at, row in enumerate(json.rows)]
    faults = faults_of(reports, {})
    if faults:
        raise Faults(_("登记结果没有接收"), faults)
    host, actor = current_host(), current_actor()
    with host.uow(actor) as uow:
        delivery = keep_delivery(uow, delivering_agreement(uow), reports, (), source="api")
        receive(uow, delivery.id)
    return _delivery(delivery.id)


@rest.validate(resp=answers(200, DeliveryBody), tags=["sharing"])
@guard(INBOX_POST, scope=DIVISION)
def show_feedback(delivery_id: int) -> Response:
    """Return what became of the rows of a delivery: matched, orphan, problem, booked, aside."""
    return _delivery(delivery_id)


def _delivery(delivery_id: int) -> Response:
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = find_delivery(session, actor, delivery_id)
        rows = rows_of_delivery(session, found.id)
    told = [{"place": row.place, "case_no": row.case_no, "state": row.state, "reason": row.reason} for row in rows]
    return jsonify(delivery_id=found.id, taken=found.taken, unchanged=found.unchanged, rows=told)


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
    bp.add_url_rule("/feedback", view_func=post_feedback, methods=["POST"])
    bp.add_url_rule("/feedback/<int:delivery_id>", view_func=show_feedback)
    bp.after_request(_say_when_again)
    return bp
