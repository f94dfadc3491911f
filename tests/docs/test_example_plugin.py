"""The example of docs/plugins.md, found through its entry point as an installed package would be, and at work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lindang.host import Host
from lindang.testing import actor, client, make_app, make_host
from lindang.verify import run_checks
from tests.rules.tree import ROOT

EXAMPLE = ROOT / "examples" / "hello_plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package with its metadata, as an installer would leave them."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(EXAMPLE / "hello_plugin", site / "hello_plugin")
    info = site / "lindang_hello_plugin-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lindang-hello-plugin\nVersion: 0.1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text("[lindang.plugins]\nhello = hello_plugin:PLUGIN\n", encoding="utf-8")
    return site


@pytest.fixture
def host(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.syspath_prepend(str(installed))
    return make_host(tmp_path / "data", hello={"greeting": "早上好"})


def lindang(installed: Path, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "lindang", "--data", str(data), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_entry_point_of_the_metadata_is_the_one_of_the_package() -> None:
    assert 'hello = "hello_plugin:PLUGIN"' in (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")


def test_the_host_finds_it(host: Host) -> None:
    assert "hello" in [plugin.name for plugin in host.plugins]
    assert host.settings.plugin("hello").greeting == "早上好"


def test_its_page_greets_those_who_may(host: Host) -> None:
    app = make_app(host)
    page = client(app, actor(host, {"archivist"}, name="王档案")).get("/hello/")
    assert page.status_code == 200
    assert "早上好，王档案。您的范围内有 0 件。" in page.text
    assert client(app, actor(host, {"receiver"})).get("/hello/").status_code == 403


def test_its_tile_and_menu_are_on_the_home_page(host: Host) -> None:
    page = client(make_app(host), actor(host, {"archivist"})).get("/")
    assert page.status_code == 200
    assert 'href="/hello/"' in page.text
    assert "可见的件" in page.text


def test_its_check_runs_with_the_others(host: Host) -> None:
    found = {result.code: result for result in run_checks(host)}
    assert found["X1"].violations == ()


def test_it_can_be_switched_off(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(installed))
    host = make_host(tmp_path / "data", host={"disabled": ["hello"]})
    assert "hello" not in [plugin.name for plugin in host.plugins]


def test_its_command_hangs_in_the_command_line(installed: Path, tmp_path: Path) -> None:
    assert lindang(installed, tmp_path, "init").returncode == 0
    done = lindang(installed, tmp_path, "hello", "count", "--json")
    assert (done.returncode, json.loads(done.stdout or "null")) == (0, {"items": 0}), done.stderr


def test_lindang_plugins_lists_it(installed: Path, tmp_path: Path) -> None:
    done = lindang(installed, tmp_path, "plugins", "--json")
    assert "hello" in [json.loads(line)["name"] for line in done.stdout.splitlines()], done.stderr
