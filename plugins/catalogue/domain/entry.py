"""Checking what a clerk keys from a forest right certificate: one book, then one row for each parcel. All faults come
back at once, each with its field. A *soft* fault is something unlikely but possible on old paper (an unusual number, a
wrong check digit, a date that contradicts the state); when the clerk confirms that the paper says so, it is accepted as
written, because what stands on a certificate is never fixed.

Source: column rules R (required at entry) and H (required before handover) of the register, domain reference 2.3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from models.issue_states import IssueState
from models.numbers import parse_cert_no
from models.persons import is_resident_id, is_uscc, mask_keyed_ids, upgrade_resident_id
from models.values import (
    BadValue,
    EndDate,
    Reason,
    level,
    read_area,
    read_count,
    read_date,
    read_end_date,
    read_text,
    split_names,
)

T = TypeVar("T")
Codes = Mapping[str, frozenset[str]]
"""The codes that each list knows, by the name of the list."""

RESIDENT_ID: Final = "1"
ORGANISATION_IDS: Final = frozenset({"7"})

SOFT: Final = frozenset(
    {Reason.CERT_NO, Reason.RESIDENT_ID, Reason.USCC, Reason.UNPRINTED_HAS_SERIAL, Reason.UNSEALED_HAS_DATE}
)

_CERTIFICATE_TEXTS: Final = {"cert_serial": 40, "application_no": 60, "issuer": 100, "annotation": 2000, "remark": 2000}
_PARCEL_TEXTS: Final = {
    "group_name": 60,
    "place_name": 100,
    "compartment": 50,
    "subcompartment": 50,
    "bound_e": 300,
    "bound_s": 300,
    "bound_w": 300,
    "bound_n": 300,
    "main_species": 200,
    "annotation": 2000,
}
_PARCEL_REQUIRED: Final = {
    "parcel_no": 60,
    "location": 200,
    "land_owner": 200,
    "land_use_holder": 200,
    "tree_owner": 200,
    "tree_use_holder": 200,
}
_PARCEL_CODES: Final = ("forest_category", "origin", "forest_class", "acquisition")

CERTIFICATE_BEFORE_HANDOVER: Final = ("cert_serial", "issuer", "issue_date", "holder_type", "id_type", "id_no_masked")
PARCEL_BEFORE_HANDOVER: Final = (
    "place_name",
    "compartment",
    "subcompartment",
    "bound_e",
    "bound_s",
    "bound_w",
    "bound_n",
    "main_species",
    "forest_category",
    "acquisition",
    "term_years",
    "term_start",
)


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field."""

    field: str
    reason: Reason

    @property
    def is_soft(self) -> bool:
        """Say whether the clerk may confirm that the paper says so."""
        return self.reason in SOFT


class EntryFaults(ValueError):
    """Everything that is wrong with one form."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(f"{fault.field}: {fault.reason.value}" for fault in self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateEntry:
    """A checked certificate; `id_no` is the plain number and goes nowhere but into the vault."""

    cert_no: str
    issue_state: IssueState
    holder_name: str
    issue_date: dt.date | None
    id_no: str
    co_holders: tuple[str, ...]
    texts: Mapping[str, str]
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelEntry:
    """A checked parcel; `area_as_written` keeps the clerk's spelling."""

    area_mu: Decimal
    area_as_written: str
    tree_count: int | None
    plant_year: int | None
    term_years: int | None
    term_start: dt.date | None
    term_end: EndDate
    texts: Mapping[str, str]
    codes: Mapping[str, str]


