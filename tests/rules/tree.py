"""The files of the project as the rules see them: what is ours, without environments, data and other people's work."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.measure import FileFigures, read_figures

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    "app.py",
    "lindang",
    "models",
    "plugins",
    "tools",
    "examples",
    "migrations",
    "templates",
    "static",
    "locale",
    "docs",
)
PRODUCT = ("app.py", "lindang", "models", "plugins")
NOT_OURS = frozenset({"__pycache__", "vendor", "node_modules"})


def files(roots: Iterable[str], *suffixes: str) -> Iterator[Path]:
    """Yield our files under ``roots`` that end in one of ``suffixes`` (all when none is given), in order."""
    for name in roots:
        root = ROOT / name
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.is_file() and not NOT_OURS & set(path.parts) and (not suffixes or path.suffix in suffixes):
                yield path


def shown(path: Path) -> str:
    """Return the path as a person writes it."""
    return path.relative_to(ROOT).as_posix()


def hits(paths: Iterable[Path], pattern: str, *, flags: re.RegexFlag = re.IGNORECASE) -> list[str]:
    """Return ``file:line: text`` for every line that matches ``pattern``."""
    expression = re.compile(pattern, flags)
    return [
        f"{shown(path)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if expression.search(line)
    ]


@functools.cache
def figures() -> tuple[FileFigures, ...]:
    """Measure the product's Python files, once."""
    return tuple(read_figures(path) for path in files(PRODUCT, ".py"))
