"""Saving rows of a village's sheet: the book (certificate) and the page (parcel) in their normal form, the row as written as a new
version beside the old ones, the numbers by which it is found, one event. Grid, import and double keying all end here.

Which book a row belongs to is said by its number: rows of one village with one number are one certificate. A state never goes
back here: that takes a reason and a second person (`states`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select

from lindang.errors import Conflict
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile
from models.entries import EntryDraft, write_entries
from models.events import CertificatesSaved
from models.handover import BatchItem
from models.identifiers import (
    APPLICATION_NO,
    CERT_NO,
    CERT_SERIAL,
    ID_NO,
    KEYED,
    canonical_id,
    id_row,
    number_row,
    retire,
)
from models.issue_states import is_backward
from models.persons import mask_id
from models.register import Certificate, Parcel, RegisterEntry
from models.values import is_long_term
from plugins.register.domain.columns import BOOK_KEYS, BY_KEY, PAGE_KEYS, Owner
from plugins.register.domain.row import Row

_NUMBERS: Final = {CERT_NO: "cert_no", CERT_SERIAL: "cert_serial", APPLICATION_NO: "application_no"}
_TERM: Final = frozenset({"term_years", "term_end"})
_COUNTY_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class RowToSave:
    """A row that can be stored. ``sources`` names for each column that it writes where the text came from.

    A row with ``parcel_id`` changes those columns of that row only; a new row writes all of its columns.
    """

    row: Row
    sources: Mapping[str, str]
    parcel_id: int | None = None
    place: str = ""
    import_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: the parcels in the order of the rows, and their certificates."""

    parcel_ids: tuple[int, ...]
    certificate_ids: tuple[int, ...]


def save_rows(uow: UnitOfWork, village_code: str, rows: Sequence[RowToSave]) -> Saved:
    """Write rows of one village that were read without faults.

    Raises:
        Conflict: a row would leave a certificate behind that is in a handover batch.
    """
    village = _Village(uow, village_code, rows)
    placed = [(each, village.place(each)) for each in rows]
    uow.session.flush()
    drafts = [_entry(each, parcel, village.before.get(parcel.id, {})) for each, parcel in placed]
    sheet = write_entries(uow, village_code, drafts)
    village.enter_numbers()
    uow.session.flush()
    parcels = [parcel for _each, parcel in placed]
    certificates = {parcel.certificate_id: parcel.certificate for parcel in parcels}
    _on_record(uow, village_code, sheet.id, placed)
    uow.emit(
        CertificatesSaved(
            certificate_ids=tuple(sorted({*certificates, *village.left})),
            archive_file_ids=tuple(
                sorted({one.archive_file_id for one in certificates.values() if one.archive_file_id})
            ),
            division_code=village_code,
        )
    )
    return Saved(tuple(parcel.id for parcel in parcels), tuple(certificates))


def _on_record(uow: UnitOfWork, village_code: str, sheet_id: int, placed: Sequence[tuple[RowToSave, Parcel]]) -> None:
    """One journal line for each row that a person wrote, one for all rows of an import: its file has the rest."""
    first = placed[0][0]
    if first.import_id is not None:
        facts = {"rows": len(placed), "import": first.import_id}
        uow.journal("register.rows_imported", f"register_sheet:{sheet_id}", division=village_code, **facts)
        return
    for each, parcel in placed:
        reason = {"reason": each.reason} if each.reason else {}
        uow.journal(
            "parcel.edited" if each.parcel_id else "parcel.keyed",
            f"certificate:{parcel.certificate_id}",
            division=village_code,
            parcel=parcel.id,
            columns=sorted(each.sources),
            **reason,
        )


def _entry(each: RowToSave, parcel: Parcel, before: Mapping[str, str]) -> EntryDraft:
    written = {key: text for key, text in each.row.cells.items() if key in BY_KEY}
    if written.get("id_no"):
        written["id_no"] = mask_id(each.row.id_no)
    if each.parcel_id is not None:
        written = {**before, **{key: written.get(key, "") for key in each.sources}}
    return EntryDraft(
        parcel_id=parcel.id,
        cells=written,
        changed=dict(each.sources),
        place=each.place,
        import_id=each.import_id,
        reason=each.reason,
    )


@dataclass(slots=True)
class _Book:
    """A certificate of the village while rows are written into it."""

    certificate: Certificate
    is_new: bool = False
    changed: set[str] = field(default_factory=set)
    id_no: str = ""
    next_seq: int = 1


