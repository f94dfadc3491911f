"""The desk on which one household's papers are drawn: who it is about, at what resolution, with which chance."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.demo.domain.values import Household, Village
from plugins.demo.drawing import wear
from plugins.demo.drawing.fonts import Face
from plugins.demo.drawing.sheet import A4, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every paper of one household needs to be drawn."""

    village: Village
    household: Household
    dpi: int
    rng: random.Random
    press: Mapping[Face, Face] = field(default_factory=dict)

    def sheet(
        self,
        size: tuple[float, float] = A4,
        *,
        colour: wear.Colour = wear.Colour.COLOUR,
        reduction: float = 1.0,
    ) -> Sheet:
        """Take a new empty sheet, or one for a reduced copy."""
        return Sheet(size, dpi=self.dpi, rng=self.rng, colour=colour, reduction=reduction, press=self.press)

    def blank(self) -> Sheet:
        """Take the unwritten back of a sheet, which is kept as a page."""
        sheet = self.back()
        sheet.is_blank = True
        return sheet

    def back(self) -> Sheet:
        """Take the second side of a sheet."""
        sheet = self.sheet()
        sheet.holes = wear.Holes.RIGHT
        return sheet

    @property
    def forestry_bureau(self) -> str:
        """The office that keeps the archive."""
        return f"{self.village.county}林业局"

    @property
    def county_government(self) -> str:
        """The authority that issues the certificates."""
        return f"{self.village.county}人民政府"

    @property
    def committee(self) -> str:
        """The village committee."""
        return f"{self.village.name}村民委员会"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One finished paper: its kind, its title and its sides in order."""

    doc_type: str
    title: str
    sheets: list[Sheet]
    double_sided: bool = False


def chinese_date(date: dt.date) -> str:
    """Write a date as forms do."""
    return f"{date.year}年{date.month}月{date.day}日"
