"""检查结果: the list by rule and by village, asking to leave a finding as it is and deciding that, running the check, the list as XLSX."""

from __future__ import annotations

import io
from typing import Any, Final

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import Text, _, lazy
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.finding import ASKED, FIXED, OPEN, WAIVED
from plugins.register.adapters.findings_book import findings_book
from plugins.register.domain.rules import book
from plugins.register.permissions import CHECK_RUN, FINDING_ASK, FINDING_WAIVE, REGISTER_READ
from plugins.register.queries.findings import (
    SIZES,
    STANDING_CHOICE,
    STATES,
    FindingFilter,
    all_findings,
    counts_by_rule,
    counts_by_village,
    county_choices,
    finding_page,
    last_run,
    running_check,
)
from plugins.register.service.checking import CHECK_JOB, order_check
from plugins.register.service.findings import approve_waiver, ask_to_waive, refuse_waiver
from plugins.register.words import SEVERITY_LABELS, remedy, rule_title, sentence

GET, POST = ("GET",), ("POST",)
_MOST_VILLAGES: Final = 12
_MOST_EXPORTED: Final = 100_000
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALL: Final = "all"

STATE_LABELS: Final[dict[str, Text]] = {
    STANDING_CHOICE: lazy("待处理"),
    OPEN: lazy("未处理"),
    ASKED: lazy("等待批准"),
    WAIVED: lazy("不作处理"),
    FIXED: lazy("已改正"),
    ALL: lazy("全部"),
}
STATE_TONES: Final = {OPEN: "danger", ASKED: "warning", WAIVED: "neutral", FIXED: "success"}
SEVERITY_TONES: Final = {"E": "danger", "W": "warning", "I": "info"}


@guard(REGISTER_READ, scope=DIVISION)
def findings() -> ResponseReturnValue:
    """List the findings."""
    host, actor = current_host(), current_actor()
    wanted = _filter()
    with host.view(actor) as session:
        return render_template(
            "register/findings.html",
            page=finding_page(session, actor, wanted),
            wanted=wanted,
            rules=counts_by_rule(session, actor, wanted.division),
            villages=counts_by_village(session, actor, wanted, _MOST_VILLAGES),
            counties=county_choices(session, actor),
            **_run_words(session, actor, wanted.division),
            **_vocabulary(),
        )


@guard(REGISTER_READ, scope=DIVISION)
def findings_progress() -> ResponseReturnValue:
    """Return how far a run has come, polled while it goes on."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        words = _run_words(session, actor, _digits("division"))
    return render_template("register/_check_progress.html", division=_digits("division"), **words, **_vocabulary())


@guard(CHECK_RUN, scope=DIVISION)
def check_start() -> ResponseReturnValue:
    """Have a division checked in the background."""
    division = "".join(char for char in request.form.get("division", "") if char.isdecimal())[:12]
    with current_host().uow(current_actor()) as uow:
        order_check(uow, division)
    notify(_("已开始检查，可离开本页"))
    return redirect(url_for("register.findings", division=division))


@guard(FINDING_ASK, scope=DIVISION)
def finding_ask() -> ResponseReturnValue:
    """Ask to leave the ticked findings as they are."""
    with current_host().uow(current_actor()) as uow:
        count = ask_to_waive(uow, _ticked(), request.form.get("reason", ""))
    notify(_("%(n)s 条已提交，请另一位同事批准", n=count))
    return _back()


@guard(FINDING_WAIVE, scope=DIVISION)
def finding_decide() -> ResponseReturnValue:
    """Agree or refuse, as the second person."""
    is_refused = request.form.get("do") == "refuse"
    with current_host().uow(current_actor()) as uow:
        if is_refused:
            count = refuse_waiver(uow, _ticked(), request.form.get("reason", ""))
        else:
            count = approve_waiver(uow, _ticked())
    notify(_("%(n)s 条没有批准，仍待处理", n=count) if is_refused else _("%(n)s 条已批准不作处理", n=count))
    return _back()


@guard(REGISTER_READ, scope=DIVISION)
def findings_export() -> ResponseReturnValue:
    """Send the list as a workbook."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        rows = list(all_findings(session, actor, _filter(), _MOST_EXPORTED))
    book = findings_book(
        rows,
        sentence=lambda row: sentence(row.code, row.facts),
        remedy=lambda row: remedy(row.code),
        states={key: str(label) for key, label in STATE_LABELS.items()},
        severities={key: str(label) for key, label in SEVERITY_LABELS.items()},
    )
    division = _digits("division")
    with host.uow(actor) as uow:
        uow.journal("finding.exported", f"division:{division or 0}", division=division, rows=len(rows))
    return send_file(io.BytesIO(book), mimetype=_XLSX, as_attachment=True, download_name=f"{_('检查结果')}.xlsx")


def _filter() -> FindingFilter:
    state = request.args.get("state", STANDING_CHOICE)
    size = request.args.get("per_page", SIZES[0], type=int)
    return FindingFilter(
        code=_one_of("code", book.RULES),
        severity=_one_of("severity", SEVERITY_LABELS),
        state="" if state == ALL else state if state in STATES else STANDING_CHOICE,
        division=_digits("division"),
        certificate_id=request.args.get("certificate", type=int),
        page=page_number(),
        size=size if size in SIZES else SIZES[0],
    )


def _one_of(key: str, known: Any) -> str:
    value = request.args.get(key, "")
    return value if value in known else ""


def _digits(key: str) -> str:
    return "".join(char for char in request.args.get(key, "") if char.isdecimal())[:12]


def _run_words(session: Session, actor: Actor, division: str) -> dict[str, Any]:
    return {"run": last_run(session, actor, division), "running": running_check(session, actor, CHECK_JOB)}


def _vocabulary() -> dict[str, Any]:
    return {
        "states": STATE_LABELS,
        "state_tones": STATE_TONES,
        "severities": SEVERITY_LABELS,
        "severity_tones": SEVERITY_TONES,
        "rule_book": book.RULES,
        "rule_title": rule_title,
        "sentence": sentence,
        "remedy": remedy,
    }


def _ticked() -> list[int]:
    return [int(value) for value in request.form.getlist("finding") if value.isdecimal() and len(value) < 10]


def _back() -> ResponseReturnValue:
    kept = {
        key: request.form[key]
        for key in ("code", "severity", "state", "division", "certificate")
        if request.form.get(key)
    }
    return redirect(url_for("register.findings", **kept))  # type: ignore[arg-type]


RULES: Final = (
    ("/findings", findings, GET),
    ("/findings/progress", findings_progress, GET),
    ("/findings/export", findings_export, GET),
    ("/findings/ask", finding_ask, POST),
    ("/findings/decide", finding_decide, POST),
    ("/check", check_start, POST),
)
