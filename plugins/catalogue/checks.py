"""Invariants of the catalogue for ``lindang verify``: stored files are there and unchanged, numbers run without gap or
repeat, what is keyed can be found, what belongs together lies in one place, no ID number stands in plain text.

A household file without its certificate, or with papers missing, is work that waits and no broken invariant: it is shown
on the overview.

Source: trust reference, section 7 (I1, I11); domain reference, section 3.5 (one to one, archival codes).
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lindang.errors import NotFound
from lindang.host import Host
from lindang.i18n import lazy
from lindang.plugin import Check, Violation
from models.archive import ArchiveFile, Item, NumberCounter, OldCode, Page
from models.digital import MASTER, VIEW, DigitalObject, Identifier, PageText
from models.identifiers import CERT_NO, KEYED
from models.numbering import CODE_KEY
from models.persons import find_id_numbers
from models.register import Certificate, Parcel

CHUNK: Final = 2000
SAMPLE: Final = 500
_NUMBER: Final = re.compile(r"\d+")


def _objects(session: Session) -> Iterator[DigitalObject]:
    query = select(DigitalObject).order_by(DigitalObject.id).execution_options(yield_per=CHUNK)
    for row in session.scalars(query):
        yield row
        session.expunge(row)


def stored_files_present(host: Host) -> Iterator[Violation]:
    """I1: every digital object has its blob, of the recorded length."""
    with host.view() as session:
        for row in _objects(session):
            size = _size(host, row.sha256)
            if size != row.bytes:
                yield _file_violation("I1", row, str(row.bytes), "missing" if size is None else str(size))


def _size(host: Host, sha256: str) -> int | None:
    try:
        return host.storage.path(sha256).stat().st_size
    except (NotFound, FileNotFoundError):
        return None


def stored_files_unchanged(host: Host) -> Iterator[Violation]:
    """I1 in depth: the digest of every blob, computed anew, is the recorded one."""
    checked: set[str] = set()
    with host.view() as session:
        for row in _objects(session):
            if row.sha256 in checked or _size(host, row.sha256) is None:
                continue
            checked.add(row.sha256)
            found = _digest(host, row.sha256)
            if found != row.sha256:
                yield _file_violation("I1d", row, row.sha256, found)


def _digest(host: Host, sha256: str) -> str:
    with host.storage.path(sha256).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _file_violation(code: str, row: DigitalObject, expected: str, found: str) -> Violation:
    return Violation(
        code=code,
        subject=f"digital_object:{row.id} item:{row.item_id} {row.role}",
        expected=expected,
        found=found,
        remedy="请从备份恢复 objects/ 中的这个文件，并查明原因。",
    )


def pages_have_images(host: Host) -> Iterator[Violation]:
    """K1: every page has exactly one current view image (more than one the database refuses), every 件 with pages a master."""
    shown = (
        select(DigitalObject.id)
        .where(DigitalObject.page_id == Page.id, DigitalObject.role == VIEW, DigitalObject.is_current)
        .exists()
    )
    kept = (
        select(DigitalObject.id)
        .where(DigitalObject.item_id == Item.id, DigitalObject.role == MASTER, DigitalObject.is_current)
        .exists()
    )
    has_pages = select(Page.id).where(Page.item_id == Item.id).exists()
    with host.view() as session:
        for page_id in session.scalars(select(Page.id).where(~shown)):
            yield Violation(code="K1", subject=f"page:{page_id}", expected="view image", found="none")
        for item_id in session.scalars(select(Item.id).where(has_pages, ~kept)):
            yield Violation(code="K1", subject=f"item:{item_id}", expected="master", found="none")


def numbers_run_through(host: Host) -> Iterator[Violation]:
    """K2: in every scope the codes given, present and former, are numbered 1 to the counter's last, each once."""
    with host.view() as session:
        counters = {
            key.removeprefix(CODE_KEY): last
            for key, last in session.execute(
                select(NumberCounter.key, NumberCounter.last).where(NumberCounter.key.startswith(CODE_KEY))
            )
        }
        given: dict[str, list[int]] = defaultdict(list)
        for code in _all_codes(session):
            for scope, number in _scopes(code):
                if scope in counters:
                    given[scope].append(number)
    for scope, last in sorted(counters.items()):
        yield from _numbering_violations(scope, last, given[scope])


def _all_codes(session: Session) -> Iterator[str]:
    for column in (ArchiveFile.archival_code, Item.archival_code, OldCode.old_code):
        yield from session.scalars(select(column).execution_options(yield_per=CHUNK))


def _scopes(code: str) -> Iterator[tuple[str, int]]:
    """Yield every reading of a code as a scope and its running number."""
    for run in _NUMBER.finditer(code):
        yield f"{code[: run.start()]}#{code[run.end() :]}", int(run[0])


