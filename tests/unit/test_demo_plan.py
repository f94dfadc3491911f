"""Which household goes with which batch, and the passwords of the demonstration's accounts."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from plugins.accounts.adapters.known_passwords import known_passwords
from plugins.accounts.domain.officers import OFFICERS as OFFICER_ROLES
from plugins.accounts.domain.officers import ROLE_KEYS, conflict
from plugins.accounts.domain.passwords import POLICIES, faults
from plugins.demo.domain import plan
from plugins.demo.domain.cast import OFFICERS, STAFF, invent_password
from plugins.demo.domain.village import invent_village
from plugins.handover.domain.states import MAIN_LINE, BatchState


def shared(households: int) -> dict[str, list[int]]:
    tours = plan.share_out(invent_village(7, households).households)
    return {tour.goal: [household.index for household in tour.households] for tour in tours}


def test_thirty_households_fill_every_batch_and_leave_some_ready() -> None:
    chosen = shared(30)
    assert list(chosen) == [journey.goal for journey in plan.JOURNEYS]
    assert all(len(chosen[journey.goal]) == journey.size for journey in plan.JOURNEYS)
    everybody = [index for indexes in chosen.values() for index in indexes]
    assert len(set(everybody)) == len(everybody)
    ready = [h.index for h in invent_village(7, 30).households if plan.is_ready(h)]
    assert set(everybody) < set(ready)


@pytest.mark.parametrize("households", [1, 5, 12, 13, 20])
def test_a_small_village_fills_the_first_batches(households: int) -> None:
    chosen = shared(households)
    assert list(chosen) == [journey.goal for journey in plan.JOURNEYS][: len(chosen)]
    least = {journey.goal: journey.least for journey in plan.JOURNEYS}
    assert all(len(indexes) >= least[goal] for goal, indexes in chosen.items())


def test_what_is_left_to_do_is_never_handed_over() -> None:
    taken = {index for indexes in shared(30).values() for index in indexes}
    assert not taken & {plan.UNKEYED, plan.UNCOUNTED, plan.MISCOUNTED, plan.DISPUTED}
    assert not any(invent_village(7, 30).households[index].absent for index in taken)


def test_every_state_in_which_a_batch_can_rest_is_shown() -> None:
    passing = {BatchState.CHECKING, BatchState.SENDING, BatchState.CHECK_FAILED}
    assert {journey.goal for journey in plan.JOURNEYS} == {state.value for state in set(BatchState) - passing}


def test_stations_are_those_of_the_handover() -> None:
    assert tuple(state.value for state in MAIN_LINE) == plan.STATIONS


@pytest.mark.parametrize("journey", plan.JOURNEYS, ids=lambda journey: journey.goal)
def test_a_journey_passes_its_stations_without_a_gap(journey: plan.Journey) -> None:
    passed = [plan.is_on_the_way(journey.goal, station) for station in plan.STATIONS]
    assert passed[0]
    assert all(earlier or not later for earlier, later in pairwise(passed))


def test_one_item_of_the_answered_batch_comes_back() -> None:
    (answered,) = [journey for journey in plan.JOURNEYS if journey.goal == "ANSWERED"]
    assert len(answered.returned) == 1
    assert all(position < answered.least for position in answered.returned)


def test_there_is_an_account_for_every_role_and_no_account_breaks_the_separation() -> None:
    assert {part.role for part in (*OFFICERS, *STAFF)} == set(ROLE_KEYS)
    assert tuple(part.role for part in OFFICERS) == OFFICER_ROLES
    assert all(conflict([part.role]) is None for part in (*OFFICERS, *STAFF))
    assert len({part.login for part in (*OFFICERS, *STAFF)}) == len(OFFICERS) + len(STAFF)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_invented_passwords_please_every_policy(policy) -> None:
    rng = random.Random(5)
    about = [word for part in (*OFFICERS, *STAFF) for word in (part.login, part.name)]
    made = {invent_password(rng) for _number in range(400)}
    assert len(made) > 390
    assert {
        password: found
        for password in made
        if (found := faults(password, policy, known=known_passwords(), about=about))
    } == {}
