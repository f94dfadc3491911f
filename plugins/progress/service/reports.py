"""Handing in 附件1 and what follows: accepted or returned by the unit above, signed and sent by a second person, corrected by a
new version. What was handed in is never written again; only its state moves, and the journal tells of each step.

Source: domain reference 7; work plan 2020, 四(三).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from lindang.errors import Conflict, Fault, Faults, Forbidden
from lindang.i18n import _, lazy, local_time, official
from lindang.uow import UnitOfWork, stale_version
from models.progress import LOCAL, ProgressReport
from plugins.progress.domain.annex import (
    FALLEN,
    NO_AREA,
    NO_BASELINE,
    OVER,
    RULE_VERSION,
    Figures,
    obstacles,
)
from plugins.progress.domain.period import Period, may_report
from plugins.progress.domain.snapshot import Column, columns_of, digest, frozen
from plugins.progress.domain.states import (
    ACCEPTED,
    COUNTING,
    SUBMITTED,
    after,
    parent_of,
)
from plugins.progress.queries.columns import Form, form_now
from plugins.progress.queries.places import Unit, find_unit
from plugins.progress.queries.reports import compared_with, find_report, versions_of

_LONGEST: Final = 500
_NAME_LONGEST: Final = 40
_TO_BASELINES: Final = lazy("请在“登记册—上报基数”里登记新的一版，写明依据文件。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """Who hands a report in: 填报人, 联系电话, 填报时间, who approved it, and why a number fell or is corrected."""

    filled_by: str
    phone: str
    filled_on: dt.date
    approved_by: str
    reason: str = ""


def submit_report(uow: UnitOfWork, unit_code: str, period: Period, filling: Filling) -> ProgressReport:
    """Freeze a unit's form for a month and hand it in, as the next version of that month.

    Raises:
        NotFound: the unit is out of scope.
        Conflict: a version waits for its answer, or places are still being counted.
        Faults: something is missing, over 100 %, or fell without a reason.
    """
    unit = find_unit(uow.session, uow.actor, unit_code)
    versions = versions_of(uow.session, unit.code, str(period))
    if versions and versions[0].state == SUBMITTED:
        raise Conflict(_("本月第 %(n)s 版还没有答复", n=versions[0].report_no), remedy=_("请等上级接收或退回后再报。"))
    with official():  # what a report keeps is Chinese, whatever language the person reads
        form = form_now(uow.session, unit, str(period))
    if form.stale:
        raise Conflict(_("还有 %(n)s 个村的数没有统计完", n=form.stale), remedy=_("请过几分钟再上报。"))
    _refuse(uow, unit, period, form, filling, is_correction=any(one.state in COUNTING for one in versions))
    counted_at = local_time(form.counted_at or uow.now).isoformat(timespec="seconds")
    values = frozen(unit.code, unit.name, form.columns, [one.name for one in form.missing], counted_at)
    report = ProgressReport(
        division_code=unit.code,
        period=str(period),
        report_no=max((one.report_no for one in versions), default=0) + 1,
        state=SUBMITTED,
        values=values,
        rule_version=RULE_VERSION,
        data_sha256=digest(values),
        filled_by=filling.filled_by.strip(),
        phone=filling.phone.strip(),
        filled_on=filling.filled_on,
        approved_by=filling.approved_by.strip(),
        reason=filling.reason.strip(),
        origin=LOCAL,
        submitted_at=uow.now,
        submitted_by=uow.actor.name,
        submitted_by_id=uow.actor.account_id,
    )
    uow.session.add(report)
    uow.session.flush()
    _tell(uow, "progress_report.submitted", report, sha256=report.data_sha256)
    return report


def _refuse(uow: UnitOfWork, unit: Unit, period: Period, form: Form, filling: Filling, *, is_correction: bool) -> None:
    faults = list(_filling_faults(filling))
    if not may_report(period, local_time(uow.now).date()):
        faults.append(Fault("", _("%(period)s 还没有到", period=period)))
    if is_correction and not filling.reason.strip():
        faults.append(Fault("reason", _("更正已接收的附件1，请写明原因")))
    if not form.columns:
        faults.append(Fault("", _("还没有一个下级单位的附件1被接收"), _("请先接收下级的上报。")))
    faults += _column_faults(uow, unit, period, form, filling.reason)
    if faults:
        raise Faults(_("附件1没有上报"), faults)


def _filling_faults(filling: Filling) -> list[Fault]:
    faults = []
    for name, text, words in (
        ("filled_by", filling.filled_by, _("请填写填报人")),
        ("phone", filling.phone, _("请填写联系电话")),
        ("approved_by", filling.approved_by, _("请填写审核人")),
    ):
        if not 0 < len(text.strip()) <= _NAME_LONGEST:
            faults.append(Fault(name, words))
    if filling.filled_by.strip() and filling.filled_by.strip() == filling.approved_by.strip():
        faults.append(Fault("approved_by", _("填报人和审核人须是两个人")))
    if len(filling.reason) > _LONGEST:
        faults.append(Fault("reason", _("请写在 500 字以内")))
    return faults


def _column_faults(uow: UnitOfWork, unit: Unit, period: Period, form: Form, reason: str) -> list[Fault]:
    before = compared_with(uow.session, unit.code, str(period))
    earlier = {one.code: one.figures for one in columns_of(before.values)} if before else {}
    faults = []
    for column in form.columns:
        codes = obstacles(column.figures, earlier.get(column.code), reason)
        faults += [_fault(code, column, earlier.get(column.code)) for code in codes]
    return faults


def _fault(code: str, column: Column, before: Figures | None) -> Fault:
    name, now = column.name, column.figures
    if code == NO_BASELINE:
        return Fault("", _("%(name)s 没有登记上报基数", name=name), str(_TO_BASELINES))
    if code == NO_AREA:
        return Fault("", _("%(name)s 的基数没有填发证总面积", name=name), str(_TO_BASELINES))
    if code == OVER:
        words = _(
            "%(name)s 入库 %(books)s 本、%(rows)s 宗，超过上报的 %(all_books)s 本、%(all_rows)s 宗",
            name=name,
            books=now.done_certificates,
            rows=now.done_parcels,
            all_books=now.certificates,
            all_rows=now.parcels,
        )
        return Fault("", words, str(_TO_BASELINES))
    assert code == FALLEN  # noqa: S101 - the last of the four
    assert before is not None  # noqa: S101 - what has fallen was higher
    words = _(
        "%(name)s 的累计数比上次少（%(old_books)s → %(books)s 本，%(old_rows)s → %(rows)s 宗），请写明原因",
        name=name,
        old_books=before.done_certificates,
        books=now.done_certificates,
        old_rows=before.done_parcels,
        rows=now.done_parcels,
    )
    return Fault("reason", words)


def accept_report(uow: UnitOfWork, report_id: int, version: int) -> ProgressReport:
    """Accept a report of a unit below; an earlier version of the month ends as corrected.

    Raises:
        NotFound, Forbidden, StaleVersion, Conflict: it is not there, not this person's to accept, changed, or not waiting.
    """
    report = _step(uow, report_id, version, "accept", parent=True)
    _correct_others(uow, report)
    report.decided_at, report.decided_by = uow.now, uow.actor.name
    _tell(uow, "progress_report.accepted", report)
    return report


def return_report(uow: UnitOfWork, report_id: int, version: int, reason: str) -> ProgressReport:
    """Give a report back to the unit below with the reason. Raises as `accept_report`, and Faults without a reason."""
    if not 0 < len(reason.strip()) <= _LONGEST:
        raise Faults(_("附件1没有退回"), [Fault("reason", _("请写明退回的原因，500 字以内"))])
    report = _step(uow, report_id, version, "return", parent=True)
    report.decided_at, report.decided_by, report.return_reason = uow.now, uow.actor.name, reason.strip()
    _tell(uow, "progress_report.returned", report, reason=report.return_reason)
    return report


def send_report(uow: UnitOfWork, report_id: int, version: int) -> ProgressReport:
    """Sign a city's (province's) report and send it on: a second person's step; the reports in it are sent with it."""
    report = _step(uow, report_id, version, "send", parent=False)
    _correct_others(uow, report)
    report.sent_at, report.sent_by = uow.now, uow.actor.name
    for column in columns_of(report.values):
        inner = _counting(uow, column.code, report.period)
        state = after(inner.state, "send", inner.division_code) if inner and inner.state == ACCEPTED else None
        if inner and state:
            inner.state, inner.sent_at, inner.sent_by = state, uow.now, uow.actor.name
    _tell(uow, "progress_report.sent", report, sha256=report.data_sha256)
    return report


