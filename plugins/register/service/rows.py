"""Saving rows of a village's sheet: the book (certificate) and the page (parcel) in their normal form, the row as written as a new
version beside the old ones, the numbers by which it is found, one event. Grid, import and double keying all end here.

Which book a row belongs to is said by its number: rows of one village with one number are one certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, func, insert, select

from lindang.uow import UnitOfWork
from models.entries import EntryDraft, write_entries
from models.events import CertificatesSaved
from models.persons import mask_id
from models.register import Parcel, RegisterEntry
from models.values import is_long_term
from plugins.register.domain.columns import BOOK_KEYS, BY_KEY, PAGE_KEYS
from plugins.register.domain.row import Row
from plugins.register.service.books import Book, Books, archive_files_of

_TERM: Final = frozenset({"term_years", "term_end"})
_PARCELS: Final[Table] = Parcel.__table__  # type: ignore[assignment]


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


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row with the parcel and the certificate that hold it now."""

    row: RowToSave
    parcel_id: int
    certificate_id: int


def save_rows(uow: UnitOfWork, village_code: str, rows: Sequence[RowToSave]) -> Saved:
    """Write rows of one village that were read without faults.

    Raises:
        Conflict: a row would leave a certificate behind that is in a handover batch.
    """
    books = Books(uow, village_code, [each.row for each in rows])
    before = _cells_before(uow, rows)
    changed = _change(uow, village_code, books, [each for each in rows if each.parcel_id is not None], before)
    added = _add(uow, village_code, books, [each for each in rows if each.parcel_id is None])
    by_row = {id(each.row): each for each in (*changed, *added)}
    placed = [by_row[id(each)] for each in rows]
    sheet = write_entries(uow, village_code, [_entry(each, before) for each in placed])
    _on_record(uow, village_code, sheet.id, placed)
    certificate_ids = tuple(dict.fromkeys(each.certificate_id for each in placed))
    uow.emit(
        CertificatesSaved(
            certificate_ids=tuple(sorted({*certificate_ids, *books.left})),
            archive_file_ids=archive_files_of(uow.session, certificate_ids),
            division_code=village_code,
        )
    )
    return Saved(tuple(each.parcel_id for each in placed), certificate_ids)


def _cells_before(uow: UnitOfWork, rows: Iterable[RowToSave]) -> dict[int, Mapping[str, str]]:
    ids = [each.parcel_id for each in rows if each.parcel_id is not None]
    if not ids:
        return {}
    query = select(RegisterEntry.parcel_id, RegisterEntry.cells)
    return dict(uow.session.execute(query.where(RegisterEntry.parcel_id.in_(ids), RegisterEntry.is_current)).all())


# --- rows that are there -------------------------------------------------------------------------------------------------


def _change(
    uow: UnitOfWork, village_code: str, books: Books, rows: Sequence[RowToSave], before: Mapping[int, Mapping[str, str]]
) -> list[_Placed]:
    if not rows:
        return []
    ids = [each.parcel_id for each in rows]
    found = uow.session.scalars(select(Parcel).where(Parcel.id.in_(ids), Parcel.division_code == village_code))
    parcels = {parcel.id: parcel for parcel in found}
    placed = []
    for each in rows:
        parcel = parcels[each.parcel_id or 0]
        book = books.for_changed_row(parcel, each.row, is_renumbered="cert_no" in each.sources)
        books.write(book, each.row, {key for key in each.sources if key in BOOK_KEYS})
        _write_page(parcel, each, before.get(parcel.id, {}))
        placed.append((each, parcel))
    uow.session.flush()
    books.enter_changed_numbers()
    return [_Placed(each, parcel.id, parcel.certificate_id) for each, parcel in placed]


def _write_page(parcel: Parcel, each: RowToSave, before: Mapping[str, str]) -> None:
    row, keys = each.row, each.sources.keys()
    for key in keys & set(PAGE_KEYS):
        setattr(parcel, key, getattr(row, key))
    if "area_mu" in keys:
        parcel.area_as_written = row.area_as_written
    if keys & _TERM:
        cells = {**before, **row.cells}
        parcel.is_term_open = any(is_long_term(cells.get(key, "")) for key in _TERM)
    if "forest_category" in keys and row.forest_class and not row.cells.get("forest_class"):
        parcel.forest_class = row.forest_class
    if "seq" in keys and row.seq:
        parcel.row_no = row.seq


