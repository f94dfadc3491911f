"""Facets as they are shown: counted values with their names, the chosen one marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.place import Division
from plugins.search import words
from plugins.search.domain.engine import FACETS, Filters
from plugins.search.domain.places import LEVELS
from plugins.search.queries.hits import class_titles, division_paths

SHOWN = 12
"""How many values of a facet are shown, the most frequent ones."""

PARAMETERS = {**dict.fromkeys(LEVELS, "division"), **{name: name for name in FACETS if name not in LEVELS}}
"""The key in the address that chooses a value of each facet."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value: its key in the address, its name, how many 件 have it, whether it is chosen."""

    key: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet with the values shown, and how many more there are."""

    name: str
    parameter: str
    values: tuple[FacetValue, ...]
    more: int


def show_facets(
    session: Session,
    counted: Mapping[str, Mapping[str, int]],
    chosen: Mapping[str, str],
    fixed: Mapping[str, Mapping[str, object]],
) -> list[Facet]:
    """Return the facets that offer a choice, in their order.

    Args:
        session: A reading session.
        counted: For each facet the counts by key, as an engine answers.
        chosen: What the address has chosen, by parameter.
        fixed: Names of keys for the facets whose keys are fixed.
    """
    codes = {key for level in LEVELS for key in counted.get(level, {})}
    names = dict(session.execute(select(Division.code, Division.name).where(Division.code.in_(codes))).all())
    classes = class_titles(session)

    known = {
        **dict.fromkeys(LEVELS, names),
        "class": {code: f"{code} {title}" for code, title in classes.items()},
        **fixed,
    }
    facets = (
        _facet(name, counted.get(name, {}), chosen.get(PARAMETERS[name], ""), known.get(name, {})) for name in FACETS
    )
    return [facet for facet in facets if len(facet.values) > 1 or any(value.is_chosen for value in facet.values)]


def _facet(name: str, counts: Mapping[str, int], chosen: str, known: Mapping[str, object]) -> Facet:
    ordered = sorted(counts.items(), key=lambda pair: (pair[0] != chosen, -pair[1], pair[0]))
    values = tuple(FacetValue(key, str(known.get(key, key)), count, key == chosen) for key, count in ordered[:SHOWN])
    return Facet(name, PARAMETERS[name], values, max(0, len(ordered) - SHOWN))


def chosen_words(session: Session, filters: Filters) -> list[str]:
    """Return what was chosen beside the box, in words."""
    said = []
    if filters.division:
        said.append(division_paths(session, [filters.division])[filters.division] or filters.division)
    if filters.class_code:
        said.append(f"{filters.class_code} {class_titles(session).get(filters.class_code, '')}".strip())
    if filters.year is not None:
        said.append(str(filters.year))
    if filters.issue_state is not None:
        said.append(str(words.STATE_WORDS[str(filters.issue_state)]))
    if filters.in_batch is not None:
        said.append(str(words.BATCH_WORDS[str(int(filters.in_batch))]))
    return said
