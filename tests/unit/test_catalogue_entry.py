"""Keying a certificate and its parcels: all faults at once, soft ones only without the clerk's confirmation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from models.issue_states import IssueState
from models.values import Reason
from plugins.catalogue.domain.entry import (
    CERTIFICATE_BEFORE_HANDOVER,
    EntryFaults,
    check_certificate,
    check_parcel,
    missing_before_handover,
)

TODAY = dt.date(2020, 9, 1)
CODES = {
    "id_type": frozenset({"1", "7", "99"}),
    "holder_type": frozenset({"1", "6"}),
    "co_mode": frozenset({"0", "1"}),
    "forest_category": frozenset({"1", "2"}),
    "acquisition": frozenset({"FAMILY", "SELF"}),
    "origin": frozenset({"天然", "人工"}),
}
CERTIFICATE = {
    "cert_no": "岚林证字(2010)第000123号",
    "issue_state": "ISSUED",
    "holder_name": "王小山",
    "cert_serial": "B1400000123",
    "issue_date": "2010年5月6日",
    "id_type": "1",
    "id_no": "141124197001010017",
    "co_holders": "李秀英、王大山",
}
PARCEL = {
    "parcel_no": "0001",
    "location": "某县某镇王家沟村",
    "area_mu": "12.30",
    "land_owner": "王家沟村农民集体",
    "land_use_holder": "王小山",
    "tree_owner": "王小山",
    "tree_use_holder": "王小山",
    "forest_category": "1",
    "acquisition": "FAMILY",
    "term_start": "2010-05-06",
    "term_end": "2080-05-05",
}


def reasons(raw: dict[str, str], **options: bool) -> set[tuple[str, Reason]]:
    """Return every fault of a certificate form."""
    try:
        check_certificate(raw, CODES, today=TODAY, **options)
    except EntryFaults as error:
        return {(fault.field, fault.reason) for fault in error.faults}
    return set()


def test_a_good_certificate_is_read_with_its_spelling_kept() -> None:
    entry = check_certificate(CERTIFICATE, CODES, today=TODAY)
    assert entry.cert_no == "岚林证字(2010)第000123号"
    assert entry.issue_state is IssueState.ISSUED
    assert entry.issue_date == dt.date(2010, 5, 6)
    assert entry.co_holders == ("李秀英", "王大山")


def test_all_faults_come_at_once() -> None:
    raw = {"cert_no": "", "issue_state": "?", "holder_name": " ", "issue_date": "2010-13-01", "holder_type": "x"}
    assert reasons(raw) == {
        ("cert_no", Reason.REQUIRED),
        ("issue_state", Reason.CODE),
        ("holder_name", Reason.REQUIRED),
        ("issue_date", Reason.DATE),
        ("holder_type", Reason.CODE),
    }


def test_an_id_number_needs_its_type_and_its_check_digit() -> None:
    assert reasons(CERTIFICATE | {"id_type": ""}) == {("id_type", Reason.REQUIRED)}
    assert reasons(CERTIFICATE | {"id_no": "141124197001010018"}) == {("id_no", Reason.RESIDENT_ID)}
    assert reasons(CERTIFICATE | {"id_no": "141124700101001"}) == set()
    assert reasons(CERTIFICATE | {"id_type": "7", "id_no": "54141124MC13579240"}) == set()
    assert reasons(CERTIFICATE | {"id_type": "7", "id_no": "54141124MC13579241"}) == {("id_no", Reason.USCC)}
    assert reasons(CERTIFICATE | {"id_type": "99", "id_no": "军字第 12 号"}) == set()


def test_soft_faults_are_accepted_when_the_paper_says_so_and_hard_ones_never() -> None:
    odd = CERTIFICATE | {"cert_no": "第 123 号", "id_no": "141124197001010018"}
    assert reasons(odd) == {("cert_no", Reason.CERT_NO), ("id_no", Reason.RESIDENT_ID)}
    assert reasons(odd, confirmed=True) == set()
    assert reasons(odd | {"holder_name": ""}, confirmed=True) == {("holder_name", Reason.REQUIRED)}


def test_the_state_contradicts_what_only_a_printed_or_sealed_book_has() -> None:
    assert reasons(CERTIFICATE | {"issue_state": "UNPRINTED"}) == {
        ("cert_serial", Reason.UNPRINTED_HAS_SERIAL),
        ("issue_date", Reason.UNSEALED_HAS_DATE),
    }
    assert reasons(CERTIFICATE | {"issue_state": "PRINTED_UNSEALED", "issue_date": ""}) == set()


def test_a_good_parcel_keeps_the_written_area_beside_the_number() -> None:
    entry = check_parcel(PARCEL | {"area_mu": "12.30 亩"}, CODES, today=TODAY)
    assert (entry.area_mu, entry.area_as_written) == (Decimal("12.30"), "12.30 亩")
    assert entry.term_end.day == dt.date(2080, 5, 5)


def test_parcel_faults_come_at_once() -> None:
    raw = {"area_mu": "0", "tree_count": "许多", "forest_category": "9", "term_start": "x", "parcel_no": "1"}
    with pytest.raises(EntryFaults) as caught:
        check_parcel(raw, CODES, today=TODAY)
    assert {(fault.field, fault.reason) for fault in caught.value.faults} == {
        ("location", Reason.REQUIRED),
        ("land_owner", Reason.REQUIRED),
        ("land_use_holder", Reason.REQUIRED),
        ("tree_owner", Reason.REQUIRED),
        ("tree_use_holder", Reason.REQUIRED),
        ("area_mu", Reason.AREA_ZERO),
        ("tree_count", Reason.NUMBER),
        ("forest_category", Reason.CODE),
        ("term_start", Reason.DATE),
    }


def test_a_term_cannot_end_before_it_begins() -> None:
    with pytest.raises(EntryFaults) as caught:
        check_parcel(PARCEL | {"term_end": "2009-01-01"}, CODES, today=TODAY)
    assert caught.value.faults[0].reason is Reason.TERM_ORDER


def test_what_a_handover_will_ask_for_depends_on_the_state() -> None:
    values = {"cert_serial": "", "issuer": "某县人民政府", "issue_date": None, "holder_type": "1", "id_type": "1"}
    values |= {"id_no_masked": "1411**********0017"}
    ask = {
        state: missing_before_handover(values, CERTIFICATE_BEFORE_HANDOVER, issue_state=state) for state in IssueState
    }
    assert ask[IssueState.ISSUED] == ask[IssueState.PRINTED_SEALED] == ("cert_serial", "issue_date")
    assert ask[IssueState.PRINTED_UNSEALED] == ("cert_serial",)
    assert ask[IssueState.UNPRINTED] == ()
