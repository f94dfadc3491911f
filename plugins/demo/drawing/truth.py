"""What is really written on each drawn page, so that recognition and search can be held against it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from plugins.demo.domain.values import Household, Village

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the finished image."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One run of text as drawn; `kind` is "printed", "hand", "seal" or "mark" (the fictional mark and pencil notes)."""

    text: str
    box: Box
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTruth:
    """The ground truth of one page; ``quarter_turns`` counter-clockwise make it stand upright."""

    page_no: int
    width: int
    height: int
    dpi: int
    colour_mode: str
    quality: str
    skew_degrees: float
    is_blank: bool
    lines: tuple[TextLine, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    quarter_turns: int = 0

    def turned(self, quarters: int) -> PageTruth:
        """Return the truth of the page after it was laid on the glass turned clockwise so many times."""
        truth = self
        for _quarter in range(quarters % 4):
            lines = tuple(replace(line, box=_clockwise(line.box, truth.height)) for line in truth.lines)
            truth = replace(truth, width=truth.height, height=truth.width, lines=lines)
        return replace(truth, quarter_turns=(self.quarter_turns + quarters) % 4)

    @property
    def text(self) -> str:
        """All that was written by print or hand, one run a line, without seals and marks."""
        return "\n".join(line.text for line in self.lines if line.kind in ("printed", "hand"))


def _clockwise(box: Box, height: int) -> Box:
    left, top, right, bottom = box
    return height - bottom, left, height - top, right


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTruth:
    """One file as the office stored it."""

    relative_path: str
    doc_type: str
    title: str
    pages: tuple[PageTruth, ...]

    @property
    def text(self) -> str:
        """The text of all pages."""
        return "\n".join(page.text for page in self.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdTruth:
    """A household and the files in its folder."""

    household: Household
    folder: str
    files: tuple[FileTruth, ...]

    def file(self, doc_type: str) -> FileTruth:
        """Return the first file of a document type.

        Raises:
            KeyError: when the household has none.
        """
        for found in self.files:
            if found.doc_type == doc_type:
                return found
        raise KeyError(doc_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageTruth:
    """The whole drawn village.

    Attributes:
        village: who lives there.
        scans: the folder of the households' folders; their files' paths begin there.
        records: the folder of the village's own files; their paths begin there.
        register: the digitisation table.
        households: in order of their numbers.
        village_files: the village's own records.
    """

    village: Village
    scans: Path
    records: Path
    register: Path
    households: tuple[HouseholdTruth, ...]
    village_files: tuple[FileTruth, ...]

    def files(self) -> Iterator[FileTruth]:
        """Walk over all files: the village's own first, then the households'."""
        yield from self.village_files
        for household in self.households:
            yield from household.files

    def to_json(self) -> str:
        """Write everything but the folders of this machine as JSON."""
        data = {
            "fictional": "虚构演示 FICTIONAL",
            "village": asdict(self.village),
            "files": [asdict(found) | {"text": found.text} for found in self.files()],
        }
        return json.dumps(data, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