# --- new rows ------------------------------------------------------------------------------------------------------------


def _add(uow: UnitOfWork, village_code: str, books: Books, rows: Sequence[RowToSave]) -> list[_Placed]:
    """Write new rows, however many, with a handful of statements."""
    if not rows:
        return []
    values, last = [], _last_row_no(uow, village_code)
    fixed = {
        "division_code": village_code,
        "is_withdrawn": False,
        "created_at": uow.now,
        "created_by": uow.actor.name,
        "version": 1,
    }
    homes = [books.for_new_row(each.row) for each in rows]
    uow.session.flush()
    new_ids = books.insert_new()
    for each, book in zip(rows, homes, strict=True):
        row = each.row
        last = row.seq or last + 1
        certificate_id = book.certificate.id if isinstance(book, Book) else new_ids[row.cert_key]
        page = {key: getattr(row, key) for key in PAGE_KEYS}
        page |= {"area_as_written": row.area_as_written, "is_term_open": row.is_term_open}
        values.append(page | fixed | {"certificate_id": certificate_id, "seq": book.next_seq, "row_no": last})
        book.next_seq += 1
    uow.session.execute(insert(_PARCELS), values)
    books.enter_changed_numbers()
    return _found_again(uow, rows, values)


def _last_row_no(uow: UnitOfWork, village_code: str) -> int:
    query = select(func.max(Parcel.row_no)).where(Parcel.division_code == village_code)
    return uow.session.scalar(query) or 0


def _found_again(uow: UnitOfWork, rows: Sequence[RowToSave], values: Sequence[Mapping[str, Any]]) -> list[_Placed]:
    """Return the ids of the pages just written: a certificate holds a parcel number once."""
    query = select(Parcel.id, Parcel.certificate_id, Parcel.parcel_no).where(
        Parcel.certificate_id.in_({value["certificate_id"] for value in values}), ~Parcel.is_withdrawn
    )
    ids = {
        (certificate_id, parcel_no): parcel_id for parcel_id, certificate_id, parcel_no in uow.session.execute(query)
    }
    return [
        _Placed(each, ids[value["certificate_id"], value["parcel_no"]], value["certificate_id"])
        for each, value in zip(rows, values, strict=True)
    ]


# --- on record -----------------------------------------------------------------------------------------------------------


def _entry(placed: _Placed, before: Mapping[int, Mapping[str, str]]) -> EntryDraft:
    each = placed.row
    written = {key: text for key, text in each.row.cells.items() if key in BY_KEY}
    if written.get("id_no"):
        written["id_no"] = mask_id(each.row.id_no)
    if each.parcel_id is not None:
        written = {**before.get(placed.parcel_id, {}), **{key: written.get(key, "") for key in each.sources}}
    return EntryDraft(
        parcel_id=placed.parcel_id,
        cells=written,
        changed=dict(each.sources),
        place=each.place,
        import_id=each.import_id,
        reason=each.reason,
    )


def _on_record(uow: UnitOfWork, village_code: str, sheet_id: int, placed: Sequence[_Placed]) -> None:
    """One journal line for each row that a person wrote, one for all rows of an import: its file has the rest."""
    first = placed[0].row
    if first.import_id is not None:
        facts = {"rows": len(placed), "import": first.import_id}
        uow.journal("register.rows_imported", f"register_sheet:{sheet_id}", division=village_code, **facts)
        return
    for one in placed:
        reason = {"reason": one.row.reason} if one.row.reason else {}
        uow.journal(
            "parcel.edited" if one.row.parcel_id else "parcel.keyed",
            f"certificate:{one.certificate_id}",
            division=village_code,
            parcel=one.parcel_id,
            columns=sorted(one.row.sources),
            **reason,
        )
