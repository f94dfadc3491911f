"""The invariants that `lindang verify` asks of the handover: the balance in the database, and the documents in the storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select, true

from lindang.errors import NotFound
from lindang.host import Host
from lindang.i18n import lazy
from lindang.plugin import Check, Violation
from models.handover import LIST_XLSX, MANIFEST, PACKAGE, Batch, BatchItem, TransferDoc
from models.packages import BatchPaper, ReceivedFile
from plugins.handover.domain.manifest import digest, line_digest
from plugins.handover.domain.states import FROZEN_STATES, RECEIVER_STATES
from plugins.handover.queries.balance import ANSWERED_BY_ONE, FILED, ONE_OPEN, SUMS, UNIQUE, WHOLE, imbalances
from plugins.handover.queries.batches import documents
from plugins.handover.queries.correspondence import INVARIANTS, NAMED
from plugins.handover.queries.papers import filed_papers
from plugins.handover.queries.snapshots import current_items
from plugins.handover.service.manifests import read_manifest
from plugins.handover.service.papers import paper_number

PACKED, PAPERS, RECEIVED = "I4", "H13", "H14"
_SEE = "请在“一一对应核对”页打开明细，逐条改正。"
_REMEDY = "请保留现场，核对备份和批次办理记录，并报告系统管理员。"


def _balance(code: str) -> Callable[[Host], Iterator[Violation]]:
    def run(host: Host) -> Iterator[Violation]:
        with host.view() as session:
            for found in imbalances(session):
                if found.code == code:
                    yield Violation(
                        code=code, subject=found.subject, expected=found.expected, found=found.found, remedy=_REMEDY
                    )

    return run


def _named(code: str) -> Callable[[Host], Iterator[Violation]]:
    def run(host: Host) -> Iterator[Violation]:
        with host.view() as session:
            for found in NAMED[code](session, true()):
                yield Violation(
                    code=code, subject=found.subject, expected=found.expected, found=found.found, remedy=_SEE
                )

    return run


def _packed(host: Host) -> Iterator[Violation]:
    """I4: what was signed has its documents, what was sent one package, each of them what it hashes to, and the manifest
    says what the items say.
    """
    with host.view() as session:
        for batch in session.scalars(select(Batch).where(Batch.state.in_(FROZEN_STATES)).order_by(Batch.id)):
            docs = documents(session, batch.id)
            faults = list(_document_faults(host, batch, docs))
            if not faults:
                faults = list(_manifest_faults(host, batch, current_items(session, batch.id, batch.list_version)))
            for subject, expected, found in faults:
                yield Violation(code=PACKED, subject=subject, expected=expected, found=found, remedy=_REMEDY)


def _document_faults(host: Host, batch: Batch, docs: list[TransferDoc]) -> Iterator[tuple[str, str, str]]:
    digests = {doc.kind: doc.sha256 for doc in docs if doc.list_version == batch.list_version}
    wanted = {MANIFEST, LIST_XLSX} | ({PACKAGE} if batch.state in RECEIVER_STATES else set())
    for kind in sorted(wanted - set(digests)):
        yield batch.batch_no, f"document {kind}", "none"
    for kind, named in ((MANIFEST, batch.manifest_sha256), (PACKAGE, batch.package_sha256)):
        if digests.get(kind, named) != named:
            yield batch.batch_no, f"{kind} {named or '-'}", digests[kind]
    for doc in docs:
        found = _stored_digest(host, doc.sha256)
        if found != doc.sha256:
            yield doc.file_name, doc.sha256, found


def _manifest_faults(host: Host, batch: Batch, items: list[BatchItem]) -> Iterator[tuple[str, str, str]]:
    lines = read_manifest(host.storage, batch.manifest_sha256)["lines"]
    listed = [(line["code"], line["digest"]) for line in lines]
    held = [(item.code, line_digest(item.snapshot or {})) for item in items]
    if listed != held:
        yield batch.batch_no, f"{len(listed)} lines as in the manifest", f"{len(held)} items that differ from it"


def _papers(host: Host) -> Iterator[Violation]:
    """H13: the papers of a batch are numbered from 1 without a gap, and each is in the archive as it was filed."""
    with host.view() as session:
        for batch in session.scalars(select(Batch).order_by(Batch.id)):
            filed = filed_papers(session, batch)
            numbers = [paper.paper_no for paper in filed]
            expected = [paper_number(batch.batch_no, place) for place in range(1, len(filed) + 1)]
            if numbers != expected:
                yield _violation(PAPERS, batch.batch_no, " ".join(expected), " ".join(numbers))
            digests = dict(session.execute(select(BatchPaper.item_id, BatchPaper.sha256)).all())
            for paper in filed:
                held = [master.sha256 for master in paper.masters]
                if digests[paper.item_id] not in held:
                    yield _violation(PAPERS, paper.paper_no, digests[paper.item_id], " ".join(held) or "none")
                for sha256 in held:
                    if (found := _stored_digest(host, sha256)) != sha256:
                        yield _violation(PAPERS, paper.paper_no, sha256, found)


def _received(host: Host) -> Iterator[Violation]:
    """H14: every file of every package that was taken in is kept."""
    with host.view() as session:
        for path, sha256 in session.execute(select(ReceivedFile.path, ReceivedFile.sha256).order_by(ReceivedFile.id)):
            if not host.storage.exists(sha256):
                yield _violation(RECEIVED, path, sha256, "missing")


def _violation(code: str, subject: str, expected: str, found: str) -> Violation:
    return Violation(code=code, subject=subject, expected=expected, found=found, remedy=_REMEDY)


def _stored_digest(host: Host, sha256: str) -> str:
    try:
        return digest(host.storage.read(sha256))
    except NotFound:
        return "missing"


CHECKS = (
    Check(code=WHOLE, title=lazy("批次完整：清单连续、摘要相符、步骤合规"), run=_balance(WHOLE)),
    Check(code=PACKED, title=lazy("签发和送出的批次文件齐全、摘要相符"), run=_packed),
    Check(code=ONE_OPEN, title=lazy("一本林权证最多在一个未结批次中"), run=_balance(ONE_OPEN)),
    *(
        Check(code=code, title=one.title, run=_named(code))
        for one in INVARIANTS
        for code in one.codes
        if code in NAMED and not one.is_question
    ),
    Check(code=ANSWERED_BY_ONE, title=lazy("接收条目与办结反馈一一对应"), run=_balance(ANSWERED_BY_ONE)),
    Check(code=FILED, title=lazy("反馈材料有档号、有数字化文件"), run=_balance(FILED)),
    Check(code=SUMS, title=lazy("批次合计等于各条目之和"), run=_balance(SUMS)),
    Check(code=UNIQUE, title=lazy("不动产单元号和不动产权证号不重复"), run=_balance(UNIQUE)),
    Check(code=PAPERS, title=lazy("批次文件已归档的，编号连续、与归档时一致"), run=_papers),
    Check(code=RECEIVED, title=lazy("收存的移交包，原包文件都在"), run=_received),
)
