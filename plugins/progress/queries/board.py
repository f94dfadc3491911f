"""The board of a place: sums of what was counted, its parts below it, and where the work is stuck, stage by stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.intake import RECEIVED, SORTING, SPLITTING, IntakeFile
from models.place import Division
from models.progress import PlaceProgress
from models.ready_counts import READY, VillageReadiness
from models.register import RegisterBaseline
from plugins.progress.queries.counting import NAMES, Counts
from plugins.progress.queries.places import Unit, names_of

_PART_DIGITS: Final = {2: 4, 4: 6, 6: 9, 9: 12, 12: 12}
_VILLAGE_DIGITS: Final = 12
_ON_THE_WAY: Final = (READY, "in_batch", "handed_over")
"""First reasons of a certificate that is ready or beyond. Source: `models.ready_counts`."""


@dataclass(slots=True)
class PartRow:
    """One part of a place (a village, a county): counts, declared certificates, ready ones, scans that wait for their place."""

    unit: Unit
    counts: Counts = field(default_factory=Counts)
    declared: int | None = None
    ready: int = 0
    unjudged: int = 0
    sorting: int = 0
    stale: int = 0

    @property
    def whole(self) -> int:
        """How many certificates there are to do: as declared, or as many as are known."""
        return self.declared or max(self.counts.files, self.counts.certificates)

    @property
    def steps(self) -> tuple[int, ...]:
        """How many certificates (files) have come so far, stage by stage: filed, keyed, checked, ready, sent, accepted, fed back."""
        one = self.counts
        return (one.files, one.certificates, one.checked_certificates, self.ready, one.sent, one.accepted, one.fed_back)

    @property
    def stuck(self) -> tuple[int, ...]:
        """How many stand before each stage; the first are scans that are not filed yet."""
        return (
            self.sorting,
            *(max(before - after, 0) for before, after in zip(self.steps, self.steps[1:], strict=False)),
        )

    def add(self, other: PartRow) -> None:
        """Add the numbers of another part; a declared number is not added, it is the whole's own."""
        for name in NAMES:
            setattr(self.counts, name, getattr(self.counts, name) + getattr(other.counts, name))
        self.ready += other.ready
        self.unjudged += other.unjudged
        self.sorting += other.sorting
        self.stale += other.stale


@dataclass(frozen=True, slots=True)
class Board:
    """A place and its parts."""

    whole: PartRow
    parts: tuple[PartRow, ...]


def board_of(session: Session, place: Unit, digits: int = 0, *, lenient: bool = False) -> Board:
    """Return the board of a place; its parts are those one level below, or of codes of `digits` characters."""
    digits = digits or _PART_DIGITS[len(place.code)]
    parts: dict[str, PartRow] = {}
    _named(session, place, digits, parts)
    _counted(session, place.code, digits, parts)
    _ready(session, place.code, digits, parts, lenient=lenient)
    _sorting(session, place.code, digits, parts)
    declared = _declared(session, [place.code, *parts])
    names = names_of(session, parts)
    for code, row in parts.items():
        row.unit, row.declared = Unit(code, names[code]), declared.get(code)
    whole = PartRow(place, declared=declared.get(place.code) or _declared_below(declared, place.code, parts))
    for row in parts.values():
        whole.add(row)
    return Board(whole, tuple(parts[code] for code in sorted(parts)))


def _declared_below(declared: dict[str, int], code: str, parts: dict[str, PartRow]) -> int | None:
    """A city declares nothing itself: what its counties declare, where each of them does."""
    below = [declared.get(part) for part in parts if part != code]
    known = [number for number in below if number is not None]
    return sum(known) if known and len(known) == len(below) else None


def _named(session: Session, place: Unit, digits: int, parts: dict[str, PartRow]) -> None:
    part = func.substr(Division.code, 1, digits)
    inside = Division.code.startswith(place.code, autoescape=True), func.length(Division.code) >= digits
    for code in session.scalars(select(part).where(*inside, Division.valid_to.is_(None)).distinct()):
        parts[code] = PartRow(Unit(code, code))


def _counted(session: Session, place: str, digits: int, parts: dict[str, PartRow]) -> None:
    part = func.substr(PlaceProgress.division_code, 1, digits)
    sums = [func.sum(getattr(PlaceProgress, name)).label(name) for name in NAMES]
    stale = func.count().filter(PlaceProgress.seen_marks != PlaceProgress.marks).label("stale")
    inside = PlaceProgress.division_code.startswith(place, autoescape=True)
    for row in session.execute(select(part.label("part"), stale, *sums).where(inside).group_by(part)):
        one = _part(parts, row.part)
        one.counts, one.stale = Counts(**{name: int(getattr(row, name)) for name in NAMES}), row.stale


def _part(parts: dict[str, PartRow], code: str) -> PartRow:
    return parts.setdefault(code, PartRow(Unit(code, code)))


def _ready(session: Session, place: str, digits: int, parts: dict[str, PartRow], *, lenient: bool) -> None:
    column = VillageReadiness.lenient if lenient else VillageReadiness.strict
    inside = VillageReadiness.division_code.startswith(place, autoescape=True)
    is_fresh = VillageReadiness.seen_marks == VillageReadiness.marks
    for code, reasons, fresh in session.execute(select(VillageReadiness.division_code, column, is_fresh).where(inside)):
        one, known = _part(parts, code[:digits]), Counter(reasons)
        if fresh:
            one.ready += sum(known[reason] for reason in _ON_THE_WAY)
        else:
            one.unjudged += 1


def _sorting(session: Session, place: str, digits: int, parts: dict[str, PartRow]) -> None:
    part = func.substr(IntakeFile.division_code, 1, digits)
    waiting = IntakeFile.state.in_((RECEIVED, SORTING, SPLITTING))
    inside = IntakeFile.division_code.startswith(place, autoescape=True)
    for code, count in session.execute(select(part, func.count()).where(waiting, inside).group_by(part)):
        _part(parts, code).sorting = count


def _declared(session: Session, codes: Sequence[str]) -> dict[str, int]:
    query = select(RegisterBaseline.division_code, RegisterBaseline.certificates).where(
        RegisterBaseline.is_current, RegisterBaseline.division_code.in_(codes)
    )
    return dict(session.execute(query).all())
