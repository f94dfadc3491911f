"""What searching shows on the page of an archive file: the files most like it."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import Cell, Panel, PanelTable
from plugins.search.permissions import READ
from plugins.search.queries.similar import similar_files
from plugins.search.words import REASON_WORDS

_HEADERS: Final = (lazy("档号"), lazy("题名"), lazy("为什么"))


def _similar(session: Session, actor: Actor, file_id: int) -> PanelTable:
    rows = tuple(
        (
            Cell(file.archival_code, "archive_file", file.file_id),
            file.title,
            "、".join(str(REASON_WORDS[reason]) for reason in file.reasons),
        )
        for file in similar_files(session, actor, file_id)
    )
    return PanelTable(_HEADERS, rows, lazy("没有权利人或小地名相同的案卷"))


PANELS: Final = (
    Panel(key="search.similar", title=lazy("相近的案卷"), permission=READ, kind="archive_file", load=_similar),
)
