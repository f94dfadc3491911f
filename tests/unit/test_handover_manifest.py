"""The manifest: one spelling, exact sums, no dependence on order; and the codes that stand on paper."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.handover.domain import manifest as m
from plugins.handover.domain.cover import cover_code, read_cover_code

HEADER = m.Header(
    batch_no="141124-2020-YJ003",
    list_version=1,
    title="第一批",
    division_code="141124",
    from_org="某县林业局",
    to_org="某县不动产登记中心",
    paper_kind="original",
)


def line(number: int, *areas: str, size: int = 100) -> m.Line:
    code = f"0123-ZY·LG-QQ01-102205-{number:04d}"
    return m.Line(
        archival_code=code,
        cert_no=f"某政林证字(2010)第{number:06d}号",
        cert_serial="B1",
        issue_state="ISSUED",
        holder_name="张三",
        division_code="141124102205",
        village="前青塘村",
        box_no="001",
        paper_pages=15,
        parcels=tuple((f"{seq:04d}", Decimal(area)) for seq, area in enumerate(areas, 1)),
        item_count=2,
        files=tuple(
            m.FileEntry(
                item_code=f"{code}-{seq:03d}",
                title="申请表",
                doc_type="D01",
                format="jpeg",
                bytes=size,
                sha256=hashlib.sha256(f"{number}-{seq}".encode()).hexdigest(),
                pages=seq,
            )
            for seq in (1, 2)
        ),
    )


def test_totals_are_the_exact_sums_of_the_lines() -> None:
    built = m.build(HEADER, [m.line_of(line(1, "0.1", "0.2")), m.line_of(line(2, "12.3456", "0.0544"))])
    assert built["totals"] == {
        "certs": 2, "parcels": 4, "area_mu": "12.7", "items": 4, "paper_pages": 30, "files": 4, "pages": 6, "bytes": 400,
    }  # fmt: skip


def test_lines_are_ordered_by_archival_code_numbered_and_coded() -> None:
    built = m.build(HEADER, [m.line_of(line(number, "1")) for number in (3, 1, 2)])
    assert [(one["seq"], one["code"], one["archival_code"][-4:]) for one in built["lines"]] == [
        (1, "141124-2020-YJ003-0001", "0001"),
        (2, "141124-2020-YJ003-0002", "0002"),
        (3, "141124-2020-YJ003-0003", "0003"),
    ]


@given(st.permutations(range(6)))
def test_the_order_of_gathering_changes_no_byte(order: list[int]) -> None:
    def built(numbers: list[int]) -> bytes:
        return m.canonical(m.build(HEADER, [m.line_of(line(number + 1, "1.5", "2")) for number in numbers]))

    assert built(order) == built(list(range(6)))


def test_parcels_and_files_of_a_line_are_sorted_too() -> None:
    one = line(1, "1", "2")
    turned = replace(one, parcels=one.parcels[::-1], files=one.files[::-1])
    assert m.line_of(one) == m.line_of(turned)


@pytest.mark.parametrize(
    "change",
    [{"holder_name": "李四"}, {"paper_pages": 16}, {"box_no": "002"}, {"parcels": (("0001", Decimal("1.5")),)}],
)
def test_any_change_of_a_line_changes_its_digest_and_the_manifest(change: dict[str, object]) -> None:
    before, after = m.line_of(line(1, "1")), m.line_of(replace(line(1, "1"), **change))  # type: ignore[arg-type]
    assert m.line_digest(before) != m.line_digest(after)
    assert m.canonical(m.build(HEADER, [before])) != m.canonical(m.build(HEADER, [after]))


def test_canonical_json_is_sorted_bare_and_readable() -> None:
    data = m.canonical({"b": "林", "a": [1, {"d": "", "c": None}]})
    assert data == '{"a":[1,{"c":null,"d":""}],"b":"林"}'.encode()
    assert json.loads(data) == {"a": [1, {"c": None, "d": ""}], "b": "林"}


@pytest.mark.parametrize("value", [{"a": 1.5}, {"a": [{"b": 0.1}]}])
def test_floats_have_no_place_in_a_manifest(value: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="float"):
        m.canonical(value)


@given(st.decimals(min_value=0, max_value=10**8, places=4))
def test_an_area_survives_its_spelling(area: Decimal) -> None:
    snapshot = m.line_of(replace(line(1), parcels=(("0001", area),)))
    assert m.line_area(snapshot) == area
    assert "E" not in snapshot["parcels"][0]["area_mu"]


def test_the_check_code_is_what_people_compare() -> None:
    sha256 = m.digest(b"x")
    assert m.check_code(sha256) == f"{sha256[:4]} {sha256[4:8]} {sha256[8:12]} {sha256[12:16]}"
    assert m.digest_agrees(m.check_code(sha256).upper(), sha256)
    assert m.digest_agrees(sha256, sha256)


@pytest.mark.parametrize("keyed", ["", " ", "0", m.digest(b"x")[:8], m.digest(b"x")[:15], m.digest(b"y")])
def test_a_short_or_other_code_does_not_agree(keyed: str) -> None:
    assert not m.digest_agrees(keyed, m.digest(b"x"))


def test_a_later_list_has_codes_of_its_own() -> None:
    second = replace(HEADER, list_version=2)
    assert m.item_code(HEADER, 7) == "141124-2020-YJ003-0007"
    assert m.item_code(second, 7) == "141124-2020-YJ003.2-0007"


@given(st.integers(1, 99_999), st.integers(1, 12))
def test_what_is_printed_on_a_cover_sheet_can_be_read_back(seq: int, version: int) -> None:
    code = m.item_code(replace(HEADER, list_version=version), seq)
    assert read_cover_code(cover_code(code)) == code
    assert read_cover_code(f"  {cover_code(code).lower()}\n") == code


@pytest.mark.parametrize("text", ["", "LD:", "141124-2020-YJ003-0007", "LD:http://x", "LD:141124-2020-YJ003", "XX:141124-2020-YJ003-0007"])  # fmt: skip
def test_other_codes_on_a_scan_are_not_ours(text: str) -> None:
    assert read_cover_code(text) is None
