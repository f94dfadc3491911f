"""The JSON API of readiness, at ``/api/v1/register/ready``."""

from __future__ import annotations

from flask import Response, jsonify
from pydantic import BaseModel, Field

from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.register.permissions import REGISTER_READ
from plugins.register.queries.ready import village_counts

TAGS = ["登记册成熟"]


class ReadyQuery(Model):
    """Which part."""

    division: str = Field("", pattern=r"^(\d{6}|\d{9}|\d{12})?$", description="县、乡镇或村的区划代码")
    needs_paper_count: bool = Field(True, description="没有登记纸质页数的不算成熟")


class ReadyVillage(BaseModel):
    """One village: certificates, those ready, on their way, handed over, still to be judged; first reasons of the rest by code;
    when it was judged (null: now).
    """

    village: str
    name: str
    total: int
    ready: int
    in_batch: int
    handed_over: int
    unjudged: int
    judged_at: str | None
    waiting: dict[str, int]


class ReadyAnswer(BaseModel):
    """The villages that have certificates."""

    villages: list[ReadyVillage]


@rest.validate(resp=answers(200, ReadyAnswer), tags=TAGS)
@guard(REGISTER_READ, scope=DIVISION)
def get_ready(query: ReadyQuery) -> Response:
    """Count what may be handed over, village by village, as it was judged last; villages that changed since are judged now or told as unjudged."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = village_counts(session, actor, query.division, needs_paper_count=query.needs_paper_count)
        villages = [
            {
                "village": one.code,
                "name": one.name,
                "total": one.total,
                "ready": one.ready,
                "in_batch": one.in_batch,
                "handed_over": one.handed_over,
                "unjudged": one.unjudged,
                "judged_at": one.judged_at.isoformat() if one.judged_at else None,
                "waiting": one.waiting,
            }
            for one in found
        ]
    return jsonify(villages=villages)


RULES = (("/ready", get_ready, ("GET",)),)
