"""What a recognition job is about, as its one argument says it: ``12``, ``12@tesseract``, ``file:7``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_DESK_FILE: Final = "file:"


@dataclass(frozen=True, slots=True)
class Target:
    """An item, or a file on the sorting desk, and the engine asked for (empty: as its run wished)."""

    id: int
    is_desk_file: bool = False
    engine: str = ""

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read a job's argument. Raises ValueError when it is none."""
        subject, _at, engine = text.partition("@")
        is_desk_file = subject.startswith(_DESK_FILE)
        return cls(int(subject.removeprefix(_DESK_FILE)), is_desk_file, engine)

    def __str__(self) -> str:
        head = f"{_DESK_FILE}{self.id}" if self.is_desk_file else str(self.id)
        return f"{head}@{self.engine}" if self.engine else head
