"""The life of a report: a county's goes to its city, a city's to the province; each version stays as it was handed in.

`OPEN` of the domain reference is the month without a report. A version that a later one has taken the place of is
`CORRECTED`; until the later one is accepted (a city's: sent), the earlier one counts.

Source: domain reference 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lindang.i18n import Text, lazy

SUBMITTED, ACCEPTED, RETURNED, SENT, CORRECTED = "SUBMITTED", "ACCEPTED", "RETURNED", "SENT", "CORRECTED"
COUNTY_DIGITS, CITY_DIGITS, PROVINCE_DIGITS = 6, 4, 2

LABELS: Final[Mapping[str, Text]] = {
    SUBMITTED: lazy("已上报"),
    ACCEPTED: lazy("上级已接收"),
    RETURNED: lazy("被退回"),
    SENT: lazy("已报送"),
    CORRECTED: lazy("已有更正"),
}
TONES: Final[Mapping[str, str]] = {
    SUBMITTED: "info",
    ACCEPTED: "success",
    RETURNED: "danger",
    SENT: "success",
    CORRECTED: "neutral",
}
COUNTING: Final = frozenset({ACCEPTED, SENT})
"""States in which a report counts in the one above it."""
STANDING: Final = COUNTING | {SUBMITTED}
"""States of a report that the next one is compared with."""

_STEPS: Final[Mapping[tuple[str, str], str]] = {
    (SUBMITTED, "accept"): ACCEPTED,
    (SUBMITTED, "return"): RETURNED,
    (ACCEPTED, "return"): RETURNED,
    (SUBMITTED, "send"): SENT,
    (ACCEPTED, "send"): SENT,
    (SENT, "return"): RETURNED,
    (ACCEPTED, "correct"): CORRECTED,
    (SENT, "correct"): CORRECTED,
}
_OF_COUNTIES: Final = frozenset({"accept", "return", "send", "correct"})
_OF_OTHERS: Final = frozenset({"send", "return", "correct"})


def after(state: str, action: str, unit_code: str) -> str | None:
    """Return the state after an action on a unit's report, or None where that is not a step.

    A county's is accepted by its city before it is sent on; a city's own, with a second person's signature, is sent at once,
    and can be returned only then.
    """
    if len(unit_code) == COUNTY_DIGITS:
        if action not in _OF_COUNTIES or (state, action) in {(SUBMITTED, "send"), (SENT, "return")}:
            return None
    elif action not in _OF_OTHERS or (action == "return" and state != SENT):
        return None
    return _STEPS.get((state, action))


def parent_of(unit_code: str) -> str:
    """Return the unit that a report goes to; empty above a province."""
    return {COUNTY_DIGITS: unit_code[:CITY_DIGITS], CITY_DIGITS: unit_code[:PROVINCE_DIGITS]}.get(len(unit_code), "")


def child_digits(unit_code: str) -> int:
    """Return how long the codes of the units are that report to this one; 0 where there are none."""
    return {CITY_DIGITS: COUNTY_DIGITS, PROVINCE_DIGITS: CITY_DIGITS}.get(len(unit_code), 0)
