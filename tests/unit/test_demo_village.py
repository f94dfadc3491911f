"""The fictional village: repeatable, consistent within itself, and in no number to be taken for a real one."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.numbers import parse_cert_no
from plugins.demo.domain import numbers
from plugins.demo.domain.values import IssueState, Village
from plugins.demo.domain.village import PARCELS_PER_STRIP, invent_village

VILLAGE = invent_village(seed=7, households=30)
REAL_PROVINCES = {
    *range(11, 16),
    *range(21, 24),
    *range(31, 38),
    *range(41, 47),
    *range(50, 55),
    *range(61, 66),
    71,
    81,
    82,
}


def all_parcels(village: Village):
    return [(household, parcel) for household in village.households for parcel in household.parcels]


def test_the_same_seed_gives_the_same_village_and_another_seed_another() -> None:
    assert invent_village(seed=7, households=30) == VILLAGE
    assert invent_village(seed=8, households=30) != VILLAGE


@given(st.integers(0, 10_000), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_people_papers_and_parcels_are_each_their_own(seed: int, households: int) -> None:
    village = invent_village(seed, households)
    people = [person for household in village.households for person in household.people]
    assert len(village.households) == households
    assert len({person.id_no for person in people}) == len(people)
    assert len({person.name for person in people}) == len(people)
    assert len({household.cert_no for household in village.households}) == households
    assert all(1 <= len(household.parcels) <= 3 for household in village.households)
    units = [parcel.bdc_unit_no for _household, parcel in all_parcels(village)]
    assert len(set(units)) == len(units)


@pytest.mark.parametrize("households", [0, 901])
def test_a_village_has_a_size(households: int) -> None:
    with pytest.raises(ValueError, match=str(households)):
        invent_village(7, households)


def test_the_largest_village_still_has_well_formed_numbers() -> None:
    village = invent_village(7, 900)
    assert all(re.fullmatch(r"\d{17}[\dX]", household.holder.id_no) for household in village.households)
    assert all(re.fullmatch(r"\d{13}J1MSY\d{4}", parcel.application_no) for _h, parcel in all_parcels(village))


def test_id_numbers_carry_the_birth_date_and_the_check_digit_of_the_standard() -> None:
    weights = [2 ** (17 - place) % 11 for place in range(18)]
    for household in VILLAGE.households:
        number = household.holder.id_no
        digits = [10 if char == "X" else int(char) for char in number]
        assert sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 == 1
        assert number[6:14] == f"{household.holder.born_on:%Y%m%d}"


def test_no_code_belongs_to_a_real_place() -> None:
    for household in VILLAGE.households:
        assert int(household.holder.id_no[:2]) not in REAL_PROVINCES
    assert int(VILLAGE.code[:2]) not in REAL_PROVINCES
    assert re.fullmatch(r"\d{6}1\d\d2\d\d", VILLAGE.code), "a town and a village by the ranges of the national codes"


def test_numbers_have_the_form_of_their_kind() -> None:
    for household, parcel in all_parcels(VILLAGE):
        written = parse_cert_no(household.cert_no)
        assert written is not None
        assert (written.word, written.year, written.number) == ("岭", 2009, f"{household.number:04d}")
        assert re.fullmatch(r"\d{12}[GJZ]E\d{5}L\d{8}", parcel.bdc_unit_no)
        assert numbers.grouped_unit_number(parcel.bdc_unit_no).replace(" ", "") == parcel.bdc_unit_no


def test_one_number_of_the_run_was_spoilt() -> None:
    found = [household.number for household in VILLAGE.households]
    assert set(range(301, 332)) - set(found) == {318}


def test_all_four_issue_states_occur_and_agree_with_dates_and_serials() -> None:
    assert {household.issue_state for household in VILLAGE.households} == set(IssueState)
    for household in VILLAGE.households:
        state, course = household.issue_state, household.course
        assert (household.cert_serial is None) == (state is IssueState.UNPRINTED)
        assert (course.issue_date is not None) == (state in (IssueState.ISSUED, IssueState.PRINTED_SEALED))
        assert (course.received_on is not None) == (state is IssueState.ISSUED)


def test_dates_follow_the_course_of_registration() -> None:
    for household in VILLAGE.households:
        course = household.course
        days = [VILLAGE.voted_on, course.applied_on, course.surveyed_on, course.reviewed_on, course.approved_on]
        days += [day for day in (course.issue_date, course.received_on) if day]
        assert days == sorted(days)
        tenure = household.tenure
        assert (tenure.term_end.year - tenure.term_start.year + 1) == tenure.term_years
    assert (VILLAGE.published_to - VILLAGE.published_from).days + 1 == 30


def test_neighbours_agree_about_their_border() -> None:
    """Where one file says its eastern neighbour is B, some parcel of B says its western neighbour is A."""
    western = {(h.holder.name, p.neighbour_w, p.place_name) for h, p in all_parcels(VILLAGE)}
    eastern = [(p.neighbour_e, h.holder.name, p.place_name) for h, p in all_parcels(VILLAGE) if p.neighbour_e]
    assert len(eastern) > PARCELS_PER_STRIP
    assert [pair for pair in eastern if pair not in western] == []


def test_areas_are_those_of_the_outlines() -> None:
    for _household, parcel in all_parcels(VILLAGE):
        assert parcel.area_mu == parcel.area_mu.quantize(Decimal("0.01"))
        assert Decimal(5) < parcel.area_mu < Decimal(100)
        xs, ys = zip(*parcel.outline, strict=True)
        box_mu = (max(xs) - min(xs)) * (max(ys) - min(ys)) / (2000 / 3)
        assert float(parcel.area_mu) < box_mu
    assert all(h.area_mu == sum(p.area_mu for p in h.parcels) for h in VILLAGE.households)


def test_some_files_lack_a_paper_so_that_there_is_something_to_find() -> None:
    assert {doc for household in VILLAGE.households for doc in household.absent} == {"D02", "D05", "D07"}
    assert any(household.co_holders for household in VILLAGE.households)
    assert any(not household.tenure.contract_no for household in VILLAGE.households)
