"""The lock files: complete, hashed, in step with each other and with pyproject.toml, and above the floor of known holes."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import required
from tests.rules.tree import ROOT

RUN, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FLOORS = tomllib.loads((ROOT / "tools" / "floor-versions.toml").read_text(encoding="utf-8"))
FLOORS_MAX_AGE = dt.timedelta(days=90)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
Pins = dict[str, set[str]]


def entries(lock: Path) -> list[str]:
    """Return the lock's requirements, each with its hashes, as one line."""
    return [line for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines() if line.strip()]


def pins(lock: Path) -> Pins:
    """Return name -> versions; more than one version where the lock differs by Python."""
    found: Pins = {}
    for entry in entries(lock):
        requirement = Requirement(HASH.sub("", entry).strip())
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


@pytest.mark.parametrize("lock", [RUN, DEVELOPMENT], ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_hashed(lock: Path) -> None:
    assert len(entries(lock)) > 40
    assert [entry.split()[0] for entry in entries(lock) if not HASH.search(entry)] == []
    assert not re.search(
        r"^(-i|--index|--extra-index|--find-links|-f)|@|://", lock.read_text(encoding="utf-8"), re.MULTILINE
    )


def test_the_development_lock_holds_the_run_lock() -> None:
    run, development = pins(RUN), pins(DEVELOPMENT)
    assert {name: versions for name, versions in run.items() if development.get(name) != versions} == {}


def test_the_hashes_of_both_locks_agree() -> None:
    run, development = (
        {entry.split()[0]: set(HASH.findall(entry)) for entry in entries(lock)} for lock in (RUN, DEVELOPMENT)
    )
    assert [name for name, hashes in run.items() if development[name] != hashes] == []


def test_the_locks_satisfy_pyproject() -> None:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    wanted = {
        RUN: [*project["dependencies"], *extras["ocr"]],
        DEVELOPMENT: [
            *project["dependencies"],
            *(line for lines in extras.values() for line in lines),
            *PROJECT["dependency-groups"]["dev"],
        ],
    }
    broken = [
        f"{lock.name}: {line}"
        for lock, lines in wanted.items()
        for line in lines
        for requirement in [Requirement(line)]
        for versions in [pins(lock).get(canonicalize_name(requirement.name), set())]
        if not versions or not all(requirement.specifier.contains(version) for version in versions)
    ]
    assert broken == []


def test_no_pin_is_below_its_floor() -> None:
    locked = pins(DEVELOPMENT)
    assert FLOORS["floor"].keys() <= locked.keys(), "a floor names a package that we do not use"
    low = [
        f"{name} {version} < {floor}: {hole}"
        for name, (floor, hole) in FLOORS["floor"].items()
        for version in locked[name]
        if Version(version) < Version(floor)
    ]
    assert low == []


def test_the_floors_were_reviewed_lately() -> None:
    """Enforced where a machine can nag (CI sets ``REQUIRE=floors``); a reader of an old release is left in peace."""
    age = dt.datetime.now(tz=dt.UTC).date() - FLOORS["reviewed"]
    assert dt.timedelta(days=-2) <= age
    if "floors" in required():
        assert age <= FLOORS_MAX_AGE, "read the advisories again and set `reviewed` in tools/floor-versions.toml"


def test_what_parses_foreign_files_has_a_floor() -> None:
    assert {"pillow", "pypdf", "lxml", "openpyxl", "werkzeug", "flask", "jinja2"} <= FLOORS["floor"].keys()
