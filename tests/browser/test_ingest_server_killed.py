"""The server is killed while it files an upload, and started again: the page goes on telling, and everything gets filed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from lindang.host import Host
from lindang.testing import make_host
from lindang.verify import run_checks
from lindang.web import ROOT
from models.archive import Item
from models.intake import FILED, IntakeFile
from models.place import Division
from tests.ingest_kit import DIVISIONS, VILLAGE, close, jpeg, write_files
from tests.support.office import Person
from tests.support.people import PASSWORD, admit_one

pytestmark = pytest.mark.browser

PAPERS = {f"{n:04d} 户{'甲乙丙丁戊己庚辛'[n]}/{k:02d}.jpg": jpeg(n * 2 + k) for n in range(8) for k in range(2)}
PATIENCE_SECONDS = 60
DISABLED = ["search", "handover", "demo"]


class Server:
    """The product as its own command runs it, with its worker, on a port of its own; it can be killed as by a power switch."""

    def __init__(self, data: Path) -> None:
        self._data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        settings = {
            "LINDANG__HOST__PORT": str(self._port),
            "LINDANG__HOST__LEASE_SECONDS": "5",
            "LINDANG__HOST__DISK_RESERVE_MB": "0",
            "LINDANG__HOST__DISABLED": '["search", "handover", "demo"]',
            "LINDANG__PLUGINS__INGEST__RESERVE_MB": "0",
        }
        command = [sys.executable, "-m", "lindang", "--data", str(self._data), "run"]
        with (self._data / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.address}/accounts/login", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError((self._data / "server.log").read_text(encoding="utf-8"))

    def kill(self) -> None:
        """Kill server and worker, nothing is closed."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """An archive with its divisions and one archivist who can log in."""
    made = make_host(tmp_path / "data", host={"disabled": DISABLED})
    with made.transaction() as session:
        for code, name, level, parent in DIVISIONS:
            session.add(Division(code=code, name=name, level=level, parent_code=parent, valid_to=None))
    admit_one(made, "dangan", "archivist", password=PASSWORD)
    yield made
    close(made)


@pytest.fixture
def server(host: Host) -> Iterator[Server]:
    made = Server(host.data_dir)
    made.start()
    yield made
    made.kill()


def keep(page: Page, name: str) -> None:
    """Keep a picture of the screen where LINDANG_SCREENSHOTS says."""
    if folder := os.environ.get("LINDANG_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def filed(host: Host) -> int:
    with host.view() as session:
        return session.scalar(select(func.count()).where(IntakeFile.state == FILED)) or 0


def test_an_upload_goes_on_after_the_server_was_killed(host: Host, server: Server, page: Page, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "第一盒", PAPERS)
    assert page.context.browser is not None
    person = Person.sit_down(page.context.browser, server.address)
    person.log_in("dangan", PASSWORD)
    person.choose("扫描入库")
    person.fill({"区划": VILLAGE, "识别引擎": "不识别文字"})
    person.press("下一步：选择文件")
    person.content.locator("input[webkitdirectory]").set_input_files(folder)
    expect(person.card("核对命名")).to_be_visible()
    person.press("命名无误，开始入库")
    until = time.monotonic() + PATIENCE_SECONDS
    while filed(host) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    server.kill()
    done = filed(host)
    assert 3 <= done < len(PAPERS)
    server.start()
    person.page.reload()
    person.sees("正在处理，可离开本页")
    keep(person.page, "killed")
    person.sees(f"已处理 {len(PAPERS)} 页")
    expect(person.content.get_by_role("link", name=f"已入库 {len(PAPERS)}")).to_be_visible()
    keep(person.page, "resumed")
    with host.view() as session:
        assert session.scalar(select(func.count(Item.id))) == len(PAPERS)
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []
