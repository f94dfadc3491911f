"""The JSON API of the matching lists, at ``/api/v1/register/matching``."""

from __future__ import annotations

from flask import Response, jsonify
from pydantic import BaseModel, Field

from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.register.permissions import REGISTER_READ
from plugins.register.queries.matching import LISTS, village_counts

TAGS = ["登记册对应"]


class MatchingQuery(Model):
    """Which part."""

    division: str = Field("", pattern=r"^(\d{6}|\d{9}|\d{12})?$", description="县、乡镇或村的区划代码")


class MatchingVillage(BaseModel):
    """What of one village has no counterpart, by list."""

    village: str
    name: str
    counts: dict[str, int]


class MatchingAnswer(BaseModel):
    """The villages with something to mend."""

    villages: list[MatchingVillage]


@rest.validate(resp=answers(200, MatchingAnswer), tags=TAGS)
@guard(REGISTER_READ, scope=DIVISION)
def get_matching(query: MatchingQuery) -> Response:
    """Count what of the register has no scan and the reverse, village by village."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = village_counts(session, actor, query.division)
    return jsonify(
        villages=[
            {
                "village": each.code,
                "name": each.name,
                "counts": {one.key: each.counts.get(one.key, 0) for one in LISTS},
            }
            for each in found
        ]
    )


RULES = (("/matching", get_matching, ("GET",)),)
