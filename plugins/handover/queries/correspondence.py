"""一一对应: the twelve invariants of the domain reference as named queries that must find nothing, for what was handed over.

They look at the certificates and files of sent batches that stand accepted or wait for their answer: before the handover a
file without its papers is work that waits, and after a return it is being mended; the ready list and 待补正 show those. What
concerns batches, items and feedback stands in `balance`; here are the certificate, its file, its papers, and what the office
keeps. A finding leads to the page where it is mended.

Source: domain reference 3.5 (I1 to I12; here H1 to H12, since `lindang verify` has codes I of its own).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from lindang.i18n import Text, lazy
from models.archive import ArchiveFile, Item, Page
from models.digital import MASTER, VIEW, DigitalObject, Identifier
from models.evidence import FEEDBACK_DOC_TYPE
from models.handover import PAPER_ORIGINAL, Batch, BatchItem
from models.identifiers import CERT_NO, OCR
from models.register import Certificate, Parcel
from plugins.handover.domain.states import RECEIVER_STATES, ItemState
from plugins.handover.queries.balance import (
    ANSWERED_BY_ONE,
    FILED,
    ONE_OPEN,
    SUMS,
    UNIQUE,
    WHOLE,
    Imbalance,
    imbalances_among,
)

ONE_FILE, PARCELS, PAPERS, PROMISED, KEPT, CHAINED, READ_ALIKE = "H1", "H2", "H3", "H4", "H10", "H11", "H12"
_CERTIFICATE_DOC: Final = "D11"
_THERE: Final = (ItemState.SENT, ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED, ItemState.FEEDBACK_FILED)

Among = ColumnElement[bool]
"""A condition on `Batch`."""


def _there(among: Among) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that keep the items which the registry has, or has still to answer."""
    return (
        BatchItem.batch_id == Batch.id,
        BatchItem.list_version == Batch.list_version,
        BatchItem.state.in_(_THERE),
        Batch.state.in_(RECEIVER_STATES),
        among,
    )


def one_file(session: Session, among: Among) -> Iterator[Imbalance]:
    """H1: the certificate of an item is kept in the very file that was handed over with it, and stands in the register."""
    query = select(BatchItem.code, Certificate.id, Certificate.archive_file_id, BatchItem.archive_file_id).where(
        *_there(among),
        Certificate.id == BatchItem.certificate_id,
        or_(
            Certificate.archive_file_id.is_(None),
            Certificate.archive_file_id != BatchItem.archive_file_id,
            Certificate.is_withdrawn,
        ),
    )
    for code, certificate_id, found, wanted in session.execute(query):
        yield Imbalance(ONE_FILE, code or "", f"file {wanted}", f"file {found or '-'}", "certificate", certificate_id)


def parcels_of_one_book(session: Session, among: Among) -> Iterator[Imbalance]:
    """H2: a certificate has parcels, and no parcel number twice; that a parcel has one certificate the database holds."""
    query = (
        select(BatchItem.code, BatchItem.certificate_id, Parcel.parcel_no)
        .select_from(BatchItem)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .outerjoin(Parcel, (Parcel.certificate_id == BatchItem.certificate_id) & ~Parcel.is_withdrawn)
        .where(*_there(among))
        .order_by(BatchItem.id)
    )
    numbers: dict[tuple[str, int], Counter[str | None]] = {}
    for code, certificate_id, number in session.execute(query):
        numbers.setdefault((code or "", certificate_id), Counter())[number] += 1
    for (code, certificate_id), counted in numbers.items():
        twice = sorted(str(number) for number, count in counted.items() if number is not None and count > 1)
        if None in counted:
            yield Imbalance(PARCELS, code, "parcels", "none", "certificate", certificate_id)
        elif twice:
            yield Imbalance(PARCELS, code, "each parcel once", ", ".join(twice), "certificate", certificate_id)


