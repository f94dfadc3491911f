"""The scripts behind ``make run`` and ``make test`` on machines that lack something: they say what, and what it costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = """\
# a list like packages.apt
[run]
here-already | sh                         | gives | costs nothing
not-there    | no-such-program            | gives | 缺了它只是慢一点
[test]
some-files   | {folder}/*.traineddata     | gives | 那些测试跳过
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with its own environment on top of ours; its output is text."""
    env = {**os.environ, **environment}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small copy of the project: the scripts, a package list, an empty lock."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("system_packages.sh", "environment.sh"):
        shutil.copy(ROOT / "tools" / name, tools / name)
    (tmp_path / "packages.apt").write_text(PACKAGES.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "requirements.lock").write_text("", encoding="utf-8")
    return tmp_path


def bare_path(folder: Path, **programs: str) -> str:
    """Return a PATH that holds the usual small tools and ``programs`` (name -> script), but no Python and no uv."""
    shelf = folder / "bin"
    shelf.mkdir()
    for name in ("sh", "id", "awk", "tr", "cut", "dirname", "rm", "touch", "sed", "mktemp"):
        found = shutil.which(name)
        assert found
        (shelf / name).symlink_to(found)
    for name, script in programs.items():
        (shelf / name).write_text(f"#!{shutil.which('sh')}\n{script}\n", encoding="utf-8")
        (shelf / name).chmod(0o755)
    return str(shelf)


def test_missing_packages_are_named_with_their_cost(checkout: Path) -> None:
    done = run("tools/system_packages.sh", "missing", "run", "test", cwd=checkout)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "  未安装 not-there：缺了它只是慢一点（apt install not-there）",
        "  未安装 some-files：那些测试跳过（apt install some-files）",
    ]


def test_a_file_pattern_is_found(checkout: Path) -> None:
    (checkout / "chi_sim.traineddata").touch()
    assert run("tools/system_packages.sh", "names", "run", "test", cwd=checkout).stdout.split() == ["not-there"]


def test_root_installs_once_and_goes_on_when_that_fails(checkout: Path) -> None:
    script = f'echo "$@" >> {checkout}/apt.log; exit 1'
    path = bare_path(checkout, **{"apt-get": script, "id": "echo 0"} if os.geteuid() else {"apt-get": script})
    first, second = (
        run("tools/system_packages.sh", "ensure", "stamp", "run", cwd=checkout, PATH=path) for _ in range(2)
    )
    assert (first.returncode, second.returncode) == (0, 0)
    assert "安装没有成功" in first.stdout
    assert "未安装 not-there" in second.stdout
    assert (checkout / "apt.log").read_text(encoding="utf-8").splitlines() == ["update -q"]


def test_without_a_python_the_one_line_that_helps_is_printed(checkout: Path) -> None:
    done = run("tools/environment.sh", "requirements.lock", cwd=checkout, PATH=bare_path(checkout), PYTHON="")
    assert done.returncode == 1
    assert "apt install python3 python3-venv" in done.stderr


def test_without_ensurepip_the_missing_package_is_named(checkout: Path) -> None:
    """Debian's python3 without python3-venv: the interpreter is there, ensurepip is not."""
    script = f'case "$2" in *ensurepip*) exit 1;; *executable*) echo {checkout}/bin/python3;; *) exit 0;; esac'
    done = run(
        "tools/environment.sh", "requirements.lock", cwd=checkout, PATH=bare_path(checkout, python3=script), PYTHON=""
    )
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_the_package_list_is_complete() -> None:
    lines = (ROOT / "packages.apt").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if line.strip() and not line.startswith(("#", "["))]
    assert len(entries) >= 6
    assert [
        line for line in entries if len(line.split("|")) != 4 or not all(part.strip() for part in line.split("|"))
    ] == []


def test_skips_are_counted_and_can_be_forbidden(tmp_path: Path) -> None:
    """The rule of tests/conftest.py, seen from outside: a run without Chromium."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_page.py").write_text(
        "import pytest\n@pytest.mark.browser\ndef test_page():\n    assert 1 + 1 == 2\n"
        "@pytest.mark.slow\ndef test_long():\n    assert 2 + 2 == 4\n",
        encoding="utf-8",
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser\n    slow\n", encoding="utf-8")
    tests = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist.plugin", "-n", "2")
    bare = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "/nowhere", "PYTHONPATH": str(ROOT)}
    lenient = run(*tests, cwd=tmp_path, **bare, REQUIRE="")
    assert "1 skipped" in lenient.stdout
    assert "未测试:browser 1 项(apt install chromium)" in lenient.stdout
    strict = run(*tests, cwd=tmp_path, **bare, REQUIRE="browser")
    assert strict.returncode == 1
    assert "browser is required here and is missing" in strict.stdout
    assert run(*tests, cwd=tmp_path, **bare, REQUIRE="brwoser").returncode == 4