def _step(uow: UnitOfWork, report_id: int, version: int, action: str, *, parent: bool) -> ProgressReport:
    report = find_report(uow.session, uow.actor, report_id)
    if report.version != version:
        raise stale_version()
    state = after(report.state, action, report.division_code)
    if state is None:
        raise Conflict(_("这一版附件1现在不能这样办理"), remedy=_("请刷新页面查看它的状态。"))
    above = parent_of(report.division_code) if parent else report.division_code
    elsewhere = parent and uow.host.settings.plugin("progress").superior_elsewhere
    if not uow.actor.covers(above) and not elsewhere:
        raise Forbidden(
            _("只有上一级单位可以接收或退回"),
            where="[plugins.progress] superior_elsewhere",
            remedy=_(
                "请上级单位的联络员办理；上级用的是另一套系统的，请系统管理员打开这项设置，由另一人登记上级的答复。"
            ),
        )
    if action != "return" and _is_same_person(uow, report):
        raise Forbidden(_("上报和接收（签发）须是两个人"), remedy=_("请另一位同事办理。"))
    report.state = state
    return report


def _is_same_person(uow: UnitOfWork, report: ProgressReport) -> bool:
    return report.submitted_by_id is not None and report.submitted_by_id == uow.actor.account_id


def _counting(uow: UnitOfWork, code: str, period: str) -> ProgressReport | None:
    return next((one for one in versions_of(uow.session, code, period) if one.state in COUNTING), None)


def _correct_others(uow: UnitOfWork, report: ProgressReport) -> None:
    mine = ProgressReport.division_code == report.division_code, ProgressReport.period == report.period
    query = select(ProgressReport).where(*mine, ProgressReport.id != report.id, ProgressReport.state.in_(COUNTING))
    for other in uow.session.scalars(query):
        other.state = after(other.state, "correct", other.division_code) or other.state


def _tell(uow: UnitOfWork, action: str, report: ProgressReport, **facts: object) -> None:
    uow.journal(
        action,
        f"progress_report:{report.id}",
        division=report.division_code,
        period=report.period,
        report_no=report.report_no,
        **facts,
    )
