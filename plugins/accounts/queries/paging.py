"""A part of a long list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")
Other = TypeVar("Other")

SIZES = (20, 50, 100)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, the number of the page (from 1), its size, and how many rows there are in all."""

    rows: tuple[Row, ...]
    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """The running number of the first row."""
        return (self.number - 1) * self.size + 1

    def turned(self, make: Callable[[Row], Other]) -> Page[Other]:
        """Return the same page with each row turned into something else."""
        return Page(tuple(make(row) for row in self.rows), self.number, self.size, self.total)


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of a list is wanted."""

    number: int = 1
    size: int = SIZES[0]


def read_page(session: Session, query: Select[Row], place: Place) -> Page[Row]:
    """Return one page of an ordered query over one entity."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = session.scalars(query.limit(place.size).offset((place.number - 1) * place.size))
    return Page(tuple(found), place.number, place.size, total)
