"""Rendered sample files for anybody's tests: drawn once per machine and kept in pytest's own cache folder.

    from tests.support.pages import household, village
    truth, scans = household()          # one household folder with all its papers, and what is written on them

The drawing is deterministic, so a cached file equals a fresh one; the key holds everything that decides its looks.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import pickle
import shutil
import tempfile
from pathlib import Path

from plugins.demo.domain.values import Household, Village
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing.render import Quality, render_household
from plugins.demo.drawing.truth import HouseholdTruth

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "plugins" / "demo"
CACHE = ROOT / ".pytest_cache" / "lindang-pages"


@functools.cache
def village(households: int = 10) -> Village:
    """Return the sample village, without drawing anything."""
    return invent_village(seed=7, households=households)


def household(index: int = 0, *, quality: Quality = "clean", dpi: int = 150) -> tuple[HouseholdTruth, Path]:
    """Return the truth of one household and the folder that holds its drawn folder; do not write into it.

    Args:
        index: 0..9 of the sample village: 0 issued, 3 sealed but not issued, 4 without D07, 5 co-held,
            6 printed but not sealed, 8 not printed.
        quality: class of wear.
        dpi: resolution.
    """
    wanted: Household = village().households[index]
    return _drawn(wanted.index, quality, dpi)


def copy_household(target: Path, index: int = 0, *, quality: Quality = "clean", dpi: int = 150) -> HouseholdTruth:
    """Put a household's folder below ``target``, to be moved or spoilt at will."""
    truth, scans = household(index, quality=quality, dpi=dpi)
    shutil.copytree(scans / truth.folder, target / truth.folder)
    return truth


@functools.cache
def _drawn(index: int, quality: Quality, dpi: int) -> tuple[HouseholdTruth, Path]:
    """Draw into a folder of its own and rename it into place, so that tests running side by side do not meet."""
    folder = CACHE / f"{_fingerprint()}-{index}-{quality}-{dpi}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=CACHE))
        truth = render_household(scratch / "scans", village(), village().households[index], quality=quality, dpi=dpi)
        (scratch / "truth.pickle").write_bytes(pickle.dumps(truth))
        with contextlib.suppress(OSError):  # another process was first: its folder is the same
            scratch.rename(folder)
        shutil.rmtree(scratch, ignore_errors=True)
    truth = pickle.loads((folder / "truth.pickle").read_bytes())
    return truth, folder / "scans"


@functools.cache
def _fingerprint() -> str:
    """Tell one state of the drawing code from another."""
    digest = hashlib.sha256()
    for path in sorted(path for room in ("domain", "drawing") for path in (DEMO / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
