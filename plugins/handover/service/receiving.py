"""Looking at a package that comes from elsewhere: all its faults at once, and what it holds. Nothing is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from plugins.handover.packaging.bags import read_bag
from plugins.handover.packaging.reader import SUMS, Found, Limits, look_through
from plugins.handover.packaging.trees import Tree, check_sums, read_tree
from plugins.handover.packaging.writer import BAGIT, DAT93


@dataclass(frozen=True, slots=True)
class Inspected:
    """A package as it was found: its faults, what it says of itself, and the digest of its checksums."""

    found: Found
    tree: Tree
    digest: str

    @property
    def is_sound(self) -> bool:
        """Say whether nothing is wrong with it."""
        return not self.found.problems


def inspect(root: Path, limits: Limits | None = None) -> Inspected:
    """Read a package whole, and find every fault.

    Raises:
        BadInput: it is no folder.
    """
    found = look_through(root, limits or Limits())
    tree = Tree({}, (), {})
    if found.layout == DAT93:
        check_sums(found)
        tree = read_tree(found)
    elif found.layout == BAGIT:
        read_bag(found)
        tree = read_tree(found)
    return Inspected(found, tree, _digest(found))


def _digest(found: Found) -> str:
    path = found.root / ("manifest-sha256.txt" if found.layout == BAGIT else SUMS)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
