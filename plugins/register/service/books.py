"""The books of one village while rows are written into it: which certificate a number means, new ones, corrected numbers, files.

A village of some hundred new rows is written with a handful of statements; rows that are there are changed one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from lindang.crypto import Vault
from lindang.errors import Conflict
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile
from models.handover import BatchItem
from models.identifiers import (
    APPLICATION_NO,
    CERT_NO,
    CERT_SERIAL,
    ID_NO,
    KEYED,
    canonical_id,
    enter_numbers,
    id_values,
    number_values,
    retire,
)
from models.issue_states import is_backward
from models.persons import mask_id
from models.register import Certificate, Parcel
from plugins.register.domain.columns import BOOK_KEYS
from plugins.register.domain.row import Row

_NUMBERS: Final = {CERT_NO: "cert_no", CERT_SERIAL: "cert_serial", APPLICATION_NO: "application_no"}
_COUNTY_DIGITS: Final = 6
_PLAIN: Final = tuple(key for key in BOOK_KEYS if key not in {"cert_no", "id_no", "issue_state", "co_holders"})
_CERTIFICATES: Final[Table] = Certificate.__table__  # type: ignore[assignment]


@dataclass(slots=True)
class Book:
    """A certificate with the place of its next page; ``changed`` are the columns whose numbers must be entered anew."""

    certificate: Certificate
    next_seq: int = 1
    changed: set[str] = field(default_factory=set)
    id_no: str = ""


@dataclass(slots=True)
class NewBook:
    """A certificate that does not exist yet, as the row that named it first says it."""

    row: Row
    duplicate_no: int
    archive_file_id: int | None = None
    next_seq: int = 1


class Books:
    """The books of a village that some rows touch, read with a fixed number of queries whatever the number of rows."""

    def __init__(self, uow: UnitOfWork, village_code: str, rows: Sequence[Row]) -> None:
        """Read what the rows name: books by number, free files by 档号."""
        self._uow = uow
        self._code = village_code
        self.left: set[int] = set()
        keys = {row.cert_key for row in rows}
        self._known = self._load(keys)
        self._new: dict[str, NewBook] = {}
        self._files = self._load_files({row.archival_code for row in rows if row.archival_code})
        self._duplicates = self._load_duplicates(keys - self._known.keys())

    # --- reading --------------------------------------------------------------------------------------------------

    def _load(self, keys: Collection[str]) -> dict[str, Book]:
        session = self._uow.session
        query = select(Certificate).where(
            Certificate.division_code == self._code, Certificate.cert_key.in_(keys), ~Certificate.is_withdrawn
        )
        # of several books that carry one number, the first takes new rows
        books = {one.cert_key: Book(one) for one in session.scalars(query.order_by(Certificate.id.desc()))}
        by_id = {book.certificate.id: book for book in books.values()}
        last = select(Parcel.certificate_id, func.max(Parcel.seq)).group_by(Parcel.certificate_id)
        for certificate_id, seq in session.execute(last.where(Parcel.certificate_id.in_(by_id))):
            by_id[certificate_id].next_seq = 1 + seq
        return books

    def _load_files(self, codes: Collection[str]) -> dict[str, ArchiveFile]:
        """Return the files of the village with these 档号 that belong to no certificate yet."""
        taken = select(Certificate.id).where(Certificate.archive_file_id == ArchiveFile.id).exists()
        query = select(ArchiveFile).where(
            ArchiveFile.division_code == self._code, ArchiveFile.archival_code.in_(codes), ~taken
        )
        return {file.archival_code: file for file in self._uow.session.scalars(query)} if codes else {}

    def _load_duplicates(self, keys: Collection[str]) -> dict[str, int]:
        query = (
            select(Certificate.cert_key, func.max(Certificate.duplicate_no))
            .where(Certificate.county_code == self._code[:_COUNTY_DIGITS], Certificate.cert_key.in_(keys))
            .group_by(Certificate.cert_key)
        )
        return dict(self._uow.session.execute(query).all())

    # --- books for new rows ---------------------------------------------------------------------------------------

    def for_new_row(self, row: Row) -> Book | NewBook:
        """Return the book that a new row belongs to; what the book lacks is taken from the row, nothing is overwritten."""
        known = self._known.get(row.cert_key)
        if known is not None:
            self.write(known, row, {key for key in BOOK_KEYS if _says_nothing(known.certificate, key)})
            return known
        book = self._new.get(row.cert_key)
        if book is None:
            book = self._new[row.cert_key] = NewBook(row, self._next_duplicate(row.cert_key))
        if book.archive_file_id is None:
            file = self._file_of(row)
            book.archive_file_id = file.id if file else None
        return book

    def _next_duplicate(self, key: str) -> int:
        return 1 + self._duplicates[key] if key in self._duplicates else 0

    def insert_new(self) -> dict[str, int]:
        """Write the new books and their numbers; returns their ids by key."""
        if not self._new:
            return {}
        session, vault = self._uow.session, self._uow.host.vault
        fixed = {
            "division_code": self._code,
            "county_code": self._code[:_COUNTY_DIGITS],
            "annotation": "",
            "is_withdrawn": False,
            "created_at": self._uow.now,
            "created_by": self._uow.actor.name,
            "version": 1,
        }
        session.execute(insert(_CERTIFICATES), [_values(book, vault) | fixed for book in self._new.values()])
        made = (
            select(Certificate.cert_key, func.max(Certificate.id))
            .where(
                Certificate.division_code == self._code, Certificate.cert_key.in_(self._new), ~Certificate.is_withdrawn
            )
            .group_by(Certificate.cert_key)
        )
        ids: dict[str, int] = dict(session.execute(made).all())
        self._insert_numbers([number for key, book in self._new.items() for number in self._numbers(book, ids[key])])
        return ids

    def _numbers(self, book: NewBook, certificate_id: int) -> list[dict[str, Any]]:
        links = {"certificate_id": certificate_id, "archive_file_id": book.archive_file_id, "division_code": self._code}
        found = [
            number_values(kind, text) | links for kind, key in _NUMBERS.items() if (text := getattr(book.row, key))
        ]
        if book.row.id_no:
            found.append(id_values(self._uow.host.vault, book.row.id_no) | links)
        return found

    def _insert_numbers(self, values: list[dict[str, Any]]) -> None:
        fixed = {"source": KEYED, "is_current": True, "item_id": None, "page_id": None, "batch_id": None}
        enter_numbers(self._uow.session, [each | fixed for each in values])

    # --- books of rows that are there -----------------------------------------------------------------------------

    def for_changed_row(self, parcel: Parcel, row: Row, *, is_renumbered: bool) -> Book:
        """Return the book of an existing page; a page whose number was corrected moves, or takes its book along."""
        certificate, key = parcel.certificate, row.cert_key
        if certificate.cert_key == key or not is_renumbered:
            return self._known.setdefault(certificate.cert_key, Book(certificate))
        others = [one for one in certificate.parcels if one is not parcel and not one.is_withdrawn]
        target = self._known.get(key)
        if not others and target is None:
            book = self._known.pop(certificate.cert_key, None) or Book(certificate)
            certificate.duplicate_no = self._next_duplicate(key)
            self._known[key] = book
            return book
        target = target or self._opened(row)
        parcel.certificate, parcel.seq = target.certificate, target.next_seq
        target.next_seq += 1
        if not others:
            self._withdraw(certificate)
        return target

    def _opened(self, row: Row) -> Book:
        """Return a new book for the page that leaves another one."""
        self.for_new_row(row)
        ids = self.insert_new()
        self._new.clear()
        book = Book(self._uow.session.get_one(Certificate, ids[row.cert_key]))
        self._known[row.cert_key] = book
        return book

    def _withdraw(self, certificate: Certificate) -> None:
        """A book without pages is withdrawn; its file is free for the right one."""
        travels = select(BatchItem.id).where(BatchItem.certificate_id == certificate.id).limit(1)
        if self._uow.session.scalar(travels) is not None:
            raise Conflict(
                _("%(no)s 已在移交批次中，不能并入另一本证", no=certificate.cert_no),
                remedy=_("请先由联络员处理该批次。"),
            )
        self.left.add(certificate.id)
        withdraw_book(self._uow, certificate)

    def write(self, book: Book, row: Row, keys: Collection[str]) -> None:
        """Write columns of a row into its book; a state never goes back, a file is linked once."""
        certificate = book.certificate
        for key in _PLAIN:
            if key in keys and getattr(certificate, key) != getattr(row, key):
                setattr(certificate, key, getattr(row, key))
                book.changed.add(key)
        if "cert_no" in keys and certificate.cert_no != row.cert_no:
            certificate.cert_no, certificate.cert_no_norm, certificate.cert_key = (
                row.cert_no,
                row.cert_no_norm,
                row.cert_key,
            )
            book.changed.add("cert_no")
        if "co_holders" in keys:
            certificate.co_holders = list(row.co_holders)
        if "issue_state" in keys and not is_backward(certificate.issue_state, row.issue_state):
            certificate.issue_state = row.issue_state
        if "id_no" in keys:
            self._write_id(book, row.id_no)
        self._link_file(book, row)

    def _write_id(self, book: Book, plain: str) -> None:
        certificate, sealed = book.certificate, _sealed(plain, self._uow.host.vault)
        if (certificate.id_no_hash or "") != sealed["id_no_hash"]:
            for name, value in sealed.items():
                setattr(certificate, name, value)
            book.changed.add("id_no")
            book.id_no = plain

    def _link_file(self, book: Book, row: Row) -> None:
        if book.certificate.archive_file_id is None and (file := self._file_of(row)) is not None:
            book.certificate.archive_file_id = file.id

    def _file_of(self, row: Row) -> ArchiveFile | None:
        """Take the free file whose 档号 a row names; a file without a name is the holder's."""
        file = self._files.pop(row.archival_code, None) if row.archival_code else None
        if file is not None and not file.holder_name:
            file.holder_name = row.holder_name
        return file

    def enter_changed_numbers(self) -> None:
        """Enter the changed numbers of the books that were there; a former number stays, marked as former."""
        session = self._uow.session
        for book in self._known.values():
            certificate = book.certificate
            links = {
                "certificate_id": certificate.id,
                "archive_file_id": certificate.archive_file_id,
                "division_code": self._code,
            }
            entered = []
            for kind, key in _NUMBERS.items():
                if key in book.changed:
                    retire(session, kind, certificate_id=certificate.id)
                    text = getattr(certificate, key)
                    entered += [number_values(kind, text) | links] if text else []
            if "id_no" in book.changed:
                retire(session, ID_NO, certificate_id=certificate.id)
                entered += [id_values(self._uow.host.vault, book.id_no) | links] if book.id_no else []
            self._insert_numbers(entered)