def papers_are_scanned(session: Session, among: Among) -> Iterator[Imbalance]:
    """H3: every paper has its original and an image of each page, and the file as many pages as its paper was counted."""
    original = exists().where(DigitalObject.item_id == Item.id, DigitalObject.role == MASTER, DigitalObject.is_current)
    image = exists().where(DigitalObject.page_id == Page.id, DigitalObject.role == VIEW, DigitalObject.is_current)
    papers = (
        select(Item.id, Item.archival_code)
        .join(BatchItem, BatchItem.archive_file_id == Item.archive_file_id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(*_there(among), Item.doc_type != FEEDBACK_DOC_TYPE)
    )
    for item_id, code in session.execute(papers.where(~original)):
        yield Imbalance(PAPERS, code, "an original file", "none", "item", item_id)
    for item_id, code in session.execute(papers.join(Page, Page.item_id == Item.id).where(~image).distinct()):
        yield Imbalance(PAPERS, code, "an image of each page", "pages without", "item", item_id)
    yield from _page_counts(session, among)


def _page_counts(session: Session, among: Among) -> Iterator[Imbalance]:
    scanned = func.count(Page.id)
    query = (
        select(ArchiveFile.id, ArchiveFile.archival_code, ArchiveFile.paper_pages, scanned)
        .join(BatchItem, BatchItem.archive_file_id == ArchiveFile.id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(Item, (Item.archive_file_id == ArchiveFile.id) & (Item.doc_type != FEEDBACK_DOC_TYPE))
        .join(Page, Page.item_id == Item.id)
        .where(*_there(among), ArchiveFile.paper_pages.is_not(None))
        .group_by(BatchItem.id, ArchiveFile.id, ArchiveFile.archival_code, ArchiveFile.paper_pages)
        .having(scanned != ArchiveFile.paper_pages)
    )
    for file_id, code, paper, found in session.execute(query):
        yield Imbalance(PAPERS, code, f"{paper} pages", f"{found} scanned", "archive_file", file_id)


def promised_files_are_known(session: Session, among: Among) -> Iterator[Imbalance]:
    """H4: each file that a frozen list promises is known here with the same digest and length, present version or former.

    That the bytes are what they hash to is read by ``lindang verify --deep``.
    """
    query = (
        select(Batch.id, BatchItem.code, BatchItem.snapshot, BatchItem.archive_file_id)
        .where(*_there(among))
        .order_by(BatchItem.id)
    )
    known = _known_digests(session, among)
    for batch_id, code, snapshot, file_id in session.execute(query):
        held = known.get(file_id) or set()
        for entry in (snapshot or {}).get("files", ()):
            if (entry["sha256"], entry["bytes"]) not in held:
                yield Imbalance(PROMISED, f"{code} {entry['item_code']}", entry["sha256"], "unknown", "batch", batch_id)


def _known_digests(session: Session, among: Among) -> dict[int, set[tuple[str, int]]]:
    query = (
        select(Item.archive_file_id, DigitalObject.sha256, DigitalObject.bytes)
        .join(DigitalObject, DigitalObject.item_id == Item.id)
        .where(Item.archive_file_id.in_(select(BatchItem.archive_file_id).where(*_there(among))))
        .where(DigitalObject.role == MASTER)
    )
    found: dict[int, set[tuple[str, int]]] = {}
    for file_id, sha256, size in session.execute(query):
        found.setdefault(file_id, set()).add((sha256, size))
    return found


def kept_complete(session: Session, among: Among) -> Iterator[Imbalance]:
    """H10: the office keeps a complete set: its own electronic files, and its paper in a known place, unless the signed list
    says that the originals went (原件已移交，留存复制件).
    """
    held: ColumnElement[bool] = exists().where(
        DigitalObject.item_id == Item.id, Item.archive_file_id == ArchiveFile.id, DigitalObject.is_current
    )
    query = (
        select(
            ArchiveFile.id, ArchiveFile.archival_code, Batch.paper_kind, ArchiveFile.box_no, ArchiveFile.location, held
        )
        .join(BatchItem, BatchItem.archive_file_id == ArchiveFile.id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(*_there(among))
        .where(
            or_(~held, (Batch.paper_kind != PAPER_ORIGINAL) & (ArchiveFile.box_no == "") & (ArchiveFile.location == ""))
        )
    )
    for file_id, code, _paper, box, place, is_held in session.execute(query):
        if not is_held:
            yield Imbalance(KEPT, code, "electronic files", "none", "archive_file", file_id)
        elif not (box or place):
            yield Imbalance(KEPT, code, "a box or place of the paper", "none", "archive_file", file_id)


def chains_hold(session: Session, among: Among) -> Iterator[Imbalance]:
    """H11: an item that follows another is of the same certificate, and what it follows is done with."""
    former: Any = aliased(BatchItem)
    query = (
        select(BatchItem.id, Batch.id, BatchItem.code, former.certificate_id, former.state)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(former, former.id == BatchItem.replaces_item_id)
        .where(among, BatchItem.state != ItemState.WITHDRAWN)
        .where(or_(former.certificate_id != BatchItem.certificate_id, former.state != ItemState.REPLACED))
    )
    for item_id, batch_id, code, certificate_id, state in session.execute(query):
        subject = code or f"batch_item:{item_id}"
        yield Imbalance(CHAINED, subject, "REPLACED", f"{state} (certificate {certificate_id})", "batch", batch_id)


def numbers_read_alike(session: Session, among: Among) -> Iterator[Imbalance]:
    """H12: where a machine read certificate numbers on the copy of the certificate, the keyed number is among them.

    A machine misreads: a finding is a question to a person, so it is shown to the auditor and fails nothing.
    """
    keys = _read_keys(session, among)
    query = select(BatchItem.archive_file_id, Certificate.id, Certificate.cert_no, Certificate.cert_key)
    for file_id, certificate_id, number, key in session.execute(
        query.where(*_there(among), Certificate.id == BatchItem.certificate_id)
    ):
        read = keys.get(file_id, {})
        if read and key not in read:
            yield Imbalance(READ_ALIKE, number, number, ", ".join(sorted(read.values())), "certificate", certificate_id)


def _read_keys(session: Session, among: Among) -> dict[int, dict[str, str]]:
    query = (
        select(Item.archive_file_id, Identifier.key, Identifier.raw)
        .join(Identifier, Identifier.item_id == Item.id)
        .where(
            Item.archive_file_id.in_(select(BatchItem.archive_file_id).where(*_there(among))),
            Item.doc_type == _CERTIFICATE_DOC,
            Identifier.kind == CERT_NO,
            Identifier.source == OCR,
            Identifier.is_current,
            Identifier.key != "",
        )
    )
    found: dict[int, dict[str, str]] = {}
    for file_id, key, raw in session.execute(query):
        found.setdefault(file_id, {})[key] = raw
    return found


NAMED: Final[dict[str, Callable[[Session, Among], Iterator[Imbalance]]]] = {
    ONE_FILE: one_file,
    PARCELS: parcels_of_one_book,
    PAPERS: papers_are_scanned,
    PROMISED: promised_files_are_known,
    KEPT: kept_complete,
    CHAINED: chains_hold,
    READ_ALIKE: numbers_read_alike,
}
"""The queries of this module by their code."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One of the twelve: its number in the reference, what it says, and the codes of the queries that look for it."""

    number: int
    title: Text
    codes: tuple[str, ...]
    is_question: bool = False


INVARIANTS: Final = (
    Invariant(1, lazy("证与案卷一一对应"), (ONE_FILE,)),
    Invariant(2, lazy("证有宗地，宗地不重复"), (PARCELS,)),
    Invariant(3, lazy("纸质每件都有数字化文件，页数相等"), (PAPERS,)),
    Invariant(4, lazy("清单上的每个文件本单位都有，摘要相同"), (PROMISED,)),
    Invariant(5, lazy("条目对应一本证和冻结的清单；一本证不在两个未结批次"), (WHOLE, ONE_OPEN)),
    Invariant(6, lazy("接收的条目有且只有一份办结反馈"), (ANSWERED_BY_ONE,)),
    Invariant(7, lazy("反馈材料有档号、有数字化文件"), (FILED,)),
    Invariant(8, lazy("批次合计等于各条目之和"), (SUMS,)),
    Invariant(9, lazy("不动产单元号、不动产权证号不重复"), (UNIQUE,)),
    Invariant(10, lazy("本单位留存一套完整的电子和纸质档案"), (KEPT,)),
    Invariant(11, lazy("接替关系完好"), (CHAINED,)),
    Invariant(12, lazy("录入的证号与识别的证号一致（识别可能有误，供核对）"), (READ_ALIKE,), is_question=True),
)


@dataclass(frozen=True, slots=True)
class Tested:
    """One invariant with what was found."""

    invariant: Invariant
    found: tuple[Imbalance, ...]


def tested(session: Session, among: Among) -> list[Tested]:
    """Return the twelve invariants with everything that breaks them among the batches a condition keeps."""
    every = [*imbalances_among(session, among), *(one for find in NAMED.values() for one in find(session, among))]
    return [Tested(one, tuple(gap for gap in every if gap.code in one.codes)) for one in INVARIANTS]


def batch_marks(session: Session, among: Among) -> list[tuple[Any, ...]]:
    """Return (number, list version, state, manifest digest) of the batches: what a report of the invariants looked at."""
    query = select(Batch.batch_no, Batch.list_version, Batch.state, Batch.manifest_sha256).where(among)
    return [tuple(row) for row in session.execute(query.order_by(Batch.batch_no))]