def _numbering_violations(scope: str, last: int, numbers: Iterable[int]) -> Iterator[Violation]:
    found = sorted(numbers)
    missing = sorted(set(range(1, last + 1)) - set(found))
    repeated = sorted({number for number in found if found.count(number) > 1}) if len(found) != len(set(found)) else []
    beyond = [number for number in found if number > last]
    for expected, wrong in (("no gap", missing), ("no repeat", repeated), (f"at most {last}", beyond)):
        if wrong:
            shown = ", ".join(map(str, wrong[:10]))
            yield Violation(code="K2", subject=scope, expected=expected, found=shown, remedy="请核对档号变更记录。")


def keyed_numbers_findable(host: Host) -> Iterator[Violation]:
    """K3: every certificate's number stands in the index of numbers as it is written."""
    entered = (
        select(Identifier.id)
        .where(
            Identifier.certificate_id == Certificate.id,
            Identifier.kind == CERT_NO,
            Identifier.source == KEYED,
            Identifier.is_current,
            Identifier.raw == Certificate.cert_no,
        )
        .exists()
    )
    with host.view() as session:
        for certificate_id in session.scalars(select(Certificate.id).where(~entered, ~Certificate.is_withdrawn)):
            yield Violation(
                code="K3", subject=f"certificate:{certificate_id}", expected="number indexed", found="not indexed"
            )


def one_place_each(host: Host) -> Iterator[Violation]:
    """K4: items lie where their file lies, certificates where their file lies, parcels where their certificate lies."""
    pairs: tuple[tuple[str, Any, Any, Any], ...] = (
        ("item", Item, ArchiveFile, Item.archive_file_id == ArchiveFile.id),
        ("certificate", Certificate, ArchiveFile, Certificate.archive_file_id == ArchiveFile.id),
        ("parcel", Parcel, Certificate, Parcel.certificate_id == Certificate.id),
    )
    with host.view() as session:
        for kind, lower, upper, joined in pairs:
            query = select(lower.id, upper.division_code, lower.division_code).join(upper, joined)
            for row_id, expected, found in session.execute(query.where(lower.division_code != upper.division_code)):
                yield Violation(code="K4", subject=f"{kind}:{row_id}", expected=expected, found=found)


def no_plain_id_numbers(host: Host) -> Iterator[Violation]:
    """I11: no ID number stands in plain text where it was keyed or recognised (a sample of the texts)."""
    texts: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
        ("certificate", Certificate.id, (Certificate.remark, Certificate.annotation, Certificate.id_no_masked)),
        ("parcel", Parcel.id, (Parcel.annotation, Parcel.land_use_holder)),
        ("archive_file", ArchiveFile.id, (ArchiveFile.title, ArchiveFile.folder_name, ArchiveFile.holder_name)),
        ("item", Item.id, (Item.title, Item.source_name)),
        ("page_text", PageText.id, (PageText.text,)),
        ("identifier", Identifier.id, (Identifier.raw,)),
    )
    with host.view() as session:
        for kind, key, columns in texts:
            query = select(key, *columns).where(key.in_(_sample(session, key)))
            for row_id, *values in session.execute(query):
                if any(find_id_numbers(value or "") for value in values):
                    yield Violation(
                        code="I11",
                        subject=f"{kind}:{row_id}",
                        expected="masked",
                        found="ID number in plain text",
                        remedy="请改用证件号码栏录入；识别文字请重新识别。",
                    )


def _sample(session: Session, key: Any) -> list[int]:
    """Return up to `SAMPLE` ids spread over the table; drawn by chance, so that each run looks elsewhere."""
    highest = session.scalar(select(func.max(key))) or 0
    if highest <= SAMPLE:
        return list(range(1, highest + 1))
    return random.sample(range(1, highest + 1), SAMPLE)


def sealed_or_nothing(host: Host) -> Iterator[Violation]:
    """I11 for the encrypted column itself: a stored number has its digest and its mask, and none of it is missing."""
    parts = (Certificate.id_no_enc, Certificate.id_no_hash, Certificate.id_no_masked)
    broken = and_(or_(*(part != "" for part in parts)), or_(*(part == "" for part in parts)))
    with host.view() as session:
        for certificate_id in session.scalars(select(Certificate.id).where(broken)):
            yield Violation(
                code="K5",
                subject=f"certificate:{certificate_id}",
                expected="sealed, digested, masked",
                found="incomplete",
            )


CHECKS: Final = (
    Check(code="I1", title=lazy("入库文件都在，长度相符"), run=stored_files_present),
    Check(code="I1d", title=lazy("入库文件的摘要相符"), run=stored_files_unchanged, deep=True),
    Check(code="I11", title=lazy("没有明文的证件号码（抽样）"), run=no_plain_id_numbers),
    Check(code="K1", title=lazy("每页有图像，每件有原始文件"), run=pages_have_images),
    Check(code="K2", title=lazy("档号连续，无空号、重号"), run=numbers_run_through),
    Check(code="K3", title=lazy("录入的林权证号都能查到"), run=keyed_numbers_findable),
    Check(code="K4", title=lazy("件、证、宗地与案卷在同一区划"), run=one_place_each),
    Check(code="K5", title=lazy("证件号码加密完整"), run=sealed_or_nothing),
)
