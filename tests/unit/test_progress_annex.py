"""附件1: the rows of the work plan, ratios of sums, what blocks, months and states; the worked examples of the domain reference."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lindang.crypto import fingerprint, is_signed_by, load_vault
from plugins.progress.domain import states
from plugins.progress.domain.annex import (
    FALLEN,
    NO_AREA,
    NO_BASELINE,
    OVER,
    RULE_VERSION,
    Figures,
    from_values,
    obstacles,
    percent,
    ratio,
    to_values,
    total,
)
from plugins.progress.domain.envelope import BAD_DIGEST, BAD_VALUES, NOT_JSON, EnvelopeRefused, Letter, open_letter
from plugins.progress.domain.period import Period, is_late, may_report, read_period
from plugins.progress.domain.snapshot import Column, digest, form_of, frozen, is_whole


def figures(
    certificates: int | None, done: int, parcels: int | None = 20_000, rows: int = 100, area: str | None = "5.5"
) -> Figures:
    return Figures(
        certificates=certificates, parcels=parcels, area_mu=Decimal(area) if area else None,
        done_certificates=done, done_parcels=rows,
    )  # fmt: skip


FIGURES = st.builds(
    Figures,
    certificates=st.none() | st.integers(0, 10**6),
    parcels=st.none() | st.integers(0, 10**6),
    area_mu=st.none() | st.integers(0, 10**10).map(lambda number: Decimal(number) / 10_000),
    done_certificates=st.integers(0, 10**6),
    done_parcels=st.integers(0, 10**6),
)


def test_the_worked_example_is_thirty_and_not_the_mean() -> None:
    """Domain reference 7: 甲 3,000/12,000 (25.00), 乙 900/1,000 (90.00) → 市 30.00, not 57.50."""
    one, other = figures(12_000, 3_000), figures(1_000, 900)
    assert [str(each.certificate_ratio) for each in (one, other, total((one, other)))] == ["25.00", "90.00", "30.00"]
    assert total((one, other)).certificates == 13_000


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 8, "12.50"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 800, "0.13"),  # 0.125 goes up, where half-even would say 0.12
        (0, 7, "0.00"),
        (7, 7, "100.00"),
        (5, 0, "—"),
        (0, None, "—"),
    ],
)
def test_ratios_are_rounded_half_up_and_nothing_declared_is_a_dash(part: int, whole: int | None, shown: str) -> None:
    assert percent(ratio(part, whole)) == shown


@settings(deadline=None)
@given(st.lists(FIGURES, min_size=1, max_size=6))
def test_the_whole_is_the_sum_and_its_ratio_the_ratio_of_sums(columns: list[Figures]) -> None:
    whole = total(columns)
    assert whole.done_parcels == sum(one.done_parcels for one in columns)
    if all(one.parcels is not None for one in columns):
        declared = sum(one.parcels or 0 for one in columns)
        assert whole.parcels == declared
        assert whole.parcel_ratio == ratio(whole.done_parcels, declared)
    else:
        assert whole.parcels is None, "what one county has not declared cannot be added up"
    assert total([whole]) == whole


@settings(deadline=None)
@given(FIGURES)
def test_numbers_survive_the_way_into_a_snapshot_and_back(one: Figures) -> None:
    assert from_values(json.loads(json.dumps(to_values(one)))) == one


def test_what_stands_in_the_way() -> None:
    fine = figures(100, 40)
    assert obstacles(fine, None, "") == ()
    assert obstacles(figures(100, 101), None, "reason") == (OVER,), "no reason lifts it: the baseline must be revised"
    assert obstacles(figures(100, 40, parcels=99, rows=100), None, "") == (OVER,)
    assert obstacles(figures(None, 40), None, "") == (NO_BASELINE,)
    assert obstacles(figures(100, 40, area=None), None, "") == (NO_AREA,)
    assert obstacles(figures(100, 39), fine, " ") == (FALLEN,)
    assert obstacles(figures(100, 39), fine, "重号的两本作废") == ()
    assert obstacles(figures(0, 0, parcels=0, rows=0), None, "") == (), "a baseline of 0 is a dash, not a fault"


def test_the_form_has_the_rows_and_headings_of_the_work_plan() -> None:
    columns = [
        Column(code="141121", name="甲县", figures=figures(12_000, 3_000)),
        Column(code="141122", name="乙县", figures=figures(1_000, 900)),
    ]
    form = form_of("1411", "某市", columns)
    assert form["title"] == "某市林权证登记信息入库数字化进度情况表"
    assert form["heads"] == ["工作进度", "市合计", "甲县", "乙县"]
    assert [row[0] for row in form["rows"]] == [
        "发证总本数(本)", "发证总面积(亩)", "发证总宗地数(宗)", "入库数字化本数(本)",
        "占总本数比例(%)", "入库数字化宗地数(宗)", "占总宗地数比例(%)",
    ]  # fmt: skip
    assert form["rows"][4][1:] == ["30.00", "25.00", "90.00"]
    assert form["rows"][1][1] == "11.00"


def test_months_and_their_days() -> None:
    august = read_period("2020-08")
    assert august == Period(2020, 8)
    assert [read_period(text) for text in ("2020-13", "2020-8", "八月", "2020-08-01")] == [None] * 4
    assert (str(Period(2020, 1).previous), str(Period(2020, 12).following)) == ("2019-12", "2021-01")
    assert Period(2021, 2).day(31) == dt.date(2021, 2, 28)
    assert not is_late(dt.date(2020, 8, 27), Period(2020, 8), 27)
    assert is_late(dt.date(2020, 8, 28), Period(2020, 8), 27)
    assert is_late(dt.date(2020, 9, 1), Period(2020, 8), 27)
    assert [may_report(Period(2020, month), dt.date(2020, 8, 1)) for month in (7, 8, 9)] == [True, True, False]


def test_the_life_of_a_report() -> None:
    county, city = "141121", "1411"
    assert states.after(states.SUBMITTED, "accept", county) == states.ACCEPTED
    assert states.after(states.SUBMITTED, "send", county) is None, "a county's is accepted first"
    assert states.after(states.ACCEPTED, "send", county) == states.SENT
    assert states.after(states.SENT, "return", county) is None, "what is with the province comes back by correction"
    assert states.after(states.SUBMITTED, "send", city) == states.SENT
    assert states.after(states.SUBMITTED, "accept", city) is None
    assert states.after(states.SENT, "return", city) == states.RETURNED
    for state in (states.RETURNED, states.CORRECTED):
        assert [states.after(state, action, county) for action in ("accept", "return", "send", "correct")] == [None] * 4
    assert (states.parent_of(county), states.parent_of(city), states.parent_of("14")) == ("1411", "14", "")


# --- the file between archives ----------------------------------------------------------------------------------------


def letter(public_key: str = "0" * 64) -> Letter:
    columns = [Column(code="141121", name="甲县", figures=figures(12_000, 3_000), source="县发1号")]
    values = frozen("141121", "甲县", columns, [], "2020-08-26T10:00:00+08:00")
    return Letter(
        division_code="141121", period="2020-08", report_no=1, rule_version=RULE_VERSION, values=values,
        data_sha256=digest(values), filled_by="甲", phone="1", filled_on=dt.date(2020, 8, 26), approved_by="乙", reason="",
        submitted_at="2020-08-26T10:00:00+08:00", public_key=public_key,
    )  # fmt: skip


def test_a_file_comes_back_as_it_went(tmp_path: Path) -> None:
    vault = load_vault(tmp_path)
    sent = letter(vault.public_key)
    data = sent.to_bytes(vault.sign(sent.signed))
    back, signature = open_letter(data)
    assert back == sent
    assert is_signed_by(back.public_key, back.signed, signature)
    assert re.fullmatch(r"([0-9a-f]{4} ){7}[0-9a-f]{4}", fingerprint(vault.public_key))


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    """Whatever one byte becomes: the file is refused, or its signature is."""
    vault = load_vault(tmp_path)
    sent = letter(vault.public_key)
    data = sent.to_bytes(vault.sign(sent.signed))
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] = ord("7") if data[place] != ord("7") else ord("8")
        try:
            back, signature = open_letter(bytes(changed))
        except EnvelopeRefused:
            continue
        assert back == sent or not is_signed_by(back.public_key, back.signed, signature), place


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"values": {}}, BAD_VALUES),
        ({"data_sha256": "0" * 64}, BAD_DIGEST),
        ({"period": "2020-13"}, BAD_VALUES),
        ({"division_code": "141122"}, BAD_VALUES),
        ({"report_no": True}, BAD_VALUES),
        ({"submitted_at": "2020-08-26T10:00:00"}, BAD_VALUES),
        ({"filled_by": ""}, BAD_VALUES),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(changes: dict[str, object], reason: str) -> None:
    table = json.loads(letter().to_bytes("0" * 128)) | changes
    with pytest.raises(EnvelopeRefused) as caught:
        open_letter(json.dumps(table).encode())
    assert caught.value.reason == reason


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_other_file_is_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeRefused) as caught:
        open_letter(data)
    assert caught.value.reason == NOT_JSON or data.strip()


def test_a_form_that_says_more_than_its_numbers_is_not_whole() -> None:
    values = dict(letter().values)
    assert is_whole(values, "141121")
    form = {**values["form"], "rows": [[*row[:-1], "99.99"] for row in values["form"]["rows"]]}
    assert not is_whole({**values, "form": form}, "141121")
    assert not is_whole({**values, "columns": []}, "141121")
