"""Completeness of a household file: every rule word, waivers, and honesty before the certificate is keyed."""

from __future__ import annotations

import csv

import pytest

from models.completeness import FileFacts, Rule, RuleError, Status, assess
from models.data import CHECKLIST


def status(rule: str, facts: FileFacts) -> Status:
    """Return how one line with this rule stands, for document type D1."""
    return assess([Rule.parse("D1", "材料", rule)], facts).lines[0].status


def keyed(**more: object) -> FileFacts:
    """Return facts of a file whose certificate is keyed: issued, one parcel, family contract."""
    facts: dict[str, object] = {"issue_state": "ISSUED", "parcel_count": 1, "acquisitions": frozenset({"FAMILY"})}
    return FileFacts(**(facts | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("required", FileFacts(), Status.MISSING),
        ("required", FileFacts(items={"D1": 1}), Status.PRESENT),
        ("required", FileFacts(items={"D2": 1}), Status.MISSING),
        ("optional", keyed(), Status.NOT_NEEDED),
        ("optional", keyed(items={"D1": 1}), Status.PRESENT),
        ("referenced", keyed(), Status.NOT_NEEDED),
        ("after_handover", keyed(), Status.NOT_NEEDED),
        ("if_acquisition:FAMILY|OTHER", keyed(), Status.MISSING),
        ("if_acquisition:FAMILY|OTHER", keyed(acquisitions=frozenset({"SELF"})), Status.NOT_NEEDED),
        ("if_acquisition:FAMILY|OTHER", keyed(acquisitions=frozenset({"SELF", "OTHER"})), Status.MISSING),
        ("if_state:ISSUED", keyed(), Status.MISSING),
        ("if_state:ISSUED", keyed(issue_state="UNPRINTED"), Status.NOT_NEEDED),
        ("unless_state:UNPRINTED", keyed(), Status.MISSING),
        ("unless_state:UNPRINTED", keyed(issue_state="UNPRINTED"), Status.NOT_NEEDED),
        ("if_co_held", keyed(), Status.NOT_NEEDED),
        ("if_co_held", keyed(is_co_held=True), Status.MISSING),
        ("per_parcel", keyed(parcel_count=3, pages={"D1": 2}, items={"D1": 1}), Status.MISSING),
        ("per_parcel", keyed(parcel_count=3, pages={"D1": 3}, items={"D1": 1}), Status.PRESENT),
        ("per_parcel", keyed(parcel_count=0), Status.MISSING),
    ],
)
def test_each_rule_word(rule: str, facts: FileFacts, expected: Status) -> None:
    assert status(rule, facts) is expected


@pytest.mark.parametrize("rule", ["if_state:ISSUED", "unless_state:UNPRINTED", "if_acquisition:FAMILY", "if_co_held"])
def test_a_rule_about_the_certificate_is_undecided_before_it_is_keyed(rule: str) -> None:
    assert status(rule, FileFacts()) is Status.UNDECIDED
    assert status(rule, FileFacts(items={"D1": 1})) is Status.PRESENT


def test_maps_are_undecided_before_the_parcels_are_known_even_if_some_are_there() -> None:
    assert status("per_parcel", FileFacts(items={"D1": 1}, pages={"D1": 1})) is Status.UNDECIDED


def test_a_waiver_counts_as_present_and_names_itself() -> None:
    found = assess([Rule.parse("D1", "材料", "required")], FileFacts(waived=frozenset({"D1"})))
    assert found.is_complete
    assert found.of(Status.WAIVED)[0].rule.doc_type == "D1"
    assert found.percent == 100


def test_percent_counts_needed_lines_only_and_is_100_only_when_complete() -> None:
    rules = [Rule.parse(f"D{n}", "材料", "required") for n in range(3)] + [Rule.parse("D9", "附件", "optional")]
    assert assess(rules, FileFacts(items={"D0": 1, "D1": 1, "D9": 4})).percent == 66
    assert assess(rules, FileFacts(items={"D0": 1, "D1": 1, "D2": 1})).percent == 100
    assert assess(rules, FileFacts()).percent == 0


@pytest.mark.parametrize("rule", ["", "requird", "required:X", "if_state", "if_state:", "if_state:|", "if_co_held:1"])
def test_unknown_rules_are_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        Rule.parse("D1", "材料", rule)


def test_the_shipped_checklist_judges_a_full_household_file() -> None:
    with CHECKLIST.open(encoding="utf-8", newline="") as stream:
        rules = [Rule.parse(row["doc_type"], row["title"], row["rule"]) for row in csv.DictReader(stream)]
    have = dict.fromkeys(("D01", "D02", "D04", "D05", "D06", "D07", "D10", "D11", "D12"), 1)
    assert assess(rules, keyed(items=have, pages=have)).is_complete
    without_receipt = {doc: count for doc, count in have.items() if doc != "D12"}
    missing = assess(rules, keyed(items=without_receipt, pages=without_receipt)).missing
    assert [line.rule.doc_type for line in missing] == ["D12"]
    assert assess(rules, keyed(items=without_receipt, pages=without_receipt, issue_state="PRINTED_SEALED")).is_complete
