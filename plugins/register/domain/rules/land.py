"""Rules about the land and its trees: R10, R11 (one row), R14, R15, R31, R32."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from plugins.register.domain.row import Row
from plugins.register.domain.rules.found import Context, Found
from plugins.register.domain.rules.rule import ERROR, WARNING

SIDES: Final = ("bound_e", "bound_s", "bound_w", "bound_n")
OPPOSITE: Final = {"bound_e": "bound_w", "bound_w": "bound_e", "bound_s": "bound_n", "bound_n": "bound_s"}
NOTHING: Final = frozenset({"", "/", "-", "—", "无", "空", "\\"})
"""What stands for "nothing" where a value may be absent on purpose."""

DENSEST: Final = 5000
_PROTECTION: Final = "1"
_COMMERCIAL: Final = "商品林"
_VAGUE: Final = frozenset("山 沟 路 河 坡 梁 岭 地 山沟 山坡 山梁 山顶 沟底 小路 大路 道路 河沟 水沟 荒山 荒坡".split())


def r10_positive_area(row: Row, _context: Context) -> Iterator[Found]:
    """R10: the area is a number above zero."""
    if row.area_mu is None or row.area_mu <= 0:
        yield Found("R10", ERROR, "area_mu", {"area": row.area_as_written})


def r11_possible_area(row: Row, context: Context) -> Iterator[Found]:
    """R11, one row: a parcel above 10,000 亩 is probably a slip of the pen (proposal)."""
    if row.area_mu is not None and row.area_mu > context.largest_mu:
        yield Found("R11", WARNING, "area_mu", {"case": "huge", "area": plain(row.area_mu)})


def plain(area: Decimal) -> str:
    """Return an area without trailing zeros."""
    text = f"{area:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def r14_four_bounds(row: Row, _context: Context) -> Iterator[Found]:
    """R14: all four sides are described."""
    empty = [side for side in SIDES if getattr(row, side).strip() in NOTHING]
    if empty:
        yield Found("R14", ERROR, empty[0], {"columns": empty})


def r15_clear_bounds(row: Row, _context: Context) -> Iterator[Found]:
    """R15: opposite sides differ, and no side is a bare 山, 沟 or 路 (四至不清; the word list is a proposal)."""
    texts = {side: level_bound(getattr(row, side)) for side in SIDES}
    for side in ("bound_e", "bound_s"):
        if texts[side] not in NOTHING and texts[side] == texts[OPPOSITE[side]]:
            facts = {"case": "same", "columns": [side, OPPOSITE[side]], "text": getattr(row, side)}
            yield Found("R15", WARNING, side, facts, f"same:{side}")
    for side, text in texts.items():
        if text in _VAGUE:
            facts = {"case": "bare", "columns": [side], "text": getattr(row, side)}
            yield Found("R15", WARNING, side, facts, f"bare:{side}")


def level_bound(text: str) -> str:
    """Return a boundary text for comparison: half width, no blanks, no leading 至."""
    return "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("至")


def r31_plausible_kind(row: Row, _context: Context) -> Iterator[Found]:
    """R31: a protection forest is not called commercial; land said to be planted has a species (proposal)."""
    is_commercial = row.forest_class == _COMMERCIAL or _COMMERCIAL in row.remark or _COMMERCIAL in row.annotation
    if row.forest_category == _PROTECTION and is_commercial:
        yield Found("R31", WARNING, "forest_category", {"case": "commercial"}, "commercial")
    told = [field for field in ("origin", "plant_year") if getattr(row, field)]
    if told and row.main_species.strip() in NOTHING:
        yield Found("R31", WARNING, "main_species", {"case": "species", "columns": told}, "species")


def r32_plausible_count(row: Row, _context: Context) -> Iterator[Found]:
    """R32: trees are counted where there are trees, and not more than 5,000 on one 亩 (proposal)."""
    if not row.tree_count:
        return
    if row.main_species.strip() in NOTHING:
        yield Found("R32", WARNING, "tree_count", {"case": "bare", "count": row.tree_count}, "bare")
    if row.area_mu and row.tree_count > DENSEST * row.area_mu:
        facts = {"case": "dense", "area": plain(row.area_mu), "count": row.tree_count}
        yield Found("R32", WARNING, "tree_count", facts, "dense")