def withdraw_book(uow: UnitOfWork, certificate: Certificate) -> None:
    """Withdraw a certificate without rows: it stays and counts nowhere, its numbers are former ones, its file is free."""
    certificate.is_withdrawn, certificate.archive_file_id = True, None
    for kind in (*_NUMBERS, ID_NO):
        retire(uow.session, kind, certificate_id=certificate.id)
    uow.journal("certificate.withdrawn", f"certificate:{certificate.id}", division=certificate.division_code)


def _values(book: NewBook, vault: Vault) -> dict[str, Any]:
    row = book.row
    return {
        **{key: getattr(row, key) for key in _PLAIN},
        **_sealed(row.id_no, vault),
        "cert_no": row.cert_no,
        "cert_no_norm": row.cert_no_norm,
        "cert_key": row.cert_key,
        "duplicate_no": book.duplicate_no,
        "issue_state": row.issue_state,
        "co_holders": list(row.co_holders),
        "archive_file_id": book.archive_file_id,
    }


def _sealed(plain: str, vault: Vault) -> dict[str, str]:
    """Return the columns that hold an ID number: sealed, digested, masked."""
    if not plain:
        return {"id_no_enc": "", "id_no_hash": "", "id_no_masked": ""}
    digest = vault.digest(canonical_id(plain))
    return {"id_no_enc": vault.seal(plain), "id_no_hash": digest, "id_no_masked": mask_id(plain)}


def _says_nothing(certificate: Certificate, key: str) -> bool:
    return not (certificate.id_no_hash if key == "id_no" else getattr(certificate, key))


def archive_files_of(session: Session, certificate_ids: Collection[int]) -> tuple[int, ...]:
    """Return the files of certificates, by id."""
    query = select(Certificate.archive_file_id).where(
        Certificate.id.in_(certificate_ids), Certificate.archive_file_id.is_not(None)
    )
    return tuple(sorted(file_id for file_id in session.scalars(query) if file_id))
