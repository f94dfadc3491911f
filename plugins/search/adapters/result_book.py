"""A search result as a workbook, written row by row with memory that does not grow; every cell is a text, never a formula."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook

from lindang.sheets import append_texts, begin_list

MOST_ROWS: Final = 1_000_000
"""Rows of one sheet, a little less than the format allows; what is more goes on on a further sheet."""


class ResultBook:
    """A workbook of one sheet that tells what was asked, and sheets of rows."""

    def __init__(
        self, path: Path, about_title: str, title: str, headings: Sequence[str], widths: Sequence[int]
    ) -> None:
        """Begin the workbook; the sheet about it comes first and is filled at the end."""
        self._path, self._title, self._headings, self._widths = path, title, headings, widths
        self._book = Workbook(write_only=True)
        self._about = self._book.create_sheet(about_title)
        self._about.column_dimensions["A"].width, self._about.column_dimensions["B"].width = 18, 90
        self._sheets, self._is_whole = 0, False
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        title = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet = begin_list(self._book, title, self._headings, self._widths)
        self._rows = 0

    def row(self, texts: Sequence[str]) -> None:
        """Write a row."""
        if self._rows >= MOST_ROWS:
            self._begin_sheet()
        self._rows += 1
        append_texts(self._sheet, texts)

    def close(self, about: Iterable[tuple[str, str]]) -> None:
        """Write what was asked, and the file."""
        for line in about:
            append_texts(self._about, line)
        self._book.save(self._path)
        self._is_whole = True

    def abandon(self) -> None:
        """Let go of what was written so far, working files included; a file that is whole stays."""
        if self._is_whole:
            return
        made: list[Any] = [sheet for sheet in self._book.worksheets if getattr(sheet, "_writer", None)]
        for sheet in made:
            with contextlib.suppress(OSError):
                sheet.close()
                Path(sheet._writer.out).unlink(missing_ok=True)  # noqa: SLF001 - the library has no name for it
