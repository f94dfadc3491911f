"""What the sharing service shows on an archive file's page: who has asked about its certificate."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import format_when, lazy
from lindang.plugin import Panel, PanelTable
from models.register import Certificate
from plugins.sharing.permissions import LOG_READ
from plugins.sharing.queries.log import LogFilter, log_page

_HEADERS: Final = (lazy("时间"), lazy("共享单位"), lazy("查询人"), lazy("事由"), lazy("依据"), lazy("提供的内容"))
_MOST: Final = 20


def queries_of_file(session: Session, actor: Actor, archive_file_id: int) -> PanelTable:
    """Return the latest queries that showed a file's certificate."""
    certificate_id = session.scalar(select(Certificate.id).where(Certificate.archive_file_id == archive_file_id))
    nothing = lazy("没有单位查询过")
    if certificate_id is None:
        return PanelTable(_HEADERS, (), nothing)
    lines, _total = log_page(session, actor, LogFilter(certificate_id=certificate_id), 1, _MOST)
    rows = tuple((format_when(one.at), one.agency, one.by, one.purpose, one.basis, one.fields) for one in lines)
    return PanelTable(_HEADERS, rows, nothing)


PANELS: Final = (
    Panel(
        key="sharing.queries",
        title=lazy("共享查询记录"),
        permission=LOG_READ,
        kind="archive_file",
        load=queries_of_file,
    ),
)
