"""Running the row rules: live while keying, at import, in bulk. The rules that compare rows are SQL, in ``queries/checks_*``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from plugins.register.domain.row import Row
from plugins.register.domain.rules import entries, identity, land, terms
from plugins.register.domain.rules.found import Context, Found

RowRule = Callable[[Row, Context], Iterator[Found]]

ROW_RULES: Final[tuple[RowRule, ...]] = (
    entries.r01_entered,
    entries.r02_own_village,
    identity.r04_readable_number,
    entries.r05_known_state,
    entries.r06_state_fits,
    land.r10_positive_area,
    land.r11_possible_area,
    land.r14_four_bounds,
    land.r15_clear_bounds,
    identity.r19_public_land,
    identity.r21_check_digit,
    identity.r22_known_province,
    identity.r23_plausible_age,
    terms.r26_term_order,
    terms.r27_term_years,
    terms.r28_family_term,
    terms.r29_term_over,
    terms.r30_issue_date,
    land.r31_plausible_kind,
    land.r32_plausible_count,
    identity.r39_parcel_numbers,
    entries.r41_clean_text,
    entries.r42_script,
)


def check_row(row: Row, context: Context) -> tuple[Found, ...]:
    """Return everything that one row alone shows to be wrong."""
    return tuple(found for rule in ROW_RULES for found in rule(row, context))
