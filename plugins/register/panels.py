"""What the register shows on the page of a certificate and of its archive file: every finding that is not fixed, the state."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import _, lazy
from lindang.plugin import Cell, Panel, PanelTable
from models.finding import ASKED, FIXED, OPEN, WAIVED, Finding
from models.register import Certificate
from plugins.register.permissions import REGISTER_READ
from plugins.register.words import SEVERITY_LABELS, STATE_LABELS, remedy, sentence

_HEADERS: Final = (lazy("规则"), lazy("级别"), lazy("问题"), lazy("办法"), lazy("状态"))
_STATES: Final = {OPEN: lazy("未处理"), ASKED: lazy("等待批准"), WAIVED: lazy("不作处理")}
_RANK: Final = case({"E": 0, "W": 1}, value=Finding.severity, else_=2)


def findings_of_certificate(session: Session, actor: Actor, certificate_id: int) -> PanelTable:
    """Return the findings of a certificate and of its parcels."""
    return _table(session, actor, Finding.certificate_id == certificate_id)


def findings_of_file(session: Session, actor: Actor, archive_file_id: int) -> PanelTable:
    """Return the findings of the certificate that an archive file belongs to."""
    mine = select(Certificate.id).where(Certificate.archive_file_id == archive_file_id)
    return _table(session, actor, Finding.certificate_id.in_(mine))


def _table(session: Session, actor: Actor, condition: ColumnElement[bool]) -> PanelTable:
    query = (
        select(Finding)
        .where(condition, Finding.state != FIXED, actor.within(Finding.division_code))
        .order_by(_RANK, Finding.code, Finding.id)
    )
    rows = tuple(_row(finding) for finding in session.scalars(query))
    return PanelTable(_HEADERS, rows, lazy("没有查出问题；没有检查过的项目见“检查结果”页"))


def _row(finding: Finding) -> tuple[Cell | str, ...]:
    return (
        Cell(finding.code, "certificate_findings", finding.certificate_id),
        str(SEVERITY_LABELS[finding.severity]),
        sentence(finding.code, finding.facts),
        remedy(finding.code),
        str(_STATES.get(finding.state, finding.state)),
    )


def state_of_certificate(session: Session, actor: Actor, certificate_id: int) -> PanelTable:
    """Return a certificate's issue state, with the way to change it."""
    query = select(Certificate.issue_state).where(
        Certificate.id == certificate_id, ~Certificate.is_withdrawn, actor.within(Certificate.division_code)
    )
    state = session.scalar(query)
    label = str(STATE_LABELS.get(state or "", state))
    rows = ((label, Cell(_("改状态、看申请"), "certificate_state", certificate_id)),) if state else ()
    return PanelTable((lazy("证书状态"), lazy("办理")), rows, lazy("这本证已作废"))


PANELS: Final = (
    Panel(
        key="register.state",
        title=lazy("证书状态"),
        permission=REGISTER_READ,
        kind="certificate",
        load=state_of_certificate,
    ),
    Panel(
        key="register.findings",
        title=lazy("检查问题"),
        permission=REGISTER_READ,
        kind="archive_file",
        load=findings_of_file,
    ),
    Panel(
        key="register.certificate_findings",
        title=lazy("检查问题"),
        permission=REGISTER_READ,
        kind="certificate",
        load=findings_of_certificate,
    ),
)
