"""The keying grid's columns in the order in which a certificate is read: the book once, then its pages; and what the next
row begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plugins.register.domain.columns import BY_KEY, Column

FILE_KEY: Final = "archival_code"

KEYED_BOOK: Final = (
    "cert_no",
    "holder_name",
    "holder_type",
    "id_type",
    "id_no",
    "co_mode",
    "co_holders",
    "issuer",
    "issue_date",
    "cert_serial",
    "application_no",
    "issue_state",
    "remark",
)
"""The cover pages: number, holder, issue."""

KEYED_PAGE: Final = (
    "land_owner",
    "land_use_holder",
    "tree_owner",
    "tree_use_holder",
    "location",
    "group_name",
    "place_name",
    "parcel_no",
    "compartment",
    "subcompartment",
    "area_mu",
    "tree_count",
    "main_species",
    "forest_category",
    "acquisition",
    "term_years",
    "term_start",
    "term_end",
    "bound_e",
    "bound_s",
    "bound_w",
    "bound_n",
    "origin",
    "forest_class",
    "plant_year",
    "annotation",
)
"""One page of 《森林、林木、林地状况登记表》, top left to bottom right."""

FROM_REGISTRY: Final = ("parcel_code", "bdc_unit_no")
"""Columns that only the registry's feedback fills; nobody keys them."""

KEYED: Final[tuple[Column, ...]] = tuple(BY_KEY[key] for key in (FILE_KEY, *KEYED_BOOK, *KEYED_PAGE))
"""The columns of the grid."""

SHARED_BY_PARCELS: Final = (
    "group_name",
    "location",
    "land_owner",
    "land_use_holder",
    "tree_owner",
    "tree_use_holder",
    "forest_category",
    "origin",
    "forest_class",
    "acquisition",
    "term_years",
    "term_start",
    "term_end",
)
"""What the parcels of one certificate usually share; the next page begins with it."""

SHARED_BY_VILLAGE: Final = (
    "holder_type",
    "id_type",
    "co_mode",
    "issuer",
    "issue_state",
    "land_owner",
    "acquisition",
    "term_years",
)
"""What the certificates of one village usually share; the next household begins with it."""

HOLDER_RIGHTS: Final = ("land_use_holder", "tree_owner", "tree_use_holder")
"""Rights that a household certificate's holder usually has."""

LEARNT: Final = (
    "land_owner",
    "location",
    "group_name",
    "place_name",
    "compartment",
    "subcompartment",
    "main_species",
    "issuer",
    "bound_e",
    "bound_s",
    "bound_w",
    "bound_n",
    "annotation",
)
"""Columns whose suggestions are learnt from what the village's rows have."""

_SIDES: Final = frozenset({"bound_e", "bound_s", "bound_w", "bound_n"})


def next_parcel_cells(cells: Mapping[str, str]) -> dict[str, str]:
    """Return what the next parcel of the same certificate begins with."""
    wanted = (FILE_KEY, *KEYED_BOOK, *SHARED_BY_PARCELS)
    return {key: cells[key] for key in wanted if cells.get(key)}


def next_household_cells(cells: Mapping[str, str], archival_code: str, holder: str) -> dict[str, str]:
    """Return what the first parcel of the village's next household begins with."""
    shared = {key: cells[key] for key in SHARED_BY_VILLAGE if cells.get(key)}
    rights = dict.fromkeys(("holder_name", *HOLDER_RIGHTS), holder) if holder else {}
    return {**shared, **rights, FILE_KEY: archival_code}


def is_side(key: str) -> bool:
    """Say whether a column is one of the 四至."""
    return key in _SIDES
