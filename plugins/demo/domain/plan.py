"""What the demonstration shows: which household stands at which point, and one batch at each station of its life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from plugins.demo.domain.values import Household

UNKEYED = 29
"""The household whose certificate nobody has keyed yet."""

UNCOUNTED, MISCOUNTED, DISPUTED = 28, 27, 19
"""Households whose paper nobody has counted, was counted wrong, or who quarrel with a neighbour."""

_HELD_BACK = frozenset({UNKEYED, UNCOUNTED, MISCOUNTED, DISPUTED})


@dataclass(frozen=True, slots=True)
class Journey:
    """One batch: where it ends, how many certificates it takes, and which of them come back for which reason.

    Attributes:
        goal: the state in which it is left.
        size: how many certificates it takes while there are enough.
        least: how many it needs to show what it is for.
        returned: position in the batch to (reason code, words).
    """

    goal: str
    size: int
    least: int = 1
    returned: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tour:
    """A journey with the households that take it; `number` counts the batches from 0."""

    number: int
    journey: Journey
    households: tuple[Household, ...]

    @property
    def goal(self) -> str:
        """The state in which the batch is left."""
        return self.journey.goal


JOURNEYS = (
    Journey("CLOSED", 3),
    Journey("FEEDBACK_FILED", 2),
    Journey("ANSWERED", 3, least=2, returned={1: ("03", "东至与四至范围图不一致，请现场核实")}),
    Journey("RECEIVED", 2),
    Journey("SENT", 3),
    Journey("SIGNED", 2),
    Journey("CHECKED", 2),
    Journey("DRAFT", 2),
    Journey("REFUSED", 1),
    Journey("CANCELLED", 1),
)
"""In the order in which they are made: a batch can only be closed while no feedback paper of the county lies unplaced."""

STATIONS = ("DRAFT", "CHECKED", "SIGNED", "SENT", "RECEIVED", "ANSWERED", "FEEDBACK_FILED", "CLOSED")


def is_on_the_way(goal: str, station: str) -> bool:
    """Say whether a batch with this goal passes, or ends at, a station of the straight way."""
    last = {"REFUSED": "SENT", "CANCELLED": "DRAFT"}.get(goal, goal)
    return STATIONS.index(station) <= STATIONS.index(last)


def is_ready(household: Household) -> bool:
    """Say whether the household's file can be handed over: complete, counted, keyed, undisputed."""
    return not household.absent and household.index not in _HELD_BACK


def share_out(households: Iterable[Household]) -> Iterator[Tour]:
    """Give the ready households to the batches, in order; a small village fills the first batches only."""
    ready = [household for household in households if is_ready(household)]
    spare = max(0, len(ready) - sum(journey.least for journey in JOURNEYS))
    for number, journey in enumerate(JOURNEYS):
        extra = min(journey.size - journey.least, spare)
        spare -= extra
        count = journey.least + extra
        taken, ready = ready[:count], ready[count:]
        if len(taken) >= journey.least:
            yield Tour(number, journey, tuple(taken))
