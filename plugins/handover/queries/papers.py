"""The papers of a batch in the archive: which are due by now, and which are filed as 件 of the batch's 卷 (class YJ01)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile, Item
from models.digital import MASTER, DigitalObject
from models.handover import LIST_PDF, LIST_XLSX, Batch, BatchItem, BatchTransition, TransferDoc
from models.packages import BatchPaper
from plugins.handover.documents.forms import DEED, LIST, REGISTER, REPORT, RETURNS, TRANSFER
from plugins.handover.domain.states import RECEIVER_STATES, BatchState
from plugins.handover.permissions import BROWSE
from plugins.handover.queries.forms import forms_of

ORDER: Final = (LIST, TRANSFER, DEED, RETURNS, REGISTER, REPORT)
"""The papers in the order in which they come about, which is the order of their numbers."""
INSIDE: Final = frozenset({REGISTER, REPORT})
"""Papers of the office alone: who filed and who did what inside it is not the registry's business."""
_ANSWERED: Final = frozenset({BatchState.ANSWERED, BatchState.FEEDBACK_FILED, BatchState.CLOSED})


@dataclass(frozen=True, slots=True)
class Due:
    """A paper that should be in the archive: of which list, and which kind."""

    list_version: int
    kind: str


@dataclass(frozen=True, slots=True)
class Master:
    """One stored file of a filed paper."""

    suffix: str
    media_type: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class FiledPaper:
    """A paper as it was filed."""

    kind: str
    list_version: int
    paper_no: str
    item_id: int
    archival_code: str
    masters: tuple[Master, ...]

    def master(self, suffix: str) -> Master | None:
        """Return its file of one kind, ``pdf`` or ``xlsx``; None when none was made at filing."""
        return next((one for one in self.masters if one.suffix == suffix), None)


def due_papers(session: Session, batch: Batch) -> list[Due]:
    """Return the papers that the batch should have in the archive by now, in the order of their numbers.

    Source: domain reference 3.3, column "produces": the list when it is signed, 登记表 and 交接文据 when it was sent,
    退回清单 with the answer, 反馈登记簿 and 结案报告 when it is closed. Each is filed in its time; of lists before the last only the list
    itself can still be filed afterwards, for carriers and answers stand with the batch.
    """
    signed = select(TransferDoc.list_version).where(
        TransferDoc.batch_id == batch.id, TransferDoc.kind.in_((LIST_XLSX, LIST_PDF))
    )
    sent = _versions_with(session, batch, "confirm_sent")
    returned = select(BatchItem.id).where(
        BatchItem.batch_id == batch.id, BatchItem.list_version == batch.list_version, BatchItem.return_reason != ""
    )
    due = []
    for version in sorted(set(session.scalars(signed))):
        is_last = version == batch.list_version
        there = {
            LIST: True,
            TRANSFER: is_last and version in sent,
            DEED: is_last and version in sent,
            RETURNS: is_last and batch.state in _ANSWERED and session.scalar(returned.limit(1)) is not None,
            REGISTER: is_last and batch.state == BatchState.CLOSED,
            REPORT: is_last and batch.state == BatchState.CLOSED,
        }
        due += [Due(version, kind) for kind in ORDER if there[kind]]
    return due


def _versions_with(session: Session, batch: Batch, action: str) -> set[int]:
    query = select(BatchTransition.list_version).where(
        BatchTransition.batch_id == batch.id, BatchTransition.action == action
    )
    return set(session.scalars(query))


def filed_papers(session: Session, batch: Batch) -> list[FiledPaper]:
    """Return the papers of a batch that are filed, in the order of their numbers."""
    query = (
        select(BatchPaper, Item.archival_code)
        .join(Item, Item.id == BatchPaper.item_id)
        .where(BatchPaper.batch_id == batch.id)
        .order_by(BatchPaper.id)
    )
    rows = session.execute(query).all()
    masters = _masters(session, [paper.item_id for paper, _code in rows])
    return [
        FiledPaper(
            kind=paper.kind,
            list_version=paper.list_version,
            paper_no=paper.paper_no,
            item_id=paper.item_id,
            archival_code=code,
            masters=masters.get(paper.item_id, ()),
        )
        for paper, code in rows
    ]


def _masters(session: Session, item_ids: list[int]) -> dict[int, tuple[Master, ...]]:
    columns = (DigitalObject.item_id, DigitalObject.format, DigitalObject.media_type, DigitalObject.sha256)
    query = (
        select(*columns, DigitalObject.bytes)
        .where(DigitalObject.item_id.in_(item_ids), DigitalObject.role == MASTER, DigitalObject.is_current)
        .order_by(DigitalObject.id)
    )
    found: dict[int, tuple[Master, ...]] = {}
    for item_id, suffix, media_type, sha256, size in session.execute(query):
        found[item_id] = (*found.get(item_id, ()), Master(suffix, media_type, sha256, size))
    return found


def shown_papers(session: Session, actor: Actor, batch: Batch) -> list[FiledPaper]:
    """Return the filed papers of a batch that this person may see: the registry those of the present list, none from inside."""
    papers = filed_papers(session, batch)
    if actor.can(BROWSE):
        return papers
    shared = batch.state in RECEIVER_STATES
    return [one for one in papers if shared and one.list_version == batch.list_version and one.kind not in INSIDE]


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One line of the papers on a batch's page: printable by now, and filed or still to be filed."""

    kind: str
    list_version: int
    filed: FiledPaper | None
    is_due: bool
    suffixes: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Say whether it should be in the archive and is not."""
        return self.is_due and self.filed is None


def paper_rows(session: Session, actor: Actor, batch: Batch) -> list[PaperRow]:
    """Return the papers of the present list as its page shows them, and the filed lists of former versions."""
    filed = {(one.list_version, one.kind): one for one in shown_papers(session, actor, batch)}
    due = {(one.list_version, one.kind) for one in due_papers(session, batch)}
    printable = {(batch.list_version, kind) for kind in forms_of(session, actor, batch)}
    shown = printable | filed.keys() | ({key for key in due if key[1] == LIST} if actor.can(BROWSE) else set())
    ordered = sorted(shown, key=lambda key: (-key[0], ORDER.index(key[1])))
    return [
        PaperRow(key[1], key[0], filed.get(key), key in due, _suffixes(filed.get(key), key, batch)) for key in ordered
    ]


def _suffixes(filed: FiledPaper | None, key: tuple[int, str], batch: Batch) -> tuple[str, ...]:
    """Return in which forms the batch's page offers a paper: those filed, the list's no others."""
    if key[0] != batch.list_version:
        return ()
    stored = tuple(master.suffix for master in filed.masters) if filed else ()
    return stored if key[1] == LIST else ("pdf", "xlsx")


def volume_of(session: Session, batch: Batch) -> ArchiveFile | None:
    """Return the 卷 that the batch's papers lie in; None before the first was filed."""
    query = (
        select(ArchiveFile)
        .join(Item, Item.archive_file_id == ArchiveFile.id)
        .join(BatchPaper, BatchPaper.item_id == Item.id)
        .where(BatchPaper.batch_id == batch.id)
    )
    return session.scalars(query.order_by(BatchPaper.id).limit(1)).first()