class _Form:
    """Reads fields one by one and keeps every fault."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self.raw = raw
        self.faults: list[FieldFault] = []

    def take(self, field: str, read: Callable[[str], T], instead: T) -> T:
        try:
            return read(self.raw.get(field, ""))
        except BadValue as error:
            self.fault(field, error.reason)
            return instead

    def text(self, field: str, longest: int, *, required: bool = False) -> str:
        """Read words; an identity number among them is masked, its own field is the one that is sealed."""
        return self.take(field, lambda value: read_text(mask_keyed_ids(value), longest=longest, required=required), "")

    def code(self, field: str, known: frozenset[str]) -> str:
        value = level(self.raw.get(field, ""))
        if value and value not in known:
            self.fault(field, Reason.CODE)
        return value

    def fault(self, field: str, reason: Reason) -> None:
        self.faults.append(FieldFault(field, reason))

    def refuse(self, *, confirmed: bool) -> None:
        """Raise EntryFaults for what is left when soft faults are confirmed."""
        faults = [fault for fault in self.faults if not (confirmed and fault.is_soft)]
        if faults:
            raise EntryFaults(faults)


def check_certificate(
    raw: Mapping[str, str], codes: Codes, *, today: dt.date, confirmed: bool = False, known_id_no: bool = False
) -> CertificateEntry:
    """Check the fields of a certificate.

    Args:
        raw: field name to text as keyed.
        codes: the code lists in force.
        today: no certificate is dated later.
        confirmed: the clerk has looked at the paper and it says so.
        known_id_no: an ID number is stored already and an empty field leaves it.

    Raises:
        EntryFaults: with every fault at once.
    """
    form = _Form(raw)
    entry = CertificateEntry(
        cert_no=form.text("cert_no", 80, required=True),
        issue_state=_issue_state(form),
        holder_name=form.text("holder_name", 100, required=True),
        issue_date=form.take("issue_date", lambda value: read_date(value, today=today), None),
        id_no=read_text(raw.get("id_no", ""), longest=10**6).replace(" ", ""),
        co_holders=split_names(mask_keyed_ids(raw.get("co_holders", ""))),
        texts={field: form.text(field, longest) for field, longest in _CERTIFICATE_TEXTS.items()},
        codes={
            field: form.code(field, codes.get(field, frozenset())) for field in ("holder_type", "id_type", "co_mode")
        },
    )
    if entry.cert_no and parse_cert_no(entry.cert_no) is None:
        form.fault("cert_no", Reason.CERT_NO)
    _check_id_no(form, entry, today=today, known=known_id_no)
    _check_state(form, entry)
    form.refuse(confirmed=confirmed)
    return entry


def _issue_state(form: _Form) -> IssueState:
    value = level(form.raw.get("issue_state", ""))
    if value not in list(IssueState):
        form.fault("issue_state", Reason.CODE if value else Reason.REQUIRED)
        return IssueState.UNPRINTED
    return IssueState(value)


def _check_id_no(form: _Form, entry: CertificateEntry, *, today: dt.date, known: bool) -> None:
    if not entry.id_no:
        return
    id_type = entry.codes["id_type"]
    if not id_type and not known:
        form.fault("id_type", Reason.REQUIRED)
    if len(entry.id_no) > 40:
        form.fault("id_no", Reason.TOO_LONG)
    elif id_type == RESIDENT_ID and not (
        is_resident_id(entry.id_no, today=today) or upgrade_resident_id(entry.id_no) is not None
    ):
        form.fault("id_no", Reason.RESIDENT_ID)
    elif id_type in ORGANISATION_IDS and not is_uscc(entry.id_no):
        form.fault("id_no", Reason.USCC)


def _check_state(form: _Form, entry: CertificateEntry) -> None:
    """A book that was never printed has no printed number; one that was never sealed has no date of issue."""
    if entry.issue_state is IssueState.UNPRINTED and entry.texts["cert_serial"]:
        form.fault("cert_serial", Reason.UNPRINTED_HAS_SERIAL)
    if entry.issue_state in (IssueState.UNPRINTED, IssueState.PRINTED_UNSEALED) and entry.issue_date:
        form.fault("issue_date", Reason.UNSEALED_HAS_DATE)


def check_parcel(raw: Mapping[str, str], codes: Codes, *, today: dt.date) -> ParcelEntry:
    """Check the fields of one parcel.

    Raises:
        EntryFaults: with every fault at once.
    """
    form = _Form(raw)
    texts = {field: form.text(field, longest, required=True) for field, longest in _PARCEL_REQUIRED.items()}
    texts |= {field: form.text(field, longest) for field, longest in _PARCEL_TEXTS.items()}
    entry = ParcelEntry(
        area_mu=form.take("area_mu", read_area, Decimal(0)),
        area_as_written=read_text(raw.get("area_mu", ""), longest=10**6)[:40],
        tree_count=form.take("tree_count", read_count, None),
        plant_year=form.take("plant_year", lambda value: read_count(value, largest=today.year), None),
        term_years=form.take("term_years", lambda value: read_count(value, largest=999), None),
        term_start=form.take("term_start", lambda value: read_date(value, today=today), None),
        term_end=form.take("term_end", read_end_date, EndDate()),
        texts=texts,
        codes={field: form.code(field, codes.get(field, frozenset())) for field in _PARCEL_CODES},
    )
    if entry.term_start and entry.term_end.day and entry.term_end.day < entry.term_start:
        form.fault("term_end", Reason.TERM_ORDER)
    form.refuse(confirmed=False)
    return entry


def missing_before_handover(values: Mapping[str, Any], fields: Iterable[str], *, issue_state: str) -> tuple[str, ...]:
    """Return the fields that a handover will ask for and that are empty, in form order.

    A certificate that was never printed needs no serial, issuer or date; one never sealed needs no date.
    """
    excused = {
        IssueState.UNPRINTED: {"cert_serial", "issuer", "issue_date"},
        IssueState.PRINTED_UNSEALED: {"issue_date"},
    }.get(IssueState(issue_state), set())
    return tuple(field for field in fields if field not in excused and values.get(field) in (None, ""))
