"""The port ``table_reader``: the caged workbook reader of the register, for plugins that take other lists in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from lindang.errors import BadInput
from lindang.host import Host
from lindang.i18n import _
from plugins.register.adapters.workbook import ReaderLimits, reading
from plugins.register.domain.cells import cell_text, number_text
from plugins.register.domain.workbook import RawCell, WorkbookRefused

MOST_ROWS: Final = 20_000
"""Rows of one file; a longer list is sent in parts."""


class CagedTables:
    """Reads in a child process without rights; texts only."""

    def __init__(self, host: Host) -> None:
        self._folder = host.data_dir / "work" / "register"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self, path: Path) -> list[tuple[str, list[tuple[int, list[str]]]]]:
        """Return the sheets in order: name, and of each row its number and the texts of its cells. Raises BadInput."""
        found: list[tuple[str, list[tuple[int, list[str]]]]] = []
        count = 0
        try:
            with tempfile.TemporaryDirectory(dir=self._folder) as folder, reading(path, Path(folder), ReaderLimits()) as book:  # fmt: skip
                for sheet in book.sheets:
                    rows: list[tuple[int, list[str]]] = []
                    for row in sheet.rows:
                        rows.append((row.no, [_text(cell) for cell in row.cells]))
                        count += 1
                        if count > MOST_ROWS:
                            raise BadInput(_("表格超过 %(n)s 行", n=MOST_ROWS), remedy=_("请分成几个文件。"))
                    found.append((sheet.head.name, rows))
        except WorkbookRefused as refused:
            raise BadInput(refused.message, remedy=refused.remedy) from refused
        return found


def _text(raw: RawCell) -> str:
    """Return a cell as text: a number as the spreadsheet shows it, a date in ISO form."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return number_text(float(raw))
    return cell_text(raw, "")