class _Village:
    """Everything of one village that the rows touch, read with a fixed number of queries whatever their number."""

    def __init__(self, uow: UnitOfWork, code: str, rows: Sequence[RowToSave]) -> None:
        self._uow = uow
        self._code = code
        self.left: set[int] = set()
        self._parcels = self._load_parcels([each.parcel_id for each in rows if each.parcel_id])
        self.before = self._load_cells(self._parcels)
        self._books = self._load_books({each.row.cert_key for each in rows})
        self._files = self._load_files({each.row.archival_code for each in rows if each.row.archival_code})
        self._duplicates = self._load_duplicates({each.row.cert_key for each in rows} - self._books.keys())
        self._last_row = self._load_last_row()

    def _load_parcels(self, ids: Sequence[int]) -> dict[int, Parcel]:
        found = self._uow.session.scalars(select(Parcel).where(Parcel.id.in_(ids), Parcel.division_code == self._code))
        return {parcel.id: parcel for parcel in found}

    def _load_cells(self, ids: Iterable[int]) -> dict[int, Mapping[str, str]]:
        query = select(RegisterEntry.parcel_id, RegisterEntry.cells)
        found = self._uow.session.execute(query.where(RegisterEntry.parcel_id.in_(ids), RegisterEntry.is_current))
        return dict(found.all())

    def _load_books(self, keys: Collection[str]) -> dict[str, _Book]:
        session = self._uow.session
        query = select(Certificate).where(
            Certificate.division_code == self._code, Certificate.cert_key.in_(keys), ~Certificate.is_withdrawn
        )
        # rows of one number are one book; of several books that carry it, the first takes new rows
        found = {one.cert_key: one for one in session.scalars(query.order_by(Certificate.id.desc()))}
        books = {key: _Book(one) for key, one in found.items()}
        last = select(Parcel.certificate_id, func.max(Parcel.seq)).group_by(Parcel.certificate_id)
        ids = {book.certificate.id: book for book in books.values()}
        for certificate_id, seq in session.execute(last.where(Parcel.certificate_id.in_(ids))):
            ids[certificate_id].next_seq = 1 + seq
        return books

    def _load_files(self, codes: Collection[str]) -> dict[str, ArchiveFile]:
        """Return the files of the village with these 档号 that belong to no certificate yet."""
        taken = select(Certificate.id).where(Certificate.archive_file_id == ArchiveFile.id).exists()
        query = select(ArchiveFile).where(
            ArchiveFile.division_code == self._code, ArchiveFile.archival_code.in_(codes), ~taken
        )
        return {file.archival_code: file for file in self._uow.session.scalars(query)}

    def _load_duplicates(self, keys: Collection[str]) -> dict[str, int]:
        query = (
            select(Certificate.cert_key, func.max(Certificate.duplicate_no))
            .where(Certificate.county_code == self._code[:_COUNTY_DIGITS], Certificate.cert_key.in_(keys))
            .group_by(Certificate.cert_key)
        )
        return dict(self._uow.session.execute(query).all())

    def _load_last_row(self) -> int:
        return self._uow.session.scalar(select(func.max(Parcel.row_no)).where(Parcel.division_code == self._code)) or 0

    # --- placing a row ----------------------------------------------------------------------------------------------

    def place(self, each: RowToSave) -> Parcel:
        """Write one row's book and page; returns the page."""
        parcel = self._parcels.get(each.parcel_id or 0)
        if parcel is None:
            return self._new_page(each)
        book = self._book_of(parcel, each)
        self._write_book(book, each.row, {key for key in each.sources if key in BOOK_KEYS})
        self._write_page(parcel, each, set(each.sources))
        self._link_file(book, each.row)
        return parcel

    def _new_page(self, each: RowToSave) -> Parcel:
        row = each.row
        book = self._books.get(row.cert_key) or self._new_book(row)
        certificate = book.certificate
        if not book.is_new:
            self._write_book(book, row, {key for key in BOOK_KEYS if _says_nothing(certificate, key)})
        self._last_row += 1
        parcel = Parcel(
            certificate=certificate,
            division_code=self._code,
            seq=book.next_seq,
            row_no=row.seq or self._last_row,
            created_at=self._uow.now,
            created_by=self._uow.actor.name,
        )
        book.next_seq += 1
        self._last_row = max(self._last_row, parcel.row_no or 0)
        self._write_page(parcel, each, set(PAGE_KEYS))
        self._link_file(book, row)
        self._uow.session.add(parcel)
        return parcel

    def _new_book(self, row: Row) -> _Book:
        duplicate_no = 1 + self._duplicates[row.cert_key] if row.cert_key in self._duplicates else 0
        certificate = Certificate(
            division_code=self._code,
            county_code=self._code[:_COUNTY_DIGITS],
            duplicate_no=duplicate_no,
            issue_state=row.issue_state,
            created_at=self._uow.now,
            created_by=self._uow.actor.name,
        )
        book = _Book(certificate, is_new=True)
        self._write_book(book, row, set(BOOK_KEYS))
        self._duplicates[row.cert_key] = duplicate_no
        self._books[row.cert_key] = book
        self._uow.session.add(certificate)
        return book

    def _book_of(self, parcel: Parcel, each: RowToSave) -> _Book:
        """Return the book of an existing page; a page whose number was corrected moves, or takes its book along."""
        certificate, key = parcel.certificate, each.row.cert_key
        if certificate.cert_key == key or "cert_no" not in each.sources:
            return self._books.setdefault(certificate.cert_key, _Book(certificate))
        others = [one for one in certificate.parcels if one is not parcel and not one.is_withdrawn]
        target = self._books.get(key)
        if not others and target is None:
            book = self._books.pop(certificate.cert_key, None) or _Book(certificate)
            certificate.duplicate_no = 1 + self._duplicates[key] if key in self._duplicates else 0
            self._books[key] = book
            return book
        target = target or self._new_book(each.row)
        parcel.certificate, parcel.seq = target.certificate, target.next_seq
        target.next_seq += 1
        if not others:
            self._withdraw(certificate)
        return target

    def _withdraw(self, certificate: Certificate) -> None:
        """A book without pages is withdrawn; its file is free for the right one."""
        travels = select(BatchItem.id).where(BatchItem.certificate_id == certificate.id).limit(1)
        if self._uow.session.scalar(travels) is not None:
            raise Conflict(
                _("%(no)s 已在移交批次中，不能并入另一本证", no=certificate.cert_no),
                remedy=_("请先由登记联络员处理该批次。"),
            )
        certificate.is_withdrawn, certificate.archive_file_id = True, None
        self.left.add(certificate.id)
        for kind in (*_NUMBERS, ID_NO):
            retire(self._uow.session, kind, certificate_id=certificate.id)
        self._uow.journal("certificate.withdrawn", f"certificate:{certificate.id}", division=self._code)

    # --- writing values ---------------------------------------------------------------------------------------------

    def _write_book(self, book: _Book, row: Row, keys: set[str]) -> None:
        certificate = book.certificate
        for key in keys - {"cert_no", "id_no", "issue_state", "co_holders"}:
            if getattr(certificate, key) != getattr(row, key):
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

    def _write_id(self, book: _Book, plain: str) -> None:
        certificate, vault = book.certificate, self._uow.host.vault
        digest = vault.digest(canonical_id(plain)) if plain else ""
        if (certificate.id_no_hash or "") == digest:
            return
        certificate.id_no_enc = vault.seal(plain) if plain else ""
        certificate.id_no_hash = digest
        certificate.id_no_masked = mask_id(plain) if plain else ""
        book.changed.add("id_no")
        book.id_no = plain

    def _write_page(self, parcel: Parcel, each: RowToSave, keys: set[str]) -> None:
        row = each.row
        for key in keys:
            if BY_KEY[key].owner is Owner.PARCEL:
                setattr(parcel, key, getattr(row, key))
        if "area_mu" in keys:
            parcel.area_as_written = row.area_as_written
        if keys & _TERM:
            cells = {**self.before.get(parcel.id or 0, {}), **row.cells}
            parcel.is_term_open = any(is_long_term(cells.get(key, "")) for key in _TERM)
        if "forest_category" in keys and row.forest_class and not row.cells.get("forest_class"):
            parcel.forest_class = row.forest_class
        if "seq" in keys and row.seq:
            parcel.row_no = row.seq

    def _link_file(self, book: _Book, row: Row) -> None:
        """Link the book with the file whose 档号 the row names, unless either has its counterpart already."""
        if book.certificate.archive_file_id is not None or not row.archival_code:
            return
        file = self._files.pop(row.archival_code, None)
        if file is not None:
            book.certificate.archive_file_id = file.id
            if not file.holder_name:
                file.holder_name = row.holder_name

    def enter_numbers(self) -> None:
        """Enter the numbers by which the written books are found; a former number stays, marked as former."""
        session = self._uow.session
        for book in self._books.values():
            certificate = book.certificate
            links = {"certificate_id": certificate.id, "archive_file_id": certificate.archive_file_id}
            for kind, key in _NUMBERS.items():
                if key not in book.changed:
                    continue
                if not book.is_new:
                    retire(session, kind, certificate_id=certificate.id)
                if text := getattr(certificate, key):
                    session.add(number_row(kind, text, source=KEYED, division_code=self._code, **links))
            if "id_no" in book.changed:
                if not book.is_new:
                    retire(session, ID_NO, certificate_id=certificate.id)
                if book.id_no:
                    vault = self._uow.host.vault
                    session.add(id_row(vault, book.id_no, source=KEYED, division_code=self._code, **links))


def _says_nothing(certificate: Certificate, key: str) -> bool:
    return not (certificate.id_no_hash if key == "id_no" else getattr(certificate, key))
