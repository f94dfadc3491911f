"""Reports that were handed in: one with its steps and files, a month's as lines for stacking, and reports of other archives."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.crypto import fingerprint
from lindang.errors import BadInput, LindangError, NotFound
from lindang.fonts import find_font
from lindang.host import Host
from lindang.i18n import _, official
from lindang.uow import UnitOfWork
from lindang.web import DIVISION, current_actor, current_host, guard, notify, send_attachment
from models.progress import LOCAL, ProgressReport
from plugins.progress.documents import pdf, stacking_csv, workbook
from plugins.progress.documents.paper import Paper, paper_of
from plugins.progress.domain.changes import changes_of
from plugins.progress.domain.snapshot import columns_of
from plugins.progress.domain.states import LABELS, TONES, after, parent_of
from plugins.progress.forms import ImportForm
from plugins.progress.permissions import DECIDE, READ, REPORT
from plugins.progress.queries.columns import counting_reports
from plugins.progress.queries.places import children_of, find_unit, names_of
from plugins.progress.queries.reports import find_report, is_report_late, last_before, versions_of
from plugins.progress.routes.annex import asked_period, office_today
from plugins.progress.service.files import report_file, take_report_file
from plugins.progress.service.reports import accept_report, return_report, send_report

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA: Final = {"pdf": "application/pdf", "xlsx": _XLSX, "csv": "text/csv", "json": "application/json"}


@guard(READ, scope=DIVISION)
def report(report_id: int) -> ResponseReturnValue:
    """Show a report as it was handed in, and what can be done with it."""
    host, actor = current_host(), current_actor()
    elsewhere = host.settings.plugin("progress").superior_elsewhere
    with host.view(actor) as session:
        found = find_report(session, actor, report_id)
        before = last_before(session, found.division_code, found.period)
        is_above = actor.covers(parent_of(found.division_code)) or elsewhere
        actions = [
            action
            for action, allowed in (("accept", is_above), ("return", is_above), ("send", True))
            if allowed and actor.can(DECIDE) and after(found.state, action, found.division_code)
        ]
        return render_template(
            "progress/report.html",
            report=found,
            name=names_of(session, [found.division_code])[found.division_code],
            columns=columns_of(found.values),
            versions=versions_of(session, found.division_code, found.period),
            before=before,
            changes=changes_of(columns_of(found.values), before.values if before else None),
            is_late=is_report_late(found, host.settings.plugin("progress").due_day),
            labels=LABELS,
            tones=TONES,
            actions=actions,
            is_same_person=found.submitted_by_id is not None and found.submitted_by_id == actor.account_id,
            own_fingerprint=fingerprint(host.vault.public_key) if found.origin == LOCAL else "",
        )


@guard(DECIDE, scope=DIVISION)
def report_step(report_id: int, action: str) -> ResponseReturnValue:
    """Accept, return or send a report."""
    host, actor = current_host(), current_actor()
    version, reason = request.form.get("version", 0, type=int), request.form.get("reason", "")
    with host.uow(actor) as uow:
        done, words = _step(uow, report_id, action, version, reason)
    notify(words)
    return redirect(url_for("progress.report", report_id=done.id))


def _step(uow: UnitOfWork, report_id: int, action: str, version: int, reason: str) -> tuple[ProgressReport, str]:
    if action == "return":
        return return_report(uow, report_id, version, reason), _("附件1已退回")
    steps: dict[str, tuple[Callable[..., ProgressReport], str]] = {
        "accept": (accept_report, _("附件1已接收")),
        "send": (send_report, _("附件1已签发报送")),
    }
    if action not in steps:
        raise NotFound(_("没有这份附件1"))
    step, words = steps[action]
    return step(uow, report_id, version), words


@guard(READ, scope=DIVISION)
def report_download(report_id: int, kind: str) -> ResponseReturnValue:
    """Send a report as PDF, workbook, CSV, or as the signed file for another archive."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = find_report(session, actor, report_id)
    if kind not in _MEDIA:
        raise NotFound(_("没有这份附件1"))
    data = report_file(host.vault, found) if kind == "json" else _paper_bytes(host, found, kind)
    unit, words = str(found.values["unit"]["name"]), _("附件1")
    name = f"{found.period}-{unit}-{words}-v{found.report_no}.{kind}"
    return send_attachment(io.BytesIO(data), name, _MEDIA[kind])


def _paper_bytes(host: Host, found: ProgressReport, kind: str) -> bytes:
    paper = _paper(found)
    if kind == "pdf":
        return pdf(paper, find_font(host.settings.plugin("progress").pdf_font, section="progress"))
    return workbook(paper) if kind == "xlsx" else stacking_csv([paper])


def _paper(found: ProgressReport) -> Paper:
    with official():
        state = str(LABELS[found.state])
    about: dict[str, Any] = {
        name: getattr(found, name) for name in ("period", "report_no", "data_sha256", "filled_by", "phone", "filled_on")
    }
    return paper_of(found.values, state=state, made_at=found.submitted_at, **about)


@guard(READ, scope=DIVISION)
def stack(code: str) -> ResponseReturnValue:
    """Send the reports of a month that count in a unit, one line for each county or city."""
    host, actor = current_host(), current_actor()
    period = asked_period(office_today(host))
    with host.view(actor) as session:
        unit = find_unit(session, actor, code)
        below = [child.code for child in children_of(session, unit.code)] or [unit.code]
        found = counting_reports(session, below, str(period))
    data = stacking_csv([_paper(found[key]) for key in sorted(found)])
    return send_attachment(io.BytesIO(data), f"{period}-{unit.name}.csv", "text/csv")


@guard(REPORT, scope=DIVISION)
def report_import() -> ResponseReturnValue:
    """Bring in a report that another archive signed."""
    host, actor = current_host(), current_actor()
    form, status = ImportForm(), 200
    if form.validate_on_submit():
        try:
            file: Any = form.file.data
            with host.uow(actor) as uow:
                taken = take_report_file(uow, file.read())
                report_id = taken.report.id
            notify(*_said(is_new=taken.is_new, is_other_key=taken.is_other_key))
            return redirect(url_for("progress.report", report_id=report_id))
        except BadInput as error:
            form.file.errors = [*form.file.errors, f"{error.message} {error.remedy}".strip()]
            status = error.http_status
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("progress/import.html", form_=form), status


def _said(*, is_new: bool, is_other_key: bool) -> tuple[str, str]:
    if is_other_key:
        return _("已导入，但签名的密钥和以前不是同一个：请打电话核对指纹后再接收"), "warning"
    return (_("已导入，签名无误，等待接收"), "success") if is_new else (_("这份文件以前导入过，没有重复"), "info")


RULES: Final = (
    ("/annex/<code>/stack.csv", stack, GET),
    ("/reports/import", report_import, BOTH),
    ("/reports/<int:report_id>", report, GET),
    ("/reports/<int:report_id>/<action>", report_step, POST),
    ("/reports/<int:report_id>/annex1.<kind>", report_download, GET),
)
