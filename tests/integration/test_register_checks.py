"""The rules over a whole county: exactly the planted findings, no more and no fewer, and their life from run to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from lindang.errors import BadInput, Conflict, Forbidden, NotFound
from lindang.host import Host
from lindang.testing import FixedClock, actor, make_host
from models.finding import ASKED, FIXED, OPEN, WAIVED, CheckRun, Finding
from models.register import Certificate, Parcel, RegisterBaseline
from plugins.demo.domain.county import County, invent_county
from plugins.demo.domain.defects import Expected, Truth, plant_defects
from plugins.demo.domain.numbers import COUNTY_CODE
from plugins.register.domain.rules.book import RULES
from plugins.register.queries.findings import FindingFilter, finding_page
from plugins.register.service.baselines import BaselineDraft, declare_baseline, read_list
from plugins.register.service.checking import check_division, check_village
from plugins.register.service.findings import approve_waiver, ask_to_waive, refuse_waiver
from plugins.register.words import remedy, sentence
from tests.support.register_county import difference, put_baselines, put_county, seen

CERTIFICATES = 450


@pytest.fixture
def planted(tmp_path) -> tuple[Host, County, Truth]:
    host = make_host(tmp_path, clock=FixedClock())
    county = invent_county(seed=5, certificates=CERTIFICATES)
    truth = plant_defects(county)
    put_county(host, county)
    return host, county, truth


def _run(host: Host, division: str = COUNTY_CODE) -> CheckRun:
    run_id = check_division(host, host.system_actor(), division)
    with host.view() as session:
        return session.get_one(CheckRun, run_id)


def _one(host: Host, *conditions: Any) -> Finding:
    with host.view() as session:
        found = session.scalars(select(Finding).where(*conditions).order_by(Finding.id)).first()
    assert found is not None
    return found


def _change(host: Host, table: Any, row_id: int, **values: Any) -> None:
    with host.uow(host.system_actor()) as uow:
        uow.session.execute(update(table).where(table.id == row_id).values(**values))


def test_a_county_in_good_order_lacks_nothing_but_its_files(tmp_path):
    host = make_host(tmp_path, clock=FixedClock())
    county = invent_county(seed=5, certificates=CERTIFICATES)
    put_county(host, county)
    _run(host)
    assert Counter(one.code for one in seen(host).elements()) == {"R33": CERTIFICATES}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_exactly_the_planted_findings_twice_in_a_row(tmp_path, seed):
    host = make_host(tmp_path, clock=FixedClock())
    county = invent_county(seed=seed, certificates=CERTIFICATES)
    truth = plant_defects(county)
    put_county(host, county)
    run = _run(host)
    assert difference(seen(host), truth.findings) == ([], [])
    assert run.rows == sum(len(book.rows) for book in county.books)
    assert run.changes == {"new": len(truth.findings), "fixed": 0, "back": 0}
    again = _run(host)
    assert difference(seen(host), truth.findings) == ([], [])
    assert again.changes == {"new": 0, "fixed": 0, "back": 0}
    assert again.found == run.found


def test_declared_numbers_add_exactly_their_findings(planted):
    host, _county, truth = planted
    _run(host)
    put_baselines(host, truth)
    run = _run(host)
    assert difference(seen(host), [*truth.findings, *truth.with_baselines]) == ([], [])
    assert run.changes["new"] == len(truth.with_baselines)
    assert not {"R13", "R44", "R45"} & run.not_checked.keys()


def test_every_rule_finds_something_or_says_why_it_was_not_checked(planted):
    host, _county, truth = planted
    put_baselines(host, truth)
    run = _run(host)
    # these need no data that is missing here, and the generator plants nothing of the kind
    silent = {"R02", "R10"}
    assert set(RULES) - set(run.found) - set(run.not_checked) <= silent
    assert all(RULES[code].missing for code in run.not_checked)
    assert {"R25", "R38", "R36"} <= run.not_checked.keys()


def test_checking_a_village_changes_nothing_that_is_true(planted):
    host, county, truth = planted
    _run(host)
    for place in county.places:
        changes = check_village(host, host.system_actor(), place.code)
        assert (changes.new, changes.fixed, changes.back) == (0, 0, 0)
    assert difference(seen(host), truth.findings) == ([], [])


def test_a_village_alone_finds_its_own_and_what_clashes_in_the_county(planted):
    host, county, truth = planted
    place = county.places[1].code
    check_village(host, host.system_actor(), place)
    clashes = {"R03", "R08", "R24", "R40"}
    expected = [one for one in truth.findings if one.village == place or one.code in clashes]
    assert difference(seen(host), [one for one in expected if one.code != "R07"]) == ([], [])


def test_mended_rows_are_fixed_and_come_back(planted):
    host, _county, _truth = planted
    _run(host)
    bound = _one(host, Finding.code == "R14")
    with host.view() as session:
        village = session.get_one(Parcel, bound.object_id).division_code
    _change(host, Parcel, bound.object_id, bound_s="至沟心，以流水线为界")
    assert check_village(host, host.system_actor(), village).fixed == 1
    fixed = _one(host, Finding.id == bound.id)
    assert (fixed.state, fixed.times, fixed.closed_at is not None) == (FIXED, 1, True)
    _change(host, Parcel, bound.object_id, bound_s="")
    assert check_village(host, host.system_actor(), village).back == 1
    back = _one(host, Finding.id == bound.id)
    assert (back.state, back.times, back.closed_at) == (OPEN, 2, None)


def test_mending_one_of_two_that_clash_frees_the_other_in_its_own_village(planted):
    host, _county, _truth = planted
    _run(host)
    pair = _one(host, Finding.code == "R08")
    with host.view() as session:
        both = session.scalars(select(Finding).where(Finding.code == "R08", Finding.subject == pair.subject)).all()
    assert len({one.division_code for one in both}) == 2
    _change(host, Certificate, both[0].object_id, cert_serial="B9999999999")
    check_village(host, host.system_actor(), both[0].division_code)
    assert [_one(host, Finding.id == one.id).state for one in both] == [FIXED, FIXED]


def test_a_withdrawn_row_loses_its_findings(planted):
    host, _county, _truth = planted
    _run(host)
    bound = _one(host, Finding.code == "R14")
    _change(host, Parcel, bound.object_id, is_withdrawn=True)
    check_village(host, host.system_actor(), bound.division_code)
    assert _one(host, Finding.id == bound.id).state == FIXED


def test_a_waiver_takes_two_people_and_lasts_as_long_as_the_facts(planted):
    host, _county, _truth = planted
    _run(host)
    finding = _one(host, Finding.code == "R14")
    one, two = actor(host, {"archivist"}, account_id=1), actor(host, {"liaison"}, account_id=2)
    with host.uow(one) as uow:
        ask_to_waive(uow, [finding.id], "证书上就没有南至")
    with pytest.raises(Forbidden), host.uow(one) as uow:
        approve_waiver(uow, [finding.id])
    with host.uow(two) as uow:
        refuse_waiver(uow, [finding.id], "请外业核实")
    assert _one(host, Finding.id == finding.id).state == OPEN
    with host.uow(one) as uow:
        ask_to_waive(uow, [finding.id], "已核实，证书上没有")
    _run(host)
    assert _one(host, Finding.id == finding.id).state == ASKED
    with host.uow(two) as uow:
        approve_waiver(uow, [finding.id])
    with pytest.raises(Conflict), host.uow(one) as uow:
        ask_to_waive(uow, [finding.id], "再来一次")
    _run(host)
    assert _one(host, Finding.id == finding.id).state == WAIVED
    _change(host, Parcel, finding.object_id, bound_n="")
    check_village(host, host.system_actor(), finding.division_code)
    lapsed = _one(host, Finding.id == finding.id)
    assert (lapsed.state, lapsed.waived_by, lapsed.times) == (OPEN, "", 1)


def test_waivers_refuse_what_is_empty_or_out_of_scope(planted):
    host, _county, _truth = planted
    _run(host)
    finding = _one(host, Finding.code == "R14")
    stranger = actor(host, {"archivist"}, prefixes=("990199",))
    for ids, reason, error in (([finding.id], " ", BadInput), ([], "x", BadInput)):
        with pytest.raises(error), host.uow(actor(host, {"archivist"})) as uow:
            ask_to_waive(uow, ids, reason)
    with pytest.raises(NotFound), host.uow(stranger) as uow:
        ask_to_waive(uow, [finding.id], "x")
    with pytest.raises(NotFound):
        check_division(host, stranger, COUNTY_CODE)
    with host.view(stranger) as session:
        assert finding_page(session, stranger, FindingFilter()).total == 0


def test_a_run_that_was_broken_off_goes_on(planted):
    host, county, truth = planted
    steps: list[int] = []

    def stop(done: int, _total: int, _note: str) -> None:
        steps.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_division(host, host.system_actor(), COUNTY_CODE, stop)
    run = _run(host)
    assert run.id == 1
    assert run.rows == sum(len(book.rows) for book in county.books)
    assert difference(seen(host), truth.findings) == ([], [])


def test_every_sentence_is_whole_and_names_no_id_number(planted):
    host, county, truth = planted
    put_baselines(host, truth)
    _run(host)
    numbers = {book.first["id_no"] for book in county.books}
    with host.view() as session:
        for finding in session.scalars(select(Finding)):
            text = sentence(finding.code, finding.facts)
            assert text
            assert "%" not in text
            assert remedy(finding.code)
            assert not any(number in text for number in numbers if number[6:14] in text)
            assert not any(str(value) in numbers for value in finding.facts.values())


def _declare(host: Host, **more: Any) -> int:
    draft = BaselineDraft(division_code=COUNTY_CODE, certificates=1, parcels=2, area_mu=None, document="文件", **more)
    with host.uow(host.system_actor()) as uow:
        return declare_baseline(uow, draft).id


def test_a_new_baseline_stands_beside_the_old(planted):
    host, _county, _truth = planted
    first, second = _declare(host), _declare(host)
    with host.view() as session:
        rows = {row.id: row for row in session.scalars(select(RegisterBaseline))}
    assert (rows[first].is_current, rows[second].is_current) == (False, True)
    assert [rows[first].baseline_no, rows[second].baseline_no] == [1, 2]


LIST = "颁证清册\n林权证号,权利人,宗地数,面积\n岭林证字(2007)第0001号,甲,2,12.5\n合计,,2,12.5\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("没有,表头\n1,2\n", "没有找到表头"),
        (LIST.replace("(2007)第0001号", ""), "太长或没有数字"),
        (LIST.replace(",2,12.5\n合", ",两,12.5\n合"), "宗地数"),
        (LIST.replace("12.5\n合", "12.55555\n合"), "面积"),
        (LIST.replace("合计", "岭林证字〔2007〕第1号"), "出现两次"),
    ],
)
def test_a_list_with_a_fault_is_not_taken(text, fault):
    from lindang.errors import Faults

    with pytest.raises(Faults) as refused:
        read_list(text.encode("gb18030"), "清册.csv", COUNTY_CODE)
    assert fault in str(refused.value.faults[0])


def test_a_list_is_read_with_its_title_and_without_its_total():
    lines = read_list(LIST.encode(), "清册.csv", COUNTY_CODE)
    assert [(line.line_no, line.cert_no, line.parcels, str(line.area_mu)) for line in lines] == [
        (3, "岭林证字(2007)第0001号", 2, "12.5")
    ]


def test_truth_is_the_same_for_the_same_seed():
    def truth() -> list[Expected]:
        return plant_defects(invent_county(seed=9, certificates=300)).findings

    make: Callable[[], list[Expected]] = truth
    assert make() == make()
