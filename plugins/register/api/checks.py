"""The JSON API of the checks, at ``/api/v1/register``: have a county checked, read the last run and the findings."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import Field

from lindang.errors import NotFound
from lindang.i18n import _
from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.register.description import finding_values, run_values
from plugins.register.permissions import CHECK_RUN, REGISTER_READ
from plugins.register.queries.findings import FindingFilter, finding_page, last_run
from plugins.register.service.checking import order_check

TAGS = ["登记册检查"]
_PLACE = r"^(\d{6}|\d{9}|\d{12})$"


class CheckOrder(Model):
    """What to check."""

    division: str = Field(pattern=_PLACE, description="县、乡镇或村的区划代码")


class CheckOrdered(Model):
    """The job that checks."""

    job_id: int


class RunQuery(Model):
    """Whose last run."""

    division: str = Field("", pattern=r"^(|\d{6}|\d{9}|\d{12})$", description="区划代码；空为最近一次")


class CheckRunAnswer(Model):
    """One run of the rules: counts by rule, changes, and what could not be checked with the reason."""

    id: int
    division: str
    rules: str
    rows: int
    found: dict[str, int]
    changes: dict[str, int]
    not_checked: dict[str, dict[str, Any]]
    started_at: str
    finished_at: str | None


class FindingQuery(Model):
    """Which findings to list."""

    code: str = Field("", description="规则，如 R12")
    severity: str = Field("", pattern="^(|E|W|I)$")
    state: str = Field("standing", pattern="^(standing|all|open|asked|waived|fixed)$")
    division: str = Field("", pattern=r"^(|\d{6}|\d{9}|\d{12})$")
    certificate_id: int | None = Field(None, ge=1, le=2**31 - 1)
    page: int = Field(1, ge=1, le=1_000_000)
    per_page: int = Field(50, ge=1, le=200)


class FindingList(Model):
    """One page of findings; each has code, severity, place, certificate, facts, sentence, remedy and state."""

    total: int
    page: int
    findings: list[dict[str, Any]]


@rest.validate(resp=answers(202, CheckOrdered, 400), tags=TAGS)
@guard(CHECK_RUN, scope=DIVISION)
def create_check(json: CheckOrder) -> Response:
    """Have a division checked in the background; an order that waits already is not doubled."""
    with current_host().uow(current_actor()) as uow:
        job_id = order_check(uow, json.division)
    response = jsonify(job_id=job_id)
    response.status_code = 202
    return response


@rest.validate(resp=answers(200, CheckRunAnswer), tags=TAGS)
@guard(REGISTER_READ, scope=DIVISION)
def get_check(query: RunQuery) -> Response:
    """Return the last finished run that covers a division."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        run = last_run(session, actor, query.division)
        if run is None:
            raise NotFound(_("还没有检查过"))
        return jsonify(run_values(run))


@rest.validate(resp=answers(200, FindingList), tags=TAGS)
@guard(REGISTER_READ, scope=DIVISION)
def list_findings(query: FindingQuery) -> Response:
    """List findings, those of one certificate together."""
    host, actor = current_host(), current_actor()
    wanted = FindingFilter(
        code=query.code,
        severity=query.severity,
        state="" if query.state == "all" else query.state,
        division=query.division,
        certificate_id=query.certificate_id,
        page=query.page,
        size=query.per_page,
    )
    with host.view(actor) as session:
        page = finding_page(session, actor, wanted)
        return jsonify(total=page.total, page=page.number, findings=[finding_values(row) for row in page.rows])


RULES = (
    ("/checks", create_check, ("POST",)),
    ("/checks/last", get_check, ("GET",)),
    ("/findings", list_findings, ("GET",)),
)
