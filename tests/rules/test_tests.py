"""Rules for the tests themselves: none that cannot fail, none that steps aside unseen, none against a puppet."""

from __future__ import annotations

import ast
import collections
import tomllib
from pathlib import Path

from tests.rules.tree import ROOT, files, hits, shown

MARKERS = {"font", "ocr", "browser", "pg", "root", "shards", "slow"}
PYTEST_OWN = {"parametrize", "usefixtures", "timeout", "filterwarnings", "xdist_group"}
PROOFS = ("assert", "raises", "expect(", "warns(", "@given", "run_state_machine")


def _tests() -> list[Path]:
    return [path for path in files(("tests",), ".py") if path.name.startswith("test_")]


def test_file_names_are_unique() -> None:
    counted = collections.Counter(path.name for path in _tests())
    assert [name for name, count in counted.items() if count > 1] == []


def test_every_test_file_proves_something() -> None:
    bare = [shown(path) for path in _tests() if not any(proof in path.read_text(encoding="utf-8") for proof in PROOFS)]
    assert bare == []


def test_no_assertion_that_is_always_true() -> None:
    empty = [
        f"{shown(path)}:{node.lineno}"
        for path in _tests()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant | ast.Tuple)
    ]
    assert empty == []


def test_a_test_is_skipped_only_by_a_marker() -> None:
    """A marker is counted and named at the end of the run, and CI can require it; a quiet skip is neither."""
    others = [
        path
        for path in files(("tests",), ".py")
        if shown(path) not in {"tests/conftest.py", "tests/rules/test_tests.py"}
    ]
    assert hits(others, r"pytest\.(?:skip|importorskip|xfail)\(|mark\.(?:skip|skipif|xfail)\b") == []


def test_no_mocks() -> None:
    others = [path for path in files(("tests",), ".py") if shown(path) != "tests/rules/test_tests.py"]
    assert hits(others, r"unittest\.mock|\bMagicMock\b|\bmocker\b") == []


def test_only_declared_markers_are_used() -> None:
    used = {
        node.attr
        for path in files(("tests",), ".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and ast.unparse(node.value) == "pytest.mark"
    }
    assert used <= MARKERS | PYTEST_OWN


def test_the_markers_are_those_pytest_knows() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert {line.split(":")[0] for line in settings["markers"]} == MARKERS
