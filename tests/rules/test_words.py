"""Words that have no place in certain files."""

from __future__ import annotations

import ast
import re

from tests.rules.tree import OURS, PRODUCT, ROOT, files, hits, shown

TEXT = (".py", ".html", ".js", ".css", ".md", ".toml", ".cfg", ".sh", ".po", ".csv", ".yml")
PROJECT_FILES = (
    "Makefile",
    "README.md",
    "README.en.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "packages.apt",
    "pyproject.toml",
)
# Put together here so that this file does not contain what it looks for.
NOTES = r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"
REGISTRIES = "|".join(
    re.escape("".join(parts))
    for parts in (
        ("pypi", ".org"), ("python", "hosted.org"), ("pypi.tuna", ".tsinghua"), ("mirrors", ".aliyun"),
        ("registry.npmjs", ".org"), ("deb.debian", ".org"), ("mirror", "s.ustc"), ("crates", ".io"),
    )
)  # fmt: skip
FOREST = r"林(?!档)|宗地|权利人|林木|forest|parcel|tenure|woodland|timber"


def test_every_python_file_opens_with_a_docstring() -> None:
    bare = [
        shown(path)
        for path in files((*OURS, "tests"), ".py")
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_no_empty_python_file_but_a_package_marker() -> None:
    empty = [
        shown(path)
        for path in files((*OURS, "tests"), ".py")
        if path.name != "__init__.py" and not path.read_text(encoding="utf-8").strip()
    ]
    assert empty == []


def test_the_host_has_no_word_about_forests() -> None:
    assert hits(files(("lindang",), ".py"), FOREST) == []


def test_nothing_is_deleted_through_a_session() -> None:
    """New versions stand beside the old; a row that a promise hangs on never goes."""
    assert hits(files(PRODUCT, ".py"), r"session\.delete\(") == []


def test_no_notes_to_self() -> None:
    paths = [*files((*OURS, "tests"), *TEXT), *files(PROJECT_FILES)]
    assert hits(paths, NOTES, flags=re.NOFLAG) == []


def test_no_registry_is_named() -> None:
    """Where packages come from is the business of the machine that installs them."""
    paths = [*files((*OURS, "tests", ".ci"), *TEXT), *files(PROJECT_FILES), *ROOT.glob("requirements*.lock")]
    assert len(paths) > 50
    assert hits(paths, REGISTRIES) == []


def test_the_product_does_not_print() -> None:
    """Command output goes through click, everything else through the log; a child process answers its parent on stdout."""
    paths = [path for path in files(PRODUCT, ".py") if not path.stem.endswith("_child")]
    assert hits(paths, r"^\s*print\(") == []


def test_no_pickle_on_any_road() -> None:
    assert hits(files(PRODUCT, ".py"), r"pickle\.loads?\(|Unpickler|from pickle|yaml\.load\(|marshal\.loads") == []
