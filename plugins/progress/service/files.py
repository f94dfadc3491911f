"""A report out as a signed file, and in from another archive; the same file twice comes in once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.crypto import Vault, fingerprint, is_signed_by
from lindang.errors import BadInput, Conflict
from lindang.i18n import Text, _, lazy, local_time
from lindang.uow import UnitOfWork
from models.progress import FROM_FILE, LOCAL, ProgressReport
from plugins.progress.domain.annex import RULE_VERSION
from plugins.progress.domain.envelope import (
    BAD_DIGEST,
    BAD_SIGNATURE,
    BAD_VALUES,
    NOT_JSON,
    OTHER_FORMAT,
    OTHER_RULES,
    EnvelopeRefused,
    Letter,
    open_letter,
)
from plugins.progress.domain.period import may_report, read_period
from plugins.progress.domain.states import SUBMITTED, parent_of
from plugins.progress.queries.places import find_unit

_WORDS: Final[dict[str, Text]] = {
    NOT_JSON: lazy("文件不是本系统导出的上报文件，或没有传完整"),
    OTHER_FORMAT: lazy("文件不是附件1的上报文件"),
    OTHER_RULES: lazy("上报文件按另一版规则算成，两边的程序版本不同"),
    BAD_VALUES: lazy("上报文件里的数与表不一致，或缺少内容"),
    BAD_DIGEST: lazy("上报文件的数据改动过（摘要不符）"),
    BAD_SIGNATURE: lazy("上报文件的签名不对，文件改动过"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A report that came in; `is_new` is false when the same file was here before, `is_other_key` when an earlier file of
    the unit bore another key's signature.
    """

    report: ProgressReport
    is_new: bool
    is_other_key: bool


def report_file(vault: Vault, report: ProgressReport) -> bytes:
    """Return a report as a file for another archive, signed with this archive's key.

    Raises:
        Conflict: the report came in as a file itself: it is to be passed on as it came.
    """
    if report.origin != LOCAL:
        raise Conflict(_("这份附件1是导入的，不能再由本系统签名导出"), remedy=_("请转交原来的文件。"))
    letter = Letter(
        division_code=report.division_code,
        period=report.period,
        report_no=report.report_no,
        rule_version=report.rule_version,
        values=report.values,
        data_sha256=report.data_sha256,
        filled_by=report.filled_by,
        phone=report.phone,
        filled_on=report.filled_on,
        approved_by=report.approved_by,
        reason=report.reason,
        submitted_at=local_time(report.submitted_at).isoformat(),
        public_key=vault.public_key,
    )
    return letter.to_bytes(vault.sign(letter.signed))


def take_report_file(uow: UnitOfWork, data: bytes) -> Taken:
    """Bring in a report that another archive has signed, as waiting for this unit's answer.

    Raises:
        BadInput: the file is not such a report, was changed, or speaks of a month that has not come.
        NotFound: its unit is not below this person's.
        Conflict: another version waits already, or this version is here with other contents.
    """
    letter, signature = _opened(data)
    unit = find_unit(uow.session, uow.actor, letter.division_code)
    if not uow.actor.covers(parent_of(unit.code)):
        raise BadInput(_("只能导入下级单位的上报文件"), remedy=_("请上级单位的联络员导入。"))
    period = read_period(letter.period)
    if period is None or not may_report(period, local_time(uow.now).date()):
        raise BadInput(_("上报文件的月份 %(period)s 还没有到", period=letter.period))
    known = _known(uow.session, letter)
    if known is not None:
        if known.signature != signature:
            raise Conflict(
                _(
                    "%(name)s %(period)s 第 %(n)s 版已经有了，内容不同",
                    name=unit.name,
                    period=letter.period,
                    n=letter.report_no,
                ),
                remedy=_("请下级单位以新的一版更正。"),
            )
        return Taken(known, is_new=False, is_other_key=False)
    return _take(uow, letter, signature)


def _opened(data: bytes) -> tuple[Letter, str]:
    try:
        letter, signature = open_letter(data)
    except EnvelopeRefused as refused:
        raise _refused(refused.reason) from refused
    if not is_signed_by(letter.public_key, letter.signed, signature):
        raise _refused(BAD_SIGNATURE)
    return letter, signature


def _refused(reason: str) -> BadInput:
    return BadInput(str(_WORDS[reason]), where="file", remedy=_("请下级单位重新导出并原样送来。"))


def _known(session: Session, letter: Letter) -> ProgressReport | None:
    return session.scalar(
        select(ProgressReport).where(
            ProgressReport.division_code == letter.division_code,
            ProgressReport.period == letter.period,
            ProgressReport.report_no == letter.report_no,
        )
    )


def _take(uow: UnitOfWork, letter: Letter, signature: str) -> Taken:
    waiting = select(ProgressReport.id).where(
        ProgressReport.division_code == letter.division_code,
        ProgressReport.period == letter.period,
        ProgressReport.state == SUBMITTED,
    )
    if uow.session.scalar(waiting) is not None:
        raise Conflict(_("这个单位本月已有一版等着答复"), remedy=_("请先接收或退回它，再导入新的一版。"))
    key = fingerprint(letter.public_key)
    keys = select(ProgressReport.key_fingerprint).where(
        ProgressReport.division_code == letter.division_code, ProgressReport.origin == FROM_FILE
    )
    earlier = set(uow.session.scalars(keys))
    report = ProgressReport(
        division_code=letter.division_code,
        period=letter.period,
        report_no=letter.report_no,
        state=SUBMITTED,
        values=dict(letter.values),
        rule_version=RULE_VERSION,
        data_sha256=letter.data_sha256,
        filled_by=letter.filled_by,
        phone=letter.phone,
        filled_on=letter.filled_on,
        approved_by=letter.approved_by,
        reason=letter.reason,
        origin=FROM_FILE,
        signature=signature,
        key_fingerprint=key,
        submitted_at=dt.datetime.fromisoformat(letter.submitted_at),
        submitted_by=letter.filled_by,
    )
    uow.session.add(report)
    uow.session.flush()
    uow.journal(
        "progress_report.imported",
        f"progress_report:{report.id}",
        division=report.division_code,
        period=report.period,
        report_no=report.report_no,
        sha256=report.data_sha256,
        key=key,
    )
    return Taken(report, is_new=True, is_other_key=bool(earlier) and key not in earlier)
