"""The figures of docs/architecture.md, section 9, as ceilings: a house of small rooms stays one only when somebody measures."""

from __future__ import annotations

import tomllib

from tests.rules.tree import PRODUCT, ROOT, figures, files, hits, shown
from tools.measure import quantile

FUNCTION_MAX = 60
FUNCTION_P90 = 25
MODULE_MAX = 500
MODULE_P90 = 250
COMPLEXITY_MAX = 10
HOST_MAX = 4_500


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{shown(file.path)}:{function.line} {function.name} {function.length}"
        for file in figures()
        for function in file.functions
        if function.length > FUNCTION_MAX
    ]
    assert long == []


def test_most_functions_are_short() -> None:
    lengths = [function.length for file in figures() for function in file.functions]
    assert len(lengths) > 100
    assert quantile(lengths, 0.9) <= FUNCTION_P90


def test_no_module_is_longer_than_a_chapter() -> None:
    assert [f"{shown(file.path)} {file.code}" for file in figures() if file.code > MODULE_MAX] == []


def test_most_modules_are_short() -> None:
    assert quantile([file.code for file in figures()], 0.9) <= MODULE_P90


def test_the_host_stays_small() -> None:
    host = sum(file.code for file in figures() if shown(file.path).startswith("lindang/"))
    assert 0 < host <= HOST_MAX


def test_complexity_is_limited_and_nobody_is_excused() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert settings["mccabe"]["max-complexity"] == COMPLEXITY_MAX
    assert settings["select"] == ["ALL"]
    assert not {"C901", "PLR0912", "PLR0915", "BLE001", "B904"} & set(settings["ignore"])
    assert hits(files(PRODUCT, ".py"), r"noqa:.*\b(C901|PLR0912|PLR0915|B904)\b") == []


def test_everything_is_annotated() -> None:
    assert [shown(file.path) for file in figures() if file.slots_typed < file.slots] == []


def test_broad_excepts_stand_only_at_the_outer_edges() -> None:
    """The worker loop and the top handler must survive anything; everybody else knows what can go wrong."""
    edges = {"lindang/jobs.py", "lindang/worker.py", "lindang/events.py", "lindang/web.py", "lindang/cli.py"}
    assert [shown(file.path) for file in figures() if file.broad_excepts and shown(file.path) not in edges] == []
