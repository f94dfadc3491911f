"""附件1《林权证登记信息入库数字化进度情况表》: its seven rows, what a ratio is, what stands in the way of handing it in.

The first three rows are *declared* (上报基数), the digitised numbers are *counted* from checked rows; neither ever takes the
other's place. 市合计 is Σ, a ratio of the whole is Σ/Σ and never a mean of ratios. What is not known is a dash, never 0.

Source: work plan 2020, 附件1; domain reference, section 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

RULE_VERSION: Final = "annex1-1"
"""Raised whenever a rule of this module changes; a report keeps the one that it was made by."""
DASH: Final = "—"
CORNER: Final = "工作进度"
ROWS: Final = (
    "发证总本数(本)",
    "发证总面积(亩)",
    "发证总宗地数(宗)",
    "入库数字化本数(本)",
    "占总本数比例(%)",
    "入库数字化宗地数(宗)",
    "占总宗地数比例(%)",
)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers of one column. What nobody has declared is None."""

    certificates: int | None
    parcels: int | None
    area_mu: Decimal | None
    done_certificates: int
    done_parcels: int

    @property
    def certificate_ratio(self) -> Decimal | None:
        """入库数字化本数 in percent of 发证总本数."""
        return ratio(self.done_certificates, self.certificates)

    @property
    def parcel_ratio(self) -> Decimal | None:
        """入库数字化宗地数 in percent of 发证总宗地数."""
        return ratio(self.done_parcels, self.parcels)

    def cells(self) -> tuple[str, ...]:
        """Return the seven cells of the column, top to bottom, as the form shows them."""
        return (
            _count(self.certificates),
            _area(self.area_mu),
            _count(self.parcels),
            _count(self.done_certificates),
            percent(self.certificate_ratio),
            _count(self.done_parcels),
            percent(self.parcel_ratio),
        )


def ratio(part: int, whole: int | None) -> Decimal | None:
    """Return `part` in percent of `whole` with two decimals, rounded half up; None where there is no whole."""
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(_CENT, ROUND_HALF_UP)


def percent(value: Decimal | None) -> str:
    """Return a ratio as the form shows it."""
    return DASH if value is None else f"{value:.2f}"


def _count(value: int | None) -> str:
    return DASH if value is None else str(value)


def _area(value: Decimal | None) -> str:
    return DASH if value is None else f"{value.quantize(_CENT, ROUND_HALF_UP):.2f}"


def total(columns: Iterable[Figures]) -> Figures:
    """Return 合计: Σ of every number; a declared number that one column lacks cannot be added up and is unknown."""
    listed = list(columns)
    areas = [one.area_mu for one in listed]
    return Figures(
        certificates=_sum([one.certificates for one in listed]),
        parcels=_sum([one.parcels for one in listed]),
        area_mu=None if None in areas or not areas else sum((area for area in areas if area is not None), Decimal(0)),
        done_certificates=sum(one.done_certificates for one in listed),
        done_parcels=sum(one.done_parcels for one in listed),
    )


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if values and len(known) == len(values) else None


NO_BASELINE, NO_AREA, OVER, FALLEN = "no_baseline", "no_area", "over", "fallen"
"""What stands in the way: nothing declared; no area declared; more than declared; less than last time without a reason."""


def obstacles(figures: Figures, before: Figures | None, reason: str) -> tuple[str, ...]:
    """Return what stands in the way of handing a column in; `before` is the last report's column.

    Source: domain reference 7: a ratio over 100 % blocks until the baseline is revised; cumulative values do not fall
    without a reason.
    """
    found = []
    if figures.certificates is None or figures.parcels is None:
        found.append(NO_BASELINE)
    elif figures.area_mu is None:
        found.append(NO_AREA)
    if is_over(figures):
        found.append(OVER)
    if before is not None and has_fallen(figures, before) and not reason.strip():
        found.append(FALLEN)
    return tuple(found)


def is_over(figures: Figures) -> bool:
    """Say whether more is digitised than was declared to exist; with a baseline of 0 there is no ratio that could be over."""
    pairs = ((figures.done_certificates, figures.certificates), (figures.done_parcels, figures.parcels))
    return any(whole and part > whole for part, whole in pairs)


def has_fallen(now: Figures, before: Figures) -> bool:
    """Say whether a cumulative value is smaller than it was."""
    return now.done_certificates < before.done_certificates or now.done_parcels < before.done_parcels


def to_values(figures: Figures) -> dict[str, Any]:
    """Return the numbers as plain values; an area is a text, so that it is the same everywhere."""
    return {
        "certificates": figures.certificates,
        "parcels": figures.parcels,
        "area_mu": None if figures.area_mu is None else f"{figures.area_mu:.4f}",
        "done_certificates": figures.done_certificates,
        "done_parcels": figures.done_parcels,
    }


def from_values(values: Mapping[str, Any]) -> Figures:
    """Return the numbers of plain values.

    Raises:
        KeyError, TypeError, ValueError: they are not those of a column.
    """
    area = values["area_mu"]
    return Figures(
        certificates=_whole(values["certificates"]),
        parcels=_whole(values["parcels"]),
        area_mu=None if area is None else _decimal(area),
        done_certificates=_whole(values["done_certificates"]) or 0,
        done_parcels=_whole(values["done_parcels"]) or 0,
    )


def _whole(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or value < 0 or value >= 10**9:
        raise ValueError(f"not a count: {value!r}")
    return value


def _decimal(text: object) -> Decimal:
    if not isinstance(text, str) or len(text) > 20 or not text.replace(".", "", 1).isdecimal() or not text.isascii():
        raise ValueError(f"not an area: {text!r}")
    return Decimal(text)
