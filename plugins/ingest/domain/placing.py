"""Where a file belongs, as far as its path tells: which folder is the household's, and what that 案卷 is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from plugins.ingest.domain.naming import FolderName, Naming, folder_of

VILLAGE_DIGITS = 12
COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Household:
    """The household folder of a file.

    Attributes:
        division_code: The village where one is known, else the county or town of the run.
        key: Name under which the 案卷 is found again: unique in its village, or with the run's name before it.
        name: What the folder's name tells.
    """

    division_code: str
    key: str
    name: FolderName

    @property
    def title(self) -> str:
        """The title a new 案卷 gets."""
        return f"{self.name.holder or self.key.rpartition('/')[2]}林权登记材料"


def household_of(
    relative_path: str, naming: Naming, *, division_code: str, run_name: str, villages: Mapping[str, str]
) -> Household | None:
    """Find the household folder in a path: the deepest one with a number, else the one the file stands in.

    Args:
        relative_path: path inside the run, with forward slashes.
        naming: the office's rules.
        division_code: where the run belongs.
        run_name: name of the run, which tells equal folder names of one county apart while the village is unknown.
        villages: names of the county's villages that are unique there, with their codes.

    Returns:
        None for a file that stands in no folder.
    """
    folder = PurePosixPath(folder_of(relative_path)) if folder_of(relative_path) else None
    if folder is None:
        return None
    numbered = next(
        (part for part in (folder, *folder.parents) if part.name and naming.folder(part.name).folder_no), folder
    )
    if len(division_code) == VILLAGE_DIGITS:
        return Household(division_code, numbered.name, naming.folder(numbered.name))
    village = next((villages[part] for part in reversed(numbered.parts[:-1]) if part in villages), None)
    if village and village.startswith(division_code):
        return Household(village, numbered.name, naming.folder(numbered.name))
    return Household(division_code, f"{run_name}/{numbered}", naming.folder(numbered.name))
