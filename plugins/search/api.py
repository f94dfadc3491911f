"""The JSON API of searching, at ``/api/v1/search``."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from lindang.access import DIVISION, guard
from lindang.rest import Model, answers, rest
from lindang.web import current_actor, current_host
from plugins.search import permissions
from plugins.search.domain.engine import Filters, Order, Request
from plugins.search.service.answering import find
from plugins.search.service.export import plain_hits


class SearchQuery(Model):
    """What to search for; ``page`` and ``size`` count 件."""

    q: str = Field("", max_length=1000, description="检索式，同网页检索框；不得为证件号码")
    division: str = Field("", pattern=r"^\d{0,12}$", description="行政区划代码（任一级）")
    class_code: str = Field("", max_length=10, description="类别号（含下级）")
    year: int | None = Field(None, ge=1900, le=2100, description="年度")
    state: int | None = Field(None, ge=1, le=4, description="发证状态：1 未打印 2 未盖章 3 未发放 4 发放到户")
    in_batch: bool | None = Field(None, description="是否列入移交批次")
    order: Order = Field(
        Order.RELEVANCE, description="排列：relevance 相关程度、code 档号、date 日期、village 村、area 面积"
    )
    page: int = Field(1, ge=1, le=100_000, description="第几页")
    size: int = Field(20, ge=1, le=100, description="每页件数")


class SearchHit(BaseModel):
    """One hit."""

    model_config = ConfigDict(extra="forbid")

    archival_code: str
    page: int | None
    kind: str = Field(description="number、holder、parcel、certificate、file、item 或 page")
    snippet: str
    title: str
    match: str
    id: int
    why: str = Field(
        description="登记册命中的原因：name 姓名相同、part 姓名中有、sound 同音、one_character 差一字、initials 拼音首字母、"
        "pinyin 拼音、place 小地名、location 坐落、village 村名；其他命中为空"
    )
    certificate_id: int | None = Field(description="登记册命中所属的林权证")


class SearchAnswer(BaseModel):
    """What was found: ``total`` hits in ``items`` 件 by full text, ``register_total`` in the register by name or place (the first
    50 of them come with page 1), and the hits of this page, numbers first.
    """

    total: int
    items: int
    exact: bool
    register_total: int = Field(description="登记册中按姓名、地名查到多少项；只列前 50 项，在第 1 页")
    hits: list[SearchHit]


@rest.validate(resp=answers(200, SearchAnswer, 400, 422), tags=["检索"])
@guard(permissions.READ, scope=DIVISION)
def search(query: SearchQuery) -> Response:
    """Find by a query as typed: numbers first, then names and places of the register, then full text."""
    wanted = Request(
        query=None,
        scope=(),
        filters=Filters(
            division=query.division,
            class_code=query.class_code,
            year=query.year,
            issue_state=query.state,
            in_batch=query.in_batch,
        ),
        offset=(query.page - 1) * query.size,
        limit=query.size,
        per_group=0,
        facets=False,
        order=query.order,
    )
    result = find(current_host(), current_actor(), query.q, wanted)
    answer = result.answer
    body = SearchAnswer(
        total=answer.hits if answer else 0,
        items=answer.group_count if answer else 0,
        exact=answer.is_exact if answer else True,
        register_total=result.names_total,
        hits=[SearchHit(**hit) for hit in plain_hits(result)],
    )
    return jsonify(body.model_dump())


def blueprint() -> Blueprint:
    """Return the API of this plugin."""
    bp = Blueprint("search_api", __name__)
    bp.add_url_rule("", view_func=search)
    return bp
