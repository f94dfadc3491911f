"""Reference data that ships with the archive, as CSV: the classification scheme, the household checklist and the code
lists. Every line carries its provenance; none of it is a hard rule, and an office replaces any table with its own.

`proposal-v1` is our proposal, `registry-dictionary` was read in public dictionaries of registration systems,
`work-plan-2020` in the work plan, `archive-software` in archive software; `local-extension` is added by this
software; `unverified` is general knowledge that nobody has confirmed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
SCHEME: Final = FOLDER / "scheme.csv"
CHECKLIST: Final = FOLDER / "checklist.csv"
CODE_LISTS: Final = FOLDER / "code_lists.csv"
HOLIDAYS: Final = FOLDER / "holidays.toml"
"""Public holidays and worked weekend days by year, with the notice that says so; see `models.workdays`."""
