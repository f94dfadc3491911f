"""What has changed since the last report, unit by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.progress.domain.annex import Figures, percent
from plugins.progress.domain.snapshot import Column, columns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A unit's counted numbers now and at the last report; None where it was not in it."""

    name: str
    now: Figures
    before: Figures | None

    @property
    def certificates(self) -> str:
        """How many certificates more (or fewer)."""
        return _signed(self.now.done_certificates, self.before.done_certificates if self.before else None)

    @property
    def parcels(self) -> str:
        """How many parcels more (or fewer)."""
        return _signed(self.now.done_parcels, self.before.done_parcels if self.before else None)

    @property
    def ratios(self) -> tuple[str, str, str, str]:
        """Ratio of certificates before and now, ratio of parcels before and now."""
        old = self.before
        return (
            percent(old.certificate_ratio if old else None),
            percent(self.now.certificate_ratio),
            percent(old.parcel_ratio if old else None),
            percent(self.now.parcel_ratio),
        )

    @property
    def is_less(self) -> bool:
        """Whether a cumulative number fell."""
        return "-" in f"{self.certificates}{self.parcels}"

    @property
    def is_declared_anew(self) -> bool:
        """Whether the declared numbers are others than at the last report."""
        old = self.before
        return old is not None and (old.certificates, old.parcels, old.area_mu) != (
            self.now.certificates,
            self.now.parcels,
            self.now.area_mu,
        )


def changes_of(columns: Sequence[Column], before: Mapping[str, Any] | None) -> list[Change]:
    """Return the changes since a snapshot; nothing where there is no snapshot."""
    if before is None:
        return []
    earlier = {one.code: one.figures for one in columns_of(before)}
    return [Change(name=one.name, now=one.figures, before=earlier.get(one.code)) for one in columns]


def _signed(now: int, before: int | None) -> str:
    return "—" if before is None else f"{now - before:+d}"
