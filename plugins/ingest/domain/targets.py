"""What a recognition job is about, as its one argument says it: ``12``, ``12@tesseract``, ``again:12@rapidocr``, ``file:7``."""

from __future__ import annotations

from dataclasses import dataclass

_DESK_FILE, _AGAIN = "file:", "again:"


@dataclass(frozen=True, slots=True)
class Target:
    """An item, or a file on the sorting desk, and the engine asked for (empty: as its run wished); ``again`` reads also pages
    that have a text.
    """

    id: int
    is_desk_file: bool = False
    engine: str = ""
    again: bool = False

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read a job's argument. Raises ValueError when it is none."""
        subject, _at, engine = text.partition("@")
        is_desk_file, again = subject.startswith(_DESK_FILE), subject.startswith(_AGAIN)
        return cls(int(subject.removeprefix(_DESK_FILE).removeprefix(_AGAIN)), is_desk_file, engine, again)

    def __str__(self) -> str:
        kind = _DESK_FILE if self.is_desk_file else _AGAIN if self.again else ""
        head = f"{kind}{self.id}"
        return f"{head}@{self.engine}" if self.engine else head
